package cli

import "net/url"

// parseEndpoint reads the value of --ai; nil for none. What may hold a password is not quoted.
func parseEndpoint(value string) (*url.URL, error) {
	if value == "" {
		return nil, nil
	}
	at, err := url.Parse(value)
	switch {
	case err != nil || at.Host == "" || at.Scheme != "http" && at.Scheme != "https":
		return nil, usagef("--ai names no endpoint").hint("a URL that /chat/completions is below, as http://127.0.0.1:11434/v1")
	case at.User != nil:
		return nil, usagef("--ai has a password in it, which others see in the list of processes").hint("put the key into $BINDERY_AI_KEY")
	}
	return at, nil
}
