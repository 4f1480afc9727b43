package bindery

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
)

// Options say which environment to open, and where its namespaces are: in an account that an API leads to, unless Folder or Memory say
// otherwise. Nothing is taken from the process's environment variables.
type Options struct {
	// Environment is its name under env in the configuration; "" is the top level.
	Environment string

	// Token is an API token that may read, and for writes edit, Workers KV Storage of the account.
	Token string
	// URL of the API, as CLOUDFLARE_API_BASE_URL has it; "" means Cloudflare's. `bindery serve` prints its own.
	URL string
	// Account is the account's id. It is needed only where no file names one and the token sees several, and must not contradict a file.
	Account string
	// HTTP sends the requests; nil means a client of the environment's own. A request takes at most 30 seconds; one that may
	// be repeated is, twice, after a broken connection or an answer of 429 or 5xx.
	HTTP *http.Client

	// Folder keeps the namespaces in this folder, durably: a write that was acknowledged survives a crash. It is made if it is not there, and
	// belongs to one open environment of one process at a time.
	Folder string
	// Memory keeps the namespaces in memory until Close. They are empty at first.
	Memory bool

	// Log is told what nobody waits for, such as expired keys that could not be removed; nil means silence. Neither values nor tokens are logged.
	Log *slog.Logger
}

// Format prints the options without the token, whatever the verb.
func (o Options) Format(s fmt.State, _ rune) {
	fmt.Fprintf(s, "{Environment:%q URL:%q Account:%q Folder:%q Memory:%t}", o.Environment, o.URL, o.Account, o.Folder, o.Memory)
}

// LogValue keeps the token out of logs.
func (o Options) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(o)) }

// MarshalText keeps the token out of JSON and of every other text form.
func (o Options) MarshalText() ([]byte, error) { return fmt.Append(nil, o), nil }

func (o Options) validate() error {
	remote := o.Token != "" || o.URL != "" || o.Account != "" || o.HTTP != nil
	switch {
	case o.Memory && o.Folder != "":
		return errors.New("options name two places: Memory and Folder")
	case remote && o.Memory:
		return errors.New("options name two places: Memory and an account")
	case remote && o.Folder != "":
		return errors.New("options name two places: Folder and an account")
	case o.Memory, o.Folder != "":
		return nil
	case o.Token == "":
		return advised(fmt.Errorf("no API token: %w", ErrUnauthenticated),
			`set Options.Token to a token with "Workers KV Storage Edit" on the account; or Folder or Memory, to do without one`)
	}
	if u, err := url.Parse(o.URL); err != nil || o.URL != "" && (u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
		return advised(errors.New("Options.URL is no URL of an API"), "as in http://127.0.0.1:8787/client/v4")
	}
	return nil
}
