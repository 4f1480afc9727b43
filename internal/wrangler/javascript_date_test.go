package wrangler

import "testing"

// TestIsJavaScriptDate: what new Date makes of a text, as Node 22 answered.
func TestIsJavaScriptDate(t *testing.T) {
	tests := []struct {
		text string
		want bool
	}{
		{"2024-01-01", true},
		{"2023-02-31", true}, // a month has 31 days
		{"2024-13-01", false},
		{"2024-01-32", false},
		{"2024-01", true},
		{"2024", true},
		{"2024-01-01T24:00", true},
		{"2024-01-01T24:01", false},
		{"2024-01-01T10:00+01:00", true},
		{"2024-01-01T10:00+0160", false},
		{"+002024-01-01", true},
		{"-000000-01-01", true}, // no year 0, but month 1 of year 1
		{"2024/1/5", true},
		{"5", true},
		{"13", false}, // a month
		{"49/1", true},
		{"Jan 5, 2024", true},
		{"5 mayor 2024", true}, // three letters make a month
		{"Sat Jan 5 2024 10:00 PM GMT-0800 (Pacific)", true},
		{"10:00 13 PM", false},
		{"12:30:15.5 1/2", true},
		{"on 2024-01-05", true}, // words in front do not count
		{"on2024-01-05", false},
		{"2024-01-05 or so", false},
		{"2024-01-05)", false},
		{"275760-09-13", true},
		{"275761", false},
		{"today", false},
		{"<DATE>", false},
		{"", false},
	}
	for _, tt := range tests {
		if got := isJavaScriptDate(tt.text); got != tt.want {
			t.Errorf("isJavaScriptDate(%q) = %v, want %v", tt.text, got, tt.want)
		}
	}
}
