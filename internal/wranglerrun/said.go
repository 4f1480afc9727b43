package wranglerrun

import (
	"encoding/json"
	"os"
	"strings"

	"github.com/bindery-dev/bindery/internal/pattern"
)

// OutputVariable names the file to which wrangler adds a line of JSON for what it has done.
const OutputVariable = "WRANGLER_OUTPUT_FILE_PATH"

// Said is what wrangler says of a deploy, or of the upload of a version, to programs. What an older wrangler does not
// say is empty.
type Said struct {
	VersionID  string   `json:"version_id"`
	Targets    []string `json:"targets"`     // "https://api.me.workers.dev", "example.com/*", "app.example.com (custom domain)"
	PreviewURL string   `json:"preview_url"` // of the version, where the account offers one
}

// printedVersion is how wrangler tells people of a version.
var printedVersion = pattern.New(`(?m)Version ID: ([0-9a-f]{8}-[0-9a-f-]{27})\s*$`)

// ReadSaid reads the file of OutputVariable, and looks in what was printed for what is not there.
func ReadSaid(file, printed string) (said Said) {
	text, _ := os.ReadFile(file) // an old wrangler writes none
	for line := range strings.Lines(string(text)) {
		var entry struct {
			Type string `json:"type"`
			Said
		}
		if json.Unmarshal([]byte(line), &entry) == nil && (entry.Type == "deploy" || entry.Type == "version-upload") {
			said = entry.Said
		}
	}
	if m := printedVersion.Regexp().FindStringSubmatch(printed); said.VersionID == "" && m != nil {
		said.VersionID = m[1]
	}
	return said
}
