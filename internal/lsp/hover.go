package lsp

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/bindery-dev/bindery/internal/check"
)

// hover shows what the rule of a finding is about: its page without the example. It goes by what was judged last: who
// types sees it at once.
func (c *session) hover(_ context.Context, params json.RawMessage) (any, *rpcError) {
	p, err := decode[positionParams](params)
	if err != nil {
		return nil, err
	}
	path, ok := pathOf(p.TextDocument.URI)
	if !ok {
		return nil, nil
	}
	places := placer{}
	here := c.at(path, textRange{p.Position, p.Position}, places)
	if len(here) == 0 {
		return nil, nil
	}
	var text strings.Builder
	shown := map[string]bool{}
	for _, d := range here {
		if shown[d.Rule] {
			continue
		}
		if len(shown) > 0 {
			text.WriteString("\n\n---\n\n")
		}
		shown[d.Rule] = true
		text.WriteString(c.about(d))
	}
	return hover{markup{"markdown", text.String()}, places.of(here[0].File, here[0].Span)}, nil
}

// about is the finding and its rule, as Markdown.
func (c *session) about(d check.Diagnostic) string {
	page := ""
	for _, rule := range c.server.Rules {
		if rule.ID == d.Rule {
			page = rule.Explain()
		}
	}
	title, rest, _ := strings.Cut(page, "\n")
	before, _, _ := strings.Cut(rest, "\n## Before")
	_, cure, _ := strings.Cut(rest, "\n## Cure")
	parts := []string{
		"**" + strings.TrimPrefix(title, "# ") + "**",
		strings.TrimSpace(before),
	}
	if cure != "" {
		parts = append(parts, "## Cure"+strings.TrimRight(cure, "\n"))
	}
	return strings.Join(append(parts, fmt.Sprintf("[%s](%s)", d.Rule, c.server.RulePage(d.Rule))), "\n\n")
}
