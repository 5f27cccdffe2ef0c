package agent

import (
	"strings"
	"testing"

	"torii/i18n"
	"torii/tunnel"
)

// TestWhatWasNotOpened: of links and files the one is named that was not opened.
func TestWhatWasNotOpened(t *testing.T) {
	words, err := i18n.New("en")
	if err != nil {
		t.Fatal(err)
	}
	unsupported := func(detail string) error {
		return tunnel.Errorf(tunnel.CodeUnsupported, opOpen, "not yet").WithDetail(detail)
	}
	const link = "torii:import?type=profile&uri=https://vpn.example.com/x"
	for _, c := range []struct {
		arguments []string
		err       error
		want      string
	}{
		{[]string{"/tmp/a.xml"}, unsupported("a.xml"), "a.xml"},
		{[]string{"torii:disconnect", "a.xml"}, unsupported("a.xml"), "a.xml"},
		{[]string{"torii:disconnect", "file:///tmp/my%20a.xml"}, unsupported("my a.xml"), "my a.xml"},
		{[]string{link}, unsupported("import of profiles"), "link"},
		{[]string{link, "a.xml"}, unsupported("import of profiles"), "link"},
	} {
		if got := describeUnopened(words, c.arguments, c.err).Message; !strings.Contains(got, c.want) {
			t.Errorf("%q: %q, want a word of %q", c.arguments, got, c.want)
		}
	}
}
