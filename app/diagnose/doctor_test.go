package diagnose

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"testing"
	"time"

	"torii/app/api"
	"torii/certstore/verify"
	"torii/tunnel"
)

// TestBadServers lets the doctor look at servers with faults, single and
// combined: it must name exactly what is wrong, and the error that a connect
// would end with.
func TestBadServers(t *testing.T) {
	trees := plant(t)
	for _, c := range badServers() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v := trees.visit(t)
			c.serve(v)
			report := v.examine()
			complete(t, report)
			if got := ill(report); got != c.want {
				t.Errorf("found %q, want %q\n%+v", got, c.want, report)
			}
			if code := report.Failing(); code != c.code {
				t.Errorf("a connect would end with %q, want %q; the error is %+v", code, c.code, report.Error)
			}
		})
	}
}

// badServer is a server, what is wrong with it and how a connect ends.
type badServer struct {
	name  string
	serve func(v *visit)
	want  string
	code  tunnel.Code
}

func badServers() []badServer {
	var all []badServer
	for _, some := range [][]badServer{
		goodServers(), badDates(), badChains(), badLeaves(), badProtocols(), badClocks(),
		badIdentities(), badPins(), badWays(), badStandings(), badMixtures(),
	} {
		all = append(all, some...)
	}
	return all
}

const refused = tunnel.CodeServerCertificate

func goodServers() []badServer {
	return []badServer{
		{"all is well", func(v *visit) {
			v.gateway(issue(v.t, v.tree.root, "leaf", curveKey(v.t)))
		}, "", ""},
		{"with an intermediate", func(v *visit) {
			v.gateway(issue(v.t, v.tree.middle, "leaf", curveKey(v.t)).sending(v.tree.middle))
		}, "", ""},
		{"TLS 1.2 with RSA", func(v *visit) {
			v.gateway(issue(v.t, v.tree.root, "leaf", rsaKey(v.t, 2048)), func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 })
		}, "", ""},
		{"a web server that knows no login", func(v *visit) {
			v.gatewaySaying(issue(v.t, v.tree.root, "leaf", curveKey(v.t)), http.NotFound)
		}, "", ""},
		{"a private authority that the connection names", func(v *visit) {
			v.target.Authorities.Add(v.tree.stranger.certificate)
			v.gateway(issue(v.t, v.tree.stranger, "leaf", curveKey(v.t)))
		}, "", ""},
	}
}

func badDates() []badServer {
	return []badServer{
		{"expired", func(v *visit) {
			v.gateway(issue(v.t, v.tree.root, "leaf", curveKey(v.t), expired))
		}, "expired", refused},
		{"not yet valid", func(v *visit) {
			v.gateway(issue(v.t, v.tree.root, "leaf", curveKey(v.t), early))
		}, "not-yet-valid", refused},
		{"an expired intermediate", func(v *visit) {
			stale := issue(v.t, v.tree.root, "Stale", curveKey(v.t), authority, expired)
			v.gateway(issue(v.t, stale, "leaf", curveKey(v.t)).sending(stale))
		}, "expired", refused},
	}
}

