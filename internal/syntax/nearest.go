package syntax

// Nearest returns the candidate that name was probably meant to be: the first of
// those with the fewest edits, at most two of them and fewer than name has letters.
func Nearest(name string, candidates []string) (string, bool) {
	best, limit := "", min(3, len(name))
	for _, c := range candidates {
		if len(c)-len(name) >= limit || len(name)-len(c) >= limit {
			continue // so that a long name costs nothing
		}
		if d := distance(name, c); d < limit {
			best, limit = c, d
		}
	}
	return best, best != ""
}

// distance counts the insertions, deletions and replacements of bytes between a and b (Levenshtein).
func distance(a, b string) int {
	row := make([]int, 0, 64) // on the stack, unless b is longer than any name
	for j := range len(b) + 1 {
		row = append(row, j)
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// OneSlip says whether a slip of the fingers makes b of a: one letter more, fewer or replaced, or two neighbours swapped.
func OneSlip(a, b string) bool {
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	swapped := len(a) == 2 && len(b) == 2 && a[0] == b[1] && a[1] == b[0]
	return len(a)+len(b) == 1 || len(a) == 1 && len(b) == 1 || swapped
}
