package diagnose

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"
	"unicode"

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
			if code, ok := v.connect(); ok && api.ExitCode(code) != api.ExitCode(c.code) {
				t.Errorf("a connect does end with %q, want %q", code, c.code)
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

// TestHostileNames: what a stranger writes into a certificate reaches neither a
// terminal nor a window as it is.
func TestHostileNames(t *testing.T) {
	v := plant(t).visit(t)
	evil := "\x1b[31mred\u202e\r\nIn order: everything"
	long := make([]string, 300)
	for i := range long {
		long[i] = fmt.Sprintf("name-%d.example.test", i)
	}
	box := issue(t, nil, evil, curveKey(t), authority)
	v.gatewaySaying(issue(t, box, evil, curveKey(t), expired, named(long...)).sending(box), func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Via", "1.1 \u202e")
		w.Header().Set("Location", "http://evil\u202e.test/")
		w.WriteHeader(http.StatusFound)
	})
	report := v.examine()
	if got := ill(report); !strings.Contains(got, "expired") || !strings.Contains(got, "unknown-issuer") {
		t.Errorf("found %q", got)
	}
	for _, c := range report.Checks {
		for _, text := range []string{c.Title, c.Seen, c.Cause, c.Remedy, c.Tell} {
			if strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
				t.Errorf("%s says %q", c.Code, text)
			}
			if len(text) > 8*longestSeen {
				t.Errorf("%s says %d bytes", c.Code, len(text))
			}
		}
	}
}
