package api

import "github.com/bindery-dev/bindery/internal/platform"

const (
	workersPath = "/accounts/{account}/workers"
	script      = workersPath + "/scripts/{worker}"
	service     = workersPath + "/services/{worker}"
	workerPath  = workersPath + "/workers/{worker}"
	workflow    = "/accounts/{account}/workflows/{workflow}"
	assetUpload = workersPath + "/assets/upload"
)

// workerRoutes are what wrangler asks for to deploy, and to look after what it deployed.
var workerRoutes = []route{
	{"GET", workersPath + "/scripts", platform.Read, "", (*handler).listScripts},
	{"PUT", script, platform.Edit, "", (*handler).putScript},
	{"DELETE", script, platform.Edit, "", (*handler).deleteScript},
	{"GET", script + "/settings", platform.Read, "", (*handler).getSettings},
	{"PATCH", script + "/settings", platform.Edit, "", (*handler).patchSettings},
	{"GET", script + "/script-settings", platform.Read, "", (*handler).getScriptSettings},
	{"PATCH", script + "/script-settings", platform.Edit, "", (*handler).patchScriptSettings},
	{"GET", script + "/content/v2", platform.Read, "", (*handler).getContent},

	{"GET", script + "/versions", platform.Read, "", (*handler).listVersions},
	{"POST", script + "/versions", platform.Edit, "", (*handler).postVersion},
	{"GET", script + "/versions/{version}", platform.Read, "", (*handler).getVersion},
	{"GET", script + "/deployments", platform.Read, "", (*handler).listDeployments},
	{"POST", script + "/deployments", platform.Edit, "", (*handler).postDeployment},

	{"GET", script + "/secrets", platform.Read, "", (*handler).listSecrets},
	{"PUT", script + "/secrets", platform.Edit, "", (*handler).putSecret},
	{"DELETE", script + "/secrets/{secret}", platform.Edit, "", (*handler).deleteSecret},
	{"PATCH", script + "/secrets-bulk", platform.Edit, "", (*handler).patchSecrets},

	{"GET", script + "/subdomain", platform.Read, "", (*handler).getScriptSubdomain},
	{"POST", script + "/subdomain", platform.Edit, "", (*handler).postScriptSubdomain},
	{"GET", script + "/schedules", platform.Read, "", (*handler).getSchedules},
	{"PUT", script + "/schedules", platform.Edit, "", (*handler).putSchedules},
	{"PUT", script + "/routes", platform.Edit, "", (*handler).putRoutes},
	{"PUT", script + "/domains/records", platform.Edit, "", (*handler).putDomains},
	{"POST", script + "/domains/changeset", platform.Edit, "", (*handler).domainChanges},
	{"GET", script + "/references", platform.Read, "", (*handler).getReferences},
	{"GET", workersPath + "/tails/by-consumer/{worker}", platform.Read, "", (*handler).none},
	{"GET", script + "/tails", platform.Read, "", (*handler).listTails},
	{"POST", script + "/tails", platform.Read, "", (*handler).postTail},
	{"DELETE", script + "/tails/{tail}", platform.Read, "", (*handler).deleteTail},

	{"POST", script + "/assets-upload-session", platform.Edit, "", (*handler).beginAssets},
	{"POST", assetUpload, "", "", (*handler).uploadAssets},

	{"GET", service, platform.Read, "", (*handler).getService},
	{"DELETE", service, platform.Edit, "", (*handler).deleteScript},
	{"GET", workerPath, platform.Read, "", (*handler).getWorker},
	{"PATCH", workerPath + "/versions/latest", platform.Edit, "", (*handler).patchLatest},
	{"GET", workersPath + "/subdomain", platform.Read, "", (*handler).getSubdomain},
	{"GET", workersPath + "/durable_objects/namespaces", platform.Read, "", (*handler).listClasses},
	{"GET", workersPath + "/dispatch/namespaces", platform.Read, "", (*handler).none},
	{"GET", workflow, platform.Read, "", (*handler).getWorkflow},
	{"PUT", workflow, platform.Edit, "", (*handler).putWorkflow},

	{"GET", "/zones", "", "", (*handler).listZones},
	{"GET", "/zones/{zone}/workers/routes", "", "", (*handler).none},
}
