package device

import "testing"

func TestPrettyName(t *testing.T) {
	for text, want := range map[string]string{
		"NAME=x\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\n": "Debian GNU/Linux 12 (bookworm)",
		"PRETTY_NAME='Some Linux'":   "Some Linux",
		"PRETTY_NAME=Plain\r\n":      "Plain",
		"#PRETTY_NAME=\"comment\"\n": "",
		"":                           "",
	} {
		if got := prettyName(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// TestVirtualLinksAreNoHardware looks at links that every machine has.
func TestVirtualLinksAreNoHardware(t *testing.T) {
	if isHardware("lo") || isHardware("../../../etc") || isHardware("") {
		t.Error("what is no device is taken for one")
	}
}
