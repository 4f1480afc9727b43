package explain

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/bindery-dev/bindery/internal/pattern"
)

const (
	// longestLine is how much of a line is looked at, in bytes; the rest of it is left out.
	longestLine = 64 << 10
	// mostFailures is how many failures of a log are kept.
	mostFailures = 100
	// mostLines is how many lines a message may have before the one with its code.
	mostLines = 20
)

var (
	escape = pattern.New(`\x1b\[[0-9;?]*[A-Za-z]`)
	// stamp is what CI puts before a line: the job and step of `gh run view --log`, a time, GitLab's stream.
	stamp = pattern.New(`^(?:[^\t]*\t[^\t]*\t)?\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?\]?(?: \d\d[OE])?[+ ]?`)
	// mark is what GitHub puts before a line to colour it, or reads to make an annotation of; and what some runners say in words.
	mark     = pattern.New(`^(?:##\[[a-z]+\]|::(?:error|warning|notice)\b.*?::|(?i:error): )\s*`)
	request  = pattern.New(`A request to the Cloudflare API \(([^)]*)\) failed`)
	coded    = pattern.New(`^(.*?)\s*\[code: (\d{3,6})\]`)
	envelope = pattern.New(`"code"\s*:\s*(\d{3,6})\s*,\s*"message"\s*:\s*("(?:[^"\\]|\\.)*")`)
	errorTag = pattern.New(`\[ERROR\]\s*(.*)`)
)

// Read returns the failures of a log: of wrangler's output, with or without colours and with or without what CI puts before
// each line, and of answers of the API. The same failure twice is one. Of a log of any size it holds little.
func Read(log io.Reader) ([]Failure, error) {
	var all []Failure
	seen := map[string]bool{}
	add := func(f Failure) {
		key := fmt.Sprint(f.Code, f.Message)
		if !seen[key] && len(all) < mostFailures {
			seen[key] = true
			all = append(all, f)
		}
	}
	lines := bufio.NewReaderSize(log, longestLine)
	var open Failure    // the failure whose code is still to come
	var before []string // what its message is so far
	for n := 1; ; n++ {
		raw, err := readLine(lines)
		if err != nil && !errors.Is(err, io.EOF) {
			return all, fmt.Errorf("read the log: %w", err)
		}
		line := plain(raw)
		switch {
		case request.MatchString(line):
			open, before = Failure{Request: request.Regexp().FindStringSubmatch(line)[1]}, nil
		case coded.MatchString(line):
			m := coded.Regexp().FindStringSubmatch(line)
			code, _ := strconv.Atoi(m[2]) // six digits at most
			add(Failure{Code: code, Message: oneLine(append(before, m[1])), Request: open.Request, Line: n})
			before = nil
		case envelope.MatchString(line):
			for _, m := range envelope.Regexp().FindAllStringSubmatch(line, mostFailures) {
				code, _ := strconv.Atoi(m[1])
				message, err := strconv.Unquote(m[2])
				if err != nil { // an escape that JSON alone has
					message = strings.Trim(m[2], `"`)
				}
				add(Failure{Code: code, Message: oneLine([]string{message}), Line: n})
			}
		case errorTag.MatchString(line):
			open, before = Failure{}, nil
			f := Failure{Message: oneLine(errorTag.Regexp().FindStringSubmatch(line)[1:]), Line: n}
			if _, known := f.Entry(); known {
				add(f)
			}
		case open.Request != "" && len(before) < mostLines:
			before = append(before, line)
		}
		if err != nil {
			return all, nil
		}
	}
}

// readLine returns a line's beginning, and io.EOF with the last one.
func readLine(r *bufio.Reader) (string, error) {
	line, err := r.ReadSlice('\n')
	text := string(line)
	for errors.Is(err, bufio.ErrBufferFull) {
		_, err = r.ReadSlice('\n')
	}
	return text, err
}

// plain is a line without colours, and without what CI puts before it.
func plain(line string) string {
	line = escape.Regexp().ReplaceAllString(line, "")
	return strings.TrimSpace(mark.Regexp().ReplaceAllString(strings.TrimSpace(stamp.Regexp().ReplaceAllString(line, "")), ""))
}

// oneLine joins the lines of a message.
func oneLine(lines []string) string {
	return strings.Join(strings.Fields(strings.ToValidUTF8(strings.Join(lines, " "), "\uFFFD")), " ")
}
