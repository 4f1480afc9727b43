package rules

import (
	"fmt"

	"github.com/bindery-dev/bindery/internal/check"
)

// report finds the worst two among uses of one id, reports them and returns what they mean.
// Few are uses among which relate finds what it finds among all.
func (s store) report(p *check.Pass, uses, few []use, relate func(a, b use) sharing) sharing {
	worst, a, b := worstTwo(few, relate)
	if worst == harmless {
		return harmless
	}
	here, there := b, a
	switch {
	case worst == twoAccounts && a.stage == productionStage: // the incident: production has got the id of another account
		here, there = a, b
	case worst == oneForTests && a.stage == testStage: // it is the test environment that has to change
		here, there = a, b
	}
	var others []use
	for _, u := range uses {
		alike := worst != twoAccounts && u.env != there.env && relate(there, u) == worst // it has to change as well
		if u.env != here.env && (alike || relate(here, u) == worst) {
			others = append(others, u)
		}
	}
	if worst == twoAccounts {
		s.reportAccounts(p, here, there, others)
	} else {
		s.reportSharing(p, worst, here, there, others)
	}
	return worst
}

func (s store) reportAccounts(p *check.Pass, here, there use, others []use) {
	found := p.Of(here.env).Report(here.id.Span, "%s %s is bound %s (%s) and %s (%s): one of them gets code %s",
		s.noun, here.id.Text, at(here.env), here.account, at(there.env)+fileOf(there, here), there.account, s.code).
		Severity(check.Error).
		Label("a %s belongs to one account", s.noun).
		Help("`%s` shows whether %s holds it: if not, create one there (`%s`) and paste its id; if so, do that for %s",
			here.command(s.list), here.account, here.command(s.create), the(there.env)+fileOf(there, here))
	noteUses(found, others, func(u use) string { return fmt.Sprintf("%s, %s", the(u.env), u.account) })
	found.NoteIn(here.account.File, here.account.Span, "%s deploys to this account", the(here.env))
	found.NoteIn(there.account.File, there.account.Span, "%s deploys to this one", the(there.env)+fileOf(there, here))
}

func (s store) reportSharing(p *check.Pass, r sharing, here, there use, others []use) {
	found := p.Of(here.env).Report(here.id.Span, "%s and %s share %s %s",
		the(here.env), the(there.env)+fileOf(there, here), s.noun, here.id.Text)
	switch r {
	case oneForTests:
		found.Label("production's data").
			Help("whatever %s writes or deletes, production sees; create one for it: `%s`", the(here.env), here.command(s.create))
		if localOnly(here.env) {
			found.Severity(check.Info).
				Help("harmless while %s is for `wrangler dev` alone; with --remote it writes into production's data", the(here.env))
		}
	case twoNames:
		found.Label("called %s here, and %s there", here.name, there.name).
			Help("the id decides, the name does not: paste the id of the %s that is meant, `%s`", s.noun, here.command(s.list))
	case sameStage:
		found.Severity(check.Info).Help("fine if they are to see each other's data; else `%s`", here.command(s.create))
	default:
		found.Help("what one writes or deletes, the other sees; create one for %s: `%s`", the(here.env), here.command(s.create))
		if s.shape == nil && here.stage != testStage && there.stage != testStage {
			found.Severity(check.Info)
		}
	}
	noteUses(found, others, func(u use) string { return "bound here " + at(u.env) + u.calledOtherThan(here) })
}

// calledOtherThan is the name of a use, if another use of the resource has another one.
func (u use) calledOtherThan(other use) string {
	if u.name == "" || u.name == other.name {
		return ""
	}
	return ", as " + u.name
}

// noteUses shows the first of the other uses.
func noteUses(found *check.Draft, others []use, say func(use) string) {
	more := len(others) - shownPlaces
	for i, u := range others {
		found.Also(u.env)
		switch {
		case i == shownPlaces-1 && more > 0:
			found.NoteIn(u.env.Config.File, u.id.Span, "%s; and %d more", say(u), more)
		case i < shownPlaces:
			found.NoteIn(u.env.Config.File, u.id.Span, "%s", say(u))
		}
	}
}

// command completes a wrangler command, so that it goes to the account of the use.
func (u use) command(line string) string {
	line = u.env.Command(line)
	if u.account.File != nil && u.account.File != u.env.Config.File { // wrangler does not read bindery.toml
		return "CLOUDFLARE_ACCOUNT_ID=" + u.account.ID + " " + line
	}
	return line
}

// fileOf names the file of a use where that is not the file of the finding.
func fileOf(u, here use) string {
	if u.env.Config == here.env.Config {
		return ""
	}
	return " of " + relative(here.env.Config, u.env.Config)
}
