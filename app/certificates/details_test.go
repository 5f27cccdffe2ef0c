package certificates

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// TestReadable: what a stranger wrote into a certificate turns no text around,
// fills no screen and drives no terminal.
func TestReadable(t *testing.T) {
	for text, want := range map[string]string{
		"CN=vpn.example.org": "CN=vpn.example.org", "CN=会社 مكتب": "CN=会社 مكتب", "": "",
		"CN=a\u202emoc.\u2066b\u200f": "CN=amoc.b", "CN=\x1b[31ma\x00\x9b": "CN=[31ma", "CN=a\r\n  names:\tb": "CN=a names: b",
		"a\u2028b\u00a0c\xff": "a b c", strings.Repeat("会", 1000): strings.Repeat("会", longestReadable) + "…",
	} {
		if got := Readable(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
	odd := issue(t, nil, "a\u202eb", server("x\x1by.example.test"))
	d := Describe(odd.Certificate, time.Now())
	all := append([]string{d.Subject, d.Issuer, d.IssuerName}, d.Names...)
	if len(d.Names) == 0 || slices.ContainsFunc(all, func(s string) bool { return strings.ContainsAny(s, "\u202e\x1b") }) {
		t.Errorf("it is described as %q", all)
	}
}
