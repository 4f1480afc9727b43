package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/cloudflare"
	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

func TestExitCode(t *testing.T) {
	for _, c := range []struct {
		err  error
		want int
	}{
		{nil, exitOK},
		{errProblems, exitProblems},
		{fmt.Errorf("rehearse: %w", errProblems), exitProblems},
		{usagef("no such flag"), exitUsage},
		{fmt.Errorf("selftest: %w", usagef("no such binding")), exitUsage},
		{&wrangler.UnknownEnvironmentError{Name: "prod"}, exitUsage},
		{&check.UnknownEnvironmentError{Name: "prod"}, exitUsage},
		{&wrangler.NotFoundError{Dir: "."}, exitUsage},
		{&check.PathError{Path: "x", Reason: "is no wrangler configuration"}, exitUsage},
		{&check.PathError{Path: "x", Reason: "does not exist", Err: fs.ErrNotExist}, exitUsage},
		{&check.PathError{Path: "x", Reason: "may not be read", Err: fs.ErrPermission}, exitFailed},
		{kv.ErrUnauthenticated, exitUnauthorised},
		{fmt.Errorf("list accounts: %w", kv.ErrPermission), exitUnauthorised},
		{&cloudflare.UnreachableError{URL: "http://127.0.0.1:1"}, exitFailed},
		{context.Canceled, exitFailed},
		{errors.New("disk full"), exitFailed},
	} {
		if got := exitCode(c.err); got != c.want {
			t.Errorf("exitCode(%v) = %d, want %d", c.err, got, c.want)
		}
	}
}

// A bug does not look like the user's mistake, and says where to report it.
func TestPanicIsReported(t *testing.T) {
	for name, build := range map[string]func(*app) *cobra.Command{
		"while it runs": func(a *app) *cobra.Command {
			return &cobra.Command{Use: "bindery", RunE: func(*cobra.Command, []string) error { panic("out of ink") }}
		},
		"while commands are built": func(*app) *cobra.Command { panic("out of ink") },
	} {
		t.Run(name, func(t *testing.T) {
			var out, errs bytes.Buffer
			none := func(string) string { return "" }
			a := &app{out: newStream(&out, none), err: newStream(&errs, none), getenv: none, version: "1.2.3"}
			if code := a.execute(t.Context(), build, []string{"check"}); code != exitFailed {
				t.Errorf("exit code %d, want %d", code, exitFailed)
			}
			for _, want := range []string{"this is a bug in bindery: out of ink", "hint: report it at https://", "bindery 1.2.3", `["check"]`, "cli_test.go"} {
				if !strings.Contains(errs.String(), want) {
					t.Errorf("standard error lacks %q:\n%s", want, errs.String())
				}
			}
			if out.Len() > 0 {
				t.Errorf("standard output is %q, want nothing", out.String())
			}
		})
	}
}

func TestColor(t *testing.T) {
	for _, c := range []struct {
		tty  bool
		env  map[string]string
		want bool
	}{
		{tty: false, want: false},
		{tty: true, want: true},
		{tty: true, env: map[string]string{"NO_COLOR": "1"}, want: false},
		{tty: true, env: map[string]string{"TERM": "dumb"}, want: false},
		{tty: false, env: map[string]string{"CLICOLOR_FORCE": "1"}, want: true},
		{tty: false, env: map[string]string{"CLICOLOR_FORCE": "0"}, want: false},
		{tty: true, env: map[string]string{"CLICOLOR_FORCE": "1", "NO_COLOR": "1"}, want: false},
	} {
		s := &stream{tty: c.tty}
		if got := s.wantsColor(func(name string) string { return c.env[name] }); got != c.want {
			t.Errorf("on a terminal: %v, environment %v: colour %v, want %v", c.tty, c.env, got, c.want)
		}
	}
}
