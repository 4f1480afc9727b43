package scripts

import (
	"github.com/bindery-dev/bindery/internal/syntax"
)

// Package reads a package.json.
func Package(path string, src []byte) *Scripts {
	file := syntax.ParseAs(syntax.JSONC, path, src)
	all := &Scripts{Opaque: len(file.Errors) > 0}
	for _, key := range []string{"dependencies", "devDependencies"} {
		if file.Root.Get(key, "@cloudflare/vite-plugin") != nil {
			all.Generates = true
		}
	}
	scripts := file.Root.Get("scripts")
	if !scripts.Is(syntax.Table) {
		return all
	}
	for _, f := range scripts.Fields {
		if f.Value.Is(syntax.String) {
			all.script(file, f.Name, f.Value.Span, f.Value.Text, &shell{dir: ".", known: true})
		}
	}
	return all
}

// script reads one script, which stands in file at about span, in a shell that may have run others.
func (all *Scripts) script(file *syntax.File, name string, span syntax.Span, text string, s *shell) {
	s.opaque = func() { all.Opaque = true }
	s.writes = func() { all.Generates = true }
	s.deploy = func(at, end int, d Deploy) {
		d.File, d.Name = file, name
		d.Span = commandIn(file, span, text[at:end])
		all.Deploys = append(all.Deploys, &d)
	}
	s.run(text)
}
