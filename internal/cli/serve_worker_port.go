package cli

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/bindery-dev/bindery/internal/server"
)

// workerPorts is the value of --worker-port, which may be repeated.
type workerPorts []server.WorkerPort

func (p *workerPorts) String() string { return "" }
func (p *workerPorts) Type() string   { return "string" }
func (p *workerPorts) Set(v string) error {
	worker, text, named := strings.Cut(v, "=")
	if !named {
		worker, text = "", v
	}
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return fmt.Errorf("%q is no port: a number from 0 to 65535, where 0 picks a free one", text)
	}
	name, account, dotted := strings.Cut(worker, ".")
	if named && (!dotted || name == "" || account == "" || strings.Contains(account, ".")) {
		return fmt.Errorf("%q is no Worker of an account: WORKER.ACCOUNT, as in http://WORKER.ACCOUNT.localhost", worker)
	}
	*p = append(*p, server.WorkerPort{Worker: worker, Port: int(port)})
	return nil
}

// lines say in comments for a shell where each port is.
func (p workerPorts) lines(urls []string) string {
	var b strings.Builder
	for i, url := range urls {
		what := "Workers"
		if p[i].Worker != "" {
			what = "Worker " + p[i].Worker
		}
		fmt.Fprintf(&b, "# %s at %s\n", what, url)
	}
	return b.String()
}
