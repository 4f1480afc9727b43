package rules

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"

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
	Seen:     check.Prevalence{Files: 63, Projects: 39},
	Environment: func(p *check.Pass) {
		beside := sync.OnceValue(func() *wrangler.Binding { return filledInBeside(p.Env) })
		for _, b := range p.Env.Bindings {
			for _, place := range idPlaces[b.Type] {
				judgeID(p, place, b, beside)
			}
		}
		for _, b := range p.Env.Previews() {
			for _, place := range idPlaces[b.Type] {
				place.preview, place.refusal, place.unknown = true, "`wrangler preview` fails", ""
				judgeID(p, place, b, beside)
			}
		}
		// An inherited account_id is judged where it stands.
		judgeAccountID(p)
	},
}

// judgeID reports the id of a binding unless it is genuine. What is missing, no string, or an empty KV id is the
// business of other rules. beside returns a binding whose id was filled in, nil if there is none.
func judgeID(p *check.Pass, place idPlace, b *wrangler.Binding, beside func() *wrangler.Binding) {
	value := b.Field(place.key)
	switch {
	case !value.Is(syntax.String), place.preview && p.Config.Pages: // preview-id-on-pages
		return
	case b.Name == nil && len(p.Config.File.Errors) > 0:
		return // the name may stand behind the mistake, and a local stand-in is told by it
	case value.Text == "":
		judgeEmptyID(p, place, value, b)
		return
	case b.Resource().Str() == value.Text && b.Resource().Span != value.Span:
		return // whoever fills the id in sees this one: it is in the note
	}
	f := formOf(value.Text, place.shape, b.Text())
	if f == genuine || place.preview && (f == template || f == local) {
		return
	}
	place.list = p.Env.Command(place.list)
	subject := fmt.Sprintf("%s %q of %s %q", place.key, clip(value.Text), typeWords(b.Type), b.Text())
	found := reportForm(p, place, value, subject, f)
	if f == malformed {
		respellID(found, p.Config.File, place, value)
	}
	if place.preview || localOnly(p.Env) {
		found.Severity(check.Warning)
	}
	for _, other := range idPlaces[b.Type] {
		if v := b.Field(other.key); other.key != place.key && v.Str() == value.Text {
			found.Note(v.Span, "%s is the same", other.key)
		}
	}
	if !slices.Contains([]form{placeholder, alien, madeUp}, f) {
		return
	}
	if other := beside(); other != nil {
		found.Note(other.Resource().Span, "that of %s %q is filled in: this one was forgotten", typeWords(other.Type), other.Text())
	}
}

// filledInBeside returns a binding whose id is genuine, in the environment or else at the top level, and for that in an
// environment; nil if there is none.
func filledInBeside(env *wrangler.Environment) *wrangler.Binding {
	beside := []*wrangler.Environment{env, env.Config.Top}
	if env == env.Config.Top {
		beside = append(beside, env.Config.Envs...)
	}
	for _, e := range beside {
		for _, b := range e.Bindings {
			for _, place := range idPlaces[b.Type] {
				if !place.preview && place.shape.isGenuine(b.Field(place.key).Str()) {
					return b
				}
			}
		}
	}
	return nil
}

func judgeAccountID(p *check.Pass) {
	value := p.Env.Node.Get(accountIDPlace.key)
	f := formOf(value.Str(), accountIDPlace.shape, "")
	if value.Str() == "" || f == genuine {
		return
	}
	found := reportForm(p, accountIDPlace, value, fmt.Sprintf("%s %q", accountIDPlace.key, clip(value.Text)), f)
	if localOnly(p.Env) {
		found.Severity(check.Warning)
	}
}

// localOnly says that an environment, or its file, is called local: nobody deploys it.
func localOnly(env *wrangler.Environment) bool {
	return localWord.MatchString(env.Name) || localWord.MatchString(filepath.Base(env.Config.Path))
}

// reportForm words the finding for what was written. Only what certainly fails is an error:
// a script may fill in a template, and a local stand-in is meant where nothing is deployed.
func reportForm(p *check.Pass, place idPlace, value *syntax.Node, subject string, f form) *check.Draft {
	at, nobody := value.Span, "no "+place.noun+" has this id"
	look := "run `" + place.list + "` and paste the id; with this value " + place.refusal
	switch f {
	case malformed:
		return p.Report(at, "%s is not written as Cloudflare writes ids", subject).
			Label("%s", place.shape.words).Severity(check.Warning).
			Help("copy the id from `%s`", place.list)
	case madeUp:
		return p.Report(at, "%s is made up", subject).Label("%s", nobody).
			Help("run `%s` and paste the id; with this value %s", place.list, cmp.Or(place.unknown, place.refusal))
	case published:
		found := p.Report(at, "%s is copied from %s", subject, publications[value.Text].words).
			Label("no %s of yours has this id", place.noun).
			Help("run `%s` and paste the id; with this value %s", place.list, cmp.Or(place.unknown, place.refusal))
		if publications[value.Text].live {
			found.Severity(check.Warning)
		}
		return found
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

// respellID writes an id as Cloudflare writes it. In lower case and without blanks it is the same id; where its
// dashes belong is a guess.
func respellID(found *check.Draft, file *syntax.File, place idPlace, value *syntax.Node) {
	id := strings.ToLower(strings.TrimSpace(value.Text))
	if place.shape.fits(id) {
		found.Fix("write the id in lower case", file.Rename(value.Span, id)...)
		return
	}
	id = strings.ReplaceAll(id, "-", "")
	if place.shape.words == uuidShape.words {
		id = strings.Join([]string{id[:8], id[8:12], id[12:16], id[16:20], id[20:]}, "-")
	}
	found.UnsafeFix("write the id as "+place.shape.words, file.Rename(value.Span, id)...)
}

// judgeEmptyID: wrangler itself refuses an empty KV id. An empty database_id is no id to it, so that a deploy makes a database.
func judgeEmptyID(p *check.Pass, place idPlace, value *syntax.Node, b *wrangler.Binding) {
	if b.Type == wrangler.D1 {
		p.Report(value.Span, "%s of D1 %q is empty", place.key, b.Text()).Severity(check.Warning).
			Label("a deploy takes the database called database_name, or creates it").
			Help("run `%s` and paste the id", p.Env.Command(place.list))
	}
}
