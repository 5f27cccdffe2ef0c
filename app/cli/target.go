package cli

import (
	"context"
	"net/netip"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/spf13/pflag"

	"torii/app/api"
	"torii/app/entries"
	"torii/tunnel"
)

// connectFlags are the flags of connect.
type connectFlags struct {
	user, group, mode, proxyListen  string
	ca, serverCert, clientCert      string
	passwordStdin, noDTLS, onlyOnce bool
}

// add puts the flags on a command that say what an entry is.
func (f *connectFlags) add(t *tool, flags *pflag.FlagSet) {
	flags.StringVar(&f.user, "user", "", t.words.Text("cli.flag.user"))
	flags.StringVar(&f.group, "group", "", t.words.Text("cli.flag.group"))
	flags.StringVar(&f.mode, "mode", "", t.words.Text("cli.flag.mode"))
	flags.StringVar(&f.proxyListen, "proxy-listen", "", t.words.Text("cli.flag.proxy_listen"))
	flags.BoolVar(&f.noDTLS, "no-dtls", false, t.words.Text("cli.flag.no_dtls"))
	f.addTrust(t, flags)
}

// addTrust puts the flags on a command that are about certificates.
func (f *connectFlags) addTrust(t *tool, flags *pflag.FlagSet) {
	flags.StringVar(&f.ca, "ca", "", t.words.Text("cli.flag.ca"))
	flags.StringVar(&f.serverCert, "server-cert", "", t.words.Text("cli.flag.server_cert"))
	flags.StringVar(&f.clientCert, "client-cert", "", t.words.Text("cli.flag.client_cert"))
}

// wish is a request and the mode of what it asks for.
type wish struct {
	api.ConnectRequest
	mode tunnel.Mode
}

// request is what the agent is asked for: a saved entry as it is, or a copy
// with the flags' changes, or an address that nobody has saved.
func (f *connectFlags) request(ctx context.Context, t *tool, name string) (request wish, err error) {
	request.Once = f.onlyOnce
	list, _, err := t.entries(ctx)
	if err != nil {
		return request, err
	}
	entry, saved := findEntry(list, name)
	if !saved {
		if entry, err = entries.ParseTarget(name); err != nil {
			return request, tunnel.NewError(tunnel.CodeNotFound, "choose a connection", err).WithDetail(name)
		}
		entry.Name, _, _ = strings.Cut(name, "?") // what follows may be a camouflage secret
	}
	changed, err := f.apply(&entry)
	if err != nil {
		return request, err
	}
	request.mode = entry.Mode
	if saved && !changed {
		request.Entry = entry.ID
		return request, nil
	}
	request.Target = &entry
	return request, nil
}

// findEntry finds by name or ID.
func findEntry(list []api.Entry, name string) (api.Entry, bool) {
	for _, e := range list {
		if e.Name == name || e.ID == name {
			return e, true
		}
	}
	return api.Entry{}, false
}

// apply puts the flags into an entry and tells whether they change it.
func (f *connectFlags) apply(e *api.Entry) (changed bool, err error) {
	before := *e
	set := func(field *string, value string) {
		if value != "" {
			*field = value
		}
	}
	set(&e.User, f.user)
	set(&e.Group, f.group)
	if f.mode != "" {
		e.Mode = tunnel.Mode(f.mode)
		if e.Mode != tunnel.ModeTUN && e.Mode != tunnel.ModeProxy {
			return false, usageError("--mode is tun or proxy, not %q", f.mode)
		}
	}
	if f.proxyListen != "" {
		if e.ProxyListen, err = netip.ParseAddrPort(f.proxyListen); err != nil {
			return false, usageError("--proxy-listen wants ADDRESS:PORT, not %q", f.proxyListen)
		}
	}
	if f.serverCert != "" {
		if e.Pin, err = entries.CheckPin(f.serverCert); err != nil {
			return false, err
		}
	}
	// The agent has another working folder.
	if e.CAFile, err = absolute(e.CAFile, f.ca); err != nil {
		return false, err
	}
	if e.ClientCertFile, err = absolute(e.ClientCertFile, f.clientCert); err != nil {
		return false, err
	}
	e.NoDTLS = e.NoDTLS || f.noDTLS
	return !reflect.DeepEqual(*e, before), nil
}

func absolute(present, given string) (string, error) {
	if given == "" {
		return present, nil
	}
	return filepath.Abs(given)
}
