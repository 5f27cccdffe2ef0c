package testbed

import (
	"os"
	"strings"
	"testing"
)

// State returns everything about the namespace that a VPN client may have
// changed: links, addresses, routes of all tables, rules, and the content of
// resolv.conf, in a form that is equal byte for byte when nothing has changed.
func (ns *Namespace) State(t testing.TB) string {
	t.Helper()
	var b strings.Builder
	for _, command := range [][]string{
		{"-details", "address", "show"},
		{"-4", "route", "show", "table", "all"},
		{"-6", "route", "show", "table", "all"},
		{"-4", "rule", "show"},
		{"-6", "rule", "show"},
	} {
		b.WriteString("# ip " + strings.Join(command, " ") + "\n")
		b.WriteString(ns.Run(t, "ip", command...))
	}
	text, err := os.ReadFile(ns.ResolvConf)
	if err != nil {
		t.Fatal(err)
	}
	b.WriteString("# resolv.conf\n" + string(text))
	return b.String()
}

// SetResolvConf gives the namespace's resolv.conf its content, in place.
func (ns *Namespace) SetResolvConf(t testing.TB, content string) {
	t.Helper()
	if err := os.WriteFile(ns.ResolvConf, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}
