package api

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/platform"
)

// route is a method on a path.
type route struct {
	method string
	path   string // below Prefix; {account} and the like stand for a segment
	// need is what the token must be allowed in the account; "" asks for no more
	// than a valid token.
	need platform.Permission
	// operation is how the route's messages name it, as in "get: 'key not found'";
	// "" for routes whose messages name nothing.
	operation string
	serve     func(*handler, *call) error
}

const (
	namespaces = "/accounts/{account}/storage/kv/namespaces"
	namespace  = namespaces + "/{namespace}"
	verify     = "/user/tokens/verify"

	accountTokens = "/accounts/{account}/tokens"
)

// part is which of an account's paths it is, of those that a token may be kept from: "storage", "workers", …; "" for others.
func (r *route) part() string {
	if strings.HasSuffix(r.path, "/tokens/verify") {
		return "" // a token may always ask what it is itself
	}
	below, _ := strings.CutPrefix(r.path, "/accounts/{account}/")
	part, _, _ := strings.Cut(below, "/")
	if part == "workflows" { // at Cloudflare, too, who may upload Workers may have workflows
		return "workers"
	}
	return part
}

// routes is everything that is served.
var routes = slices.Concat(kvRoutes, workerRoutes, resourceRoutes, objectRoutes, messageRoutes)

var kvRoutes = []route{
	{"GET", "/user", "", "", (*handler).user},
	{"GET", verify, "", "", (*handler).verifyToken},
	{"GET", "/user/tokens", "", "", (*handler).listTokens},
	{"POST", "/user/tokens", "", "", (*handler).createToken},
	{"GET", "/user/tokens/permission_groups", "", "", (*handler).permissionGroups},
	{"GET", "/user/tokens/{token}", "", "", (*handler).getToken},
	{"PUT", "/user/tokens/{token}", "", "", (*handler).updateToken},
	{"DELETE", "/user/tokens/{token}", "", "", (*handler).deleteToken},
	{"PUT", "/user/tokens/{token}/value", "", "", (*handler).rollToken},
	{"GET", "/memberships", "", "", (*handler).memberships},
	{"GET", "/accounts", "", "", (*handler).accounts},
	{"GET", "/accounts/{account}", "", "", (*handler).account},

	{"GET", accountTokens, platform.Admin, "", (*handler).listTokens},
	{"POST", accountTokens, platform.Admin, "", (*handler).createToken},
	{"GET", accountTokens + "/permission_groups", platform.Admin, "", (*handler).permissionGroups},
	{"GET", accountTokens + "/verify", platform.Read, "", (*handler).verifyToken},
	{"GET", accountTokens + "/{token}", platform.Admin, "", (*handler).getToken},
	{"PUT", accountTokens + "/{token}", platform.Admin, "", (*handler).updateToken},
	{"DELETE", accountTokens + "/{token}", platform.Admin, "", (*handler).deleteToken},
	{"PUT", accountTokens + "/{token}/value", platform.Admin, "", (*handler).rollToken},

	{"GET", namespaces, platform.Read, "", (*handler).listNamespaces},
	{"POST", namespaces, platform.Edit, "", (*handler).createNamespace},
	{"GET", namespace, platform.Read, "get namespace", (*handler).getNamespace},
	{"PUT", namespace, platform.Edit, "", (*handler).renameNamespace},
	{"DELETE", namespace, platform.Edit, "", (*handler).deleteNamespace},

	{"GET", namespace + "/keys", platform.Read, "list keys", (*handler).listKeys},
	{"GET", namespace + "/values/{key}", platform.Read, "get", (*handler).getValue},
	{"PUT", namespace + "/values/{key}", platform.Edit, "put", (*handler).putValue},
	{"DELETE", namespace + "/values/{key}", platform.Edit, "remove key", (*handler).deleteValue},
	{"GET", namespace + "/metadata/{key}", platform.Read, "metadata", (*handler).getMetadata},

	{"PUT", namespace + "/bulk", platform.Edit, "bulk put keys", (*handler).bulkPut},
	{"DELETE", namespace + "/bulk", platform.Edit, "bulk remove keys", (*handler).bulkDelete},
	{"POST", namespace + "/bulk/delete", platform.Edit, "bulk remove keys", (*handler).bulkDelete},
	{"POST", namespace + "/bulk/get", platform.Read, "bulk get keys", (*handler).bulkGet},

	// What a client sends who lost the namespace id on the way. Known, so that no
	// method is allowed rather than the collection meant.
	{"", namespaces + "/", "", "", nil},
}

