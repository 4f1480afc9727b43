package scripts

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/bindery-dev/bindery/internal/syntax"
)

// GitHub reads a workflow of .github/workflows.
func GitHub(path string, src []byte) *Scripts {
	all := &Scripts{}
	doc := document(src)
	if doc == nil {
		all.Opaque = true
		return all
	}
	file := syntax.Plain(path, src)
	jobs := get(doc, "jobs")
	if jobs == nil || jobs.Kind != yaml.MappingNode {
		return all
	}
	for i := 0; i+1 < len(jobs.Content); i += 2 {
		name, job := jobs.Content[i].Value, target(jobs.Content[i+1])
		for _, step := range items(get(job, "steps")) {
			all.step(file, name, step, doc, job)
		}
	}
	return all
}

// step reads one, in a shell of its own that begins where its job and its workflow say.
func (all *Scripts) step(file *syntax.File, job string, step *yaml.Node, above ...*yaml.Node) {
	s := &shell{dir: ".", known: true}
	for _, n := range above {
		s.setEnv(get(n, "env"))
		s.start(get(n, "defaults", "run", "working-directory"))
	}
	s.setEnv(get(step, "env"))
	uses := text(get(step, "uses"))
	switch {
	case strings.HasPrefix(uses, "cloudflare/wrangler-action@"):
		s.dir, s.known = ".", true // which takes no defaults of run
		all.wranglerAction(file, job, step, s)
	case strings.HasPrefix(uses, "./"):
		all.Opaque = true // an action of the project's own
	default:
		s.start(get(step, "working-directory"))
		if run := get(step, "run"); run != nil {
			all.script(file, job, spanOf(file, run), run.Value, s)
		}
	}
}

// start is where run begins: each such line is relative to the repository, and the innermost counts.
func (s *shell) start(dir *yaml.Node) {
	if dir == nil {
		return
	}
	s.dir, s.known = ".", !strings.Contains(dir.Value, "$")
	if s.known {
		s.enter(dir.Value)
	}
}

// wranglerAction reads a step that uses Cloudflare's action: its command runs wrangler, `deploy` if there is none.
func (all *Scripts) wranglerAction(file *syntax.File, job string, step *yaml.Node, s *shell) {
	with := get(step, "with")
	s.start(get(with, "workingDirectory"))
	if env := get(with, "environment"); env != nil && env.Value != "" {
		s.env = Env{Said: true, Known: !strings.Contains(env.Value, "$"), Name: env.Value}
	}
	at, commands := get(step, "uses"), "deploy"
	if n := get(with, "command"); n != nil {
		at, commands = n, n.Value
	}
	for command := range strings.Lines(commands) {
		if command = strings.TrimSpace(command); command == "" {
			continue
		}
		before := len(all.Deploys)
		inner := *s
		all.script(file, job, spanOf(file, at), "wrangler "+command, &inner)
		for _, d := range all.Deploys[before:] {
			where := command
			if at.Value != commands { // the action's own default
				where = at.Value
			}
			d.Span = commandIn(file, spanOf(file, at), where)
		}
	}
}
