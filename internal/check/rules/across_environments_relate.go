package rules

import "github.com/bindery-dev/bindery/internal/wrangler"

// sharing says what it means that two environments use one id; worse is greater.
type sharing int

const (
	harmless    sharing = iota
	sameStage           // two test environments, or two for production
	unclear             // nothing says that they may share
	twoNames            // one id, and two names beside it
	oneForTests         // production and a test environment
	twoAccounts         // impossible
)

// relateInFile says what it means that two environments of one file use the same resource.
func (s store) relateInFile(a, b use) sharing {
	r := relateStages(a, b)
	switch {
	case accountsDiffer(a, b):
		return s.acrossAccounts()
	case r < twoNames && a.name != "" && b.name != "" && a.name != b.name:
		return twoNames
	case s.shape == nil && r == sameStage, r == unclear && (s.namesOther(a) || s.namesOther(b)):
		return harmless // of the second, resource-of-other-stage says more
	}
	return r
}

// namesOther says whether the resource has a name that says it is for another stage than that of its environment.
func (s store) namesOther(u use) bool {
	name := u.name
	if s.shape == nil {
		name = u.id.Str()
	}
	if u.stage == unknownStage || name == "" {
		return false
	}
	named := stageInResource(name, u.env.WorkerName())
	return named != unknownStage && named != u.stage
}

// acrossAccounts: an id belongs to one account; of a name each account can have its own resource.
func (s store) acrossAccounts() sharing {
	if s.shape == nil {
		return harmless
	}
	return twoAccounts
}

// relateStages goes by what two environments of one file are for.
func relateStages(a, b use) sharing {
	switch {
	case a.worker != "" && a.worker == b.worker:
		return harmless // one Worker under two names
	case stagesDiffer(a, b):
		return oneForTests
	case a.env.Name == "":
		return relateToTop(a, b)
	case b.env.Name == "":
		return relateToTop(b, a)
	case a.stage == b.stage && a.stage != unknownStage:
		return sameStage
	}
	return unclear
}

// relateFiles says the same of environments in two files. Side by side the files may be
// those of two environments; elsewhere they are two Workers, which may share.
func (s store) relateFiles(a, b use) sharing {
	switch {
	case a.env.Config == b.env.Config:
		return harmless
	case accountsDiffer(a, b):
		return s.acrossAccounts()
	case a.folder == b.folder && stagesDiffer(a, b):
		return oneForTests
	case a.folder == b.folder && a.worker != b.worker && (isForProduction(a) && b.unmarked || isForProduction(b) && a.unmarked):
		return unclear
	}
	return harmless
}

// isForProduction says whether the whole file of a use is for production, as wrangler.production.toml is.
func isForProduction(u use) bool { return u.env.Name == "" && u.stage == productionStage }

func accountsDiffer(a, b use) bool {
	return a.account.ID != "" && b.account.ID != "" && a.account.ID != b.account.ID
}

func stagesDiffer(a, b use) bool {
	return a.stage != unknownStage && b.stage != unknownStage && a.stage != b.stage
}

// relateToTop: a top level that stands for the same stage may repeat its ids; so may one
// of unknown stage in a test environment, if production has an environment of its own.
func relateToTop(top, named use) sharing {
	switch {
	case top.stage == named.stage && top.stage != unknownStage,
		top.stage == unknownStage && named.stage == testStage && top.production:
		return harmless
	}
	return unclear
}

// worstTwo returns the first two uses of which sharing means the worst.
func worstTwo(uses []use, relate func(a, b use) sharing) (worst sharing, a, b use) {
	for i := range uses {
		for j := range i {
			if r := relate(uses[j], uses[i]); r > worst {
				worst, a, b = r, uses[j], uses[i]
			}
			if worst == twoAccounts {
				return worst, a, b // nothing is worse
			}
		}
	}
	return worst, a, b
}

// representatives are uses among which worstTwo finds what it finds among all, though there be one in each of ten
// thousand environments. Of those that are alike in all that relating looks at but the Worker, the first speaks for all;
// and beside it the first of another Worker, as two of one Worker may share.
func representatives(uses []use) (all []use) {
	type likeness struct {
		config        *wrangler.Config
		account, name string
		stage         stage
		top           bool
		production    bool
	}
	first, second := map[likeness]use{}, map[likeness]bool{}
	for _, u := range uses {
		l := likeness{u.env.Config, u.account.ID, u.name, u.stage, u.env.Name == "", u.production}
		switch earlier, there := first[l]; {
		case !there:
			first[l] = u
		case second[l] || u.worker != "" && u.worker == earlier.worker:
			continue
		default:
			second[l] = true
		}
		all = append(all, u)
	}
	return all
}

// ofFiles are uses among which relateFiles finds what it finds among all, though ten thousand files bind one id: it looks
// at accounts and stages, and only where a folder has several files at the folder, and at the Workers of their top levels. The
// first of those that are alike in this speaks for all; and beside it the first of another file, as it finds nothing within one.
func ofFiles(uses []use) (all []use) {
	type likeness struct {
		account, folder, worker string
		stage                   stage
		unmarked, production    bool
	}
	lone := map[string]*wrangler.Config{} // by folder: its only file, nil if there are several
	for _, u := range uses {
		if only, there := lone[u.folder]; there && only != u.env.Config {
			lone[u.folder] = nil
		} else {
			lone[u.folder] = u.env.Config
		}
	}
	first, second := map[likeness]use{}, map[likeness]bool{}
	for _, u := range uses {
		l := likeness{account: u.account.ID, stage: u.stage}
		if lone[u.folder] == nil {
			l.folder, l.unmarked, l.production = u.folder, u.unmarked, isForProduction(u)
			if l.unmarked || l.production {
				l.worker = u.worker
			}
		}
		switch earlier, there := first[l]; {
		case !there:
			first[l] = u
		case second[l] || u.env.Config == earlier.env.Config:
			continue
		default:
			second[l] = true
		}
		all = append(all, u)
	}
	return all
}
