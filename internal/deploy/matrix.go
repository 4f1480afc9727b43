package deploy

import (
	"cmp"
	"maps"
	"slices"

	"github.com/bindery-dev/bindery/internal/lock"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// Matrix is the bindings of a configuration by environment: the table that people draw by hand.
type Matrix struct {
	Environments []MatrixEnvironment `json:"environments"`
	Rows         []MatrixRow         `json:"bindings"` // by name
	Vars         []MatrixVar         `json:"vars"`     // by name
}

// MatrixEnvironment is a column.
type MatrixEnvironment struct {
	Name      string `json:"name"` // "" is the top level
	Worker    string `json:"worker"`
	AccountID string `json:"account_id,omitempty"` // "" if nobody names one
	Account   string `json:"account_name,omitempty"`
}

// MatrixRow is a binding's name, with a cell for each environment.
type MatrixRow struct {
	Name  string       `json:"name"`
	Cells []MatrixCell `json:"environments"` // as in Matrix.Environments
}

// MatrixCell is what the name is in one environment.
type MatrixCell struct {
	Bound     bool      `json:"bound"`
	Type      string    `json:"type,omitempty"`
	ID        string    `json:"id,omitempty"`
	Title     string    `json:"title,omitempty"`
	State     State     `json:"state,omitempty"` // "" if nobody was asked
	Agreement Agreement `json:"lock,omitempty"`
	Place     string    `json:"place,omitempty"`
}

// Resource is the cell's id, or its name.
func (c MatrixCell) Resource() string { return cmp.Or(c.ID, c.Title) }

// MatrixVar is a variable by name: whether each environment has it, and which of those have the same value. The values
// themselves may be secret, and are not in it.
type MatrixVar struct {
	Name string `json:"name"`
	// Group is a number for each environment: 0 if it has no such variable; two environments with the same number have
	// the same value.
	Group []int `json:"groups"`
}

// Column is what is known of one environment.
type Column struct {
	Env      *wrangler.Environment
	Account  Account
	Verdicts []Verdict // nil if nobody was asked
}

// MakeMatrix puts environments side by side. What the lock says of a resource fills in what the configuration and the
// account do not say.
func MakeMatrix(columns []Column, locked *lock.File) *Matrix {
	m := &Matrix{Environments: []MatrixEnvironment{}, Rows: []MatrixRow{}, Vars: []MatrixVar{}}
	names, vars := map[string]bool{}, map[string]bool{}
	for _, c := range columns {
		m.Environments = append(m.Environments, MatrixEnvironment{Name: c.Env.Name, Worker: c.Env.WorkerName(), AccountID: c.Account.ID, Account: c.Account.Name})
		for _, b := range c.Env.Bindings {
			if b.Text() != "" {
				names[b.Text()] = true
			}
		}
		for _, v := range c.Env.Vars {
			vars[v.Name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		row := MatrixRow{Name: name}
		for _, c := range columns {
			row.Cells = append(row.Cells, c.cell(name, locked.Environment(c.Env.Name).Binding(name)))
		}
		m.Rows = append(m.Rows, row)
	}
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		m.Vars = append(m.Vars, groupVar(name, columns))
	}
	return m
}

func (c Column) cell(name string, agreed *lock.Binding) MatrixCell {
	at := slices.IndexFunc(c.Env.Bindings, func(b *wrangler.Binding) bool { return b.Text() == name })
	if at < 0 {
		return MatrixCell{}
	}
	b := c.Env.Bindings[at]
	cell := MatrixCell{Bound: true, Type: string(b.Type), Place: Place{File: c.Env.Config.File, Span: place(b)}.String()}
	if resource := text(c.Env, b.Resource()); b.Type == wrangler.KVNamespace || b.Type == wrangler.D1 {
		cell.ID, cell.Title = resource, b.Field("database_name").Str()
	} else {
		cell.Title = resource
	}
	if i := slices.IndexFunc(c.Verdicts, func(v Verdict) bool { return v.Binding == b }); i >= 0 {
		v := c.Verdicts[i]
		cell.State = v.State
		cell.ID, cell.Title = cmp.Or(v.Resource.ID, cell.ID), cmp.Or(v.Resource.Name, cell.Title)
	}
	if agreed == nil {
		return cell
	}
	if cell.ID == "" || cell.ID == agreed.ID {
		cell.ID, cell.Title = agreed.ID, cmp.Or(cell.Title, agreed.Title)
	}
	cell.Agreement = Differs
	if agreed.Type == cell.Type && sameResource(*agreed, PlannedBinding{Type: cell.Type, ID: cell.ID, Title: cell.Title}) {
		cell.Agreement = Agrees
	}
	return cell
}

// groupVar numbers the values of a variable in the order in which they are met.
func groupVar(name string, columns []Column) MatrixVar {
	v := MatrixVar{Name: name}
	seen := map[string]int{}
	for _, c := range columns {
		group := 0
		for _, one := range c.Env.Vars {
			if one.Name == name {
				value := one.Value.Kind.String() + " " + text(c.Env, one.Value)
				if seen[value] == 0 {
					seen[value] = len(seen) + 1
				}
				group = seen[value]
			}
		}
		v.Group = append(v.Group, group)
	}
	return v
}
