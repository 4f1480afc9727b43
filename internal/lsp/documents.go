package lsp

import (
	"context"
	"encoding/json"
	"net/url"
	"path/filepath"
	"slices"
	"time"

	"github.com/bindery-dev/bindery/internal/pattern"
)

func (c *session) didOpen(_ context.Context, params json.RawMessage) (any, *rpcError) {
	p, err := decode[documentParams](params)
	if err != nil {
		return nil, err
	}
	path, ok := pathOf(p.TextDocument.URI)
	if !ok {
		return nil, nil // a document that is no file: nothing stands beside it, so nothing can be said of it
	}
	c.open[path] = &document{p.TextDocument.URI, p.TextDocument.Version, []byte(p.TextDocument.Text)}
	c.changed(path)
	return nil, nil
}

// didChange takes the whole new text, as it was agreed at initialize. What is older than the text that is there is refused.
func (c *session) didChange(_ context.Context, params json.RawMessage) (any, *rpcError) {
	p, err := decode[changeParams](params)
	if err != nil {
		return nil, err
	}
	path, _ := pathOf(p.TextDocument.URI)
	doc := c.open[path]
	if doc == nil {
		return nil, errorf(codeInvalidParams, "%s is not open", p.TextDocument.URI)
	}
	if is, was := p.TextDocument.Version, doc.version; is != nil && was != nil && *is < *was {
		return nil, errorf(codeInvalidParams, "version %d of %s after version %d", *is, p.TextDocument.URI, *was)
	}
	text := doc.text
	for _, change := range p.ContentChanges {
		if change.Range != nil {
			return nil, errorf(codeInvalidParams, "a change of a part, where the whole text was agreed")
		}
		text = []byte(change.Text)
	}
	doc.text = text
	doc.version = p.TextDocument.Version
	c.changed(path)
	return nil, nil
}

func (c *session) didClose(_ context.Context, params json.RawMessage) (any, *rpcError) {
	p, err := decode[documentParams](params)
	if err != nil {
		return nil, err
	}
	if path, ok := pathOf(p.TextDocument.URI); ok {
		delete(c.open, path)
		c.changed(path)
	}
	return nil, nil
}

// didSave is told when a document was written to the disk.
func (c *session) didSave(_ context.Context, params json.RawMessage) (any, *rpcError) {
	p, err := decode[documentParams](params)
	if err != nil {
		return nil, err
	}
	if path, ok := pathOf(p.TextDocument.URI); ok {
		c.changed(path)
	}
	return nil, nil
}

// filesChanged is told when something was written to the disk, or has gone from it.
func (c *session) filesChanged(_ context.Context, params json.RawMessage) (any, *rpcError) {
	p, err := decode[filesChangedParams](params)
	if err != nil {
		return nil, err
	}
	var paths []string
	for _, change := range p.Changes {
		if path, ok := pathOf(change.URI); ok {
			paths = append(paths, path)
		}
	}
	c.changed(paths...)
	return nil, nil
}

func (c *session) didChangeFolders(_ context.Context, params json.RawMessage) (any, *rpcError) {
	p, err := decode[foldersChanged](params)
	if err != nil {
		return nil, err
	}
	for _, folder := range p.Event.Removed {
		if path, ok := pathOf(folder.URI); ok {
			c.folders = slices.DeleteFunc(c.folders, func(f string) bool { return f == path })
		}
	}
	c.addFolders(p.Event.Added)
	c.changed()
	return nil, nil
}

func (c *session) addFolders(folders []workspaceFolder) {
	for _, folder := range folders {
		if path, ok := pathOf(folder.URI); ok && !slices.Contains(c.folders, path) {
			c.folders = append(c.folders, path)
		}
	}
}

// changed has what these files concern judged once the editor has been quiet for a moment. A judgement that is under way is of
// no use now.
func (c *session) changed(paths ...string) {
	c.changes++
	for _, path := range paths {
		c.touched[path] = true
	}
	if c.cancel != nil {
		c.cancel()
	}
	quiet := c.server.Quiet
	if quiet == 0 {
		quiet = 100 * time.Millisecond
	}
	c.quiet.Reset(quiet)
}

// drive is how a Windows path begins within a file URI.
var drive = pattern.New(`^/[A-Za-z]:`)

// pathOf is the file that a URI names, if it is one on this machine.
func pathOf(uri string) (string, bool) {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "file" || u.Host != "" && u.Host != "localhost" || u.Path == "" {
		return "", false
	}
	path := u.Path
	if drive.MatchString(path) {
		path = path[1:]
	}
	return filepath.Clean(filepath.FromSlash(path)), true
}

// uriOf is the inverse, in the editor's own spelling if it has the file open.
func (c *session) uriOf(path string) string {
	if doc := c.open[path]; doc != nil {
		return doc.uri
	}
	slashed := filepath.ToSlash(path)
	if drive.MatchString("/" + slashed) {
		slashed = "/" + slashed
	}
	return (&url.URL{Scheme: "file", Path: slashed}).String()
}
