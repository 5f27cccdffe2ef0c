package diagnose

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"torii/tunnel"
)

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
		{"it accepts and is silent", func(v *visit) {
			v.options.hurry = 300 * time.Millisecond
			v.at(listen(v.t).Addr())
		}, "", tunnel.CodeTimeout},
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
		}, "client-version", tunnel.CodeLoginRefused},
		{"another refusal", func(v *visit) {
			v.loginFails = true
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
