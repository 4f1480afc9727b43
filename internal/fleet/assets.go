package fleet

import (
	"context"
	"io"
	"net/http"
	"slices"
	"sync"

	"github.com/bindery-dev/bindery/internal/assets"
	"github.com/bindery-dev/bindery/internal/workerd"
	"github.com/bindery-dev/bindery/internal/workers"
)

// answers says whether a request is one for the version's static files. A version without code has
// nothing else.
func (s *share) answers(r *http.Request) bool {
	return s.site != nil && (len(s.version.Modules) == 0 || s.site().Answers(r))
}

// assets is a binding that leads to the static files of a version.
func (c *composer) assets(m *member, v *workers.Version) workerd.Value {
	site := c.fleet.site(c.account, v)
	if site == nil {
		return refuse("Worker %s has no static files", m.worker.Name)
	}
	return workerd.Service{Worker: c.served("static files of "+m.service(v), func() http.Handler { return site() })}
}

// site returns what makes the site of a version when it is first asked; nil if the version has no
// static files.
func (f *Fleet) site(account string, v *workers.Version) func() *assets.Site {
	has := v.Assets
	switch {
	case has != nil:
	case len(v.Modules) > 0:
		return nil
	default:
		has = &workers.Assets{} // nothing at all
	}
	return sync.OnceValue(func() *assets.Site {
		files := make(map[string]assets.File, len(has.Files))
		for path, file := range has.Files {
			if file.Type == noType {
				file.Type = ""
			}
			files[path] = assets.File{Hash: file.Hash, Type: file.Type}
		}
		o := assets.Options{Log: f.o.Log, Navigation: navigation(v), Open: func(ctx context.Context, file assets.File) (io.ReadCloser, int64, error) {
			s, err := f.source.Asset(ctx, account, workers.File{Hash: file.Hash})
			return s.Value, s.Size, err
		}}
		site, err := assets.New(files, has.Config, o)
		if err != nil { // as without a configuration
			f.o.Log.Warn("configuration of static files not read", "account", account, "version", v.ID, "error", err)
			site, _ = assets.New(files, nil, o) // no configuration, no error
		}
		return site
	})
}

// noType is what wrangler sends for a file of which it knows no media type.
const noType = "application/null"

// navigation says whether a browser that navigates gets the answer of the static files to a path
// that they lack. Source: Cloudflare's documentation of compatibility flags.
func navigation(v *workers.Version) bool {
	switch {
	case slices.Contains(v.CompatibilityFlags, "assets_navigation_has_no_effect"):
		return false
	case slices.Contains(v.CompatibilityFlags, "assets_navigation_prefers_asset_serving"):
		return true
	}
	return v.CompatibilityDate >= "2025-04-01"
}
