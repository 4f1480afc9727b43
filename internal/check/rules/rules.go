// Package rules holds what bindery check looks for, a file a rule. A rule is a
// value: its metadata and a func; its page in docs/rules is embedded.
//
// Start with [All]. How to add one stands in CONTRIBUTING.md.
package rules

import (
	"slices"

	ruledocs "github.com/bindery-dev/bindery/docs/rules"
	"github.com/bindery-dev/bindery/internal/check"
)

// all is the table of rules, ordered by id.
var all = []*check.Rule{
	accountMismatch,
	accountUnknown,
	bindingNameInvalid,
	bindingNameTypo,
	bindingNotInherited,
	bindingUnbound,
	bindingUnused,
	bindingsDiffer,
	buildOutput,
	compatibilityDate,
	config,
	configShadowed,
	criticalMissing,
	cronInherited,
	d1IDAcrossEnvironments,
	d1IDShared,
	deployEnvironment,
	deployIncomplete,
	deployRedirect,
	envSameWorker,
	environmentNameTypo,
	filesDisagree,
	idInvalid,
	keyInWrongTable,
	keyTwice,
	kvIDAcrossEnvironments,
	kvIDMissing,
	kvIDShared,
	localhostInProduction,
	lockAccount,
	lockChanged,
	lockForeignID,
	lockInvalid,
	lockOutdated,
	lockStageTitle,
	lockUnknownID,
	migrationMissing,
	pagesRefused,
	previewIDOnPages,
	previewIDShared,
	queueWithoutDeadLetter,
	r2BucketAcrossEnvironments,
	resourceAcrossEnvironments,
	resourceOfOtherStage,
	routeInherited,
	routeShared,
	secretInConfig,
	serviceOfTopLevel,
	settingsFile,
	siteLegacy,
	suppression,
	syntaxErrors,
}

// All lists every rule, ordered by id.
func All() []*check.Rule { return slices.Clone(all) }

// explain reads the documentation of a rule (docs/rules/ID.md). Every rule in the table has its page (tested).
func explain(id string) func() string {
	return func() string {
		page, _ := ruledocs.Pages.ReadFile(id + ".md")
		return string(page)
	}
}
