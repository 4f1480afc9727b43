package lsp

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
)

// initialize says what the server can do, and learns which folders the editor shows.
func (c *session) initialize(_ context.Context, params json.RawMessage) (any, *rpcError) {
	if c.initialized {
		return nil, errorf(codeInvalidRequest, "initialize for the second time")
	}
	p, err := decode[initializeParams](params)
	if err != nil {
		return nil, err
	}
	c.initialized = true
	c.canWatch = p.Capabilities.Workspace.DidChangeWatchedFiles.DynamicRegistration
	switch {
	case len(p.WorkspaceFolders) > 0:
		c.addFolders(p.WorkspaceFolders)
	case p.RootURI != nil:
		c.addFolders([]workspaceFolder{{*p.RootURI}})
	case p.RootPath != nil && *p.RootPath != "":
		c.folders = append(c.folders, *p.RootPath)
	}
	return map[string]any{
		"serverInfo": map[string]string{"name": "bindery", "version": c.server.Version},
		"capabilities": map[string]any{
			"positionEncoding":     "utf-16",
			"textDocumentSync":     map[string]any{"openClose": true, "change": 1, "save": true}, // 1: the whole text
			"hoverProvider":        true,
			"codeActionProvider":   map[string]any{"codeActionKinds": []string{kindQuickFix, kindFixAll}},
			"documentLinkProvider": map[string]any{},
			"workspace": map[string]any{
				"workspaceFolders": map[string]any{"supported": true, "changeNotifications": true},
			},
		},
	}, nil
}

// watched is what a finding may depend on: configurations, the scripts that deploy them and the code of a Worker.
var watched = []string{
	"**/wrangler*.{toml,json,jsonc}", "**/bindery.toml", "**/bindery*.lock", "**/.wrangler/deploy/config.json",
	"**/package.json", "**/.github/workflows/*.{yml,yaml}", "**/.gitlab-ci.yml",
	"**/*.{js,mjs,cjs,jsx,ts,mts,cts,tsx}",
}

// watchFiles asks the editor to tell of changes on the disk to what is watched, and judges all there is for the first time.
func (c *session) watchFiles(context.Context, json.RawMessage) (any, *rpcError) {
	if c.canWatch {
		var watchers []map[string]string
		for _, glob := range watched {
			watchers = append(watchers, map[string]string{"globPattern": glob})
		}
		c.write(request{ID: "watch", Method: "client/registerCapability", Params: map[string]any{
			"registrations": []any{map[string]any{
				"id":              "watch",
				"method":          "workspace/didChangeWatchedFiles",
				"registerOptions": map[string]any{"watchers": watchers},
			}},
		}})
	}
	c.changed()
	return nil, nil
}

func (c *session) shutDown(context.Context, json.RawMessage) (any, *rpcError) {
	c.shutdown = true
	c.quiet.Stop()
	c.changes++ // whatever is being judged is of no use any more
	c.due = false
	if c.cancel != nil {
		c.cancel()
	}
	for _, m := range c.waiting {
		c.fail(m, errorf(codeRequestCancelled, "the server shuts down"))
	}
	c.waiting = nil
	return nil, nil
}

// cancelRequest gives up a request that waits. Others are answered at once.
func (c *session) cancelRequest(_ context.Context, params json.RawMessage) (any, *rpcError) {
	p, err := decode[struct{ ID json.RawMessage }](params)
	if err != nil {
		return nil, err
	}
	c.waiting = slices.DeleteFunc(c.waiting, func(m *message) bool {
		asked := bytes.Equal(m.ID, p.ID)
		if asked {
			c.fail(m, errorf(codeRequestCancelled, "cancelled"))
		}
		return asked
	})
	return nil, nil
}

func (c *session) exit(context.Context, json.RawMessage) (any, *rpcError) {
	c.exited = true
	return nil, nil
}
