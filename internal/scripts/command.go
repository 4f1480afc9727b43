package scripts

import (
	"path"
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/pattern"
)

// launchers start another program that their arguments name.
var launchers = []string{
	"npx", "pnpx", "bunx", "npm", "pnpm", "yarn", "bun", "env", "cross-env", "time", "sudo", "exec", "command", "corepack", "mise", "volta", "rtx",
	"dotenv", "dotenvx", "doppler", "infisical", "op", "varlock", "sops", "chamber", "node",
}

// secretive ones bring variables along, perhaps CLOUDFLARE_ENV.
var secretive = []string{"dotenv", "dotenvx", "doppler", "infisical", "op", "varlock", "sops", "chamber"}

// otherTasks of a package manager only mention wrangler.
var otherTasks = []string{"install", "i", "add", "remove", "rm", "uninstall", "update", "up", "upgrade", "why", "info", "view", "outdated", "link", "ls", "list", "create", "init"}

var (
	wranglerName = pattern.New(`^(?:.*/)?wrangler(?:@[\w.^~-]+|\.js)?$`)
	program      = pattern.New(`\.(?:sh|bash|js|mjs|cjs|ts|mts|py|rb|ps1|go)$`)
)

// runners start scripts and tasks by name, and pass arguments on.
var runners = []string{"npm", "pnpm", "yarn", "bun", "turbo", "nx", "lerna", "make", "just", "task", "rush", "moon"}

// judge looks at one command, from and to these offsets.
func (s *shell) judge(words []word, at, end int) {
	i := slices.IndexFunc(words, func(w word) bool { return w.known && wranglerName.MatchString(w.text) })
	if i < 0 || !s.launches(words[:i]) {
		if s.mayDeploy(words) {
			s.opaque()
		}
		if slices.ContainsFunc(words, func(w word) bool { return configuration.MatchString(w.text) }) {
			s.writes()
		}
		return
	}
	d := Deploy{Dir: s.dir, Known: s.known, Env: s.env}
	if d.read(words[i+1:]) {
		s.deploy(at, end, d)
	}
}

// launches reads the words before wrangler and says whether they run it at all.
func (s *shell) launches(words []word) bool {
	if len(words) == 0 {
		return true
	}
	if !words[0].known || !slices.Contains(launchers, path.Base(words[0].text)) {
		return false
	}
	for i, w := range words {
		name, value, assigned := strings.Cut(w.text, "=")
		next := word{text: value, known: w.known}
		if !assigned && i+1 < len(words) {
			next = words[i+1]
		}
		switch {
		case w.is(otherTasks...):
			return false
		case w.is(secretive...):
			s.env = Env{Said: true}
		case assigned && name == cloudflareEnv:
			s.env = Env{Said: true, Known: w.known, Name: value}
		case slices.Contains([]string{"--filter", "-F", "--workspace", "-w", "-r", "--recursive", "workspace", "workspaces"}, name):
			s.known = false
		case slices.Contains([]string{"-C", "--dir", "--cwd", "--prefix"}, name):
			s.cd([]word{next})
		}
	}
	return true
}

// mayDeploy says of a command without wrangler whether it may deploy, or hand an environment to a script that does.
func (s *shell) mayDeploy(words []word) bool {
	if s.env.Said {
		return true
	}
	about := slices.ContainsFunc(words, func(w word) bool { return strings.Contains(w.text, "deploy") })
	runs := words[0].is(runners...)
	for _, w := range words {
		switch name, _, _ := strings.Cut(w.text, "="); {
		case runs && (name == "--env" || name == "-e" || name == cloudflareEnv || strings.HasPrefix(name, "--mode")):
			return true
		case about && program.MatchString(w.text):
			return true
		}
	}
	return about && (!words[0].known || words[0].is("make", "just", "task", "bash", "sh", "zsh", "source", ".", "sst", "pulumi", "alchemy"))
}

// withValue are the options of wrangler that take the next word.
var withValue = []string{
	"--env", "-e", "--config", "-c", "--cwd", "--env-file", "--name", "--compatibility-date", "--compatibility-flag", "--compatibility-flags",
	"--assets", "--site", "--var", "--define", "--alias", "--triggers", "--schedule", "--schedules", "--route", "--routes", "--domain", "--domains",
	"--jsx-factory", "--jsx-fragment", "--tsconfig", "--outdir", "--outfile", "--metafile", "--dispatch-namespace", "--tag", "--message",
	"--secrets-file", "--containers-rollout", "--script", "--preview-alias", "--version-id", "--percentage",
}

// read takes wrangler's arguments, and says whether they deploy a Worker. `pages deploy` does not: it has no environments.
func (d *Deploy) read(args []word) bool {
	var task []string
	for i := 0; i < len(args); i++ {
		arg := args[i]
		name, text, joined := strings.Cut(arg.text, "=")
		value := word{text, arg.known}
		if !joined && strings.HasPrefix(name, "-") && i+1 < len(args) && (slices.Contains(withValue, name) || !args[i+1].known) {
			i++
			value = args[i]
		}
		switch {
		case name == "--dry-run" && text != "false", name == "--help", name == "-h":
			return false
		case name == "--env" || name == "-e":
			d.Env = Env{Said: true, Known: value.known, Name: value.text}
		case name == "--name" || name == "--env-file" || !arg.known && !joined:
			// Another Worker, other variables, or arguments that a variable holds: what is deployed is not certain.
			if !d.Env.Said {
				d.Env = Env{Said: true}
			}
		case name == "--config" || name == "-c":
			d.Config = path.Join(d.Dir, value.text)
			d.Known = d.Known && value.known && !path.IsAbs(value.text)
		case name == "--cwd":
			d.Dir = path.Join(d.Dir, value.text)
			d.Known = d.Known && value.known && !path.IsAbs(value.text)
		case arg.known && !strings.HasPrefix(name, "-"):
			task = append(task, arg.text)
		}
	}
	if len(task) == 0 {
		return false
	}
	return task[0] == "deploy" || task[0] == "publish" ||
		task[0] == "versions" && len(task) > 1 && (task[1] == "upload" || task[1] == "deploy")
}