func badChains() []badServer {
	return []badServer{
		{"self-signed", func(v *visit) {
			v.gateway(issue(v.t, nil, "leaf", curveKey(v.t)))
		}, "self-signed", refused},
		{"self-signed with SHA-1", func(v *visit) {
			v.gateway(issue(v.t, nil, "leaf", rsaKey(v.t, 2048), oldHash))
		}, "self-signed", refused},
		{"a private authority", func(v *visit) {
			v.gateway(issue(v.t, v.tree.stranger, "leaf", curveKey(v.t)))
		}, "unknown-issuer", refused},
		{"a private authority whose root is sent", func(v *visit) {
			v.gateway(issue(v.t, v.tree.stranger, "leaf", curveKey(v.t)).sending(v.tree.stranger))
		}, "unknown-issuer", refused},
		{"an intermediate is missing and can be fetched", func(v *visit) {
			at := publish(v.t, v.tree.middle.certificate.Raw)
			v.gateway(issue(v.t, v.tree.middle, "leaf", curveKey(v.t), found(at)))
		}, "missing-intermediate", refused},
		{"two intermediates are missing and can be fetched", func(v *visit) {
			lower := issue(v.t, v.tree.middle, "Lower", curveKey(v.t), authority, found(publish(v.t, v.tree.middle.certificate.Raw)))
			v.gateway(issue(v.t, lower, "leaf", curveKey(v.t), found(publish(v.t, lower.certificate.Raw))))
		}, "missing-intermediate", refused},
		{"an intermediate is missing that the person added", func(v *visit) {
			v.target.Intermediates = []*x509.Certificate{v.tree.middle.certificate}
			v.gateway(issue(v.t, v.tree.middle, "leaf", curveKey(v.t)))
		}, "", ""},
		{"an intermediate is missing and nowhere to be had", func(v *visit) {
			v.gateway(issue(v.t, v.tree.middle, "leaf", curveKey(v.t), found(fmt.Sprintf("http://127.0.0.1:%d/", closedPort(v.t)))))
		}, "unknown-issuer", refused},
		{"the missing intermediate leads to a private authority", func(v *visit) {
			private := issue(v.t, v.tree.stranger, "Private", curveKey(v.t), authority)
			v.gateway(issue(v.t, private, "leaf", curveKey(v.t), found(publish(v.t, private.certificate.Raw))))
		}, "unknown-issuer", refused},
		{"something else lies where the intermediate should", func(v *visit) {
			v.gateway(issue(v.t, v.tree.middle, "leaf", curveKey(v.t), found(publish(v.t, v.tree.stranger.certificate.Raw))))
		}, "unknown-issuer", refused},
		{"a leaf signed with SHA-1", func(v *visit) {
			v.gateway(issue(v.t, v.tree.rsaRoot, "leaf", curveKey(v.t), oldHash))
		}, "weak-signature", refused},
		{"an intermediate signed with SHA-1", func(v *visit) {
			old := issue(v.t, v.tree.rsaRoot, "Old", curveKey(v.t), authority, oldHash)
			v.gateway(issue(v.t, old, "leaf", curveKey(v.t)).sending(old))
		}, "weak-signature", refused},
		{"SHA-1 by a private authority whose root is sent", func(v *visit) {
			private := issue(v.t, nil, "Private", rsaKey(v.t, 2048), authority)
			v.gateway(issue(v.t, private, "leaf", curveKey(v.t), oldHash).sending(private))
		}, "unknown-issuer weak-signature", refused},
		{"names outside of the issuer's", func(v *visit) {
			fenced := issue(v.t, v.tree.root, "Fenced", curveKey(v.t), authority, func(c *x509.Certificate) {
				c.PermittedDNSDomains, c.PermittedDNSDomainsCritical = []string{"other.test"}, true
			})
			v.gateway(issue(v.t, fenced, "leaf", curveKey(v.t)).sending(fenced))
		}, "name-mismatch", refused},
	}
}

func badLeaves() []badServer {
	return []badServer{
		{"another name", func(v *visit) {
			v.gateway(issue(v.t, v.tree.root, "leaf", curveKey(v.t), named("mail.example.test", "www.example.test")))
		}, "name-mismatch", refused},
		{"an address instead of the name", func(v *visit) {
			v.target.Host = "127.0.0.1"
			v.gateway(issue(v.t, v.tree.root, "leaf", curveKey(v.t)))
		}, "name-mismatch", refused},
		{"a common name alone", func(v *visit) {
			v.gateway(issue(v.t, v.tree.root, host, curveKey(v.t), named()))
		}, "name-mismatch", refused},
		{"for clients", func(v *visit) {
			v.gateway(issue(v.t, v.tree.root, "leaf", curveKey(v.t), forClients))
		}, "usage", refused},
		{"for signing certificates only", func(v *visit) {
			v.gateway(issue(v.t, v.tree.root, "leaf", curveKey(v.t), func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageCertSign }))
		}, "usage?", ""},
		{"a short RSA key", func(v *visit) {
			v.gateway(issue(v.t, v.tree.root, "leaf", rsaKey(v.t, 1024)))
		}, "weak-key?", ""},
		{"a short RSA key of an intermediate", func(v *visit) {
			short := issue(v.t, v.tree.root, "Short", rsaKey(v.t, 1024), authority)
			v.gateway(issue(v.t, short, "leaf", curveKey(v.t)).sending(short))
		}, "weak-key?", ""},
	}
}

