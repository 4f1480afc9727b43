package scripts

import (
	"go.yaml.in/yaml/v3"

	"github.com/bindery-dev/bindery/internal/syntax"
)

// GitLab reads a .gitlab-ci.yml.
func GitLab(path string, src []byte) *Scripts {
	all := &Scripts{}
	doc := document(src)
	if doc == nil {
		all.Opaque = true
		return all
	}
	file := syntax.Plain(path, src)
	all.Opaque = get(doc, "include") != nil
	for i := 0; i+1 < len(doc.Content); i += 2 {
		name, job := doc.Content[i].Value, target(doc.Content[i+1])
		if get(job, "script") == nil {
			continue
		}
		s := &shell{dir: ".", known: true} // the lines of a job run in one
		s.setEnv(get(doc, "variables"))
		if get(job, "extends") != nil && !s.env.Said {
			s.env = Env{Said: true} // perhaps, in the variables of the other
		}
		s.setEnv(get(job, "variables"))
		before := get(job, "before_script")
		if before == nil {
			before = get(doc, "before_script")
		}
		for _, list := range []*yaml.Node{before, get(job, "script"), get(job, "after_script")} {
			all.lines(file, name, list, s)
		}
	}
	return all
}

// lines reads a script: one text, or a list of them, which may hold another list from an anchor.
func (all *Scripts) lines(file *syntax.File, job string, n *yaml.Node, s *shell) {
	if n = target(n); n == nil {
		return
	}
	if n.Kind == yaml.ScalarNode {
		all.script(file, job, spanOf(file, n), n.Value, s)
		return
	}
	for _, item := range items(n) {
		if item = target(item); item.Kind == yaml.ScalarNode {
			all.script(file, job, spanOf(file, item), item.Value, s)
			continue
		}
		for _, nested := range items(item) {
			if nested = target(nested); nested.Kind == yaml.ScalarNode {
				all.script(file, job, spanOf(file, nested), nested.Value, s)
			}
		}
	}
}
