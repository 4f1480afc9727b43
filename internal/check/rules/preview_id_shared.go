package rules

import (
	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// preview-id-shared: the resource for previews is one that some environment is deployed
// with, so that wrangler dev --remote or wrangler preview writes into its data.
var previewIDShared = &check.Rule{
	ID:       "preview-id-shared",
	Severity: check.Warning,
	Since:    "0.1",
	Summary:  "the resource for previews is a deployed one",
	Explain:  explain("preview-id-shared"),
	Seen:     check.Prevalence{Files: 18, Projects: 13},
	Config: func(p *check.Pass) {
		if p.Config.Pages {
			return // it has no such previews; of preview_id there, preview-id-on-pages tells
		}
		deployed := deployedIn(p.Config)
		for _, env := range environments(p.Config) {
			block := env.Previews()
			for _, k := range previewKinds {
				k.report(p.Of(env), deployed.among(k, k.own(env)), remoteDev)
				k.report(p.Of(env), deployed.among(k, k.in(block)), previewsBlock)
			}
		}
	},
}

// A previewKind is a type of binding whose resource previews can spoil.
type previewKind struct {
	bindingType wrangler.Type
	noun        string
	nouns       string
	shape       *idShape // nil if any name will do
	create      string   // the command that makes one
	key         string   // of the resource for wrangler dev --remote; "" if there is no such key
}

var previewKinds = []previewKind{
	{wrangler.KVNamespace, "namespace", "namespaces", &hexShape, "wrangler kv namespace create NAME", "preview_id"},
	{wrangler.R2Bucket, "bucket", "buckets", nil, "wrangler r2 bucket create NAME", "preview_bucket_name"},
	{wrangler.D1, "database", "databases", &uuidShape, "wrangler d1 create NAME", "preview_database_id"},
	{wrangler.Hyperdrive, "configuration", "configurations", &hexShape, "wrangler hyperdrive create NAME", ""},
	{wrangler.Vectorize, "index", "indexes", nil, "wrangler vectorize create NAME", ""},
	{wrangler.Queue, "queue", "queues", nil, "wrangler queues create NAME", ""},
}

// A previewPlace is where a configuration says what previews use.
type previewPlace int

const (
	remoteDev     previewPlace = iota // preview_id and the like: wrangler dev --remote
	previewsBlock                     // previews: wrangler preview
)

// A preview is a binding with the resource that previews use for it.
type preview struct {
	binding  *wrangler.Binding
	resource *syntax.Node
}

// own lists the bindings of an environment that name a resource for wrangler dev --remote.
func (k previewKind) own(env *wrangler.Environment) []preview {
	var all []preview
	for _, b := range env.Of(k.bindingType) {
		if k.key != "" && b.Field(k.key) != nil {
			all = append(all, preview{b, b.Field(k.key)})
		}
	}
	return all
}

// in lists those of a previews block.
func (k previewKind) in(block []*wrangler.Binding) []preview {
	var all []preview
	for _, b := range block {
		if b.Type == k.bindingType {
			all = append(all, preview{b, b.Resource()})
		}
	}
	return all
}

// named says whether a resource is named at all: id-invalid reports what is no id.
func (k previewKind) named(resource string, b *wrangler.Binding) bool {
	if k.shape == nil {
		return isName(resource)
	}
	return k.shape.isGenuine(resource)
}

// A sharedPreview is a preview that uses what an environment is deployed with.
type sharedPreview struct {
	preview
	deployment
}

// A deployment is a binding of an environment that is not for tests: those may share with previews.
type deployment struct {
	deployed *wrangler.Binding
	env      *wrangler.Environment
}

// deployments are those of a file, by type and resource: of several the first.
type deployments map[wrangler.Type]map[string]deployment

func deployedIn(c *wrangler.Config) deployments {
	all := deployments{}
	for _, env := range environments(c) {
		if stageOf(env) == testStage {
			continue
		}
		for _, b := range env.Bindings {
			if all[b.Type] == nil {
				all[b.Type] = map[string]deployment{}
			}
			if _, known := all[b.Type][b.Resource().Str()]; !known {
				all[b.Type][b.Resource().Str()] = deployment{b, env}
			}
		}
	}
	return all
}

// among lists the previews that use a deployed resource.
func (all deployments) among(k previewKind, previews []preview) []sharedPreview {
	var shared []sharedPreview
	for _, pr := range previews {
		if d, ok := all[k.bindingType][pr.resource.Str()]; ok && k.named(pr.resource.Str(), pr.binding) {
			shared = append(shared, sharedPreview{pr, d})
		}
	}
	return shared
}

// report says it once for all bindings of the kind.
func (k previewKind) report(p *check.Pass, shared []sharedPreview, place previewPlace) {
	if len(shared) == 0 {
		return
	}
	var bindings []*wrangler.Binding
	for _, s := range shared {
		bindings = append(bindings, s.binding)
	}
	subject, verdict := typeWords(k.bindingType)+" "+sentence(firstOf(quoted(bindings))), "is a deployed "+k.noun
	if len(shared) > 1 {
		verdict = "are deployed " + k.nouns
	}
	label, create := "`wrangler preview` runs every branch on it", k.create
	if place == remoteDev {
		subject, label = k.key+" of "+subject, "`wrangler dev --remote` writes into it"
		if k.bindingType == wrangler.KVNamespace {
			create += " --preview"
		}
	} else {
		subject += " in previews"
	}
	first := shared[0]
	found := p.Report(first.resource.Span, "%s %s %s", subject, at(p.Env), verdict).
		Label("%s", label).
		Note(first.deployed.Resource().Span, "%s is deployed with it", the(first.env)).
		Help("previews need their own %s: `%s`", k.noun, p.Env.Command(create))
	for i, s := range shared {
		found.Also(s.env)
		if 0 < i && i < shownPlaces {
			found.Note(s.resource.Span, "so is that of %s", s.binding.Text())
		}
	}
}