func badProtocols() []badServer {
	upTo := func(version uint16) func(c *tls.Config) {
		return func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, version }
	}
	return []badServer{
		{"TLS 1.0", func(v *visit) {
			v.gateway(issue(v.t, v.tree.root, "leaf", curveKey(v.t)), upTo(tls.VersionTLS10))
		}, "tls-version", tunnel.CodeTLS},
		{"TLS 1.1", func(v *visit) {
			v.gateway(issue(v.t, v.tree.root, "leaf", curveKey(v.t)), upTo(tls.VersionTLS11))
		}, "tls-version", tunnel.CodeTLS},
		{"TLS 1.0, which the connection allows", func(v *visit) {
			v.target.OldTLS = true
			v.gateway(issue(v.t, v.tree.root, "leaf", curveKey(v.t)), upTo(tls.VersionTLS10))
		}, "tls-version?", ""},
		{"RSA key exchange", func(v *visit) {
			v.gateway(issue(v.t, v.tree.root, "leaf", rsaKey(v.t, 2048)), func(c *tls.Config) {
				c.MaxVersion, c.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}
			})
		}, "tls-suite", tunnel.CodeTLS},
		{"no TLS", func(v *visit) { v.at(babble(v.t, "SSH-2.0-OpenSSH_9.2\r\n")) }, "", tunnel.CodeTLS},
		{"it hangs up in the middle", func(v *visit) { v.at(moody(v.t, issue(v.t, v.tree.root, "leaf", curveKey(v.t)))) }, "", tunnel.CodeTLS},
		{"it hangs up", func(v *visit) { v.at(babble(v.t, "")) }, "", tunnel.CodeTLS},
		{"fit for FIPS", func(v *visit) {
			v.options.FIPS = true
			v.gateway(issue(v.t, v.tree.root, "leaf", curveKey(v.t)))
		}, "", ""},
		{"unfit for FIPS", func(v *visit) {
			v.options.FIPS = true
			v.gateway(issue(v.t, v.tree.root, "leaf", curveKey(v.t)), onlyChaCha)
		}, "fips", tunnel.CodeTLS},
		{"unfit for FIPS, which is off", func(v *visit) {
			v.gateway(issue(v.t, v.tree.root, "leaf", curveKey(v.t)), onlyChaCha)
		}, "", ""},
		{"an old client", func(v *visit) {
			v.gatewaySaying(issue(v.t, v.tree.root, "leaf", curveKey(v.t)), saying(`<error id="91">The client software is out of date. Please update.</error>`))
		}, "client-version", tunnel.CodeGatewayRefused},
		{"another refusal", func(v *visit) {
			v.gatewaySaying(issue(v.t, v.tree.root, "leaf", curveKey(v.t)), saying(`<error id="92">The gateway is being serviced.</error>`))
		}, "", ""},
	}
}

func onlyChaCha(c *tls.Config) {
	c.MaxVersion, c.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256}
}

func badClocks() []badServer {
	shifted := func(v *visit, by time.Duration) {
		v.options.Now = func() time.Time { return time.Now().Add(by) }
	}
	const year = 365 * 24 * time.Hour
	return []badServer{
		{"a clock in the past", func(v *visit) {
			shifted(v, -year)
			v.gateway(issue(v.t, v.tree.root, "leaf", curveKey(v.t)))
		}, "clock not-yet-valid", refused},
		{"a clock in the future", func(v *visit) {
			shifted(v, year)
			v.gateway(issue(v.t, v.tree.root, "leaf", curveKey(v.t)))
		}, "clock expired", refused},
		{"a clock that is an hour off", func(v *visit) {
			shifted(v, time.Hour)
			v.gateway(issue(v.t, v.tree.root, "leaf", curveKey(v.t)))
		}, "clock?", ""},
		{"a clock that is an hour off, and a certificate that expired long ago", func(v *visit) {
			shifted(v, time.Hour)
			v.gateway(issue(v.t, v.tree.root, "leaf", curveKey(v.t), expired))
		}, "clock? expired", refused},
		{"a clock that is a minute off", func(v *visit) {
			shifted(v, time.Minute)
			v.gateway(issue(v.t, v.tree.root, "leaf", curveKey(v.t)))
		}, "", ""},
		{"a clock in the future, by a time server", func(v *visit) {
			shifted(v, year)
			v.options.TimeServer = timeServer(v.t)
			v.gatewaySaying(issue(v.t, v.tree.root, "leaf", curveKey(v.t)), undated)
		}, "clock expired", refused},
		{"a clock in the future, by the web server beside the gateway", func(v *visit) {
			shifted(v, year)
			v.options.PortalPort = portOf(web(v.t, nil, http.NotFound))
			v.gatewaySaying(issue(v.t, v.tree.root, "leaf", curveKey(v.t)), undated)
		}, "clock expired", refused},
		{"a clock in the future, and nobody knows the time", func(v *visit) {
			shifted(v, year)
			v.gatewaySaying(issue(v.t, v.tree.root, "leaf", curveKey(v.t)), undated)
		}, "expired", refused},
		{"a clock without a battery, and nobody knows the time", func(v *visit) {
			v.options.Now = func() time.Time { return time.Unix(1000, 0) }
			v.gatewaySaying(issue(v.t, v.tree.middle, "leaf", curveKey(v.t)).sending(v.tree.middle), undated)
		}, "clock not-yet-valid", refused},
		{"nobody knows the time", func(v *visit) {
			shifted(v, time.Hour)
			v.gatewaySaying(issue(v.t, v.tree.root, "leaf", curveKey(v.t)), undated)
		}, "", ""},
	}
}

