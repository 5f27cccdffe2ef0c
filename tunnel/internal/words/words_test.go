package words

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestLineAndText(t *testing.T) {
	for _, c := range []struct {
		in, line, text string
		most           int
	}{
		{"  Welcome.  ", "Welcome.", "Welcome.", 100},
		{"one\r\ntwo\tthree", "one two three", "one\ntwo\tthree", 100},
		{"\x1b[2J\x1b]0;title\x07gone", "[2J]0;titlegone", "[2J]0;titlegone", 100},
		{"a\u202egnp.exe", "agnp.exe", "agnp.exe", 100},
		{"bad \xff byte", "bad  byte", "bad  byte", 100},
		{"日本語", "日本", "日本", 8},
		{"ワンタイム", "ワンタイム", "ワンタイム", 100},
		{"", "", "", 100},
	} {
		if got := Line(c.in, c.most); got != c.line {
			t.Errorf("line of %q: %q, want %q", c.in, got, c.line)
		}
		if got := Text(c.in, c.most); got != c.text {
			t.Errorf("text of %q: %q, want %q", c.in, got, c.text)
		}
	}
}

func FuzzText(f *testing.F) {
	f.Add("text \x1b[0m\u202e日本", 7)
	f.Fuzz(func(t *testing.T, text string, most int) {
		if most < 0 || most > 1<<20 {
			return
		}
		for _, got := range []string{Line(text, most), Text(text, most)} {
			if len(got) > most || !utf8.ValidString(got) || strings.ContainsAny(got, "\x1b\x07\r") {
				t.Errorf("%q of %q", got, text)
			}
		}
	})
}
