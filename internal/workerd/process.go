package workerd

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/bindery-dev/bindery/internal/pattern"
)

// Options of Start.
type Options struct {
	// Dir is a folder of the caller's for sockets and, while the process starts, its configuration
	// (which holds secrets): nobody else may enter it. Its path must be short, see MaxDir.
	Dir string
	// StartLimit is how long the top level of all code may take; 0 means 10 s.
	StartLimit time.Duration
	// LoopLimit is for how long JavaScript may keep the process from answering before it is killed, and
	// MemoryMiB how much may be resident, from the start on; 0 means any. Memory is looked at on Linux only.
	LoopLimit time.Duration
	MemoryMiB int
	// Output is told what Workers and workerd write; nil drops it. It must not block for long.
	Output func(Line)
}

// MaxDir bounds Options.Dir, in bytes: the path of a unix socket has room for about 104 on every system.
const MaxDir = 70

// Line is what was written at once, to the console by a Worker or by workerd itself.
type Line struct {
	Level   string // debug, info, log, warn, error
	Text    string
	Runtime bool // workerd's own
	// Exception says that Text is an exception that no code of a Worker has caught, with its stack.
	Exception bool
}

// Process is a running workerd.
type Process struct {
	dir     string
	sockets map[string]string
	cmd     *exec.Cmd
	done    chan struct{}
	exit    error // of done

	mu       sync.Mutex
	lastSaid string // error of workerd's own
	killed   string // by the watchdog: why
	stopping bool
}

// Start runs a program and returns when all of its sockets answer: *ScriptError, *StartError, *MissingError.
// ctx bounds the start, not the process.
func (b *Binary) Start(ctx context.Context, p Program, o Options) (_ *Process, err error) {
	if o.StartLimit == 0 {
		o.StartLimit = 10 * time.Second
	}
	if err := p.check(); err != nil {
		return nil, err
	}
	if len(o.Dir) > MaxDir {
		return nil, &StartError{Text: fmt.Sprintf("the path of the folder for sockets is too long (%d bytes, %d are possible): %s", len(o.Dir), MaxDir, o.Dir)}
	}
	dir, err := os.MkdirTemp(o.Dir, "p") // mode 0700
	if err != nil {
		return nil, fmt.Errorf("make a folder for workerd: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(dir))
		}
	}()
	ctx, cancel := context.WithTimeoutCause(ctx, o.StartLimit, tooSlow(&p, o.StartLimit))
	defer cancel()

	if o.LoopLimit > 0 {
		if err := p.answersFor(dir); err != nil {
			return nil, fmt.Errorf("make a folder for workerd: %w", err)
		}
	}
	run := &Process{dir: dir, sockets: map[string]string{}, done: make(chan struct{})}
	socket := func(i int) string { return filepath.Join(dir, strconv.Itoa(i)+".sock") }
	for i, s := range p.Sockets {
		run.sockets[s.Name] = socket(i)
	}
	source := filepath.Join(dir, "config")
	if err := errors.Join(os.Mkdir(source, 0o700), marshal(&p, socket).writeTo(source)); err != nil {
		return nil, fmt.Errorf("write the configuration of workerd: %w", err)
	}
	if err := run.launch(ctx, b, &p, o, filepath.Join(source, configName)); err != nil {
		return nil, err
	}
	if err := os.RemoveAll(source); err != nil { // workerd has read it
		return nil, errors.Join(fmt.Errorf("remove the configuration of workerd: %w", err), run.Stop(0))
	}
	return run, nil
}

// launch starts the process, and waits for its sockets.
func (p *Process) launch(ctx context.Context, b *Binary, program *Program, o Options, config string) error {
	control, controlled, err := os.Pipe()
	if err != nil {
		return err
	}
	locks, err := lockDisks(ctx, program.Disks)
	if err == nil {
		err = b.claim(program.Disks)
	}
	if err != nil {
		closeAll(append(locks, control, controlled))
		return err
	}
	p.cmd = exec.Command(b.Path, "serve", config, "--control-fd=3", "--verbose") // else exceptions have no stack
	if program.Experimental {
		p.cmd.Args = append(p.cmd.Args, "--experimental")
	}
	p.cmd.Env = []string{} // a Worker has nothing to do with what is in ours
	p.cmd.ExtraFiles = append([]*os.File{controlled}, locks...)
	tie(p.cmd)
	out, err1 := p.cmd.StdoutPipe()
	said, err2 := p.cmd.StderrPipe()
	err = errors.Join(err1, err2)
	if err == nil {
		err = p.cmd.Start()
	}
	closeAll(p.cmd.ExtraFiles) // the process has them now, for as long as it lives
	if err != nil {
		closeAll([]*os.File{control})
		return &MissingError{Path: b.Path, Err: whyNot(err)}
	}
	listening := make(chan struct{})
	var readers sync.WaitGroup
	readers.Go(func() { p.readControl(control, len(program.Sockets), listening) })
	readers.Go(func() { eachLine(out, func(line []byte) { p.output(line, o.Output) }) })
	readers.Go(func() { eachLine(said, func(line []byte) { p.output(line, o.Output) }) }) // of the start, and what is fatal
	go p.wait(&readers, control)
	if o.MemoryMiB > 0 {
		go p.watchMemory(o.MemoryMiB)
	}

	select {
	case <-listening:
		if o.LoopLimit > 0 {
			go p.watchLoops(o.LoopLimit)
		}
		return nil
	case <-p.done:
		var exit *ExitError
		errors.As(p.exit, &exit)
		if exit.Killed && len(program.Workers) > 0 {
			return &ScriptError{Worker: program.Workers[0].Name, Text: "Script startup exceeded the memory limit: " + exit.Text + ".", TooMuch: true}
		}
		return startError(program, exit.Text, exit.Status, b.TooOld())
	case <-ctx.Done():
		return errors.Join(context.Cause(ctx), p.Stop(0))
	}
}