func badIdentities() []badServer {
	asks := func(v *visit, kind tls.ClientAuthType, newest uint16) {
		pool := x509.NewCertPool()
		pool.AddCert(v.tree.root.certificate)
		v.gateway(issue(v.t, v.tree.root, "leaf", curveKey(v.t)), func(c *tls.Config) {
			c.ClientAuth, c.ClientCAs, c.MaxVersion = kind, pool, newest
		})
	}
	mine := func(v *visit, issuer *party, change ...func(c *x509.Certificate)) {
		identity := issue(v.t, issuer, "Me", curveKey(v.t), append([]func(c *x509.Certificate){forClients}, change...)...)
		v.target.Identities = append(v.target.Identities, []*x509.Certificate{identity.certificate})
	}
	const lacking = tunnel.CodeClientCertificate
	return []badServer{
		{"it wants a certificate, TLS 1.3", func(v *visit) {
			asks(v, tls.RequireAndVerifyClientCert, tls.VersionTLS13)
		}, "client-certificate", lacking},
		{"it wants a certificate, TLS 1.2", func(v *visit) {
			asks(v, tls.RequireAndVerifyClientCert, tls.VersionTLS12)
		}, "client-certificate", lacking},
		{"it takes a certificate", func(v *visit) { asks(v, tls.RequestClientCert, tls.VersionTLS13) }, "", ""},
		{"the login wants a certificate", func(v *visit) {
			v.gatewaySaying(issue(v.t, v.tree.root, "leaf", curveKey(v.t)), saying("<client-cert-request/>"))
		}, "client-certificate", lacking},
		{"it wants a certificate and there is one", func(v *visit) {
			mine(v, v.tree.root)
			asks(v, tls.RequireAndVerifyClientCert, tls.VersionTLS13)
		}, "", ""},
		{"it wants a certificate and ours has expired", func(v *visit) {
			mine(v, v.tree.root, expired)
			asks(v, tls.RequireAndVerifyClientCert, tls.VersionTLS13)
		}, "client-certificate", lacking},
		{"it wants a certificate and ours is of another authority", func(v *visit) {
			mine(v, v.tree.stranger)
			asks(v, tls.RequireAndVerifyClientCert, tls.VersionTLS12)
		}, "client-certificate", lacking},
		{"it takes a certificate and ours is of another authority", func(v *visit) {
			mine(v, v.tree.stranger)
			asks(v, tls.VerifyClientCertIfGiven, tls.VersionTLS13)
		}, "client-certificate?", ""},
		{"one certificate of two fits", func(v *visit) {
			mine(v, v.tree.stranger)
			mine(v, v.tree.root)
			asks(v, tls.RequireAndVerifyClientCert, tls.VersionTLS13)
		}, "", ""},
	}
}

