package rules

import (
	"slices"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// account-unknown: production and a test environment have resources of their own, and no file says in which account
// each of them lives, so that the id of another account would not be noticed.
var accountUnknown = &check.Rule{
	ID:       "account-unknown",
	Severity: check.Info,
	Since:    "0.1",
	Summary:  "no file says which account an environment is deployed to",
	Explain:  explain("account-unknown"),
	Seen:     check.Prevalence{Files: 115, Projects: 63},
	Once:     true, // the first file tells the story
	Config: func(p *check.Pass) {
		if unknown := withoutAccount(p.Project, p.Config); len(unknown) > 0 {
			reportUnknown(p, unknown)
		}
	},
}

// withoutAccount lists the environments of a file whose account nothing tells, though they bind ids. There are none
// unless production and tests could be mixed up: both have ids, and none in common.
func withoutAccount(project *check.Project, c *wrangler.Config) []*wrangler.Environment {
	if c.Pages || len(project.SettingsFor(c).Accounts) == 1 {
		return nil // one account is all there is
	}
	if swallows(c.Top, "account_id") || misspells(c.Top, "account_id") || c.File.Root.Get("account_id").Is(syntax.String) && c.Top.AccountID == nil {
		return nil // it is there, and has no effect: key-in-wrong-table or config says so
	}
	var unknown []*wrangler.Environment
	stages, owner := map[stage]bool{}, map[string]stage{}
	for _, env := range environments(c) {
		ids, s := ownedIDs(env), stageAmong(env)
		if len(ids) == 0 || s == unknownStage || localOnly(env) || project.AccountOf(env).ID != "" {
			continue
		}
		for _, id := range ids {
			if other, known := owner[id]; known && other != s {
				return nil // so they share an account
			}
			owner[id] = s
		}
		stages[s] = true
		unknown = append(unknown, env)
	}
	if len(stages) < 2 {
		return nil
	}
	return unknown
}

// stageAmong is the stage of an environment; a top level that does not tell has the one that no environment has.
func stageAmong(env *wrangler.Environment) stage {
	s := stageOf(env)
	if env.Name != "" || s != unknownStage {
		return s
	}
	has := func(s stage) bool {
		return slices.ContainsFunc(env.Config.Envs, func(e *wrangler.Environment) bool { return stageOf(e) == s })
	}
	switch production, tests := has(productionStage), has(testStage); {
	case production && !tests:
		return testStage
	case tests && !production:
		return productionStage
	}
	return unknownStage
}

// ownedIDs lists the ids in an environment that belong to one account each.
func ownedIDs(env *wrangler.Environment) []string {
	var ids []string
	for _, b := range env.Bindings {
		for _, place := range idPlaces[b.Type] {
			if id := b.Field(place.key).Str(); !place.preview && place.shape.isGenuine(id) {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

func reportUnknown(p *check.Pass, unknown []*wrangler.Environment) {
	var names []string
	for _, env := range unknown {
		names = append(names, the(env))
	}
	first := unknown[0]
	at := first.NameAt
	if first.Name == "" {
		at = claim(first.Config)
	}
	tables := "[environments]"
	if first.Name == "" {
		tables += " and [top-level]"
	}
	p.Of(first).Report(at, "no file says which account %s belong to", sentence(firstOf(names))).
		Label("the login or CLOUDFLARE_ACCOUNT_ID decides").Also(unknown...).
		Help("so an id of the wrong account cannot be noticed before the deploy: name each account, by account_id or under %s in bindery.toml, or have `bindery lock` write them down", tables)
}
