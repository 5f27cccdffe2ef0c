package settings

import (
	"fmt"
	"slices"
	"strings"

	"torii/app/api"
	"torii/tunnel"
)

// The keys of the settings, as `toriictl settings` spells them.
const (
	ExternalControl       = "external-control"
	BlockUntrustedServers = "block-untrusted-servers"
	FIPSMode              = "fips-mode"
	Revocation            = "revocation"
	Language              = "language"
	Theme                 = "theme"
	OpenAtLogin           = "open-at-login"
	ConnectWhenOpened     = "connect-when-opened"
	CloseWindow           = "close-window"
	FirstRun              = "first-run"
	DebugLogs             = "debug-logs"
	NotifyLost            = "notify-lost"
	NotifyReconnected     = "notify-reconnected"
	NotifyNeedsYou        = "notify-needs-you"
	NotifyExpiry          = "notify-expiry"
	NotifyFailed          = "notify-failed"
)

// Notify is the key of the switch for notices of that kind.
func Notify(kind string) string { return "notify-" + kind }

// The values of a switch.
const (
	On  = "on"
	Off = "off"
)

// The values of Revocation beside Off: whether a server is let pass where nobody
// tells whether its certificate was revoked.
const (
	RevocationSoft = "soft"
	RevocationHard = "hard"
)

// definition says what a setting may be.
type definition struct {
	key string
	// values are those that are allowed, the default first; nil allows any
	// text, and the default is "".
	values []string
	// sensitive settings are changed by trusted faces only (design.md,
	// security rule 6).
	sensitive bool
}

// definitions are all settings, in the order in which a list shows them.
func definitions() []definition {
	return []definition{
		{key: BlockUntrustedServers, values: []string{On, Off}, sensitive: true},
		{key: ExternalControl, values: []string{"prompt", "enabled", "disabled"}, sensitive: true},
		{key: FIPSMode, values: []string{Off, On}, sensitive: true},
		{key: Revocation, values: []string{RevocationSoft, RevocationHard, Off}, sensitive: true},
		{key: OpenAtLogin, values: []string{Off, On}},
		{key: ConnectWhenOpened, values: []string{Off, On}},
		{key: CloseWindow, values: []string{"ask", "keep", "quit"}},
		{key: FirstRun, values: []string{"due", "done"}},
		{key: Language},
		{key: Theme, values: []string{"system", "light", "dark", "contrast"}},
		{key: DebugLogs, values: []string{Off, On}},
		{key: NotifyLost, values: []string{On, Off}},
		{key: NotifyReconnected, values: []string{On, Off}},
		{key: NotifyNeedsYou, values: []string{On, Off}},
		{key: NotifyExpiry, values: []string{On, Off}},
		{key: NotifyFailed, values: []string{On, Off}},
	}
}

// define finds a setting's definition. The error has CodeNotFound.
func define(key string) (definition, error) {
	all := definitions()
	i := slices.IndexFunc(all, func(d definition) bool { return d.key == key })
	if i < 0 {
		return definition{}, tunnel.Errorf(tunnel.CodeNotFound, "find the setting", "there is no setting %q", key).WithDetail(key)
	}
	return all[i], nil
}

func (d definition) standard() string {
	if len(d.values) == 0 {
		return ""
	}
	return d.values[0]
}

// normal returns a value as it is kept, or says which ones there are.
func (d definition) normal(value string) (string, error) {
	value = strings.TrimSpace(value)
	if d.values == nil {
		return value, checkTag(d.key, value)
	}
	value = strings.ToLower(value)
	if slices.Contains(d.values, On) {
		switch value {
		case "true", "yes", "1", "enabled":
			value = On
		case "false", "no", "0", "disabled":
			value = Off
		}
	}
	if !slices.Contains(d.values, value) {
		text := fmt.Sprintf("%s is one of %s, not %q", d.key, strings.Join(d.values, ", "), value)
		return "", tunnel.Errorf(tunnel.CodeInvalid, "change the setting", "%s", text).WithDetail(text)
	}
	return value, nil
}

// checkTag holds a language to what a tag or a locale may look like; which of
// them Torii speaks is its own matter. What any program of this user can set
// travels to every face in each State.
func checkTag(key, value string) error {
	const longest = 35 // characters of a tag (RFC 5646, section 4.4.1)
	strange := func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_.@", r))
	}
	if len(value) <= longest && !strings.ContainsFunc(value, strange) {
		return nil
	}
	text := fmt.Sprintf("%s is a tag like ja or fr-CA, not %.40q", key, value)
	return tunnel.Errorf(tunnel.CodeInvalid, "change the setting", "%s", text).WithDetail(text)
}

// shown is a setting as faces see it.
func (d definition) shown(value string) api.Setting {
	return api.Setting{Key: d.key, Value: value, Default: d.standard(), Values: d.values, Sensitive: d.sensitive}
}
