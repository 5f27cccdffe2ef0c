package app

import (
	"context"
	"time"

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
	return probe.Run(ctx, driver, cfg, func(server tunnel.ServerIdentity) (*tunnel.ServerCertificate, error) {
		return judge(authorities, server)
	})
}

// judge describes a server and what speaks against it.
func judge(authorities *verify.Authorities, server tunnel.ServerIdentity) (*tunnel.ServerCertificate, error) {
	if len(server.Chain) == 0 {
		return nil, tunnel.Errorf(tunnel.CodeServerCertificate, "verify the gateway", "the server showed no certificate")
	}
	seen := describeServer(server)
	for _, problem := range authorities.Check(server.Chain, server.Host, time.Now()) {
		seen.Problems = append(seen.Problems, string(problem))
	}
	return seen, nil
}
