package rules

import (
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// resource-of-other-stage: a test environment uses what by its name is production's, or the other way round: a
// copied block in which the names were not changed.
var resourceOfOtherStage = &check.Rule{
	ID:       "resource-of-other-stage",
	Severity: check.Warning,
	Since:    "0.1",
	Summary:  "a test environment names a resource of production, or the other way round",
	Explain:  explain("resource-of-other-stage"),
	Seen:     check.Prevalence{Files: 4, Projects: 3},
	Config: func(p *check.Pass) {
		shared := sharedByStages(p.Config)
		for _, env := range environments(p.Config) {
			own := stageOf(env)
			if own == unknownStage {
				continue
			}
			var foreign []namedResource
			twice := map[string]bool{} // one of the two is meant for another environment, as config says
			for _, b := range boundTwice(env) {
				twice[b.Text()] = true
			}
			for _, n := range resourceNames(env) {
				s := stageInResource(n.value.Str(), env.WorkerName())
				if s != unknownStage && s != own && !shared[n.key()] && !twice[n.binding.Text()] {
					foreign = append(foreign, n)
				}
			}
			if len(foreign) > 0 {
				reportForeign(p.Of(env), foreign)
			}
		}
	},
}

// A namedResource is a name in a binding that people chose, and that may say what the resource is for.
type namedResource struct {
	binding *wrangler.Binding
	value   *syntax.Node
}

// A resourceKey tells whether two bindings mean one resource.
type resourceKey struct {
	bindingType wrangler.Type
	resource    string
}

func (n namedResource) key() resourceKey {
	return resourceKey{n.binding.Type, n.binding.Resource().Str()}
}

// nameKeys are the keys under which such names stand.
var nameKeys = map[wrangler.Type]string{
	wrangler.R2Bucket:        "bucket_name",
	wrangler.D1:              "database_name",
	wrangler.Queue:           "queue",
	wrangler.Service:         "service",
	wrangler.DurableObject:   "script_name",
	wrangler.Workflow:        "name",
	wrangler.Vectorize:       "index_name",
	wrangler.AnalyticsEngine: "dataset",
	wrangler.Dispatch:        "namespace",
	wrangler.Pipeline:        "pipeline",
}

func resourceNames(env *wrangler.Environment) []namedResource {
	var names []namedResource
	for _, b := range env.Bindings {
		if value := b.Field(nameKeys[b.Type]); value.Str() != "" {
			names = append(names, namedResource{b, value})
		}
	}
	return names
}

// Words that say in a resource's name what it is for. Fewer than in that of an environment, as names speak of much
// else: live-chat, test-results. Some count as the last word only: dev-portal is no database for developers.
var (
	productionInName = []string{"prod", "production"}
	testingInName    = []string{"staging", "stg", "preprod", "nonprod"}
	testingAtEnd     = []string{"dev", "development", "test", "testing", "qa", "uat"}
)

// stageInResource says what a resource is for by its name; unknownStage if it does not say, or says both. Words of the
// Worker's own name say nothing: acme-dev may be the name of a company.
func stageInResource(name, worker string) stage {
	var words []string
	own := wordsOf(worker)
	for _, w := range wordsOf(name) {
		if !slices.Contains(own, w) {
			words = append(words, w)
		}
	}
	has := func(list []string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(list, w) })
	}
	switch stageOfName(name) {
	case productionStage:
		if has(productionInName) {
			return productionStage
		}
	case testStage:
		all := wordsOf(name)
		last := all[len(all)-1]
		if has(testingInName) || slices.Contains(testingAtEnd, last) && slices.Contains(words, last) {
			return testStage
		}
	}
	return unknownStage
}

// wordsOf splits a name at everything that is no letter.
func wordsOf(name string) []string {
	return strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return r < 'a' || r > 'z' })
}

// sharedByStages lists the resources that a test environment and one for production bind: other rules say so.
func sharedByStages(c *wrangler.Config) map[resourceKey]bool {
	first, shared := map[resourceKey]stage{}, map[resourceKey]bool{}
	for _, env := range environments(c) {
		s := stageOf(env)
		if s == unknownStage {
			continue
		}
		for _, n := range resourceNames(env) {
			switch known, ok := first[n.key()]; {
			case !slices.Contains(comparedTypes, n.binding.Type):
			case !ok:
				first[n.key()] = s
			case known != s:
				shared[n.key()] = true
			}
		}
	}
	return shared
}

// comparedTypes are those of which a resource that two environments share is reported as such.
var comparedTypes = []wrangler.Type{wrangler.R2Bucket, wrangler.D1, wrangler.Queue, wrangler.Vectorize}

func reportForeign(p *check.Pass, foreign []namedResource) {
	var names []string
	for _, n := range foreign {
		names = append(names, typeWords(n.binding.Type)+" "+n.value.Text)
	}
	owner, use := "production", "tests"
	if stageOf(p.Env) == productionStage {
		owner, use = use, owner
	}
	found := p.Report(foreign[0].value.Span, "%s uses what by its name is for %s: %s", the(p.Env), owner, sentence(firstOf(names))).
		Help("name what is for %s, or rename it if it is", use)
	if localOnly(p.Env) {
		found.Severity(check.Info) // wrangler dev keeps its own on disk, unless it is told --remote
	}
	for _, n := range foreign[1:min(shownPlaces, len(foreign))] {
		found.Note(n.value.Span, "and this %s", typeWords(n.binding.Type))
	}
}
