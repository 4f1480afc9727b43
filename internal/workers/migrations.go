package workers

import (
	"fmt"
	"maps"
	"slices"
)

// Migrations are steps that change which Durable Object classes a Worker has. A client
// sends those that it believes are not applied yet.
type Migrations struct {
	OldTag string          `json:"old_tag"`
	NewTag string          `json:"new_tag"`
	Steps  []MigrationStep `json:"steps"`
}

// MigrationStep is one step. Source: wrangler's configuration of migrations.
type MigrationStep struct {
	NewClasses         []string           `json:"new_classes"`
	NewSQLiteClasses   []string           `json:"new_sqlite_classes"`
	RenamedClasses     []RenamedClass     `json:"renamed_classes"`
	DeletedClasses     []string           `json:"deleted_classes"`
	TransferredClasses []TransferredClass `json:"transferred_classes"`
}

// RenamedClass gives a class another name; its objects stay.
type RenamedClass struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// TransferredClass takes a class with its objects over from another Worker.
type TransferredClass struct {
	From       string `json:"from"`
	FromScript string `json:"from_script"`
	To         string `json:"to"`
}

// Names of steps, as Cloudflare's messages have them.
const (
	stepNew      = "new-class"
	stepSQLite   = "new-sqlite-class"
	stepRename   = "rename-class"
	stepDelete   = "delete-class"
	stepTransfer = "transfer-class"
)

// migrate applies an upload's migrations to the copy of a Worker that the upload is to be.
func (w *Workers) migrate(a *account, next *worker, u Upload) error {
	if u.Migrations == nil {
		return nil
	}
	if !u.Deploy {
		return ErrMigrationVersion
	}
	if u.Migrations.OldTag != next.MigrationTag {
		return fmt.Errorf("%w: '%s'", ErrMigrationTag, next.MigrationTag)
	}
	for _, step := range u.Migrations.Steps {
		if err := w.migrateStep(a, next, step); err != nil {
			return err
		}
	}
	next.MigrationTag = u.Migrations.NewTag
	return nil
}

func (w *Workers) migrateStep(a *account, next *worker, step MigrationStep) error {
	add := func(kind string, classes []string) error {
		for _, class := range classes {
			if _, there := next.Classes[class]; there || class == "" {
				return &ClassError{Err: ErrClassExists, Class: class, Step: kind}
			}
			key, err := w.newID()
			if err != nil {
				return err
			}
			next.has(class, Class{Key: key, SQLite: kind == stepSQLite})
		}
		return nil
	}
	for _, r := range step.RenamedClasses {
		class, there := next.Classes[r.From]
		if !there {
			return &ClassError{Err: ErrClassMissing, Class: r.From, Step: stepRename}
		}
		if _, taken := next.Classes[r.To]; taken || r.To == "" {
			return &ClassError{Err: ErrClassExists, Class: r.To, Step: stepRename}
		}
		next.moved(r.From, Moved{Worker: next.Name, Class: r.To})
		next.has(r.To, class)
	}
	for _, t := range step.TransferredClasses {
		if err := a.transfer(next, t); err != nil {
			return err
		}
	}
	for _, class := range step.DeletedClasses {
		if _, there := next.Classes[class]; !there {
			return &ClassError{Err: ErrClassMissing, Class: class, Step: stepDelete}
		}
		delete(next.Classes, class)
	}
	if err := add(stepNew, step.NewClasses); err != nil {
		return err
	}
	return add(stepSQLite, step.NewSQLiteClasses)
}

// transfer takes a class over from another Worker, a copy of which is kept to be saved with next.
func (a *account) transfer(next *worker, t TransferredClass) error {
	wrong := func(err error, class string) error {
		return &ClassError{Err: err, Class: class, Step: stepTransfer, From: t.FromScript}
	}
	giver := next.givers[t.FromScript]
	if giver == nil {
		a.mu.RLock()
		giver = a.workers[t.FromScript]
		a.mu.RUnlock()
		if giver == nil || t.FromScript == next.Name {
			return wrong(ErrClassTransfer, t.From)
		}
		giver = giver.clone()
	}
	class, there := giver.Classes[t.From]
	if !there {
		return wrong(ErrClassMissing, t.From)
	}
	if _, taken := next.Classes[t.To]; taken || t.To == "" {
		return wrong(ErrClassExists, t.To)
	}
	giver.moved(t.From, Moved{Worker: next.Name, Class: t.To})
	class.From = append(slices.Clone(class.From), giver.Tag)
	next.has(t.To, class)
	if next.givers == nil {
		next.givers = map[string]*worker{}
	}
	next.givers[t.FromScript] = giver
	return nil
}

// has gives a Worker a class. No name leads on from where a class is, so that following them ends.
func (k *worker) has(name string, c Class) {
	if k.Classes == nil { // none was recorded
		k.Classes = map[string]Class{}
	}
	k.Classes[name] = c
	delete(k.Moved, name)
}

// moved takes a class from a Worker, and says where it is.
func (k *worker) moved(name string, to Moved) {
	delete(k.Classes, name)
	if k.Moved == nil {
		k.Moved = map[string]Moved{}
	}
	k.Moved[name] = to
}

// checkExports holds a Worker's classes against what the code was seen to export: a class
// that is new must be there, and one that may have objects must not be gone.
func checkExports(next *worker, v *Version, u Upload) error {
	isNew := map[string]string{} // by which step
	if u.Migrations != nil {
		for _, step := range u.Migrations.Steps {
			for _, class := range step.NewClasses {
				isNew[class] = stepNew
			}
			for _, class := range step.NewSQLiteClasses {
				isNew[class] = stepSQLite
			}
			for _, t := range step.TransferredClasses {
				isNew[t.To] = stepTransfer
			}
		}
	}
	var problems []error
	for _, class := range slices.Sorted(maps.Keys(next.Classes)) {
		switch step := isNew[class]; {
		case slices.Contains(v.Trial.Classes, class):
		case step != "":
			problems = append(problems, &ClassError{Err: ErrClassNotExported, Class: class, Step: step})
		default:
			problems = append(problems, &ClassError{Err: ErrClassStillNeeded, Class: class})
		}
	}
	return refuse(problems)
}
