package cli

import "testing"

// TestPlain: nothing from outside drives the terminal that shows it.
func TestPlain(t *testing.T) {
	for text, want := range map[string]string{
		"two\nlines\tand more": "two\nlines\tand more", "\x1b[2Ja\x07\x7f\u009b31m": "[2Ja31m", "a\u202eb\u2067c\u200f": "abc", "会社 مكتب 👨‍👩‍👧": "会社 مكتب 👨‍👩‍👧",
	} {
		if got := plain(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}
