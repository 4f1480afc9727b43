package api

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/bindery-dev/bindery/internal/cloudflare/wire"
)

// defaultPerPage of lists in numbered pages. There is no most: no list of ours is
// longer than the 1,000 namespaces of an account.
const defaultPerPage = 20

// page answers with the page of all that the query asks for. Past the end it is
// empty: that is where SDKs stop, which ask on until then.
func page[T, W any](c *call, all []T, convert func(T) W) error {
	query, err := c.query()
	if err != nil {
		return err
	}
	number, err := positive(query, "page", 1, errPageInvalid)
	if err != nil {
		return err
	}
	size, err := positive(query, "per_page", defaultPerPage, errPerPageInvalid)
	if err != nil {
		return err
	}
	info := wire.PageInfo{Page: number, PerPage: size, TotalCount: len(all), TotalPages: (len(all)-1)/size + 1}
	if len(all) == 0 {
		info.TotalPages = 0
	}
	var shown []W
	if number <= info.TotalPages { // or the product below may overflow
		start := (number - 1) * size
		for _, item := range all[start:min(start+size, len(all))] {
			shown = append(shown, convert(item))
		}
	}
	info.Count = len(shown)
	return c.json(http.StatusOK, wire.Listed(shown, info))
}

// positive reads a number from 1.
func positive(query url.Values, name string, absent int, invalid error) (int, error) {
	text := query.Get(name)
	if text == "" {
		return absent, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, invalid
	}
	return n, nil
}
