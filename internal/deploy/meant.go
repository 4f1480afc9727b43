package deploy

import (
	"slices"
	"strings"
	"unicode"

	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// meant guesses which namespace of the account a refused binding should have named.
// Each guess in turn, surest first, is taken if it singles one out among those that
// the environment does not bind already.
func (j *judge) meant(b *wrangler.Binding, id, foreign string) (Resource, bool) {
	var free []Resource
	var ids []string
	for _, r := range j.account.KVNamespaces {
		bound := func(other *wrangler.Binding) bool { return other != b && other.Resource().Str() == r.ID }
		if !slices.ContainsFunc(j.env.Of(wrangler.KVNamespace), bound) {
			free = append(free, r)
			ids = append(ids, r.ID)
		}
	}
	near, _ := syntax.Nearest(strings.ToLower(id), ids)
	words := j.environmentWords()
	binding := essence(b.Text(), words)
	guesses := []func(Resource) bool{
		withID(near),
		called(ProvisionedName(j.env, b)),
		// The namesake: orders-test there is orders-production here.
		func(r Resource) bool {
			return foreign != "" && slices.Equal(essence(foreign, words), essence(r.Name, words))
		},
		func(r Resource) bool { return slices.Equal(essence(r.Name, words), binding) },
		func(r Resource) bool {
			return slices.Equal(essence(r.Name, words), essence(j.env.WorkerName()+" "+b.Text(), words))
		},
		func(r Resource) bool { return contains(essence(r.Name, words), binding) },
	}
	for _, guess := range guesses {
		if r, ok := j.single(free, guess); ok {
			return r, true
		}
	}
	return Resource{}, false
}

// single returns the one resource that fits; of several, the one that is called
// after the environment or the account.
func (j *judge) single(all []Resource, fits func(Resource) bool) (Resource, bool) {
	var fit []Resource
	for _, r := range all {
		if fits(r) {
			fit = append(fit, r)
		}
	}
	if len(fit) > 1 {
		own := append(tokens(j.env.Name), tokens(j.account.Name)...)
		fit = slices.DeleteFunc(fit, func(r Resource) bool {
			return !slices.ContainsFunc(tokens(r.Name), func(t string) bool { return slices.Contains(own, t) })
		})
	}
	if len(fit) != 1 {
		return Resource{}, false
	}
	return fit[0], true
}

// environmentWords are the words that tell environments apart, and say nothing of what is in a namespace.
func (j *judge) environmentWords() []string {
	words := []string{"prod", "production", "live", "stage", "staging", "preview", "qa", "test", "testing", "dev", "development", "local", "kv", "id"}
	for _, e := range j.env.Config.Envs {
		words = append(words, tokens(e.Name)...)
	}
	for _, a := range append([]Account{j.account}, j.others...) {
		words = append(words, tokens(a.Name)...)
	}
	return words
}

// essence is the words of a name without those in but; all of them if nothing else remains.
func essence(name string, but []string) []string {
	all := tokens(name)
	rest := slices.DeleteFunc(slices.Clone(all), func(t string) bool { return slices.Contains(but, t) })
	if len(rest) == 0 {
		return all
	}
	return rest
}

// tokens are the words of a name, in lower case: "API_GATEWAY-storage" is api, gateway, storage.
func tokens(name string) []string {
	return strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// contains says whether part stands in all, in one piece.
func contains(all, part []string) bool {
	if len(part) == 0 {
		return false
	}
	for i := 0; i+len(part) <= len(all); i++ {
		if slices.Equal(all[i:i+len(part)], part) {
			return true
		}
	}
	return false
}
