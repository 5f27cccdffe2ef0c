package app

import (
	"context"
	"crypto/tls"
	"errors"
	"io/fs"
	"net"
	"net/url"
	"strconv"

	"golang.org/x/net/http/httpproxy"

	"torii/app/api"
	"torii/app/control"
	"torii/app/device"
	"torii/app/entries"
	"torii/certstore"
	"torii/certstore/verify"
	"torii/tunnel"
	"torii/tunnel/helper"
	"torii/tunnel/proxy"
)

// connect begins to connect. What can be refused without the network is
// refused at once; everything else is seen by watching.
func (a *App) connect(ctx context.Context, caller control.Caller, request api.ConnectRequest) error {
	entry, err := a.wanted(request)
	if err != nil {
		return err
	}
	if request.Target != nil {
		if err := mayTrust(caller, entry, a.saved(entry)); err != nil {
			return err
		}
	}
	return a.start(ctx, entry, request.Once, nil)
}

// start begins to connect an entry. prefill fills fields of the login form in,
// by their names, before the keyring and the person are asked.
func (a *App) start(ctx context.Context, entry api.Entry, once bool, prefill map[string]tunnel.Secret) error {
	cfg, judge, err := a.config(ctx, entry)
	if err != nil {
		return err
	}
	cfg.Once = once
	if user, ok := prefill[userField]; ok {
		cfg.User = user.Reveal()
	}
	if group, ok := prefill[groupField]; ok {
		cfg.Group = group.Reveal()
	}
	a.certs.Forget(gatewayOf(entry))
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.session.Connect(cfg); err != nil {
		return err
	}
	a.current = current{entry: entry, pending: map[string]tunnel.Secret{}, prefill: prefill, judge: judge}
	return nil
}

// wanted is the entry that a request means.
func (a *App) wanted(request api.ConnectRequest) (api.Entry, error) {
	if request.Target != nil {
		target := *request.Target
		target.ID = "" // what is not saved has nothing in the keyring
		return entries.Check(target)
	}
	ref := request.Entry
	if ref == "" {
		if _, ref = a.list(); ref == "" {
			return api.Entry{}, tunnel.Errorf(tunnel.CodeNotFound, "choose a connection", "there is no connection yet; add one first")
		}
	}
	return a.find(ref)
}

// saved is the entry of that name at that server: a target that is a copy of it
// says nothing new about trust. It is empty where there is none.
func (a *App) saved(target api.Entry) api.Entry {
	entry, err := a.find(target.Name)
	if err != nil || entry.Host != target.Host || entry.Port != target.Port {
		return api.Entry{}
	}
	return entry
}

// config turns an entry into what the engine needs, and makes who decides about
// its servers.
func (a *App) config(ctx context.Context, entry api.Entry) (tunnel.Config, *trust, error) {
	cfg := tunnel.Config{
		Entry: entry.Name, Protocol: entry.Protocol, Host: entry.Host, Port: entry.Port, Path: entry.Path,
		User: entry.User, Group: entry.Group, Mode: entry.Mode, ProxyListen: entry.ProxyListen,
		NoDTLS: entry.NoDTLS, Roaming: entry.Roaming, OldTLS: entry.OldTLS,
	}
	var err error
	if cfg.UpstreamProxy, err = upstream(entry); err != nil {
		return cfg, nil, err
	}
	if cfg.Certificate, err = a.identity(entry); err != nil {
		return cfg, nil, err
	}
	authorities, err := verify.ReadAuthorities(entry.CAFile)
	if err != nil {
		return cfg, nil, fileError("read the authorities", entry.CAFile, err)
	}
	if a.isPractice(entry.ID) {
		a.demo.Load().configure(&cfg, authorities)
	}
	judge := a.judge(entry, authorities)
	cfg.Verify = judge.check
	return cfg, judge, a.identify(ctx, &cfg)
}

// identify says which device this is, and finds out early whether the helper
// that tun mode needs is there: before anybody types a password.
func (a *App) identify(ctx context.Context, cfg *tunnel.Config) error {
	var missing error
	cfg.Device = device.Identify(ctx, api.Build, func(ctx context.Context) (string, error) {
		number, err := helper.New(helper.Options{Log: a.options.Log}).SerialNumber(ctx)
		switch tunnel.CodeOf(err) {
		case tunnel.CodeHelperMissing, tunnel.CodeHelperRefused:
			missing = err
		}
		return number, err
	})
	if cfg.Mode == tunnel.ModeTUN {
		return missing
	}
	return nil
}

// network chooses how this machine is attached.
func (a *App) network(cfg tunnel.Config) (tunnel.Network, error) {
	if cfg.Mode == tunnel.ModeProxy {
		return proxy.NewNetwork(proxy.Options{Listen: cfg.ProxyListen, Log: a.options.Log}), nil
	}
	return helper.NewNetwork(helper.Options{Log: a.options.Log}), nil
}

// upstream is the proxy on the way to the gateway: the entry's, or else what
// the environment says (HTTPS_PROXY, NO_PROXY).
func upstream(entry api.Entry) (*url.URL, error) {
	const op = "choose the proxy"
	switch entry.UpstreamProxy {
	case entries.ProxyNone:
		return nil, nil
	case "":
		place := entry.Host
		if entry.Port != 0 {
			place = net.JoinHostPort(entry.Host, strconv.Itoa(int(entry.Port)))
		}
		via, err := httpproxy.FromEnvironment().ProxyFunc()(&url.URL{Scheme: "https", Host: place})
		if err != nil {
			return nil, tunnel.NewError(tunnel.CodeInvalid, op, err)
		}
		return via, nil
	}
	via, err := url.Parse(entry.UpstreamProxy)
	if err != nil {
		return nil, tunnel.NewError(tunnel.CodeInvalid, op, err)
	}
	return via, nil
}

// clientCertificate reads a PEM file with certificate and key. It is shown to a
// gateway that asks for one.
func clientCertificate(file string) (tunnel.ClientCertificate, error) {
	pair, err := keyPair(file)
	if err != nil {
		return nil, err
	}
	return func(context.Context, *tls.CertificateRequestInfo, tunnel.Asker) (*tls.Certificate, error) {
		return &pair, nil
	}, nil
}

// keyPair reads a PEM file with a certificate and its key.
func keyPair(file string) (tls.Certificate, error) {
	text, err := certstore.ReadFile(file)
	if err != nil {
		return tls.Certificate{}, fileError("read the client certificate", file, err)
	}
	pair, err := tls.X509KeyPair(text, text)
	if err != nil {
		return tls.Certificate{}, fileError("read the client certificate", file, err)
	}
	return pair, nil
}

// fileError is about a file that the person named.
func fileError(op, file string, err error) error {
	code := tunnel.CodeInvalid
	if errors.Is(err, fs.ErrNotExist) {
		code = tunnel.CodeNotFound
	}
	return tunnel.NewError(code, op, err).WithDetail(file)
}
