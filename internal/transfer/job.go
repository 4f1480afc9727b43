package transfer

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Spec says what a job does. Two with the same Digest do the same.
type Spec struct {
	Version int       `json:"version"`
	Command string    `json:"command"`
	From    string    `json:"from"` // each place by what does not change: ids, or a path with size and time
	To      Target    `json:"to"`
	Filter  Filter    `json:"filter"`
	Delete  bool      `json:"delete,omitempty"`
	NoUndo  bool      `json:"no_undo,omitempty"`
	Follow  bool      `json:"follow,omitempty"` // goes on with what changes, until nothing does
	Started time.Time `json:"started"`
	// Empty: the destination held nothing at the start, so that nothing has to be read for the undo.
	Empty bool `json:"empty,omitempty"`
}

// Target is the namespace that a job writes to.
type Target struct {
	Account   string `json:"account_id"`
	Namespace string `json:"namespace_id"`
	Label     string `json:"label,omitempty"` // for people
}

// jobVersion is the version of the form of a job's files.
const jobVersion = 1

// digest is of what makes two jobs the same.
func (s Spec) digest() string {
	s.Version, s.Started, s.Empty, s.To.Label = 0, time.Time{}, false, ""
	text, _ := json.Marshal(s) // strings, numbers and booleans
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// Phase is what a job is at.
type Phase string

// The phases, in their order.
const (
	Copying   Phase = "copying"
	Deleting  Phase = "deleting"
	Following Phase = "following"
	Done      Phase = "done"
	Undoing   Phase = "undoing"
	Undone    Phase = "undone"
)

// State is how far a job came: a line of its file of progress.
type State struct {
	Phase    Phase    `json:"phase"`
	At       Position `json:"at,omitzero"`
	Counts   Counts   `json:"counts"`
	Segments int      `json:"segments,omitempty"` // when undoing: that are still to be undone
}

// Job is a folder that says what is done, how far it came, and what it replaced. Only one process has it open.
type Job struct {
	Spec
	ID string
	State
	dir      string
	lock     *os.File
	progress *os.File
}

// JobError: there is no such job, or it cannot be used.
type JobError struct {
	ID, Reason, Advice string
	Unknown            bool // there is none with this id
}

func (e *JobError) Error() string { return fmt.Sprintf("job %s %s", e.ID, e.Reason) }

// Hint says what to do.
func (e *JobError) Hint() string { return e.Advice }

// StartJob takes up the job in the folder root that does the same as spec and is not done, or makes one. With restart
// it always makes one.
func StartJob(root string, spec Spec, restart bool) (j *Job, resumed bool, err error) {
	ids, err := Jobs(root)
	if err != nil {
		return nil, false, err
	}
	for _, id := range slices.Backward(ids) {
		if restart {
			break
		}
		j, err := peekJob(root, id)
		if err != nil || j.digest() != spec.digest() || !slices.Contains([]Phase{Copying, Deleting, Following}, j.Phase) {
			continue // one that cannot be read is nobody's to go on with
		}
		return j, true, j.open()
	}
	j, err = makeJob(root, spec)
	return j, false, err
}

// Jobs are the ids of the jobs in the folder root, the oldest first.
func Jobs(root string) ([]string, error) {
	entries, err := os.ReadDir(root)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var ids []string
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			ids = append(ids, e.Name())
		}
	}
	return ids, err
}

// PhaseOf says what a job is at, whoever has it open.
func PhaseOf(root, id string) (Phase, error) {
	j, err := peekJob(root, id)
	if err != nil {
		return "", err
	}
	return j.Phase, nil
}

// OpenJob opens the job with an id.
func OpenJob(root, id string) (*Job, error) {
	ids, err := Jobs(root)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(ids, id) {
		return nil, &JobError{id, "is not there", fmt.Sprintf("jobs lie in %s; the command that made it printed its name", root), true}
	}
	j, err := peekJob(root, id)
	if err != nil {
		return nil, err
	}
	return j, j.open()
}

