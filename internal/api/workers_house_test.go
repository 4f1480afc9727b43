package api_test

import (
	"net/http"

	"github.com/bindery-dev/bindery/internal/api"
	"github.com/bindery-dev/bindery/internal/platform"
	"github.com/bindery-dev/bindery/internal/resources"
	"github.com/bindery-dev/bindery/internal/workers"
)

// held is what an account holds beside Workers.
type held struct {
	*platform.Platform
	*resources.Resources
}

// newAPI makes the handler over a platform, with Workers that nothing runs.
func newAPI(p *platform.Platform, records workers.Records, data workers.Data, o api.Options) http.Handler {
	r := resources.Open(records, resources.Options{Now: o.Now})
	return api.New(p, workers.Open(records, data, held{p, r}, workers.Options{Now: o.Now}), r, o)
}
