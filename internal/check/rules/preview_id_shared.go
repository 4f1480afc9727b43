package rules

import (
	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// preview-id-shared: the resource for previews is one that some environment is deployed
// with, so that wrangler dev --remote writes into its data.
var previewIDShared = &check.Rule{
	ID:       "preview-id-shared",
	Severity: check.Warning,
	Since:    "0.1",
	Summary:  "the resource for previews is a deployed one",
	Explain:  explain("preview-id-shared"),
	Environment: func(p *check.Pass) {
		for _, kind := range previewKinds {
			if shared := kind.sharedIn(p.Env); len(shared) > 0 {
				kind.report(p, shared)
			}
		}
	},
}

// A previewKind is a type of binding that can name another resource for previews.
type previewKind struct {
	bindingType wrangler.Type
	key         string // of the resource for previews
	noun        string
	shape       *idShape // nil if any name will do
	create      string   // the command that makes one
}

var previewKinds = []previewKind{
	{wrangler.KVNamespace, "preview_id", "namespace", &hexShape, "wrangler kv namespace create NAME --preview"},
	{wrangler.R2Bucket, "preview_bucket_name", "bucket", nil, "wrangler r2 bucket create NAME"},
	{wrangler.D1, "preview_database_id", "database", &uuidShape, "wrangler d1 create NAME"},
}

// A sharedPreview is a binding whose previews use what an environment is deployed with.
type sharedPreview struct {
	binding  *wrangler.Binding
	deployed *wrangler.Binding
	env      *wrangler.Environment // of deployed; it is not for tests
}

// sharedIn lists the bindings of an environment whose previews use a deployed resource.
func (k previewKind) sharedIn(env *wrangler.Environment) []sharedPreview {
	var shared []sharedPreview
	for _, b := range env.Of(k.bindingType) {
		if preview := b.Field(k.key).Str(); k.named(preview, b) {
			if s, ok := k.deployedAs(preview, b, env); ok {
				shared = append(shared, s)
			}
		}
	}
	return shared
}

// named says whether a resource is named at all: id-invalid reports what is no id.
func (k previewKind) named(resource string, b *wrangler.Binding) bool {
	if k.shape == nil {
		return resource != "" && !placeholderWords.MatchString(resource)
	}
	return formOf(resource, *k.shape, b.Text()) == genuine
}

// deployedAs finds what is deployed with the resource for previews of b: b itself, if that is
// so, or else a binding of another environment. Test environments may share with previews.
func (k previewKind) deployedAs(resource string, b *wrangler.Binding, env *wrangler.Environment) (sharedPreview, bool) {
	if b.Resource().Str() == resource && stageOf(env) != testStage {
		return sharedPreview{b, b, env}, true
	}
	for _, other := range environments(env.Config) {
		for _, d := range other.Of(k.bindingType) {
			if d.Resource().Str() == resource && stageOf(other) != testStage {
				return sharedPreview{b, d, other}, true
			}
		}
	}
	return sharedPreview{}, false
}

// report says it once for all bindings of the kind.
func (k previewKind) report(p *check.Pass, shared []sharedPreview) {
	var bindings []*wrangler.Binding
	for _, s := range shared {
		bindings = append(bindings, s.binding)
	}
	verdict := "is a deployed " + k.noun
	if len(shared) > 1 {
		verdict = "are deployed " + k.noun + "s"
	}
	first := shared[0]
	found := p.Report(k.place(first), "%s of %s %s %s %s",
		k.key, typeWords(k.bindingType), sentence(firstOf(quoted(bindings))), at(p.Env), verdict).
		Label("`wrangler dev --remote` writes into it").
		Note(first.deployed.Resource().Span, "%s is deployed with it", the(first.env)).
		Help("previews need a %s of their own: `%s`", k.noun, p.Env.Command(k.create))
	for i, s := range shared {
		found.Also(s.env)
		if 0 < i && i < shownPlaces {
			found.Note(k.place(s), "so is that of %s", s.binding.Text())
		}
	}
}

func (k previewKind) place(s sharedPreview) syntax.Span { return s.binding.Field(k.key).Span }
