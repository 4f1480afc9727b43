// Command bindery checks the bindings of Workers before a deploy, rehearses
// environments on a server of its own, and proves KV bindings.
package main

import (
	"os"

	"github.com/bindery-dev/bindery/internal/cli"
)

func main() {
	os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Getenv))
}
