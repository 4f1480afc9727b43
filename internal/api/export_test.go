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

// Problem is a row of the table of errors, for the test that documents it.
type Problem struct {
	Status, Code int
	Message      string
}

func Problems() (rows []Problem) {
	for _, p := range problems {
		rows = append(rows, Problem{p.status, p.code, p.message})
	}
	return rows
}
