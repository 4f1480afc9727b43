package d1

import (
	"slices"
	"strings"
)

// Split cuts a text of SQL at the semicolons that end statements: not at those in texts, names and
// comments, nor at those inside of a trigger, which ends with ";END;". Parts without a statement are left out.
// What is no SQL is cut somewhere: who runs it says what is wrong.
//
// Source: what SQLite's sqlite3_complete takes for the end of a statement.
func Split(sql string) (all []string) {
	var s statement
	start := 0
	cut := func(end int) {
		if s.tokens > 0 {
			all = append(all, strings.Trim(sql[start:end], blanks))
		}
		start, s = end, statement{}
	}
	for i := 0; i < len(sql); {
		end, token := next(sql, i)
		if token == ";" && s.ends() {
			cut(i)
			start = end
		} else if token != "" {
			s.add(token)
		}
		i = end
	}
	cut(len(sql))
	return all
}

// statement is what has been seen of one.
type statement struct {
	tokens       int
	head         []string // its first words, in upper case
	before, last string   // tokens, in upper case
}

func (s *statement) add(token string) {
	token = strings.ToUpper(token)
	if s.tokens++; len(s.head) < 6 {
		s.head = append(s.head, token)
	}
	s.before, s.last = s.last, token
}

// ends says whether a semicolon ends the statement.
func (s *statement) ends() bool {
	return !s.isTrigger() || s.before == ";" && s.last == "END"
}

func (s *statement) isTrigger() bool {
	words := s.head
	skip := func(optional ...string) {
		if len(words) > 0 && slices.Contains(optional, words[0]) {
			words = words[1:]
		}
	}
	skip("EXPLAIN")
	skip("QUERY")
	skip("PLAN")
	if len(words) == 0 || words[0] != "CREATE" {
		return false
	}
	words = words[1:]
	skip("TEMP", "TEMPORARY")
	return len(words) > 0 && words[0] == "TRIGGER"
}

// blanks are what SQLite takes for such.
const blanks = " \t\r\n\f"

// next returns where the token at i ends, and the token: "" for blanks and comments.
func next(sql string, i int) (end int, token string) {
	until := func(close string) int { // behind close, or the end
		if n := strings.Index(sql[i+1:], close); n >= 0 {
			return i + 1 + n + len(close)
		}
		return len(sql)
	}
	switch c := sql[i]; {
	case strings.HasPrefix(sql[i:], "--"):
		return until("\n"), ""
	case strings.HasPrefix(sql[i:], "/*"):
		i++ // not to take "/*/" for a whole one
		return until("*/"), ""
	case c == '\'' || c == '"' || c == '`':
		return until(string(c)), "text" // one with the quote in it is two of these
	case c == '[':
		return until("]"), "text"
	case strings.IndexByte(blanks, c) >= 0:
		return i + 1, ""
	case isWord(c):
		for end = i; end < len(sql) && isWord(sql[end]); end++ {
		}
		return end, sql[i:end]
	}
	return i + 1, sql[i : i+1]
}

func isWord(c byte) bool {
	return c == '_' || c == '$' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}
