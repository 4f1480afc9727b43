package rules

import (
	"path/filepath"
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

var stageWords = map[string]stage{
	"dev": testStage, "develop": testStage, "development": testStage, "stage": testStage, "staging": testStage,
	"stg": testStage, "test": testStage, "testing": testStage, "qa": testStage, "uat": testStage, "preview": testStage,
	"local": testStage, "alpha": testStage, "sandbox": testStage, "ci": testStage, "preprod": testStage, "nonprod": testStage,
	"prod": productionStage, "production": productionStage, "prd": productionStage, "live": productionStage,
}

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
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return r < 'a' || r > 'z' })
	found, mixed := unknownStage, false
	for i, word := range words {
		if notYetProduction(words[i:]) {
			return testStage
		}
		if s := stageWords[word]; s != unknownStage {
			mixed = mixed || found != unknownStage && found != s
			found = s
		}
	}
	if mixed {
		return unknownStage // "prod-test" may be either
	}
	return found
}

// notYetProduction says whether words begin with pre-production, nonprod and the like.
func notYetProduction(words []string) bool {
	first := words[0]
	if first == "pre" || first == "non" {
		return len(words) > 1 && strings.HasPrefix(words[1], "prod")
	}
	return strings.HasPrefix(first, "preprod") || strings.HasPrefix(first, "nonprod")
}