// path is a path with the routes of its methods.
type path struct {
	segments []string
	methods  []route
	names    []string // what the methods are called in metrics
}

// pathTable has the paths by their number of segments.
type pathTable [maxSegments + 1][]path

// maxSegments of the longest path served: accounts, {account}, storage, kv,
// namespaces, {namespace}, values, {key}.
const maxSegments = 8

// objectAt is where the key of an object begins: after accounts, {account}, r2, buckets, {bucket}, objects.
const objectAt = 6

func compile(routes []route) (table pathTable) {
	for _, r := range routes {
		segments := strings.Split(r.path[1:], "/")
		paths := &table[len(segments)]
		i := slices.IndexFunc(*paths, func(p path) bool { return slices.Equal(p.segments, segments) })
		if i < 0 {
			i = len(*paths)
			*paths = append(*paths, path{segments: segments})
		}
		if r.method != "" {
			(*paths)[i].methods = append((*paths)[i].methods, r)
			(*paths)[i].names = append((*paths)[i].names, operations[r.method+" "+r.path])
		}
	}
	return table
}

// match finds the route of c and fills in what its path names. The path is split as
// it came, escaped, and each segment is decoded once: a slash in a key is part of
// it, and neither "//" nor ".." nor a slash at the end is another way to say
// something else.
func (t *pathTable) match(c *call) error {
	rest, ok := strings.CutPrefix(c.r.URL.EscapedPath(), Prefix+"/")
	if !ok {
		return errNoRoute
	}
	var segments [maxSegments]string
	n := 0
	for more := true; more; n++ {
		if n == maxSegments {
			return errNoRoute
		}
		if n == objectAt && segments[2] == "r2" && segments[5] == "objects" {
			segments[n], more = rest, false
			continue
		}
		segments[n], rest, more = strings.Cut(rest, "/")
	}
	for i := range t[n] {
		if p := &t[n][i]; p.matches(segments[:n]) {
			c.path = p
			break
		}
	}
	if c.path == nil {
		return errNoRoute
	}
	if err := c.fill(segments[:n]); err != nil {
		return err
	}
	method := c.r.Method
	if method == http.MethodHead { // a GET whose body net/http keeps back
		method = http.MethodGet
	}
	for i := range c.path.methods {
		if c.path.methods[i].method == method {
			c.route = &c.path.methods[i]
			if w, ok := c.w.(Witness); ok {
				w.Answering(c.path.names[i])
			}
			return nil
		}
	}
	return c.path.noMethod()
}

func isParameter(segment string) bool { return strings.HasPrefix(segment, "{") }

// matches compares the segments that are fixed. A parameter matches anything but
// nothing.
func (p *path) matches(segments []string) bool {
	for i, s := range p.segments {
		if isParameter(s) && segments[i] == "" || !isParameter(s) && s != segments[i] {
			return false
		}
	}
	return true
}

// noMethod is the error of a method that the path does not have.
func (p *path) noMethod() error {
	if slices.Contains(p.segments, "kv") {
		return errNoKVMethod
	}
	return errNoMethod
}

// fill sets the parameters of the path.
func (c *call) fill(segments []string) error {
	for i, name := range c.path.segments {
		if !isParameter(name) {
			continue
		}
		text, err := url.PathUnescape(segments[i])
		if err != nil {
			return errNoRoute
		}
		switch name {
		case "{account}":
			c.account = text
		case "{namespace}":
			c.namespaceID = text
		case "{key}", "{object}":
			c.key = text
		case "{token}":
			c.token = text
		case "{worker}":
			c.worker = text
		case "{version}":
			c.version = text
		case "{consumer}":
			c.consumer = text
		default:
			c.item = text
		}
	}
	return nil
}

// allowed lists the methods of c's path, as the header Allow does.
func (c *call) allowed() string {
	var methods []string
	for _, r := range c.path.methods {
		methods = append(methods, r.method)
	}
	return strings.Join(methods, ", ")
}
