package rules

import (
	"cmp"
	"fmt"
	"path/filepath"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// id-invalid: something stands where an id belongs, and is none. wrangler does not
// look at it; Cloudflare does, at the upload.
var idInvalid = &check.Rule{
	ID:       "id-invalid",
	Severity: check.Error,
	Since:    "0.1",
	Summary:  "a placeholder or a name stands where an id belongs",
	Explain:  explain("id-invalid"),
	Unparsed: true,
	Environment: func(p *check.Pass) {
		for _, b := range p.Env.Bindings {
			for _, place := range idPlaces[b.Type] {
				judgeID(p, place, b.Field(place.key), b)
			}
		}
		// An inherited account_id is judged where it stands.
		judgeID(p, accountIDPlace, p.Env.Node.Get(accountIDPlace.key), nil)
	},
}

// An idPlace is a key whose value is an id that Cloudflare gives.
type idPlace struct {
	key     string
	noun    string // what it is the id of
	shape   idShape
	list    string // the command that shows the ids there are
	refusal string // what happens with a value that is none
	unknown string // what happens with an id that nothing has, if that is something else
	preview bool   // deploys ignore it: only `wrangler dev --remote` needs it
}

var accountIDPlace = idPlace{
	key: "account_id", noun: "account", shape: hexShape, list: "wrangler whoami",
	refusal: "a deploy fails: Cloudflare finds no such account",
}

var idPlaces = map[wrangler.Type][]idPlace{
	wrangler.KVNamespace: {
		{key: "id", noun: "KV namespace", shape: hexShape, list: "wrangler kv namespace list",
			refusal: "a deploy fails with code 10042", unknown: "a deploy fails with code 10041"},
		{key: "preview_id", noun: "KV namespace", shape: hexShape, list: "wrangler kv namespace list",
			refusal: "`wrangler dev --remote` fails", preview: true},
	},
	wrangler.D1: {
		{key: "database_id", noun: "D1 database", shape: uuidShape, list: "wrangler d1 list",
			refusal: "a deploy fails", unknown: "a deploy fails with code 10181"},
	},
	wrangler.Hyperdrive: {
		{key: "id", noun: "Hyperdrive configuration", shape: hexShape, list: "wrangler hyperdrive list",
			refusal: "a deploy fails", unknown: "a deploy fails with code 10157"},
	},
}

// judgeID reports value unless it is a genuine id. What is missing, no string, or
// an empty KV id is the business of other rules. b is nil for an account_id.
func judgeID(p *check.Pass, place idPlace, value *syntax.Node, b *wrangler.Binding) {
	if !value.Is(syntax.String) || b != nil && b.Name == nil && len(p.Config.File.Errors) > 0 {
		return // in a broken file the name may stand behind the mistake, and a local stand-in is told by it
	}
	if value.Text == "" {
		judgeEmptyID(p, place, value, b)
		return
	}
	name, subject := "", fmt.Sprintf("%s %q", place.key, clip(value.Text))
	if b != nil {
		name = b.Text()
		place.list = p.Env.Command(place.list)
		subject += fmt.Sprintf(" of %s %q", typeWords(b.Type), name)
	}
	f := formOf(value.Text, place.shape, name)
	if f == genuine || place.preview && (f == template || f == local) {
		return
	}
	found := reportForm(p, place, value.Span, subject, f)
	if place.preview || localOnly(p.Env) {
		found.Severity(check.Warning)
	}
}

// localOnly says that an environment, or its file, is called local: nobody deploys it.
func localOnly(env *wrangler.Environment) bool {
	return localWord.MatchString(env.Name) || localWord.MatchString(filepath.Base(env.Config.Path))
}

// reportForm words the finding for what was written. Only what certainly fails is an error:
// a script may fill in a template, and a local stand-in is meant where nothing is deployed.
func reportForm(p *check.Pass, place idPlace, at syntax.Span, subject string, f form) *check.Draft {
	nobody := "no " + place.noun + " has this id"
	look := "run `" + place.list + "` and paste the id; with this value " + place.refusal
	switch f {
	case malformed:
		return p.Report(at, "%s is not written as Cloudflare writes ids", subject).
			Label("%s", place.shape.words).Severity(check.Warning).
			Help("copy the id from `%s`", place.list)
	case madeUp:
		return p.Report(at, "%s is made up", subject).Label("%s", nobody).
			Help("run `%s` and paste the id; with this value %s", place.list, cmp.Or(place.unknown, place.refusal))
	case template:
		return p.Report(at, "%s is no id, and wrangler does not expand it", subject).
			Label("%s", nobody).Severity(check.Warning).
			Help("write the id (it is no secret), or make sure that a script replaces this before each deploy")
	case local:
		found := p.Report(at, "%s serves `wrangler dev` only", subject).Label("%s", nobody).Help("%s", look)
		if stageOf(p.Env) != productionStage {
			found.Severity(check.Warning)
		}
		return found
	case placeholder:
		return p.Report(at, "%s is a placeholder", subject).Label("%s", nobody).Help("%s", look)
	}
	return p.Report(at, "%s is no %s id", subject, place.noun).
		Label("an id is %s", place.shape.words).Help("%s", look)
}

// judgeEmptyID: wrangler itself refuses an empty KV id and warns about an empty
// account_id. An empty database_id is no id to it, so that a deploy makes a database.
func judgeEmptyID(p *check.Pass, place idPlace, value *syntax.Node, b *wrangler.Binding) {
	if b != nil && b.Type == wrangler.D1 {
		p.Report(value.Span, "%s of D1 %q is empty", place.key, b.Text()).Severity(check.Warning).
			Label("a deploy takes the database called database_name, or creates it").
			Help("run `%s` and paste the id", p.Env.Command(place.list))
	}
}
