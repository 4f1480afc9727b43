package wrangler

import (
	"fmt"

	"github.com/bindery-dev/bindery/internal/syntax"
)

// triggers start the Worker: cron patterns, which nobody looks at here, and events of Artifacts.
var triggers = unlessNull(table(may("crons", list(anything)), may("events", list(event))))

var event = table(need("type", choice(
	"cf.artifacts.repo.created", "cf.artifacts.repo.deleted", "cf.artifacts.repo.forked", "cf.artifacts.repo.imported",
	"cf.artifacts.repo.pushed", "cf.artifacts.repo.cloned", "cf.artifacts.repo.fetched",
	"cf.artifacts.repo.token.created", "cf.artifacts.repo.token.revoked")),
	may("filter", closed(may("namespace", nonEmpty), may("repo_name", nonEmpty))), need("targets", both(notEmptyList, list(eventTarget))))

var eventTarget = table(need("type", choice("workflow")), need("workflow_name", nonEmpty))

// connect lists the ports at which a Worker listens, each once for a protocol.
func connect(r *report, path string, n *syntax.Node) {
	list(listener)(r, path, n)
	first := map[string]bool{}
	for _, entry := range items(n) {
		protocol, port := entry.Get("protocol"), entry.Get("port")
		if !protocol.Is(syntax.String) || !isNumber(port) {
			continue
		}
		key := fmt.Sprint(protocol.Text, " ", port.Number)
		if first[key] {
			r.refuse(place(entry), "%q listens twice at %s port %s", path, protocol.Text, port.Text)
		}
		first[key] = true
	}
}

func listener(r *report, path string, n *syntax.Node) {
	fields := []field{need("protocol", choice("tcp", "udp")), need("port", whole(1, 65535)), may("address", text)}
	if n.Get("protocol").Str() == "udp" {
		const most = 1<<32 - 1
		fields = append(fields, may("idle_timeout_ms", whole(0, most)), may("max_pending_bytes", whole(0, most)))
	}
	table(fields...)(r, path, n)
}
