package git

import (
	"fmt"
	"strings"
)

// characterClass turns the [class] at the beginning of a pattern into one of regular expressions; size 0 if it has no
// end. As in git it never matches a slash, and of a range that runs backwards only the beginning counts.
func characterClass(glob string) (class string, size int) {
	at, not := 1, false
	if strings.HasPrefix(glob[at:], "!") || strings.HasPrefix(glob[at:], "^") {
		at, not = 2, true
	}
	var members strings.Builder
	first, previous := at, -1 // what a range would begin with; -1 for none
	for at < len(glob) {
		if glob[at] == ']' && at > first {
			return enclosed(members.String(), not), at + 1
		}
		if strings.HasPrefix(glob[at:], "[:") {
			end := strings.Index(glob[at:], ":]")
			if end < 0 {
				return "", 0
			}
			members.WriteString(glob[at : at+end+len(":]")])
			at, previous = at+end+len(":]"), -1
			continue
		}
		from := -1
		if glob[at] == '-' && previous >= 0 && at+1 < len(glob) && glob[at+1] != ']' {
			at, from = at+1, previous
		}
		if glob[at] == '\\' {
			at++
		}
		if at == len(glob) {
			return "", 0
		}
		to := int(glob[at])
		previous = to
		if from < 0 {
			from = to
		} else {
			previous = -1
		}
		members.WriteString(between(from, to))
		at++
	}
	return "", 0
}

func enclosed(members string, not bool) string {
	switch {
	case not:
		return "[^/" + members + "]"
	case members == "":
		return `[^\x00-\x{10FFFF}]` // nothing
	}
	return "[" + members + "]"
}

// between is a range of bytes without the slash in it.
func between(from, to int) string {
	switch {
	case from > to:
		return ""
	case from <= '/' && '/' <= to:
		return between(from, '/'-1) + between('/'+1, to)
	}
	return fmt.Sprintf(`\x{%x}-\x{%x}`, from, to)
}
