package deploy

import "github.com/bindery-dev/bindery/internal/pattern"

// What ids look like. Accounts and KV namespaces have UUIDs without dashes, in
// lower case; D1 databases have them with dashes.
var (
	hexID = pattern.New(`^[0-9a-f]{32}$`)
	uuid  = pattern.New(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
)

const (
	hexIDForm = "32 hex digits in lower case"
	uuidForm  = "a UUID in lower case, 8-4-4-4-12 hex digits"
)
