package app

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/http/httpproxy"

	"torii/app/api"
	"torii/app/certificates"
	"torii/app/control"
	"torii/app/device"
	"torii/app/diagnose"
	"torii/app/settings"
	"torii/certstore/revoke"
	"torii/certstore/verify"
	"torii/i18n"
	"torii/tunnel"
)

// DoctorServices are what the certificate doctor uses: the agent's, or those of
// a process that has the files only.
type DoctorServices struct {
	Settings     *settings.Store
	Words        *i18n.Catalogue
	Certificates *certificates.Service
	// Revoked is asked about trusted chains; nil asks by a new one.
	Revoked *revoke.Checker
	// prepare changes the way of one connection; nil for none.
	prepare func(cfg *tunnel.Config, authorities *verify.Authorities)
}

// Examine looks at an entry's server as a connect would, without credentials.
// The error is about the entry and its files; what is wrong with the server
// stands in the report. timeServer may be "".
func (s DoctorServices) Examine(ctx context.Context, entry api.Entry, timeServer string) (api.DoctorReport, error) {
	target, err := s.target(entry)
	if err != nil {
		return api.DoctorReport{}, err
	}
	revoked := s.Revoked
	if revoked == nil {
		revoked = revoke.New(revoke.Options{Fetch: revoke.NewFetch(throughProxy)})
	}
	options := diagnose.Options{
		Words: s.Words, TimeServer: timeServer, ClientVersion: api.Build, Platform: platform(ctx),
		Describe: func(host string, err error) *tunnel.Failure { return Describe(s.Words, host, err) },
		FIPS:     s.Settings.On(settings.FIPSMode),
	}
	if mode := s.Settings.Value(settings.Revocation); mode != settings.Off {
		options.StrictRevocation = mode == settings.RevocationHard
		options.Revocation = func(ctx context.Context, path []*x509.Certificate, stapled []byte) *diagnose.Standing {
			return standing(revoked.Check(ctx, revoke.Question{Path: path, Stapled: stapled, Anew: true}))
		}
	}
	return diagnose.Doctor(ctx, target, options), nil
}

// throughProxy is the proxy of the environment.
func throughProxy(place *url.URL) (*url.URL, error) {
	return httpproxy.FromEnvironment().ProxyFunc()(place)
}

// target is an entry's server as the doctor sees it.
func (s DoctorServices) target(entry api.Entry) (diagnose.Target, error) {
	target := diagnose.Target{Host: entry.Host, Port: entry.Port, Pin: entry.Pin, OldTLS: entry.OldTLS}
	var err error
	if target.Proxy, err = upstream(entry); err != nil {
		return target, err
	}
	if target.Authorities, err = verify.ReadAuthorities(entry.CAFile); err != nil {
		return target, fileError("read the authorities", entry.CAFile, err)
	}
	roots, intermediates := s.Certificates.Authorities()
	for _, root := range roots {
		target.Authorities.Add(root)
	}
	target.Intermediates = intermediates
	target.Accepted = func(leaf *x509.Certificate) bool { return s.Certificates.Accepts(entry.Host, port(entry), leaf) }
	if target.Identities, err = s.identities(entry); err != nil {
		return target, err
	}
	if s.prepare != nil {
		var cfg tunnel.Config
		s.prepare(&cfg, target.Authorities)
		target.Dial = cfg.Dial
	}
	return target, nil
}

// identities are the certificates that an entry could show.
func (s DoctorServices) identities(entry api.Entry) ([][]*x509.Certificate, error) {
	if entry.ClientCertFile == "" {
		return s.Certificates.Candidates(entry.Certificate), nil
	}
	pair, err := keyPair(entry.ClientCertFile)
	if err != nil {
		return nil, err
	}
	var chain []*x509.Certificate
	for _, der := range pair.Certificate {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, fileError("read the client certificate", entry.ClientCertFile, err)
		}
		chain = append(chain, c)
	}
	return [][]*x509.Certificate{chain}, nil
}

// standing says what was found out about revocation; nil for nothing.
func standing(result revoke.Result) *diagnose.Standing {
	if f, ok := result.Find(revoke.Revoked); ok {
		return &diagnose.Standing{Revoked: true, Seen: fmt.Sprintf("%s: %s (%s %s)",
			f.Certificate.Subject, f.RevokedAt.Local().Format(time.DateTime), f.Source, f.URL)}
	}
	if f, ok := result.Find(revoke.Unreachable); ok {
		return &diagnose.Standing{Unreachable: true, Seen: fmt.Sprintf("%s: %v", f.Certificate.Subject, f.Err)}
	}
	if f, ok := result.Find(revoke.Good); ok {
		return &diagnose.Standing{Seen: strings.TrimSpace(fmt.Sprintf("%s %s", f.Source, f.URL))}
	}
	return nil
}

// platform is this system as gateways name it.
func platform(ctx context.Context) string {
	return device.Identify(ctx, api.Build, func(context.Context) (string, error) {
		return "", errors.New("the number is not told")
	}).Platform
}

// diagnose has the doctor look at an entry's server. Any face may ask: nothing
// is sent that the face could not send itself.
func (a *App) diagnose(ctx context.Context, _ control.Caller, request api.DoctorRequest) (api.DoctorReport, error) {
	entry, err := a.wanted(api.ConnectRequest{Entry: request.Entry, Target: request.Target})
	if err != nil {
		return api.DoctorReport{}, err
	}
	services := DoctorServices{Settings: a.prefs, Words: a.language(), Certificates: a.certs, Revoked: a.revoked}
	if a.isPractice(entry.ID) {
		services.prepare = a.demo.Load().configure
	}
	return services.Examine(ctx, entry, request.TimeServer)
}
