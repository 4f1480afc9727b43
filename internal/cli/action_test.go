package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The GitHub Action's steps, with bash as GitHub's runner starts it; see integration_test.go.

// action is the part of action.yml that is run here.
type action struct {
	Inputs map[string]struct{ Default string }
	Runs   struct {
		Using string
		Steps []actionStep
	}
}

type actionStep struct {
	Name, Uses, Shell, Run string
	Env                    map[string]string
}

// step is the one with a name; its environment has the inputs in it.
func (a action) step(t *testing.T, name string, with map[string]string) (script string, env []string) {
	t.Helper()
	for _, s := range a.Runs.Steps {
		if s.Name != name {
			continue
		}
		for key, value := range s.Env {
			for input, declared := range a.Inputs {
				given, ok := with[input]
				if !ok {
					given = declared.Default
				}
				value = strings.ReplaceAll(value, "${{ inputs."+input+" }}", given)
			}
			if strings.Contains(value, "${{") {
				t.Fatalf("step %q: %s is %q, which names no input", name, key, value)
			}
			env = append(env, key+"="+value)
		}
		return s.Run, env
	}
	t.Fatalf("action.yml has no step %q", name)
	return "", nil
}

func readAction(t *testing.T) action {
	t.Helper()
	var a action
	readYAML(t, "action.yml", &a)
	if a.Runs.Using != "composite" {
		t.Fatalf("action.yml uses %q", a.Runs.Using)
	}
	for _, s := range a.Runs.Steps {
		// An expression in a script is text of a stranger in a script.
		if strings.Contains(s.Run, "${{") || s.Run != "" && s.Shell != "bash" {
			t.Errorf("step %q: want bash, and no expression in\n%s", s.Name, s.Run)
		}
	}
	return a
}

// runnerOptions are what GitHub's runner gives to bash.
var runnerOptions = []string{"--noprofile", "--norc", "-eo", "pipefail"}

func TestActionCheck(t *testing.T) {
	a := readAction(t)
	for _, test := range []struct {
		name   string
		with   map[string]string
		code   int
		stdout string // a pattern
	}{
		{"everything below the workspace", nil, 1, `^::error file=work er/incident-10041/wrangler\.toml,line=35,(.|\n)*::warning `},
		{"a path with a blank", map[string]string{"paths": "work er/trading"}, 0, `^$`},
		{"several paths", map[string]string{"paths": "work er/trading\n\nwork er/incident-10041\n"}, 1, `^::error `},
		{"one environment", map[string]string{"paths": "work er/incident-10041", "env": "test"}, 1, `^::error `},
		{"an environment that is not there", map[string]string{"paths": "work er/incident-10041", "env": "staging"}, 2, `^$`},
		{"a warning", map[string]string{"paths": "warned"}, 0, `^::warning `},
		{"a warning, strictly", map[string]string{"paths": "warned", "strict": "true"}, 1, `^::warning `},
		{"another format", map[string]string{"format": "oneline"}, 1, `(?m)^work er/incident-10041/wrangler\.toml:35:\d+: error: `},
		{"SARIF beside it", map[string]string{"sarif": "out.sarif"}, 1, `^::error `},
		{"SARIF of nothing", map[string]string{"paths": "work er/trading", "sarif": "out.sarif"}, 0, `^$`},
		{"SARIF where there is no folder", map[string]string{"paths": "work er/trading", "sarif": "gone/out.sarif"}, 1, `^$`},
		{"a path that is not there", map[string]string{"paths": "gone", "sarif": "out.sarif"}, 2, `^$`},
		{"a path that would be a command", map[string]string{"paths": "$(touch ran)`touch ran`; touch ran"}, 2, `^$`},
		{"a path that would be a flag", map[string]string{"paths": "--help"}, 2, `^$`},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := pipelineFolder(t)
			script, env := a.step(t, "Check", test.with)
			code, stdout, stderr := shell(t, dir, env, script, runnerOptions...)
			if code != test.code || !regexp.MustCompile(test.stdout).MatchString(stdout) {
				t.Errorf("with %q: exit code %d, want %d; want %s in\n%s%s", test.with, code, test.code, test.stdout, stdout, stderr)
			}
			if _, err := os.Stat(filepath.Join(dir, "ran")); err == nil {
				t.Errorf("with %q: the input was run as a command", test.with)
			}
			if name := test.with["sarif"]; name == "out.sarif" && test.code < 2 {
				src, err := os.ReadFile(filepath.Join(dir, name))
				if err != nil || !json.Valid(src) {
					t.Errorf("with %q: %s is no JSON (%v):\n%s", test.with, name, err, src)
				}
			}
		})
	}
}

// The install step leaves bindery on the path: of the version that is named, else of the action's own sources. The go
// command is a stand-in that says how it was called, as the real one would need the network.
func TestActionInstall(t *testing.T) {
	a := readAction(t)
	for version, want := range map[string]string{
		"":       "install -C CHECKOUT ./cmd/bindery",
		"latest": "install github.com/bindery-dev/bindery/cmd/bindery@latest",
	} {
		temp := t.TempDir()
		checkout, stub := filepath.Join(temp, "check out"), t.TempDir()
		standIn := "#!/usr/bin/env bash\necho \"$*\"\n"
		if err := os.WriteFile(filepath.Join(stub, "go"), []byte(standIn), 0o755); err != nil {
			t.Fatal(err)
		}
		pathFile := filepath.Join(temp, "path")
		script, env := a.step(t, "Install bindery", map[string]string{"version": version})
		env = append(env, "RUNNER_TEMP="+temp, "GITHUB_ACTION_PATH="+checkout, "GITHUB_PATH="+pathFile,
			"PATH="+stub+string(os.PathListSeparator)+os.Getenv("PATH"))
		code, stdout, stderr := shell(t, temp, env, script, runnerOptions...)
		got := strings.Replace(strings.TrimSpace(stdout), checkout, "CHECKOUT", 1)
		if code != 0 || got != want {
			t.Errorf("version %q: exit code %d, go %s, want go %s\n%s", version, code, got, want, stderr)
		}
		if added, err := os.ReadFile(pathFile); err != nil || string(added) != filepath.Join(temp, "bindery")+"\n" {
			t.Errorf("version %q: GITHUB_PATH gets %q (%v), want the folder of the binary", version, added, err)
		}
	}
}
