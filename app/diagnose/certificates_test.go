package diagnose

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"time"

	"torii/tunnel"
)

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
			v.loginFails = true
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
		{"the certificate that the connection names, by a wrong clock", func(v *visit) {
			v.options.Now = func() time.Time { return time.Now().AddDate(1, 0, 0) }
			leaf := issue(v.t, v.tree.root, "leaf", curveKey(v.t))
			v.target.Pin = fingerprint(leaf.certificate)
			v.gateway(leaf)
		}, "clock? expired?", ""},
		{"the certificate that the connection names", func(v *visit) {
			leaf := issue(v.t, nil, "leaf", curveKey(v.t), expired)
			v.target.Pin = fingerprint(leaf.certificate)
			v.gateway(leaf)
		}, "expired? self-signed?", ""},
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