func badPins() []badServer {
	return []badServer{
		{"another certificate than the connection names", func(v *visit) {
			v.target.Pin = fingerprint(v.tree.root.certificate)
			v.gateway(issue(v.t, v.tree.root, "leaf", curveKey(v.t)))
		}, "pin", refused},
		{"a self-signed server that the person accepted", func(v *visit) {
			v.target.Accepted = func(*x509.Certificate) bool { return true }
			v.gateway(issue(v.t, nil, "leaf", curveKey(v.t)))
		}, "self-signed?", ""},
		{"an accepted server that has expired", func(v *visit) {
			v.target.Accepted = func(*x509.Certificate) bool { return true }
			v.gateway(issue(v.t, nil, "leaf", curveKey(v.t), expired))
		}, "expired self-signed", refused},
		{"the certificate that the connection names", func(v *visit) {
			leaf := issue(v.t, nil, "leaf", curveKey(v.t), expired)
			v.target.Pin = fingerprint(leaf.certificate)
			v.gateway(leaf)
		}, "expired? self-signed?", ""},
	}
}

func badWays() []badServer {
	portalPage := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNetworkAuthenticationRequired) }
	elsewhere := func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://login.hotel.test/", http.StatusFound)
	}
	return []badServer{
		{"the name does not resolve", func(v *visit) { v.target.Host = "nowhere.example.test" }, "dns", tunnel.CodeNameNotFound},
		{"the name servers are silent", func(v *visit) {
			v.options.Lookup = func(context.Context, string) ([]netip.Addr, error) {
				return nil, &net.DNSError{Err: "i/o timeout", IsTimeout: true}
			}
		}, "dns", tunnel.CodeNameNotFound},
		{"the name leads nowhere", func(v *visit) {
			v.options.Lookup = func(context.Context, string) ([]netip.Addr, error) {
				return []netip.Addr{netip.IPv4Unspecified(), netip.IPv6Unspecified()}, nil
			}
		}, "dns", tunnel.CodeNameNotFound},
		{"nobody listens", func(v *visit) { v.target.Port = closedPort(v.t) }, "", tunnel.CodeUnreachable},
		{"the first address is dead", func(v *visit) {
			v.options.Lookup = func(context.Context, string) ([]netip.Addr, error) {
				return []netip.Addr{netip.MustParseAddr("127.0.0.99"), loopback}, nil
			}
			v.gateway(issue(v.t, v.tree.root, "leaf", curveKey(v.t)))
		}, "", ""},
		{"a sign-in page, and nobody listens", func(v *visit) {
			v.options.PortalPort = portOf(web(v.t, nil, portalPage))
			v.target.Port = closedPort(v.t)
		}, "captive-portal", tunnel.CodeUnreachable},
		{"a sign-in page without TLS on the gateway's port", func(v *visit) {
			v.at(web(v.t, nil, elsewhere))
		}, "captive-portal", tunnel.CodeUnreachable},
		{"a sign-in page within TLS", func(v *visit) {
			v.gatewaySaying(issue(v.t, v.tree.stranger, "portal", curveKey(v.t), named("login.hotel.test")), elsewhere)
		}, "captive-portal name-mismatch unknown-issuer", refused},
		{"a web server beside the gateway leads to the company", func(v *visit) {
			v.options.PortalPort = portOf(web(v.t, nil, func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, "https://www.example.test/", http.StatusFound)
			}))
			v.gateway(issue(v.t, nil, "leaf", curveKey(v.t)))
		}, "self-signed", refused},
		{"a proxy that lets everything through", func(v *visit) {
			v.gateway(issue(v.t, v.tree.root, "leaf", curveKey(v.t)))
			v.target.Proxy = passingProxy(v.t, v.target.Port)
		}, "", ""},
		{"a proxy that wants a password", func(v *visit) {
			v.gateway(issue(v.t, v.tree.root, "leaf", curveKey(v.t)))
			v.target.Proxy = &url.URL{Scheme: "http", Host: web(v.t, nil, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(http.StatusProxyAuthRequired)
			}).String()}
		}, "proxy", tunnel.CodeProxy},
		{"a proxy that is not there", func(v *visit) {
			v.target.Proxy = &url.URL{Scheme: "socks5", Host: fmt.Sprintf("127.0.0.1:%d", closedPort(v.t))}
		}, "proxy", tunnel.CodeProxy},
		{"a firewall that opens TLS", func(v *visit) {
			box := issue(v.t, nil, "FortiGate CA", rsaKey(v.t, 2048), authority)
			v.gateway(issue(v.t, box, host, curveKey(v.t)).sending(box))
		}, "proxy? unknown-issuer", refused},
		{"a cache that opens TLS", func(v *visit) {
			v.gatewaySaying(issue(v.t, v.tree.stranger, host, curveKey(v.t)), func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Via", "1.1 cache.example.test")
				form(w, r)
			})
		}, "proxy? unknown-issuer", refused},
	}
}

