package cli

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// What other systems start bindery with: the hook, the GitHub Action and the GitLab job at the root and in docs/ci.
// Their shell lines are run here as those systems run them, with bindery being this test binary.

// repository is the root of this repository.
func repository(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func readYAML(t *testing.T, path string, into any) {
	t.Helper()
	src, err := os.ReadFile(filepath.Join(repository(t), path))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(src, into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// shell runs a script in a folder, with bash and the options its system gives it.
func shell(t *testing.T, dir string, env []string, script string, options ...string) (code int, stdout, stderr string) {
	t.Helper()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash here")
	}
	var out, errs strings.Builder
	cmd := exec.Command(bash, append(options, "-c", script)...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, append(os.Environ(), env...), &out, &errs
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}

// The hook is for the files that wrangler would find by their names, and its command is one that bindery takes.
func TestPreCommitHook(t *testing.T) {
	var hooks []struct{ ID, Entry, Language, Files string }
	readYAML(t, ".pre-commit-hooks.yaml", &hooks)
	if len(hooks) != 1 || hooks[0].Language != "golang" {
		t.Fatalf("hooks are %+v, want one in golang", hooks)
	}
	files := regexp.MustCompile(hooks[0].Files)
	for path, want := range map[string]bool{
		"wrangler.toml": true, "wrangler.json": true, "apps/api/wrangler.jsonc": true,
		"old-wrangler.toml": false, "wrangler.toml.bak": false, "wrangler.yaml": false, "bindery.toml": false,
	} {
		if got := files.MatchString(path); got != want {
			t.Errorf("the hook's files %q match %s: %v, want %v", hooks[0].Files, path, got, want)
		}
	}
	command := append(strings.Fields(hooks[0].Entry), "a/wrangler.toml", "b/wrangler.jsonc")
	if err := parses(command[1:]); err != nil {
		t.Errorf("%q: %v", command, err)
	}
	var config struct {
		Repos []struct{ Hooks []struct{ ID string } }
	}
	readYAML(t, "docs/ci/pre-commit.yml", &config)
	if got := config.Repos[0].Hooks[0].ID; got != hooks[0].ID {
		t.Errorf("docs/ci/pre-commit.yml names the hook %q, want %q", got, hooks[0].ID)
	}
}

// pipelineFolder is a workspace with three projects: one with an error, one with a warning, one without any mistake.
func pipelineFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"incident-10041", "trading"} {
		if err := os.CopyFS(filepath.Join(dir, "work er", name), os.DirFS(filepath.Join(repository(t), "examples", name))); err != nil {
			t.Fatal(err)
		}
	}
	const warned = "name = \"warned\"\nmain = \"index.js\"\ncompatibility_date = \"2026-04-01\"\n" +
		"kv_namespaces = [\n" +
		"  { binding = \"A\", id = \"d190a987055eab3c16a6f0ce76b77f91\" },\n" +
		"  { binding = \"B\", id = \"d190a987055eab3c16a6f0ce76b77f91\" },\n" +
		"]\n"
	if err := os.Mkdir(filepath.Join(dir, "warned"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "warned", "wrangler.toml"), []byte(warned), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// The GitLab job's lines, as its runner joins them: it keeps a report, and fails where bindery does.
func TestGitLabJob(t *testing.T) {
	var pipeline struct {
		Bindery struct {
			Script    []string
			Artifacts struct{ Reports struct{ JUnit string } }
		}
	}
	readYAML(t, "docs/ci/gitlab.yml", &pipeline)
	job := pipeline.Bindery
	script := "set -eo pipefail\n" + strings.Join(job.Script, "\n")
	for folder, want := range map[string]int{"work er/incident-10041": 1, "work er/trading": 0, "warned": 0, ".": 1, "none": 2} {
		dir := filepath.Join(pipelineFolder(t), folder)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		code, stdout, stderr := shell(t, dir, nil, script)
		if code != want {
			t.Errorf("%s: exit code %d, want %d; it printed\n%s%s", folder, code, want, stdout, stderr)
		}
		report, err := os.ReadFile(filepath.Join(dir, job.Artifacts.Reports.JUnit))
		if err != nil {
			t.Fatal(err)
		}
		if err := xml.Unmarshal(report, new(struct{})); want != 2 && err != nil {
			t.Errorf("%s: the report is no XML: %v in\n%s", folder, err, report)
		}
	}
}

// The lines of the Code Quality job give what GitLab asks of each finding, fail for none, and fail where nothing was judged.
// Source: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
func TestGitLabQualityJob(t *testing.T) {
	if _, err := exec.LookPath("jq"); err != nil {
		t.Skip("no jq here")
	}
	var pipeline struct {
		Job struct {
			Script    []string
			Artifacts struct{ Reports struct{ CodeQuality string } }
		} `yaml:"bindery-quality"`
	}
	readYAML(t, "docs/ci/gitlab-quality.yml", &pipeline)
	script := "set -eo pipefail\n" + strings.Join(pipeline.Job.Script, "\n")
	if code, _, stderr := shell(t, t.TempDir(), nil, script); code == 0 {
		t.Errorf("a folder without configuration passes: %s", stderr)
	}
	dir := pipelineFolder(t)
	if code, stdout, stderr := shell(t, dir, nil, script); code != 0 {
		t.Fatalf("exit code %d: %s%s", code, stdout, stderr)
	}
	src, err := os.ReadFile(filepath.Join(dir, pipeline.Job.Artifacts.Reports.CodeQuality))
	if err != nil {
		t.Fatal(err)
	}
	var findings []struct {
		Check       string `json:"check_name"`
		Description string
		Fingerprint string
		Severity    string
		Location    struct {
			Path  string
			Lines struct{ Begin int }
		}
	}
	if err := json.Unmarshal(src, &findings); err != nil || len(findings) != 3 {
		t.Fatalf("%d findings, want 3 (%v):\n%s", len(findings), err, src)
	}
	seen := map[string]bool{}
	for _, f := range findings {
		if f.Check == "" || f.Description == "" || f.Location.Path == "" || f.Location.Lines.Begin == 0 ||
			f.Severity != "critical" && f.Severity != "minor" || seen[f.Fingerprint] {
			t.Errorf("a finding lacks something, or its fingerprint is another's: %+v", f)
		}
		seen[f.Fingerprint] = true
	}
}

// docs/ci.md and docs/deploy.md show the files of docs/ci as they are; the first names every input of the action.
func TestCIDocument(t *testing.T) {
	shown := regexp.MustCompile("(?s)(```yaml (docs/ci/[a-z-]+\\.yml)\n)(.*?)```")
	for document, want := range map[string]int{"docs/ci.md": 4, "docs/deploy.md": 2} {
		path := filepath.Join(repository(t), document)
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		text := string(src)
		blocks := shown.FindAllStringSubmatch(text, -1)
		if len(blocks) != want {
			t.Errorf("%s shows %d files, want %d", document, len(blocks), want)
		}
		for _, block := range blocks {
			want, err := os.ReadFile(filepath.Join(repository(t), block[2]))
			if err != nil {
				t.Fatal(err)
			}
			if block[3] != string(want) {
				if *update {
					text = strings.Replace(text, block[0], block[1]+string(want)+"```", 1)
				} else {
					t.Errorf("%s shows %s as\n%swant\n%s", document, block[2], block[3], want)
				}
			}
		}
		if *update && text != string(src) {
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	src, err := os.ReadFile(filepath.Join(repository(t), "docs/ci.md"))
	if err != nil {
		t.Fatal(err)
	}
	for input := range readAction(t).Inputs {
		if !strings.Contains(string(src), "| `"+input+"` |") {
			t.Errorf("docs/ci.md lacks the input %s of the action", input)
		}
	}
}

// The pipelines that deploy call bindery as it wants to be called, and no other than the last one deploys.
func TestDeployPipelines(t *testing.T) {
	call := regexp.MustCompile(`(?m)(?:^|[\s;])(?:bin/)?bindery ([a-z][^>|\n]*)`)
	for path, want := range map[string][]string{
		"docs/ci/deploy-github.yml": {"plan", "plan", "deploy", "lock", "selftest"}, // the action checks
		"docs/ci/deploy-gitlab.yml": {"check", "plan", "plan", "deploy", "lock", "selftest"},
	} {
		src, err := os.ReadFile(filepath.Join(repository(t), path))
		if err != nil {
			t.Fatal(err)
		}
		if err := yaml.Unmarshal(src, &map[string]any{}); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		var got []string
		for _, c := range call.FindAllStringSubmatch(string(src), -1) {
			args := strings.Fields(c[1])
			got = append(got, args[0])
			if err := parses(args); err != nil {
				t.Errorf("%s: %q: %v", path, args, err)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s calls %q, want %q", path, got, want)
		}
	}
}
