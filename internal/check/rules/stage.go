package rules

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/wrangler"
)

// A stage is what an environment is for, as far as its names tell.
type stage int

const (
	unknownStage stage = iota
	testStage          // anything that is not production: dev, staging, preview …
	productionStage
)

var (
	testingWords    = []string{"dev", "develop", "development", "stage", "staging", "stg", "test", "testing", "qa", "uat", "preview", "local", "alpha", "sandbox", "ci", "preprod", "nonprod"}
	productionWords = []string{"prod", "production", "prd", "live"}

	wordBreak  = regexp.MustCompile(`[^a-z]+`)
	notYetProd = regexp.MustCompile(`\b(pre|non)[^a-z]*prod`)
)

// stageVars are variables in which people name the stage. NODE_ENV is none of
// them: it is "production" in many a staging environment.
var stageVars = []string{"ENVIRONMENT", "ENV", "ENV_NAME", "APP_ENV", "STAGE"}

// stageOf tells by the environment's name; then, as the top level has none, by a
// variable such as ENVIRONMENT; then by the name of the file (wrangler.staging.toml).
func stageOf(env *wrangler.Environment) stage {
	if s := stageOfName(env.Name); s != unknownStage {
		return s
	}
	for _, v := range env.Vars {
		if slices.Contains(stageVars, strings.ToUpper(v.Name)) {
			if s := stageOfName(v.Value.Str()); s != unknownStage {
				return s
			}
		}
	}
	if env.Name != "" {
		return unknownStage
	}
	return stageOfName(filepath.Base(env.Config.Path))
}

func stageOfName(name string) stage {
	name = strings.ToLower(name)
	if notYetProd.MatchString(name) {
		return testStage
	}
	found := unknownStage
	for _, word := range wordBreak.Split(name, -1) {
		var s stage
		switch {
		case slices.Contains(testingWords, word):
			s = testStage
		case slices.Contains(productionWords, word):
			s = productionStage
		default:
			continue
		}
		if found != unknownStage && found != s {
			return unknownStage // "prod-test" may be either
		}
		found = s
	}
	return found
}
