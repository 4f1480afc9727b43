package api

// Routes lists what is served, as "METHOD /path", for tests that try all of it.
func Routes() (all []string) {
	for _, r := range routes {
		if r.method != "" {
			all = append(all, r.method+" "+r.path)
		}
	}
	return all
}