func makeJob(root string, spec Spec) (*Job, error) {
	var b [2]byte
	_, _ = rand.Read(b[:]) // never fails
	id := spec.Started.UTC().Format("20060102-150405.000-") + hex.EncodeToString(b[:])
	j := &Job{Spec: spec, ID: id, State: State{Phase: Copying}, dir: filepath.Join(root, id)}
	j.Version, j.Started = jobVersion, spec.Started.UTC()
	text, err := json.MarshalIndent(j.Spec, "", "  ")
	if err != nil {
		return nil, err
	}
	making := filepath.Join(root, "."+id) // until it is whole: a kill leaves no job that cannot be read
	err = errors.Join(os.MkdirAll(filepath.Join(making, undoFolder), 0o700), os.WriteFile(filepath.Join(root, ".gitignore"), []byte("*\n"), 0o600))
	if err == nil {
		err = writeWhole(filepath.Join(making, "job.json"), append(text, '\n'))
	}
	if err == nil {
		err = os.Rename(making, j.dir)
	}
	if err != nil {
		return nil, fmt.Errorf("make a job: %w", err)
	}
	return j, j.open()
}

// writeWhole writes a file that is there whole and on disk, or not at all.
func writeWhole(path string, text []byte) error {
	temporary := path + ".partial"
	f, err := os.OpenFile(temporary, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(temporary, path)
}

// peekJob reads a job that somebody else may have open.
func peekJob(root, id string) (*Job, error) {
	j := &Job{ID: id, State: State{Phase: Copying}, dir: filepath.Join(root, id)}
	text, err := os.ReadFile(filepath.Join(j.dir, "job.json"))
	if err == nil {
		err = json.Unmarshal(text, &j.Spec)
	}
	if err != nil || j.Version != jobVersion {
		return nil, &JobError{id, "cannot be read", "it was made by another version of bindery, or its folder is damaged", false}
	}
	return j, j.readState()
}

// readState takes the last whole line of the progress. Half a line is what a kill left; what it would have said is done
// again.
func (j *Job) readState() error {
	text, err := os.ReadFile(filepath.Join(j.dir, "progress"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	end := bytes.LastIndexByte(text, '\n')
	if end < 0 {
		return nil
	}
	start := bytes.LastIndexByte(text[:end], '\n') + 1
	if err := json.Unmarshal(text[start:end], &j.State); err != nil {
		return &JobError{j.ID, "cannot be read", "the last line of its progress is damaged; --restart begins anew", false}
	}
	return nil
}

// open takes the lock, then looks again how far the job is.
func (j *Job) open() (err error) {
	defer func() {
		if err != nil {
			j.Close()
		}
	}()
	if j.lock, err = os.OpenFile(filepath.Join(j.dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600); err != nil {
		return err
	}
	if err := lockFile(j.lock); err != nil {
		return &JobError{j.ID, "is being worked on by another process", "wait for it, or stop it", false}
	}
	if err := j.readState(); err != nil {
		return err
	}
	if j.progress, err = os.OpenFile(filepath.Join(j.dir, "progress"), os.O_CREATE|os.O_RDWR, 0o600); err != nil {
		return err
	}
	return j.cutTail()
}

// cutTail takes half a line off the end of the progress.
func (j *Job) cutTail() error {
	r := bufio.NewReader(j.progress)
	var whole int64
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			break
		}
		whole += int64(len(line))
	}
	if err := j.progress.Truncate(whole); err != nil {
		return err
	}
	_, err := j.progress.Seek(whole, 0)
	return err
}

// Reached writes down, for good, how far the job is.
func (j *Job) Reached(s State) error {
	line, err := encodeLine(s)
	if err == nil {
		_, err = j.progress.Write(line)
	}
	if err := errors.Join(err, j.progress.Sync()); err != nil {
		return fmt.Errorf("write the journal: %w", err)
	}
	j.State = s
	return nil
}

// Close lets go of the job, done or not.
func (j *Job) Close() {
	for _, f := range []*os.File{j.progress, j.lock} {
		if f != nil {
			f.Close()
		}
	}
}
