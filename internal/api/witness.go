package api

import "slices"

// Witness is a http.ResponseWriter that wants to know which operation it answers: one
// of Operations. It is told before the request is judged, and not at all when the path
// or its method is not served.
type Witness interface{ Answering(operation string) }

// operations names the routes, by method and path, as metrics do.
var operations = map[string]string{
	"GET /user":        "user_get",
	"GET " + verify:    "token_verify",
	"GET /memberships": "membership_list",

	"GET /user/tokens":                            "token_list",
	"POST /user/tokens":                           "token_create",
	"GET /user/tokens/permission_groups":          "token_groups",
	"GET /user/tokens/{token}":                    "token_get",
	"DELETE /user/tokens/{token}":                 "token_delete",
	"PUT /user/tokens/{token}/value":              "token_roll",
	"GET " + accountTokens:                        "token_list",
	"POST " + accountTokens:                       "token_create",
	"GET " + accountTokens + "/permission_groups": "token_groups",
	"GET " + accountTokens + "/{token}":           "token_get",
	"DELETE " + accountTokens + "/{token}":        "token_delete",
	"PUT " + accountTokens + "/{token}/value":     "token_roll",

	"GET /accounts":           "account_list",
	"GET /accounts/{account}": "account_get",

	"GET " + namespaces:   "namespace_list",
	"POST " + namespaces:  "namespace_create",
	"GET " + namespace:    "namespace_get",
	"PUT " + namespace:    "namespace_rename",
	"DELETE " + namespace: "namespace_delete",

	"GET " + namespace + "/keys":            "key_list",
	"GET " + namespace + "/values/{key}":    "value_get",
	"PUT " + namespace + "/values/{key}":    "value_put",
	"DELETE " + namespace + "/values/{key}": "value_delete",
	"GET " + namespace + "/metadata/{key}":  "metadata_get",

	"PUT " + namespace + "/bulk":         "bulk_put",
	"DELETE " + namespace + "/bulk":      "bulk_delete",
	"POST " + namespace + "/bulk/delete": "bulk_delete",
	"POST " + namespace + "/bulk/get":    "bulk_get",
}

// Operations lists the names of what is served, each once.
func Operations() (names []string) {
	for _, r := range routes {
		if r.method != "" {
			names = append(names, operations[r.method+" "+r.path])
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
