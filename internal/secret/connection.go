package secret

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/pattern"
)

// url is scheme://user:password@host. A password ends at the last @ before a slash, as people forget to escape it.
var url = pattern.New(`\b([a-zA-Z][a-zA-Z0-9+.-]*)://([^\s/:@"'<>]*):([^\s/"'<>]+)@([^\s/:?#"'@,<>]+)`)

// pairs is a list such as Server=db.example.com;Password=…, as of SQL Server and Azure.
var pairs = pattern.New(`(?i)\b(?:password|pwd|AccountKey|SharedAccessKey)\s*=\s*([^;"'\s]{6,})`)

// connection judges strings by which a program logs in somewhere. The password of a database on this machine opens nothing
// elsewhere.
func connection(_ []string, value string) (Credential, bool) {
	for _, m := range urlsIn(value) {
		scheme, user, password, host := strings.ToLower(m[1]), m[2], m[3], m[4]
		if isLocal(host) && scheme != "cloudinary" { // whose host is a name
			continue
		}
		if !isPasswordStandIn(user, password) && !isExampleHost(host) {
			return Credential{"a connection string with its password", true}, true
		}
	}
	if strings.Count(value, "=") < 2 {
		return Credential{}, false
	}
	if host := pairHost.Regexp().FindStringSubmatch(value); host != nil && (isLocal(host[1]) || isExampleHost(host[1])) {
		return Credential{}, false
	}
	if m := pairs.Regexp().FindStringSubmatch(value); m != nil && !isPasswordStandIn("", m[1]) {
		return Credential{"a connection string with its password", true}, true
	}
	return Credential{}, false
}

// urlsIn finds those with a password. Nearly no text has an @.
func urlsIn(value string) [][]string {
	if !strings.Contains(value, "://") || !strings.Contains(value, "@") {
		return nil
	}
	return url.Regexp().FindAllStringSubmatch(value, -1)
}

var pairHost = pattern.New(`(?i)\b(?:server|host|data source|addr)\s*=\s*(?:tcp:)?([^;,\s"']+)`)

// passwordSpans finds the passwords of URLs.
func passwordSpans(text string) [][]int {
	if !strings.Contains(text, "://") || !strings.Contains(text, "@") {
		return nil
	}
	var spans [][]int
	for _, m := range url.Regexp().FindAllStringSubmatchIndex(text, -1) {
		spans = append(spans, m[6:8])
	}
	return spans
}

// isLocal says whether a host is this machine or a container beside it: a name without a dot resolves nowhere else.
func isLocal(host string) bool {
	host = strings.ToLower(strings.Trim(host, "[]"))
	if address, err := netip.ParseAddr(host); err == nil {
		return address.IsLoopback() || address.IsUnspecified()
	}
	return !strings.Contains(host, ".") || strings.HasSuffix(host, ".local") || strings.HasSuffix(host, ".localhost") || strings.HasSuffix(host, ".internal")
}

// isExampleHost knows the names kept for documentation (RFC 2606), and those that say so.
func isExampleHost(host string) bool {
	labels := strings.Split(strings.ToLower(host), ".")
	return slices.ContainsFunc(labels, func(label string) bool {
		return slices.Contains([]string{"example", "test", "invalid", "host", "hostname", "domain", "server", "xxx", "xxxx"}, label) ||
			strings.Contains(label, "your") || strings.Contains(label, "placeholder")
	})
}

// usualPasswords stand in every tutorial; whoever really has one is not protected by hiding it.
var usualPasswords = []string{
	"pass", "postgres", "root", "admin", "user", "guest", "mysql", "mongo", "redis", "default", "qwerty", "letmein", "supersecret", "topsecret",
}

// shortestPassword is that of a password that keeps anybody out.
const shortestPassword = 6

func isPasswordStandIn(user, password string) bool {
	lower := strings.ToLower(password)
	return len(password) < shortestPassword ||
		lower == strings.ToLower(user) ||
		slices.Contains(usualPasswords, lower) ||
		strings.Contains(lower, "password") || strings.Contains(lower, "passwd") ||
		distinct(lower) < 3 || isStandIn(password) || hasPlainStandIn(lower)
}
