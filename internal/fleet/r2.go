package fleet

import (
	"net/http"

	"github.com/bindery-dev/bindery/internal/workerd"
	"github.com/bindery-dev/bindery/internal/workers"
)

// bucket is a binding that leads to an R2 bucket of the account.
func (c *composer) bucket(b workers.Binding) workerd.Value {
	if c.fleet.o.Bucket == nil {
		return refuse("binding %s: this server does not serve bindings of type %s", b.Name, b.Type)
	}
	name := b.Field("bucket_name")
	return workerd.R2(c.served("r2 "+name, func() http.Handler { return c.fleet.o.Bucket(c.account, name) }))
}