// readControl closes listening when all sockets have been reported. It reads on after that:
// workerd complains when nobody does.
func (p *Process) readControl(control io.Reader, sockets int, listening chan struct{}) {
	if sockets == 0 {
		close(listening)
	}
	eachLine(control, func(line []byte) {
		var event struct{ Event string }
		if json.Unmarshal(line, &event) == nil && event.Event == "listen" {
			if sockets--; sockets == 0 {
				close(listening)
			}
		}
	})
}

// addresses are how workerd ends what it says of its own failures: places in its machine code,
// which tell nothing to whoever reads the log.
var addresses = pattern.New(`\nstack:( (\S+@)?[0-9a-f]+)+`)

// output reads a line of structured logging; what has a source is workerd's own.
func (p *Process) output(line []byte, to func(Line)) {
	var entry struct{ Level, Message, Source string }
	if json.Unmarshal(line, &entry) != nil {
		p.say(Line{Level: "error", Text: string(line), Runtime: true}, to) // written past the logging
		return
	}
	said := Line{Level: entry.Level, Text: entry.Message, Runtime: entry.Source != ""}
	if said.Runtime {
		said.Text = addresses.Regexp().ReplaceAllString(said.Text, "")
		said.readException()
	}
	p.say(said, to)
}

// readException recognises what workerd says of an exception that nobody caught: once with the stack of
// the code, which is kept, and then of its own workings, which makes a debugging line.
func (l *Line) readException() {
	rest, ok := strings.CutPrefix(l.Text, "uncaught exception; source = ")
	for _, field := range []string{"; stack = ", "; exception = "} {
		if _, text, found := strings.Cut(rest, field); ok && found {
			*l = Line{Level: "error", Text: text, Exception: true}
			return
		}
	}
	if strings.HasPrefix(l.Text, "uncaught exception; exception = ") || strings.HasPrefix(l.Text, "Uncaught exception: ") {
		l.Level = "debug"
	}
}

func (p *Process) say(line Line, to func(Line)) {
	if line.Runtime && line.Level != "info" && line.Level != "debug" {
		p.mu.Lock()
		if !strings.HasPrefix(p.lastSaid, ofService) { // what comes of that is said behind it
			p.lastSaid = line.Text
		}
		p.mu.Unlock()
	}
	if to != nil {
		to(line)
	}
}

// wait ends what belongs to the process when that has ended.
func (p *Process) wait(readers *sync.WaitGroup, control io.Closer) {
	readers.Wait()
	err := p.cmd.Wait()
	_ = control.Close() // was read to its end
	p.mu.Lock()
	defer p.mu.Unlock()
	status := "exit status 0"
	if err != nil {
		status = err.Error()
	}
	p.exit = &ExitError{Status: status, Text: p.lastSaid}
	if p.killed != "" {
		p.exit = &ExitError{Status: status, Text: p.killed, Killed: true}
	}
	if p.stopping {
		p.exit = nil
	}
	p.exit = errors.Join(p.exit, os.RemoveAll(p.dir))
	close(p.done)
}

// Socket is the path of a socket.
func (p *Process) Socket(name string) string { return p.sockets[name] }

// PID is the process's id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Done is closed when the process has ended and its folder is gone. Err then says why it did:
// nil if it was asked to.
func (p *Process) Done() <-chan struct{} { return p.done }

// Err is nil before Done is closed.
func (p *Process) Err() error {
	select {
	case <-p.done:
		return p.exit
	default:
		return nil
	}
}

// Stop asks the process to end: requests under way are answered, work after an answer
// (waitUntil) is lost. After patience it is killed, and at once when that is 0.
func (p *Process) Stop(patience time.Duration) error {
	p.mu.Lock()
	p.stopping = true
	p.mu.Unlock()
	if patience > 0 {
		_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
		select {
		case <-p.done:
			return p.exit
		case <-time.After(patience):
		}
	}
	_ = p.cmd.Process.Kill() // the same
	<-p.done
	return p.exit
}

// maxLine bounds a line that is kept, in bytes; the rest of it is dropped.
const maxLine = 1 << 20

// eachLine reads to the end, however long a line is: whoever writes must not be held up.
func eachLine(r io.Reader, visit func([]byte)) {
	reader := bufio.NewReader(r)
	var line []byte
	for {
		part, more, err := reader.ReadLine()
		if err != nil {
			return
		}
		line = append(line, part[:min(len(part), maxLine-len(line))]...)
		if !more {
			visit(line)
			line = line[:0]
		}
	}
}

func closeAll(files []*os.File) {
	for _, f := range files {
		_ = f.Close() // nothing was written through it
	}
}
