package app

import (
	"context"

	"torii/app/api"
	"torii/app/control"
	"torii/app/entries"
	"torii/app/probe"
	"torii/certstore/verify"
	"torii/tunnel"
)

// look finds out what answers where an entry leads, which need not be saved.
// One looks at a time: the next one ends it.
func (a *App) look(ctx context.Context, _ control.Caller, entry api.Entry) (api.Probe, error) {
	entry.ID = ""
	if entry.Name == "" {
		entry.Name = entry.Host // it has none yet
	}
	entry, err := entries.Check(entry)
	if err != nil {
		return api.Probe{}, err
	}
	cfg := tunnel.Config{Protocol: entry.Protocol, Host: entry.Host, Port: entry.Port, Path: entry.Path}
	if cfg.UpstreamProxy, err = upstream(entry); err != nil {
		return api.Probe{}, err
	}
	driver, err := a.driver(entry.Protocol)
	if err != nil {
		return api.Probe{}, err
	}
	authorities, err := verify.ReadAuthorities("")
	if err != nil {
		return api.Probe{}, tunnel.NewError(tunnel.CodeInternal, "read the authorities", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	a.mu.Lock()
	a.lookElsewhere()
	a.lookElsewhere = cancel
	a.mu.Unlock()
	judge := a.judge(api.Entry{Host: entry.Host}, authorities)
	return probe.Run(ctx, driver, cfg, func(server tunnel.ServerIdentity) (*tunnel.ServerCertificate, error) {
		return judge.describe(ctx, server)
	})
}

// describe describes a server with what a connect would be refused for.
func (t *trust) describe(ctx context.Context, server tunnel.ServerIdentity) (*tunnel.ServerCertificate, error) {
	v := t.look(ctx, server)
	if v.seen == nil {
		return nil, tunnel.Errorf(tunnel.CodeServerCertificate, deciding, "the server showed no certificate")
	}
	if v.wrong != wrongNothing {
		v.seen.Problems = v.found
	}
	return v.seen, nil
}
