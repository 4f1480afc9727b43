package probe

import "net/http"

// bindingsAnswer is the answer of GET /api/v1/data/bindings. Fields may be added, none renamed.
type bindingsAnswer struct {
	Success bool         `json:"success"`
	Data    bindingsData `json:"data"`
}

type bindingsData struct {
	Environment string `json:"environment"` // "" is the top level
	Worker      string `json:"worker"`
	// Bindings by type, each type's in the order of the configuration.
	Bindings map[string][]bindingJSON `json:"bindings"`
	Vars     []string                 `json:"vars"` // names only
	// CriticalBindingsStatus has each critical binding by name: whether it leads somewhere.
	CriticalBindingsStatus map[string]bool `json:"critical_bindings_status"`
}

type bindingJSON struct {
	Name     string `json:"name"`
	Critical bool   `json:"critical"`
	OK       bool   `json:"ok"`
	Declared bool   `json:"declared_only,omitempty"` // nobody looked whether it leads somewhere
	Detail   string `json:"detail,omitempty"`
}

// bindings lists every binding; the status is 200 whatever their state.
func (h *handler) bindings(w http.ResponseWriter, _ *http.Request) *refusal {
	data := bindingsData{
		Environment:            h.options.Environment,
		Worker:                 h.options.Worker,
		Bindings:               map[string][]bindingJSON{},
		Vars:                   []string{},
		CriticalBindingsStatus: map[string]bool{},
	}
	for _, b := range h.options.Bindings() {
		if b.Critical {
			// One name is one binding; should two claim it, both must be well.
			ok, claimed := data.CriticalBindingsStatus[b.Name]
			data.CriticalBindingsStatus[b.Name] = b.OK && (ok || !claimed)
		}
		switch b.Kind {
		case "":
		case Var:
			data.Vars = append(data.Vars, b.Name)
		default:
			data.Bindings[b.Kind] = append(data.Bindings[b.Kind], bindingJSON{b.Name, b.Critical, b.OK, b.Declared, b.Detail})
		}
	}
	writeJSON(w, http.StatusOK, bindingsAnswer{Success: true, Data: data})
	return nil
}
