package api_test

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/bindery-dev/bindery/internal/api"
	"github.com/bindery-dev/bindery/internal/platform"
	"github.com/bindery-dev/bindery/internal/queues"
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
	var err error
	o.Messages, err = queues.Open(context.Background(), records, queues.Options{Now: o.Now, Find: func(ctx context.Context, account, name string) (queues.Setup, error) {
		q, err := r.Get(ctx, account, resources.Queue, name)
		if errors.Is(err, resources.ErrNotFound) {
			err = queues.ErrNotFound
		}
		s := queues.Setup{ID: q.ID, Retention: time.Hour}
		if len(q.Consumers) > 0 && q.Consumers[0].Pull {
			s.Consumer = &queues.Consumer{Pull: true, MaxRetries: 3}
		}
		return s, err
	}})
	if err != nil {
		panic(err) // of a test
	}
	return api.New(p, workers.Open(records, data, held{p, r}, workers.Options{Now: o.Now}), r, o)
}
