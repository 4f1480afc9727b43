package workers

import "slices"

// inherit returns the bindings of an upload with those that the version before passes on.
func inherit(before *Version, u Upload) (bindings []Binding, problems []error) {
	var former []Binding
	if before != nil {
		former = before.Bindings
	}
	for _, b := range u.Bindings {
		if b.Type != TypeInherit {
			bindings = append(bindings, b)
			continue
		}
		name := b.Name
		if old := b.Field("old_name"); old != "" {
			name = old
		}
		i := indexBinding(former, name)
		switch {
		case i >= 0:
			bindings = append(bindings, former[i].renamed(b.Name))
		case u.Strict:
			problems = append(problems, &BindingError{Err: ErrInheritNothing, Binding: b.Name})
		}
	}
	for _, b := range former {
		if (b.IsSecret() || slices.Contains(u.Keep, b.Type)) && indexBinding(bindings, b.Name) < 0 {
			bindings = append(bindings, b)
		}
	}
	return bindings, problems
}
