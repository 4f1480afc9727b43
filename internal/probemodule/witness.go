package probemodule

import _ "embed"

// Witness is the main module of a Worker that mounts the probe in ./probe.js, with the secret X_API_KEY, and beside it
// puts (PUT) and gets the value of ?key= through ?binding=, for whoever shows the same key.
//
//go:embed witness.js
var Witness []byte
