// Command v7 drives the KV service of Cloudflare's Go library, and its services of tokens, as
// package ask says.
//
// It imports those services alone. The root of the library brings every other one with
// it, which takes minutes to compile; what is missed is cloudflare.F, so that
// parameters are set by their members.
package main

import (
	"errors"
	"log"
	"net/url"

	"github.com/cloudflare/cloudflare-go/v7/kv"
	"github.com/cloudflare/cloudflare-go/v7/option"

	"github.com/bindery-dev/bindery/conformance/gosdk/ask"
)

func main() {
	log.SetFlags(0)
	if err := ask.Serve("github.com/cloudflare/cloudflare-go/v7", calls, describe); err != nil {
		log.Fatal(err)
	}
}

var calls = map[string]ask.Func{
	"namespaces.create":     createNamespace,
	"namespaces.get":        getNamespace,
	"namespaces.update":     updateNamespace,
	"namespaces.delete":     deleteNamespace,
	"namespaces.list":       listNamespaces,
	"namespaces.list all":   listAllNamespaces,
	"namespaces.bulkUpdate": bulkUpdate,
	"namespaces.bulkGet":    bulkGet,
	"namespaces.bulkDelete": bulkDelete,
	"keys.bulkUpdate":       keysBulkUpdate,
	"keys.bulkGet":          keysBulkGet,
	"keys.bulkDelete":       keysBulkDelete,
	"keys.list":             listKeys,
	"keys.list all":         listAllKeys,
	"values.update":         updateValue,
	"values.get":            getValue,
	"values.delete":         deleteValue,
	"metadata.get":          getMetadata,

	"user.tokens.create":           userTokenCreate,
	"user.tokens.get":              userTokenGet,
	"user.tokens.list":             userTokenList,
	"user.tokens.update":           userTokenUpdate,
	"user.tokens.verify":           userTokenVerify,
	"user.tokens.value.update":     userTokenRoll,
	"user.tokens.delete":           userTokenDelete,
	"user.tokens.groups":           userTokenGroups,
	"accounts.tokens.create":       accountTokenCreate,
	"accounts.tokens.get":          accountTokenGet,
	"accounts.tokens.list":         accountTokenList,
	"accounts.tokens.update":       accountTokenUpdate,
	"accounts.tokens.verify":       accountTokenVerify,
	"accounts.tokens.value.update": accountTokenRoll,
	"accounts.tokens.delete":       accountTokenDelete,
	"accounts.tokens.groups":       accountTokenGroups,
}

func service(c ask.Call) *kv.NamespaceService {
	return kv.NewKVService(option.WithBaseURL(c.BaseURL), option.WithAPIToken(c.Token)).Namespaces
}

func describe(err error) (status, code int) {
	var e *kv.Error
	if !errors.As(err, &e) {
		return 0, 0
	}
	if len(e.Errors) > 0 {
		code = int(e.Errors[0].Code)
	}
	return e.StatusCode, code
}

// segment is a key as the library wants it: it escapes nothing itself.
func segment(key string) string { return url.PathEscape(key) }
