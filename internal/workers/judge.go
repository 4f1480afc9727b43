package workers

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
)

// Limits of bindings. Source: Cloudflare's published limits of Workers (paid plan).
const (
	MaxVars     = 128
	MaxVarBytes = 5 << 10 // of a variable's or a secret's text
)

// judgeBindings holds every binding of v against what the account has, and says all that
// is missing; err is of the asking itself.
func (w *Workers) judgeBindings(ctx context.Context, a *account, next *worker, v *Version) (problems []error, err error) {
	seen, vars := map[string]bool{}, 0
	for _, b := range v.Bindings {
		if seen[b.Name] {
			problems = append(problems, &BindingError{Err: ErrBindingTaken, Binding: b.Name, Type: b.Type})
		}
		seen[b.Name] = true
		if isVar[b.Type] {
			vars++
		}
		problem, err := w.judgeBinding(ctx, a, next, v, b)
		if err != nil {
			return nil, fmt.Errorf("judge binding %s: %w", b.Name, err)
		}
		if problem != nil {
			problems = append(problems, problem)
		}
	}
	if vars > MaxVars {
		problems = append(problems, fmt.Errorf("%w: %d, at most %d are possible", ErrTooManyVars, vars, MaxVars))
	}
	return problems, nil
}

// judgeBinding says what is wrong with a binding; err is of the asking itself. Types that
// are not named here refer to nothing that an account could lack.
func (w *Workers) judgeBinding(ctx context.Context, a *account, next *worker, v *Version, b Binding) (problem, err error) {
	wrong := func(kind error, resource string) error {
		return &BindingError{Err: kind, Binding: b.Name, Type: b.Type, Resource: resource}
	}
	has := func(ask func(context.Context, string, string) (bool, error), field string, missing error) (error, error) {
		name := b.Field(field)
		if name == "" {
			return wrong(ErrBindingInvalid, field), nil
		}
		if found, err := ask(ctx, a.id, name); found || err != nil {
			return nil, err
		}
		return wrong(missing, name), nil
	}
	switch b.Type {
	case TypeText, TypeJSON, TypeSecretText:
		if size := max(len(b.Field("text")), len(b.Raw("json"))); size > MaxVarBytes {
			return wrong(ErrVarTooLarge, strconv.Itoa(size)), nil
		}
		if b.Type == TypeJSON && !json.Valid(b.Raw("json")) {
			return wrong(ErrBindingInvalid, "json"), nil
		}
	case "wasm_module", "text_blob", "data_blob":
		if part := b.Field("part"); !slices.ContainsFunc(v.Modules, func(m Module) bool { return m.Name == part }) {
			return wrong(ErrBindingInvalid, "part"), nil
		}
	case "kv_namespace":
		if id := b.Field("namespace_id"); !isID(id) {
			return wrong(ErrNamespaceMalformed, id), nil
		}
		return has(w.resources.HasNamespace, "namespace_id", ErrNamespaceMissing)
	case "r2_bucket":
		return has(w.resources.HasBucket, "bucket_name", ErrBucketMissing)
	case "d1":
		return has(w.resources.HasDatabase, "id", ErrDatabaseMissing)
	case "queue":
		return has(w.resources.HasQueue, "queue_name", ErrQueueMissing)
	case "service":
		return has(func(_ context.Context, _, name string) (bool, error) { return a.hasWorker(name), nil }, "service", ErrServiceMissing)
	case "durable_object_namespace":
		return a.judgeClass(next, b), nil
	default:
		if !known[b.Type] {
			return wrong(ErrBindingUnknown, b.Type), nil
		}
	}
	return nil, nil
}

// judgeClass finds the class of a Durable Object binding, here or in another Worker.
func (a *account) judgeClass(next *worker, b Binding) error {
	class, script := b.Field("class_name"), b.Field("script_name")
	wrong := &BindingError{Binding: b.Name, Type: b.Type, Resource: class, Script: script}
	owner := next
	if script != "" && script != next.Name {
		a.mu.RLock()
		owner = a.workers[script]
		a.mu.RUnlock()
	}
	switch {
	case class == "":
		wrong.Err, wrong.Resource = ErrBindingInvalid, "class_name"
	case owner == nil:
		wrong.Err = ErrClassOfNoWorker
	default:
		if _, ok := owner.Classes[class]; ok {
			return nil
		}
		wrong.Err = ErrClassUnknown
		if owner != next && owner.lacks(class) {
			wrong.Err = ErrClassElsewhere
		}
	}
	return wrong
}

// lacks says that all code of a Worker that serves was seen not to export a class.
func (k *worker) lacks(class string) bool {
	for _, v := range k.serving() {
		if len(v.Trial.Handlers)+len(v.Trial.Classes) == 0 || slices.Contains(v.Trial.Classes, class) {
			return false
		}
	}
	return true
}

func (a *account) hasWorker(name string) bool {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return a.workers[name] != nil
}

// isID says whether id has the form of a namespace id: 32 lower-case hex digits.
func isID(id string) bool {
	if len(id) != 32 {
		return false
	}
	for _, r := range id {
		if (r < '0' || r > '9') && (r < 'a' || r > 'f') {
			return false
		}
	}
	return true
}
