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
	"PUT /user/tokens/{token}":                    "token_edit",
	"DELETE /user/tokens/{token}":                 "token_delete",
	"PUT /user/tokens/{token}/value":              "token_roll",
	"GET " + accountTokens:                        "token_list",
	"POST " + accountTokens:                       "token_create",
	"GET " + accountTokens + "/permission_groups": "token_groups",
	"GET " + accountTokens + "/verify":            "token_verify",
	"GET " + accountTokens + "/{token}":           "token_get",
	"PUT " + accountTokens + "/{token}":           "token_edit",
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

	"GET " + workersPath + "/scripts":                        "worker_list",
	"PUT " + script:                                          "worker_upload",
	"DELETE " + script:                                       "worker_delete",
	"GET " + script + "/settings":                            "worker_settings",
	"PATCH " + script + "/settings":                          "worker_settings_edit",
	"GET " + script + "/script-settings":                     "worker_settings",
	"PATCH " + script + "/script-settings":                   "worker_settings_edit",
	"GET " + script + "/content/v2":                          "worker_content",
	"GET " + script + "/versions":                            "version_list",
	"POST " + script + "/versions":                           "version_upload",
	"GET " + script + "/versions/{version}":                  "version_get",
	"GET " + script + "/deployments":                         "deployment_list",
	"POST " + script + "/deployments":                        "deployment_create",
	"GET " + script + "/secrets":                             "secret_list",
	"PUT " + script + "/secrets":                             "secret_put",
	"DELETE " + script + "/secrets/{secret}":                 "secret_delete",
	"PATCH " + script + "/secrets-bulk":                      "secret_bulk",
	"GET " + script + "/subdomain":                           "subdomain_get",
	"POST " + script + "/subdomain":                          "subdomain_edit",
	"GET " + script + "/schedules":                           "schedule_list",
	"PUT " + script + "/schedules":                           "schedule_edit",
	"PUT " + script + "/routes":                              "route_edit",
	"PUT " + script + "/domains/records":                     "domain_edit",
	"POST " + script + "/domains/changeset":                  "domain_changes",
	"GET " + script + "/references":                          "worker_references",
	"GET " + workersPath + "/tails/by-consumer/{worker}":     "tail_list",
	"GET " + script + "/tails":                               "tail_sessions",
	"POST " + script + "/tails":                              "tail_create",
	"DELETE " + script + "/tails/{tail}":                     "tail_delete",
	"POST " + script + "/assets-upload-session":              "asset_announce",
	"POST " + assetUpload:                                    "asset_upload",
	"GET " + service:                                         "worker_get",
	"DELETE " + service:                                      "worker_delete",
	"GET " + workerPath:                                      "worker_get",
	"PATCH " + workerPath + "/versions/latest":               "version_edit",
	"GET " + workersPath + "/subdomain":                      "subdomain_account",
	"GET " + workersPath + "/durable_objects/namespaces":     "class_list",
	"GET " + workersPath + "/dispatch/namespaces":            "dispatch_list",
	"GET " + workflow:                                        "workflow_get",
	"PUT " + workflow:                                        "workflow_edit",
	"GET /zones":                                             "zone_list",
	"GET /zones/{zone}/workers/routes":                       "zone_routes",
	"GET " + buckets:                                         "bucket_list",
	"POST " + buckets:                                        "bucket_create",
	"GET " + buckets + "/{bucket}":                           "bucket_get",
	"DELETE " + buckets + "/{bucket}":                        "bucket_delete",
	"GET " + objects:                                         "object_get",
	"PUT " + objects:                                         "object_put",
	"DELETE " + objects:                                      "object_delete",
	"GET " + databases:                                       "database_list",
	"POST " + databases:                                      "database_create",
	"GET " + databases + "/{database}":                       "database_get",
	"DELETE " + databases + "/{database}":                    "database_delete",
	"POST " + databases + "/{database}/query":                "database_query",
	"POST " + databases + "/{database}/raw":                  "database_raw",
	"POST " + databases + "/{database}/import":               "database_import",
	"POST " + databases + "/{database}/export":               "database_export",
	"PUT " + databaseFile:                                    "database_file_put",
	"GET " + databaseFile:                                    "database_file_get",
	"GET " + queuesPath:                                      "queue_list",
	"POST " + queuesPath:                                     "queue_create",
	"GET " + queuesPath + "/{queue}":                         "queue_get",
	"DELETE " + queuesPath + "/{queue}":                      "queue_delete",
	"GET " + queuesPath + "/{queue}/consumers":               "consumer_list",
	"POST " + queuesPath + "/{queue}/consumers":              "consumer_create",
	"PUT " + queuesPath + "/{queue}/consumers/{consumer}":    "consumer_edit",
	"DELETE " + queuesPath + "/{queue}/consumers/{consumer}": "consumer_delete",
	"PATCH " + queuePath:                                     "queue_edit",
	"POST " + queuePath + "/messages":                        "message_send",
	"POST " + queuePath + "/messages/batch":                  "message_batch",
	"POST " + queuePath + "/messages/pull":                   "message_pull",
	"POST " + queuePath + "/messages/ack":                    "message_ack",
	"POST " + queuePath + "/purge":                           "queue_purge",
	"POST /graphql":                                          "usage_get",
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
