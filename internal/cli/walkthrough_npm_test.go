//go:build npm

package cli

// With the real wrangler, as `make conformance` has it: the blocks that need it are played too.
func init() { nodeModules = "conformance/node_modules" }