func badStandings() []badServer {
	standing := func(v *visit, s Standing) {
		v.options.Revocation = func(_ context.Context, path []*x509.Certificate, _ []byte) *Standing {
			if len(path) != 2 || !path[1].Equal(v.tree.root.certificate) {
				v.t.Errorf("asked about %d certificates", len(path))
			}
			return &s
		}
		v.gateway(issue(v.t, v.tree.root, "leaf", curveKey(v.t)))
	}
	return []badServer{
		{"not revoked", func(v *visit) { standing(v, Standing{Seen: "good"}) }, "", ""},
		{"revoked", func(v *visit) { standing(v, Standing{Revoked: true, Seen: "leaf"}) }, "revoked", refused},
		{"nobody says whether it was revoked", func(v *visit) {
			standing(v, Standing{Unreachable: true, Seen: "leaf"})
		}, "revocation-unreachable?", ""},
		{"nobody says whether it was revoked, which must be known", func(v *visit) {
			v.options.StrictRevocation = true
			standing(v, Standing{Unreachable: true, Seen: "leaf"})
		}, "revocation-unreachable", refused},
		{"an unknown issuer is not asked", func(v *visit) {
			v.options.Revocation = func(context.Context, []*x509.Certificate, []byte) *Standing {
				v.t.Error("an address of an untrusted chain was asked")
				return nil
			}
			v.gateway(issue(v.t, v.tree.stranger, "leaf", curveKey(v.t)))
		}, "unknown-issuer", refused},
	}
}

func badMixtures() []badServer {
	return []badServer{
		{"everything about the leaf", func(v *visit) {
			v.gateway(issue(v.t, nil, "leaf", rsaKey(v.t, 1024), expired, forClients, named("mail.example.test")))
		}, "expired name-mismatch self-signed usage weak-key?", refused},
		{"expired, and its intermediate is missing", func(v *visit) {
			v.gateway(issue(v.t, v.tree.middle, "leaf", curveKey(v.t), expired, found(publish(v.t, v.tree.middle.certificate.Raw))))
		}, "expired missing-intermediate", refused},
		{"TLS 1.0, expired and self-signed", func(v *visit) {
			v.gateway(issue(v.t, nil, "leaf", curveKey(v.t), expired), func(c *tls.Config) {
				c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS10
			})
		}, "expired self-signed tls-version", tunnel.CodeTLS},
		{"TLS 1.1 with old suites, for another name", func(v *visit) {
			v.gateway(issue(v.t, v.tree.root, "leaf", rsaKey(v.t, 2048), named("mail.example.test")), func(c *tls.Config) {
				c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
				c.CipherSuites = []uint16{tls.TLS_RSA_WITH_AES_256_CBC_SHA}
			})
		}, "name-mismatch tls-suite tls-version", tunnel.CodeTLS},
		{"a wrong clock and a private authority", func(v *visit) {
			v.options.Now = func() time.Time { return time.Now().AddDate(-1, 0, 0) }
			v.gateway(issue(v.t, v.tree.stranger, "leaf", curveKey(v.t)).sending(v.tree.stranger))
		}, "clock not-yet-valid unknown-issuer", refused},
		{"a wrong name and a wanted certificate", func(v *visit) {
			v.gateway(issue(v.t, v.tree.root, "leaf", curveKey(v.t), named("mail.example.test")), func(c *tls.Config) {
				c.ClientAuth = tls.RequireAnyClientCert
			})
		}, "client-certificate name-mismatch", refused},
		{"SHA-1, expired, for clients", func(v *visit) {
			v.gateway(issue(v.t, v.tree.rsaRoot, "leaf", curveKey(v.t), oldHash, expired, forClients))
		}, "expired usage weak-signature", refused},
		{"another pin and an unknown issuer", func(v *visit) {
			v.target.Pin = fingerprint(v.tree.root.certificate)
			v.gateway(issue(v.t, v.tree.stranger, "leaf", curveKey(v.t)))
		}, "pin unknown-issuer", refused},
		{"an old client of a self-signed gateway", func(v *visit) {
			v.gatewaySaying(issue(v.t, nil, "leaf", curveKey(v.t)), saying(`<error>AnyConnect upgrade required</error>`))
		}, "client-version self-signed", refused},
	}
}

