package cli

// Keys of log lines.
const (
	logAccount   = "account"
	logBinding   = "binding"
	logCritical  = "critical"
	logKind      = "kind"
	logName      = "name"
	logNamespace = "namespace"
	logPlace     = "place"
	logReason    = "reason"
	logResource  = "resource"
	logTitle     = "title"
	logType      = "type"
)
