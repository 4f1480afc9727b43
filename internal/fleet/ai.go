package fleet

import (
	"net/http"

	"github.com/bindery-dev/bindery/internal/workerd"
	"github.com/bindery-dev/bindery/internal/workers"
)

// moduleAI is workerd's own, which makes an AI binding of a service.
const moduleAI = "cloudflare-internal:ai-api"

// ai returns what is behind an AI binding: the endpoint that the server was given, or an error at each use.
func (c *composer) ai(b workers.Binding) workerd.Value {
	if c.fleet.o.AI == nil {
		return refuse("binding %s: this server has no models; an OpenAI-compatible endpoint gives it some: bindery serve --ai URL", b.Name)
	}
	service := c.served("ai", func() http.Handler { return c.fleet.o.AI })
	return workerd.Wrapped{Extension: moduleAI, Inner: []workerd.Binding{{Name: "fetcher", Value: workerd.Service{Worker: service}}}}
}
