package assets

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/bindery-dev/bindery/internal/pattern"
)

// Limits of _headers and _redirects. Source: Cloudflare's documentation of static assets.
const (
	maxLine             = 2000 // bytes
	maxHeaderRules      = 100
	maxStaticRedirects  = 2000
	maxDynamicRedirects = 100
)

// matcher is a path, or a URL with a host, in which "*" and ":name" stand for text.
type matcher struct {
	exp  *regexp.Regexp
	host bool
}

var placeholder = pattern.New(`:[A-Za-z]\w*`)

// newMatcher returns false for what is no pattern: two "*" in it, or a name twice.
func newMatcher(rule string) (matcher, bool) {
	path, host := rule, ""
	if rest, ok := strings.CutPrefix(rule, "https://"); ok {
		host, path, _ = strings.Cut(rest, "/")
		host, path = "https://"+host, "/"+path
	}
	exp, err := regexp.Compile("^" + expression(host, `[^/.]+`) + expression(path, `[^/]+`) + "$")
	if err != nil {
		return matcher{}, false
	}
	for i, name := range exp.SubexpNames() {
		if name != "" && exp.SubexpIndex(name) != i {
			return matcher{}, false
		}
	}
	return matcher{exp, host != ""}, true
}

func expression(rule, any string) string {
	parts := strings.Split(rule, "*")
	for i, part := range parts {
		parts[i] = placeholder.Regexp().ReplaceAllStringFunc(regexp.QuoteMeta(part), func(name string) string { return "(?P<" + name[1:] + ">" + any + ")" })
	}
	return strings.Join(parts, "(?P<splat>.*)")
}

// match returns a function that puts what the placeholders stand for into a text; nil if the path,
// or the URL, is not of this form.
func (p matcher) match(path, host string) func(string) string {
	if p.host {
		path = "https://" + host + path
	}
	found := p.exp.FindStringSubmatch(path)
	if found == nil {
		return nil
	}
	return func(text string) string {
		for i, name := range p.exp.SubexpNames() {
			if name != "" {
				text = strings.ReplaceAll(text, ":"+name, found[i])
			}
		}
		return text
	}
}

// lines returns what is neither empty nor a comment nor too long.
func lines(file string) (all []string) {
	for line := range strings.SplitSeq(file, "\n") {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' && len(line) <= maxLine {
			all = append(all, line)
		}
	}
	return all
}

// redirects are the rules of a _redirects file. Those without placeholders that stand before all
// others are found at once.
type redirects struct {
	plain map[string]redirect // by path
	rest  []redirect
}

type redirect struct {
	from   matcher // of those with one
	to     string
	status int
}

var (
	comment   = pattern.New(`\s+#.*$`)
	pageIndex = pattern.New(`/index(.html)?$`)
	hasHost   = pattern.New(`^https:/{2,}([^/]+)/?(.*)`)
)

func parseRedirects(file string, html htmlHandling) redirects {
	all := redirects{plain: map[string]redirect{}}
	seen := map[string]bool{}
	plain, dynamic := 0, 0
	for _, line := range lines(file) {
		words := strings.Fields(comment.Regexp().ReplaceAllString(line, ""))
		if len(words) < 2 || len(words) > 3 || hasHost.MatchString(words[0]) {
			continue
		}
		from := cleanPath(cutSearch(words[0]))
		isPlain := dynamic == 0 && !strings.Contains(from, "*") && !placeholder.MatchString(from)
		if isPlain {
			plain++
		} else {
			dynamic++
		}
		if dynamic > maxDynamicRedirects {
			break
		}
		status := http.StatusFound
		if len(words) == 3 {
			status, _ = strconv.Atoi(words[2]) // 0 is none of those below
		}
		to, ok := redirectTo(words[1])
		loops := strings.HasPrefix(to, "/") && pageIndex.MatchString(to) &&
			(strings.HasSuffix(from, "/*") || strings.HasSuffix(from, "/") && html != noHandling)
		if isPlain && plain > maxStaticRedirects || !ok || loops || seen[from] ||
			!slices.Contains([]int{200, 301, 302, 303, 307, 308}, status) || status == 200 && !strings.HasPrefix(to, "/") {
			continue
		}
		seen[from] = true
		if isPlain {
			all.plain[from] = redirect{to: to, status: status}
			continue
		}
		if p, ok := newMatcher(from); ok {
			all.rest = append(all.rest, redirect{p, to, status})
		}
	}
	return all
}

