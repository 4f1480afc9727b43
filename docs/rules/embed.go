// Package ruledocs holds a page for each rule of `bindery check`: what it finds, why
// that matters, an example and its cure. The pages are what `bindery check --explain` prints.
package ruledocs

import "embed"

// Pages holds ID.md for each rule; README.md, the list of them, is for readers of the repository.
//
//go:embed [a-z]*.md
var Pages embed.FS
