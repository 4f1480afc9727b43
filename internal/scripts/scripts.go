// Package scripts reads the command lines by which a project deploys: the scripts of a package.json, GitHub workflows and a
// GitLab pipeline. It finds `wrangler deploy` and its like, and what each says about folder, configuration and environment.
// Nothing is executed, and what only a run would tell (variables, expressions) counts as unknown.
//
// [Package], [GitHub] and [GitLab] read one file each. They fail on nothing: a file that does not parse is taken for one
// that says nothing certain.
package scripts

import "github.com/bindery-dev/bindery/internal/syntax"

// Scripts is what a file says.
type Scripts struct {
	Deploys []*Deploy
	// Opaque: something in it may deploy in a way that is not understood here, such as a program of the project's own. What
	// Deploys lists may not be all then.
	Opaque bool
	// Generates: what is deployed may be another configuration than the one that is read here. Cloudflare's Vite plugin writes
	// one, for the environment of the build; others use cp, sed or envsubst.
	Generates bool
}

// Deploy is one command that deploys a Worker.
type Deploy struct {
	File *syntax.File
	Span syntax.Span // of the command, as far as it stands on one line
	Name string      // of the script or job it belongs to

	// Dir is the folder it runs in, as a path relative to that of the file's project with slashes, "." for this one itself.
	// Known is false if only a run would tell which it is.
	Dir   string
	Known bool
	// Config is the --config, relative to the same folder; "" if there is none.
	Config string

	Env Env
}

// Env is the environment that a command names.
type Env struct {
	Said  bool   // by --env or CLOUDFLARE_ENV
	Known bool   // Name is what was said; false if only a run would tell
	Name  string // "" is the top level on purpose
}
