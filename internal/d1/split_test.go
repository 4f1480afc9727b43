package d1_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-dev/bindery/internal/d1"
)

func TestSplit(t *testing.T) {
	const trigger = `CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE a SET x = CASE WHEN 1 THEN 2 END; DELETE FROM b; END`
	for _, c := range []struct {
		sql  string
		want []string
	}{
		{"", nil},
		{" ; ;\n-- nothing; here\n/* nor; here */", nil},
		{"SELECT 1", []string{"SELECT 1"}},
		{"SELECT 1;\nSELECT 2;", []string{"SELECT 1", "SELECT 2"}},
		{`SELECT ';', "a;b", ` + "`;`" + `, [;], 'it''s; fine'; SELECT 2`, []string{`SELECT ';', "a;b", ` + "`;`" + `, [;], 'it''s; fine'`, "SELECT 2"}},
		{"SELECT 1 -- one; two\n; SELECT 2 /* ; */", []string{"SELECT 1 -- one; two", "SELECT 2 /* ; */"}},
		{"-- first\nSELECT 1; -- last", []string{"-- first\nSELECT 1"}},
		{"SELECT /*/ ; */ 1; SELECT 2", []string{"SELECT /*/ ; */ 1", "SELECT 2"}},
		{trigger + "; SELECT 1", []string{trigger, "SELECT 1"}},
		{"explain query plan create temp " + trigger[7:] + ";SELECT 1", []string{"explain query plan create temp " + trigger[7:], "SELECT 1"}},
		{"CREATE TABLE trigger_log (x); SELECT 1", []string{"CREATE TABLE trigger_log (x)", "SELECT 1"}},
		{"SELECT 'never closed; SELECT 2", []string{"SELECT 'never closed; SELECT 2"}},
		{"SELECT 1 /* never closed; SELECT 2", []string{"SELECT 1 /* never closed; SELECT 2"}},
	} {
		if diff := cmp.Diff(c.want, d1.Split(c.sql)); diff != "" {
			t.Errorf("Split(%q) (- want, + got):\n%s", c.sql, diff)
		}
	}
}

// Nothing but blanks, semicolons and comments is lost, whatever the text; and a part is one statement.
func FuzzSplit(f *testing.F) {
	f.Add("SELECT ';'; CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END; -- x\n/* y */ SELECT [;]")
	f.Add("'\"`[;--/*\n")
	f.Fuzz(func(t *testing.T, sql string) {
		at := 0
		for _, part := range d1.Split(sql) {
			i := strings.Index(sql[at:], part)
			if i < 0 || part == "" {
				t.Fatalf("Split(%q): part %q is not there behind byte %d", sql, part, at)
			}
			at += i + len(part)
			if again := d1.Split(part); len(again) != 1 || again[0] != part {
				t.Fatalf("Split(%q): its part %q is cut again: %q", sql, part, again)
			}
		}
	})
}
