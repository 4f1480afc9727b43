package api_test

import (
	"context"
	"errors"
	"net/http"

	"github.com/bindery-dev/bindery/internal/api"
	"github.com/bindery-dev/bindery/internal/platform"
	"github.com/bindery-dev/bindery/internal/r2"
	"github.com/bindery-dev/bindery/internal/resources"
	"github.com/bindery-dev/bindery/internal/tails"
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
	if o.Tails == nil {
		o.Tails = tails.New(tails.Options{Now: o.Now})
	}
	o.Objects = r2.Open(records, data.(r2.Data), r2.Options{Now: o.Now, Find: func(ctx context.Context, account, name string) (string, error) {
		b, err := r.Get(ctx, account, resources.Bucket, name)
		if errors.Is(err, resources.ErrNotFound) {
			err = r2.ErrBucketNotFound
		}
		return b.ID, err
	}})
	return api.New(p, workers.Open(records, data, held{p, r}, workers.Options{Now: o.Now}), r, o)
}
