package assets

import (
	"net/http"
	"strings"
)

// htmlHandling says which path of a page is the one that others redirect to.
type htmlHandling string

const (
	autoTrailingSlash  htmlHandling = "auto-trailing-slash" // a page x.html is at /x, one x/index.html at /x/
	forceTrailingSlash htmlHandling = "force-trailing-slash"
	dropTrailingSlash  htmlHandling = "drop-trailing-slash"
	noHandling         htmlHandling = "none" // files have their own paths only
)

// What is answered where no file is.
const (
	notFoundSPA  = "single-page-application"
	notFoundPage = "404-page"
)

// resolved is what a path means: a file with the status of its answer, or a redirect. Its zero
// value: nothing.
type resolved struct {
	status   int
	file     File
	redirect string
}

// step is a way in which a path may mean a file: as it is (to is ""), or as another path, to which
// to redirect.
type step struct{ file, to string }

// resolve takes the first step that leads somewhere. Without redirects it says what a redirect
// would end at.
func (s *Site) resolve(path, notFound string, redirects bool) resolved {
	for _, step := range s.html.steps(path) {
		file, ok := s.files[step.file]
		switch {
		case !ok:
		case step.to == "":
			return resolved{status: http.StatusOK, file: file}
		case redirects && s.leadsTo(step.to, notFound, file):
			return resolved{status: http.StatusTemporaryRedirect, redirect: step.to}
		}
	}
	return s.missing(path, notFound)
}

// leadsTo says whether a redirect to path would end at the file, with no file of its own there.
func (s *Site) leadsTo(path, notFound string, file File) bool {
	if _, taken := s.files[path]; taken {
		return false
	}
	return s.resolve(path, notFound, false).file.Hash == file.Hash
}

// missing is what a path means that leads to no file.
func (s *Site) missing(path, notFound string) resolved {
	switch notFound {
	case notFoundSPA:
		if file, ok := s.files["/index.html"]; ok {
			return resolved{status: http.StatusOK, file: file}
		}
	case notFoundPage: // the nearest one above
		for path != "" {
			path = path[:max(strings.LastIndexByte(path, '/'), 0)]
			if file, ok := s.files[path+"/404.html"]; ok {
				return resolved{status: http.StatusNotFound, file: file}
			}
		}
	}
	return resolved{}
}

// steps lists how a path may mean a file, first choice first.
func (h htmlHandling) steps(path string) []step {
	if h == noHandling {
		return []step{{file: path}}
	}
	return append(h.stepsByEnd(path), h.stepsOfAny(path)...)
}

// stepsByEnd are those of paths that end like the path of a page.
func (h htmlHandling) stepsByEnd(path string) []step {
	exact := step{file: path}
	if page, ok := strings.CutSuffix(path, "/index"); ok {
		switch {
		case h == forceTrailingSlash:
			return []step{exact, {path + ".html", page + "/"}, {page + ".html", page + "/"}}
		case h == autoTrailingSlash:
			return []step{exact, {path + ".html", page + "/"}, {page + ".html", page}}
		case page == "":
			return []step{exact, {"/index.html", "/"}}
		}
		return []step{exact, {page + ".html", page}, {path + ".html", page}}
	}
	if page, ok := strings.CutSuffix(path, "/index.html"); ok {
		switch {
		case h == forceTrailingSlash:
			return []step{{path, page + "/"}, {page + ".html", page + "/"}}
		case h == autoTrailingSlash:
			return []step{{path, page + "/"}, {page + ".html", page}}
		case page == "":
			return []step{{path, "/"}}
		}
		return []step{{path, page}, exact, {page + ".html", page}}
	}
	if page, ok := strings.CutSuffix(path, "/"); ok {
		switch {
		case h == forceTrailingSlash:
			return []step{{file: path + "index.html"}, {file: page + ".html"}}
		case h == autoTrailingSlash:
			return []step{{file: path + "index.html"}, {page + ".html", page}}
		case page == "":
			return []step{{file: "/index.html"}}
		}
		return []step{{page + ".html", page}, {page + "/index.html", page}}
	}
	if page, ok := strings.CutSuffix(path, ".html"); ok {
		switch h {
		case forceTrailingSlash:
			return []step{{path, page + "/"}, exact, {page + "/index.html", page + "/"}}
		case autoTrailingSlash:
			return []step{{path, page}, {page + "/index.html", page + "/"}}
		}
		return []step{{path, page}, {page + "/index.html", page}}
	}
	return nil
}

// stepsOfAny are those of any path.
func (h htmlHandling) stepsOfAny(path string) []step {
	switch h {
	case forceTrailingSlash:
		return []step{{file: path}, {path + ".html", path + "/"}, {path + "/index.html", path + "/"}}
	case autoTrailingSlash:
		return []step{{file: path}, {file: path + ".html"}, {path + "/index.html", path + "/"}}
	}
	return []step{{file: path}, {file: path + ".html"}, {file: path + "/index.html"}}
}
