package cli

import (
	"strings"

	"torii/i18n"
	"torii/tunnel"
)

// words are the values of a text.
func words(key string, value any) i18n.Values { return i18n.Values{key: value} }

// stateLine says a state in one line.
func (t *tool) stateLine(s tunnel.Snapshot) string {
	values := i18n.Values{
		"Gateway": s.Gateway, "Transport": strings.ToUpper(s.Transport), "Phase": "",
		"Address": strings.Join(s.Addresses, ", "), "Proxy": s.Proxy,
	}
	if s.Phase != "" {
		values["Phase"] = t.words.Text("cli.phase." + string(s.Phase))
	}
	return t.words.Text("cli.state."+string(s.State), values)
}
