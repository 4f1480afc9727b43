package deploy

import "github.com/bindery-dev/bindery/internal/wrangler"

// Live is what a Worker that is deployed is bound to. Resource is the id of a KV namespace or a database, the name of
// anything else.
type Live struct {
	Type           wrangler.Type
	Name, Resource string
}

// Inherit corrects verdicts by what the deployed Worker has: for a KV or D1 binding that the file gives no id, wrangler
// takes the resource that the Worker is bound to under that name, if the account still holds it, and creates none. Else it
// tries to create one, and is refused where the account has a namespace of that title.
func Inherit(account Account, verdicts []Verdict, live []Live) {
	lists := map[wrangler.Type][]Resource{wrangler.KVNamespace: account.KVNamespaces, wrangler.D1: account.D1Databases}
	for i := range verdicts {
		v := &verdicts[i]
		b := v.Binding
		if b.Resource() != nil || v.State != Create && v.State != Missing {
			continue
		}
		for _, l := range live {
			if l.Type != b.Type || l.Name != b.Text() {
				continue
			}
			if held, ok := find(lists[b.Type], withID(l.Resource)); ok {
				*v = Verdict{Binding: b, State: Exists, Span: v.Span, Resource: held, Inherited: true}
			}
		}
		if v.State == Create && v.Meant != nil {
			v.Code, v.Message = 10014, titleTaken
		}
	}
}