func cutSearch(path string) string {
	if at := strings.IndexAny(path, "?#"); at >= 0 {
		return path[:at]
	}
	return path
}

// redirectTo cleans where a rule leads: a path, or an https URL.
func redirectTo(to string) (string, bool) {
	host := ""
	if parts := hasHost.Regexp().FindStringSubmatch(to); parts != nil {
		host, to = "https://"+parts[1], "/"+parts[2]
	}
	if !strings.HasPrefix(to, "/") {
		return "", false
	}
	path := cutSearch(to)
	return host + cleanPath(path) + to[len(path):], true
}

var slashes = pattern.New(`/+`)

// find returns the first redirect of a path, its placeholders filled in.
func (all redirects) find(path string) (redirect, bool) {
	if found, ok := all.plain[path]; ok {
		return found, true
	}
	for _, r := range all.rest {
		fill := r.from.match(path, "")
		if fill == nil {
			continue
		}
		if r.to = fill(r.to); !strings.HasPrefix(r.to, "https://") {
			r.to = slashes.Regexp().ReplaceAllString(r.to, "/")
		}
		return r, true
	}
	return redirect{}, false
}

// headerRule is what a _headers file says of paths of one form.
type headerRule struct {
	path   string
	of     matcher
	set    []header
	remove []string
}

type header struct{ name, value string }

func parseHeaders(file string) (rules []headerRule) {
	var current *headerRule
	keep := func() {
		if current == nil || len(current.set)+len(current.remove) == 0 {
			return
		}
		if i := slices.IndexFunc(rules, func(r headerRule) bool { return r.path == current.path }); i >= 0 {
			rules[i] = *current
			return
		}
		if len(rules) < maxHeaderRules {
			rules = append(rules, *current)
		}
	}
	for _, line := range lines(file) {
		if isPath(line) {
			keep()
			current = nil
			if path, ok := redirectTo(cutSearch(line)); ok {
				if of, ok := newMatcher(path); ok {
					current = &headerRule{path: path, of: of}
				}
			}
			continue
		}
		if current != nil {
			current.add(line)
		}
	}
	keep()
	return rules
}

var pathLine = pattern.New(`^(\S+://|/)`)

func isPath(line string) bool { return pathLine.MatchString(line) }

// add reads a line "name: value", or "! name" for a header that is not to be sent.
func (r *headerRule) add(line string) {
	name, value, ok := strings.Cut(line, ":")
	if !ok {
		if name, ok := strings.CutPrefix(line, "! "); ok {
			r.remove = append(r.remove, strings.TrimSpace(name))
		}
		return
	}
	name, value = strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(value)
	if !token.MatchString(name) || value == "" {
		return
	}
	if i := slices.IndexFunc(r.set, func(h header) bool { return h.name == name }); i >= 0 {
		r.set[i].value += ", " + value
		return
	}
	r.set = append(r.set, header{name, value})
}

var token = pattern.New("^[!#$%&'*+.^_`|~0-9a-z-]+$")

// setHeaders changes the headers of an answer by the rules of the request's path. What two rules
// set is sent with both values.
func setHeaders(h http.Header, rules []headerRule, r *http.Request) {
	if len(rules) == 0 {
		return
	}
	path, host := requestPath(r), hostname(r.Host)
	ours := map[string]bool{}
	for _, rule := range rules {
		fill := rule.of.match(path, host)
		if fill == nil {
			continue
		}
		for _, name := range rule.remove {
			h.Del(name)
		}
		for _, set := range rule.set {
			value := fill(set.value)
			switch {
			case !ours[set.name]:
				h.Set(set.name, value)
			case set.name == "set-cookie":
				h.Add(set.name, value)
			default:
				h.Set(set.name, h.Get(set.name)+", "+value)
			}
			ours[set.name] = true
		}
	}
}

func hostname(host string) string {
	if at := strings.LastIndexByte(host, ':'); at >= 0 && !strings.HasSuffix(host, "]") {
		return host[:at]
	}
	return host
}