// undated answers without telling the time, as ocserv does.
func undated(w http.ResponseWriter, r *http.Request) {
	w.Header()["Date"] = nil
	form(w, r)
}

// saying answers every login with an element of XML.
func saying(element string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/xml")
		io.WriteString(w, `<?xml version="1.0" encoding="UTF-8"?><config-auth client="vpn" type="auth-request">`+element+`</config-auth>`)
	}
}

// publish serves a file, as authorities serve their certificates.
func publish(t *testing.T, file []byte) (at string) {
	return "http://" + web(t, nil, func(w http.ResponseWriter, _ *http.Request) { w.Write(file) }).String() + "/ca.cer"
}

func portOf(address net.Addr) uint16 { return netip.MustParseAddrPort(address.String()).Port() }

// babble says the same to everybody who connects, and hangs up.
func babble(t *testing.T, text string) net.Addr {
	t.Helper()
	listener := listen(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			io.WriteString(conn, text)
			conn.Close()
		}
	}()
	t.Cleanup(func() { listener.Close(); <-done })
	return listener.Addr()
}

// passingProxy connects everybody to a port of the loopback.
func passingProxy(t *testing.T, port uint16) *url.URL {
	t.Helper()
	at := web(t, nil, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect || r.Host != fmt.Sprintf("%s:%d", host, port) {
			t.Errorf("the proxy was asked %s %s", r.Method, r.Host)
		}
		far, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			t.Error(err)
			return
		}
		defer far.Close()
		near, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer near.Close()
		io.WriteString(near, "HTTP/1.1 200 OK\r\n\r\n")
		back := make(chan struct{})
		go func() {
			defer close(back)
			io.Copy(near, far)
			near.Close()
		}()
		io.Copy(far, near)
		far.Close()
		<-back
	})
	return &url.URL{Scheme: "http", Host: at.String()}
}

// timeServer tells the right time by SNTP.
func timeServer(t *testing.T) string {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			request := make([]byte, 512)
			n, from, err := conn.ReadFrom(request)
			if err != nil {
				return
			}
			conn.WriteTo(timeReply(request[:n], time.Now()), from)
		}
	}()
	t.Cleanup(func() { conn.Close(); <-done })
	return conn.LocalAddr().String()
}

// TestInterrupted: an examination ends with its context, and says so.
func TestInterrupted(t *testing.T) {
	v := plant(t).visit(t)
	listener := listen(t) // nobody ever answers there
	v.at(listener.Addr())
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	report := Doctor(ctx, v.target, v.options)
	if code := report.Failing(); code != tunnel.CodeTimeout {
		t.Errorf("it ends with %q: %+v", code, report)
	}
	ctx, cancel = context.WithCancel(t.Context())
	cancel()
	if code := Doctor(ctx, v.target, v.options).Failing(); code != tunnel.CodeCancelled {
		t.Errorf("given up, it ends with %q", code)
	}
}

// TestNoCredentials looks at every byte that a gateway is sent.
func TestNoCredentials(t *testing.T) {
	v := plant(t).visit(t)
	identity := issue(t, v.tree.root, "Me", curveKey(t), forClients)
	v.target.Identities = [][]*x509.Certificate{{identity.certificate}}
	asked := make(chan string, 10)
	pool := x509.NewCertPool()
	pool.AddCert(v.tree.root.certificate)
	v.gatewaySaying(issue(t, v.tree.root, "leaf", curveKey(t)), func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		asked <- fmt.Sprintf("%s %s %d %s %v", r.Method, r.URL, len(r.TLS.PeerCertificates), body, err)
	}, func(c *tls.Config) { c.ClientAuth, c.ClientCAs = tls.RequestClientCert, pool })
	v.examine()
	want := fmt.Sprintf(`POST / 0 <?xml version="1.0" encoding="UTF-8"?>
<config-auth client="vpn" type="init" aggregate-auth-version="2"><version who="vpn">5.0.1</version>`+
		`<device-id>linux-64</device-id><group-access>https://vpn.example.test:%d/</group-access></config-auth>
 <nil>`, v.target.Port)
	select {
	case got := <-asked:
		if got != want {
			t.Errorf("the gateway was asked\n%s\nwant\n%s", got, want)
		}
	default:
		t.Error("the gateway was not asked")
	}
}

