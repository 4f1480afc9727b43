package check_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-dev/bindery/internal/check"
)

// tree writes files into a fresh working directory.
func tree(t *testing.T, files map[string]string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for path, text := range files {
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

func TestLoadProject(t *testing.T) {
	tree(t, map[string]string{
		"wrangler.toml":                  `name = "root"`,
		"bindery.toml":                   `critical = ["A"]`,
		"api/wrangler.jsonc":             `{}`,
		"api/wrangler.production.toml":   `name = "api"`,
		"node_modules/lib/wrangler.toml": `name = "lib"`,
		"odd/settings.toml":              `name = "odd"`,
	})
	for _, test := range []struct {
		paths []string
		want  []string
	}{
		{[]string{"."}, []string{"api/wrangler.jsonc", "api/wrangler.production.toml", "wrangler.toml"}},
		{[]string{"api"}, []string{"api/wrangler.jsonc", "api/wrangler.production.toml"}},
		{[]string{"wrangler.toml", "api", "./wrangler.toml", "."}, []string{"wrangler.toml", "api/wrangler.jsonc", "api/wrangler.production.toml"}},
		{[]string{"odd/settings.toml"}, []string{"odd/settings.toml"}},
	} {
		p, err := check.LoadProject(test.paths)
		if err != nil {
			t.Errorf("LoadProject(%q): %v", test.paths, err)
			continue
		}
		var got []string
		for _, c := range p.Configs {
			got = append(got, filepath.ToSlash(c.Path))
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("LoadProject(%q) (-want +got):\n%s", test.paths, diff)
		}
	}
}

func TestSettingsBelongToTheirFolder(t *testing.T) {
	tree(t, map[string]string{"wrangler.toml": "", "bindery.toml": `critical = ["A"]`, "api/wrangler.toml": ""})
	p, err := check.LoadProject([]string{"."})
	if err != nil {
		t.Fatal(err)
	}
	if got := p.SettingsFor(p.Configs[0]).Critical; got != nil {
		t.Errorf("%s has the critical bindings %q of the folder above", p.Configs[0].Path, got)
	}
	if diff := cmp.Diff([]string{"A"}, p.SettingsFor(p.Configs[1]).Critical); diff != "" {
		t.Errorf("%s (-want +got):\n%s", p.Configs[1].Path, diff)
	}
}

func TestLoadProjectRefuses(t *testing.T) {
	tree(t, map[string]string{"empty/README.md": "", "wrangler.yaml": "", "wrangler.toml": ""})
	for _, test := range []struct {
		path, want string
		is         error
	}{
		{"nowhere", "nowhere does not exist", fs.ErrNotExist},
		{"empty", "empty holds no wrangler configuration", nil},
		{"wrangler.yaml", "wrangler.yaml is no wrangler configuration", nil},
	} {
		_, err := check.LoadProject([]string{".", test.path})
		var e *check.PathError
		if !errors.As(err, &e) || err.Error() != test.want || e.Hint() == "" {
			t.Errorf("LoadProject(%q) = %v with hint %q, want %q and a hint", test.path, err, hint(e), test.want)
		}
		if test.is != nil && !errors.Is(err, test.is) {
			t.Errorf("LoadProject(%q): %v is not %v", test.path, err, test.is)
		}
	}
}

func TestLoadProjectWithoutPermission(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may read everything")
	}
	tree(t, map[string]string{"wrangler.toml": "", "a/closed/wrangler.toml": ""})
	for _, test := range []struct{ path, closed string }{
		{"wrangler.toml", "wrangler.toml"},
		{"a", "a/closed"},
	} {
		if err := os.Chmod(test.closed, 0); err != nil {
			t.Fatal(err)
		}
		_, err := check.LoadProject([]string{test.path})
		if !errors.Is(err, fs.ErrPermission) || err.Error() != filepath.FromSlash(test.closed)+" may not be read" {
			t.Errorf("LoadProject(%q) = %v, want that %s may not be read", test.path, err, test.closed)
		}
		if err := os.Chmod(test.closed, 0o700); err != nil { // so that it can be removed
			t.Fatal(err)
		}
	}
}

func hint(e *check.PathError) string {
	if e == nil {
		return ""
	}
	return e.Hint()
}

func TestRequireEnvironment(t *testing.T) {
	for _, test := range []struct{ toml, env, want, hint string }{
		{twoEnvironments, "", "", ""},
		{twoEnvironments, "production", "", ""},
		{twoEnvironments, "producton", `no configuration declares env "producton"`, `did you mean "production"? declared: production, staging`},
		{twoEnvironments, "qa", `no configuration declares env "qa"`, "declared: production, staging"},
		{`name = "x"`, "qa", `no configuration declares env "qa"`, "no environment is declared at all; without --env the top level is checked"},
	} {
		err := project(test.toml, "").RequireEnvironment(test.env)
		var e *check.UnknownEnvironmentError
		switch {
		case test.want == "" && err != nil:
			t.Errorf("RequireEnvironment(%q) = %v", test.env, err)
		case test.want != "" && (!errors.As(err, &e) || err.Error() != test.want || e.Hint() != test.hint):
			t.Errorf("RequireEnvironment(%q) = %v, want %q with hint %q", test.env, err, test.want, test.hint)
		}
	}
}
