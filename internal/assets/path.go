package assets

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"
)

// requestPath is the path of a request as a URL of a browser has it: encoded as it was sent, without
// dot segments.
func requestPath(r *http.Request) string {
	if sent, _, _ := strings.Cut(r.RequestURI, "?"); strings.HasPrefix(sent, "/") {
		return cleanPath(sent)
	}
	return cleanPath(r.URL.EscapedPath())
}

// cleanPath makes of a path what a URL parser of a browser makes of it. Source: the WHATWG's URL
// standard, "path state".
func cleanPath(path string) string {
	var kept []string
	segments := strings.Split(strings.TrimPrefix(strings.ReplaceAll(path, `\`, "/"), "/"), "/")
	for i, segment := range segments {
		last := i == len(segments)-1
		switch strings.ReplaceAll(strings.ToLower(segment), "%2e", ".") {
		case "..":
			kept = kept[:max(len(kept)-1, 0)]
			if last {
				kept = append(kept, "")
			}
		case ".":
			if last {
				kept = append(kept, "")
			}
		default:
			kept = append(kept, segment)
		}
	}
	return escape("/"+strings.Join(kept, "/"), func(c byte) bool {
		return c > ' ' && c < 0x7f && !strings.ContainsRune("\"#<>?^`{}", rune(c))
	})
}

// decodePath decodes each segment that is well encoded, and makes one slash of several.
func decodePath(path string) string {
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		if decoded, err := url.PathUnescape(segment); err == nil && utf8.ValidString(decoded) {
			segments[i] = decoded
		}
	}
	path = strings.Join(segments, "/")
	for strings.Contains(path, "//") {
		path = strings.ReplaceAll(path, "//", "/")
	}
	return path
}

// encodePath encodes each segment as JavaScript's encodeURIComponent does.
func encodePath(path string) string {
	return escape(path, func(c byte) bool {
		return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("/-_.!~*'()", c) >= 0
	})
}

// escape percent-encodes the bytes that are not plain.
func escape(text string, plain func(byte) bool) string {
	var b strings.Builder
	for i := range len(text) {
		if plain(text[i]) {
			b.WriteByte(text[i])
		} else {
			fmt.Fprintf(&b, "%%%02X", text[i])
		}
	}
	return b.String()
}

// target is where a redirect leads.
type target struct{ origin, path, query, fragment string } // origin is "" in the same place; query and fragment with their mark

func parseTarget(to string) (t target) {
	if at := strings.IndexByte(to, '#'); at >= 0 {
		to, t.fragment = to[:at], to[at:]
	}
	if at := strings.IndexByte(to, '?'); at >= 0 {
		to, t.query = to[:at], to[at:]
	}
	if at := strings.Index(to, "//"); at == 0 || at > 0 && to[at-1] == ':' && !strings.HasPrefix(to, "/") {
		host, path, _ := strings.Cut(to[at+2:], "/")
		t.origin, to = to[:at]+"//"+strings.ToLower(host), path
	}
	t.path = cleanPath(to)
	return t
}

// location is the Location of a redirect, with the search of the request where it has none itself.
func (t target) location(r *http.Request, search string) string {
	if t.query == "" || t.query == "?" {
		t.query = search
	}
	if strings.HasPrefix(t.origin, "//") {
		t.origin = scheme(r) + ":" + t.origin
	}
	if t.origin == scheme(r)+"://"+r.Host {
		t.origin = ""
	}
	return t.origin + t.path + t.query + t.fragment
}

func scheme(r *http.Request) string {
	if r.TLS != nil {
		return "https"
	}
	return "http"
}