// TestPrivateAddressesAreNotFetched: a public server cannot make this machine
// look into its own network.
func TestPrivateAddressesAreNotFetched(t *testing.T) {
	middle := plant(t).middle
	at := publish(t, middle.certificate.Raw)
	for _, c := range []struct {
		server string
		want   bool
	}{{"192.0.2.1:443", false}, {"127.0.0.1:443", true}, {"10.1.2.3:443", true}, {"[2001:db8::1]:443", false}} {
		d := &doctor{target: Target{}.filled(), place: netip.MustParseAddrPort(c.server)}
		client := d.fetcher()
		list, err := fetchCertificates(t.Context(), client, at)
		if got := err == nil && len(list) == 1; got != c.want {
			t.Errorf("for a server at %s it is fetched: %v, want %v; %v", c.server, got, c.want, err)
		}
	}
}

// TestFetchIsBounded: what is too large, leads on for ever or is no address for
// it is not fetched.
func TestFetchIsBounded(t *testing.T) {
	d := &doctor{target: Target{}.filled(), place: netip.MustParseAddrPort("127.0.0.1:443")}
	loop := web(t, nil, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.String(), http.StatusFound) })
	away := web(t, nil, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "file:///etc/passwd", http.StatusFound)
	})
	for name, at := range map[string]string{
		"too large": publish(t, make([]byte, largestIssuer+1)), "a loop": "http://" + loop.String(), "a file": "file:///etc/hostname",
		"a redirect to a file": "http://" + away.String(), "with a user": "http://u:p@127.0.0.1/", "ldap": "ldap://127.0.0.1/cn=ca", "nothing": "",
		"no certificate": publish(t, []byte("<html>not found</html>")),
	} {
		if _, err := fetchCertificates(t.Context(), d.fetcher(), at); err == nil {
			t.Errorf("%s was fetched", name)
		}
	}
}

// TestRemediesFollowTheSystem: a remedy names the settings of the system that
// the person has.
func TestRemediesFollowTheSystem(t *testing.T) {
	e := &evidence{now: time.Now(), answer: &answer{offset: time.Hour, dated: true}, target: Target{Host: host}.filled()}
	said := map[string]string{}
	for _, system := range []string{"linux", "windows", "darwin", "plan9"} {
		for _, c := range report(e, Options{Words: plant(t).words, System: system}).Checks {
			if c.Code == api.DoctorClock {
				said[c.Remedy] = system
			}
		}
	}
	if len(said) != 4 {
		t.Errorf("the clock has %d remedies: %v", len(said), said)
	}
}

// TestOneReasonForTheIssuer: whatever is sent and fetched, at most one of the
// three is found.
func TestOneReasonForTheIssuer(t *testing.T) {
	r := plant(t)
	all := []*x509.Certificate{r.root.certificate, r.middle.certificate, r.stranger.certificate, r.rsaRoot.certificate}
	leaves := []*party{
		issue(t, nil, "own", curveKey(t)), issue(t, r.root, "rooted", curveKey(t)), issue(t, r.middle, "lower", curveKey(t)),
		issue(t, r.stranger, "strange", curveKey(t)), issue(t, r.rsaRoot, "old", curveKey(t), oldHash),
	}
	authorities := &verify.Authorities{}
	authorities.Add(r.root.certificate)
	for _, leaf := range leaves {
		for sent := range 1 << len(all) {
			for fetched := range 1 << len(all) {
				chain := append([]*x509.Certificate{leaf.certificate}, some(all, sent)...)
				e := &evidence{chain: chain, now: time.Now(), verdict: judge(chain, some(all, fetched), authorities, host, time.Now())}
				count := 0
				for _, check := range []func(*evidence) *finding{checkSelfSigned, checkIntermediates, checkIssuer} {
					if f := check(e); f != nil && f.status != api.DoctorPass {
						count++
					}
				}
				if count > 1 {
					t.Errorf("%s with %b sent and %b fetched has %d reasons", leaf.certificate.Subject, sent, fetched, count)
				}
			}
		}
	}
}

func some(all []*x509.Certificate, which int) []*x509.Certificate {
	var list []*x509.Certificate
	for i, c := range all {
		if which&(1<<i) != 0 {
			list = append(list, c)
		}
	}
	return list
}
