package anyconnect_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"torii/tunnel"
	"torii/tunnel/anyconnect"
)

// hostile is a gateway that does what a test says. It answers on a real socket,
// with a certificate that its client trusts.
type hostile struct {
	t       *testing.T
	cfg     tunnel.Config
	address string

	mu       sync.Mutex
	requests []string // all that came: method, path, cookies and body
}

// note keeps a request.
func (h *hostile) note(r *http.Request, body []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.requests = append(h.requests, fmt.Sprintf("%s %s %s %s", r.Method, r.RequestURI, r.Header.Get("Cookie"), body))
}

// got returns the requests so far.
func (h *hostile) got() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.requests)
}

// newHostile starts a gateway: login answers the requests of a login, connect
// the ones for a tunnel (nil: the good ones of a gateway that works).
func newHostile(t *testing.T, login, connect func(w io.Writer, r *http.Request)) *hostile {
	t.Helper()
	h := &hostile{t: t}
	config, roots := identity(t)
	h.address = server(t, func(raw net.Conn) {
		conn := tls.Server(raw, config)
		in := bufio.NewReader(conn)
		for {
			r, err := http.ReadRequest(in)
			if err != nil {
				return
			}
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return
			}
			h.note(r, body)
			answer := cmpOr(login, goodLogin)
			if r.Method == http.MethodConnect {
				answer = cmpOr(connect, goodConnect)
			}
			w := &closing{Writer: conn}
			answer(w, r)
			if w.closed {
				conn.Close()
				return
			}
		}
	})
	h.cfg = configFor(t, h.address, roots)
	return h
}

func cmpOr(answer, fallback func(io.Writer, *http.Request)) func(io.Writer, *http.Request) {
	if answer == nil {
		return fallback
	}
	return answer
}

// closing is a connection whose handler may say that it is over.
type closing struct {
	io.Writer
	closed bool
}

// hangUp ends the connection after an answer.
func hangUp(w io.Writer) { w.(*closing).closed = true }

// identity makes a certificate for the loopback address, and who trusts it.
func identity(t *testing.T) (*tls.Config, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, roots
}

// configFor reaches an address.
func configFor(t *testing.T, address string, roots *x509.CertPool) tunnel.Config {
	t.Helper()
	at, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	return tunnel.Config{
		Host: "127.0.0.1", Port: uint16(at.Port), NoDTLS: true,
		Verify: func(_ context.Context, server tunnel.ServerIdentity, _ tunnel.Asker) error {
			_, err := server.Chain[0].Verify(x509.VerifyOptions{Roots: roots, DNSName: server.Host, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
			return err
		},
	}
}

// answerWith writes an answer with a length.
func answerWith(w io.Writer, status, body string, headers ...string) {
	fmt.Fprintf(w, "HTTP/1.1 %s\r\nContent-Length: %d\r\n", status, len(body))
	for _, h := range headers {
		fmt.Fprintf(w, "%s\r\n", h)
	}
	io.WriteString(w, "\r\n"+body)
}

const (
	formDocument = `<config-auth client="vpn" type="auth-request"><auth id="main"><form method="post" action="/auth">` +
		`<input type="text" name="username" label="Username:"/><input type="password" name="password" label="Password:"/></form></auth></config-auth>`
	doneDocument = `<config-auth client="vpn" type="complete"><session-token>cookie</session-token><auth id="success"/></config-auth>`
)

// goodLogin takes every password.
func goodLogin(w io.Writer, r *http.Request) {
	if r.URL.Path == "/auth" {
		answerWith(w, "200 OK", doneDocument)
		return
	}
	answerWith(w, "200 OK", formDocument)
}

// goodConnect gives a tunnel that is silent.
func goodConnect(w io.Writer, _ *http.Request) {
	io.WriteString(w, "HTTP/1.1 200 CONNECTED\r\nX-CSTP-Address: 10.9.0.2\r\nX-CSTP-MTU: 1400\r\n\r\n")
}

// connectWith gives a tunnel with these headers.
func connectWith(lines ...string) func(io.Writer, *http.Request) {
	return func(w io.Writer, _ *http.Request) {
		io.WriteString(w, "HTTP/1.1 200 CONNECTED\r\n"+strings.Join(lines, "\r\n")+"\r\n\r\n")
	}
}

// run logs in and opens a tunnel, and returns what ended it. A person who
// answers everything sits before it.
func run(t *testing.T, cfg tunnel.Config) error {
	t.Helper()
	start := time.Now()
	p := &person{fields: map[string]string{"username": "u", "password": "SECRET"}}
	login, err := anyconnect.Hurry().Login(t.Context(), cfg, p.ask, nil)
	var transport tunnel.Transport
	if err == nil {
		if transport, err = login.Open(t.Context(), nil, nil); err == nil {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			err = transport.Serve(ctx, func([][]byte, int) error { return nil })
			transport.Close(tunnel.EndKeepSession)
		}
	}
	if took := time.Since(start); took > 15*time.Second {
		t.Errorf("it took %v", took)
	}
	return err
}

// slowly writes a text a byte at a time, at least for a minute.
func slowly(text string) func(io.Writer, *http.Request) {
	return func(w io.Writer, _ *http.Request) {
		for i := range 600 {
			if _, err := w.Write([]byte{text[i%len(text)]}); err != nil {
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
		hangUp(w)
	}
}

// again writes a beginning and then a text until nobody takes it any more.
func again(begin, text string) func(io.Writer, *http.Request) {
	return func(w io.Writer, _ *http.Request) {
		io.WriteString(w, begin)
		block := strings.Repeat(text, 1+16000/len(text))
		for {
			if _, err := io.WriteString(w, block); err != nil {
				break
			}
		}
		hangUp(w)
	}
}

func hangUpAfter(text string) func(io.Writer, *http.Request) {
	return func(w io.Writer, _ *http.Request) {
		io.WriteString(w, text)
		hangUp(w)
	}
}

// always answers everything with one answer.
func always(status, body string, headers ...string) func(io.Writer, *http.Request) {
	return func(w io.Writer, _ *http.Request) { answerWith(w, status, body, headers...) }
}

// TestHostileGateways: each ends in an error with the right code, soon.
func TestHostileGateways(t *testing.T) {
	rubbish := strings.Repeat("\x00\xff\x17rubbish", 500)
	for _, c := range []struct {
		name           string
		login, connect func(io.Writer, *http.Request)
		want           []tunnel.Code
	}{
		{name: "rubbish instead of HTTP", login: hangUpAfter(rubbish), want: []tunnel.Code{tunnel.CodeProtocol}},
		{name: "rubbish in HTTP", login: always("200 OK", rubbish), want: []tunnel.Code{tunnel.CodeProtocol}},
		{name: "a web page", login: always("200 OK", "<html><body>It works!</body></html>"), want: []tunnel.Code{tunnel.CodeProtocol}},
		{name: "not found", login: always("404 Not Found", "no"), want: []tunnel.Code{tunnel.CodeProtocol}},
		{name: "a fault of the server", login: always("500 Internal Server Error", "no"), want: []tunnel.Code{tunnel.CodeProtocol}},
		{name: "maintenance", login: always("503 Service Unavailable", "", "X-Reason: back at nine"), want: []tunnel.Code{tunnel.CodeGatewayRefused}},
		{name: "no entry", login: always("401 Unauthorized", ""), want: []tunnel.Code{tunnel.CodeLoginRefused}},
		{name: "another kind of login", login: always("401 Unauthorized", "", "WWW-Authenticate: Negotiate"), want: []tunnel.Code{tunnel.CodeUnsupported}},
		{name: "the camouflage", login: always("401 Unauthorized", "", `WWW-Authenticate: Basic realm="x"`), want: []tunnel.Code{tunnel.CodeProtocol}},
		{name: "endless forms", login: func(w io.Writer, _ *http.Request) {
			answerWith(w, "200 OK", strings.Replace(formDocument, "username", fmt.Sprint("field", time.Now().UnixNano()), 1))
		}, want: []tunnel.Code{tunnel.CodeProtocol}},
		{name: "endless forms of nothing", login: always("200 OK", `<config-auth type="auth-request"><auth id="main"><form><input type="hidden" name="a" value="b"/></form></auth></config-auth>`),
			want: []tunnel.Code{tunnel.CodeProtocol}},
		{name: "endless wishes for a certificate", login: always("200 OK", `<config-auth type="auth-request"><client-cert-request/></config-auth>`),
			want: []tunnel.Code{tunnel.CodeClientCertificate}},
		{name: "endless groups", login: func(w io.Writer, _ *http.Request) {
			answerWith(w, "200 OK", `<config-auth type="auth-request"><auth id="main"><form><select name="group_list"><option>a</option><option>wanted</option></select></form></auth></config-auth>`)
		}, want: []tunnel.Code{tunnel.CodeProtocol}},
		{name: "endless redirects", login: always("302 Found", "", "Location: /again"), want: []tunnel.Code{tunnel.CodeProtocol}},
		{name: "a redirect to HTTP", login: always("302 Found", "", "Location: http://127.0.0.1/"), want: []tunnel.Code{tunnel.CodeProtocol}},
		{name: "a redirect to nowhere", login: always("302 Found", "", "Location: https://:0/%zz"), want: []tunnel.Code{tunnel.CodeProtocol}},
		{name: "a redirect to another scheme", login: always("302 Found", "", "Location: file:///etc/passwd"), want: []tunnel.Code{tunnel.CodeProtocol}},
		{name: "a gigabyte", login: again("HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n", "<a>"), want: []tunnel.Code{tunnel.CodeProtocol}},
		{name: "chunks without an end", login: again("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n"), want: []tunnel.Code{tunnel.CodeProtocol}},
		{name: "headers without an end", login: again("HTTP/1.1 200 OK\r\n", "X-Header: value\r\n"), want: []tunnel.Code{tunnel.CodeProtocol}},
		{name: "a header line without an end", login: again("HTTP/1.1 200 OK\r\nX-Header: ", "value"), want: []tunnel.Code{tunnel.CodeProtocol}},
		{name: "a byte at a time", login: slowly("HTTP/1.1 200 OK\r\nX-Header: value"), want: []tunnel.Code{tunnel.CodeTimeout}},
		{name: "no answer", login: slowly("\r\n"), want: []tunnel.Code{tunnel.CodeTimeout, tunnel.CodeProtocol}},
		{name: "the end before an answer", login: hangUpAfter(""), want: []tunnel.Code{tunnel.CodeConnectionLost}},
		{name: "the end within the head", login: hangUpAfter("HTTP/1.1 200 OK\r\nX-"), want: []tunnel.Code{tunnel.CodeConnectionLost, tunnel.CodeProtocol}},
		{name: "the end within the body", login: hangUpAfter("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n<config-auth"), want: []tunnel.Code{tunnel.CodeConnectionLost}},
		{name: "a form that leads elsewhere", login: always("200 OK", strings.Replace(formDocument, `"/auth"`, `"https://evil.example/auth"`, 1)), want: []tunnel.Code{tunnel.CodeProtocol}},
		{name: "a form that leads to HTTP", login: always("200 OK", strings.Replace(formDocument, `"/auth"`, `"http://127.0.0.1/auth"`, 1)), want: []tunnel.Code{tunnel.CodeProtocol}},
		{name: "an end without a session", login: always("200 OK", `<config-auth type="complete"><auth id="success"/></config-auth>`), want: []tunnel.Code{tunnel.CodeProtocol}},
		{name: "a cookie that writes headers", login: always("200 OK", strings.Replace(doneDocument, "cookie", "a\r\nX-Evil: 1", 1)), want: []tunnel.Code{tunnel.CodeProtocol}},
		{name: "a login by web browser", login: always("200 OK", `<config-auth type="auth-request"><auth id="main"><sso-v2-login>https://x</sso-v2-login><form><input type="sso" name="t"/></form></auth></config-auth>`),
			want: []tunnel.Code{tunnel.CodeUnsupported}},

		{name: "rubbish instead of a tunnel", connect: hangUpAfter(rubbish + "\r\n\r\n"), want: []tunnel.Code{tunnel.CodeProtocol}},
		{name: "the end instead of a tunnel", connect: hangUpAfter(""), want: []tunnel.Code{tunnel.CodeConnectionLost}},
		{name: "the end within the tunnel's head", connect: hangUpAfter("HTTP/1.1 200 CONNECTED\r\nX-CSTP-Address"), want: []tunnel.Code{tunnel.CodeConnectionLost}},
		{name: "a tunnel's head a byte at a time", connect: slowly("X"), want: []tunnel.Code{tunnel.CodeTimeout}},
		{name: "routes without an end", connect: again("HTTP/1.1 200 CONNECTED\r\n", "X-CSTP-Split-Include: 10.0.0.0/8\r\n"), want: []tunnel.Code{tunnel.CodeBadSettings}},
		{name: "a route without an end", connect: again("HTTP/1.1 200 CONNECTED\r\nX-CSTP-Split-Include: ", "1"), want: []tunnel.Code{tunnel.CodeBadSettings}},
		{name: "an impossible route", connect: connectWith("X-CSTP-Address: 10.9.0.2", "X-CSTP-MTU: 1400", "X-CSTP-Split-Include: 300.0.0.0/8"), want: []tunnel.Code{tunnel.CodeBadSettings}},
		{name: "an impossible address", connect: connectWith("X-CSTP-Address: 127.0.0.1", "X-CSTP-MTU: 1400"), want: []tunnel.Code{tunnel.CodeBadSettings}},
		{name: "an impossible MTU", connect: connectWith("X-CSTP-Address: 10.9.0.2", "X-CSTP-MTU: 1"), want: []tunnel.Code{tunnel.CodeBadSettings}},
		{name: "no address", connect: connectWith("X-CSTP-MTU: 1400"), want: []tunnel.Code{tunnel.CodeDeviceRegistered}},
		{name: "compression that nobody offered", connect: connectWith("X-CSTP-Address: 10.9.0.2", "X-CSTP-MTU: 1400", "X-CSTP-Content-Encoding: lzs"), want: []tunnel.Code{tunnel.CodeProtocol}},
		{name: "a header that is none", connect: connectWith("X-CSTP-Address 10.9.0.2"), want: []tunnel.Code{tunnel.CodeProtocol}},
		{name: "a cookie that is not known", connect: always("401 Unauthorized", ""), want: []tunnel.Code{tunnel.CodeSessionEnded}},
		{name: "no tunnel left", connect: always("503 Service Unavailable", "", "X-Reason: No address"), want: []tunnel.Code{tunnel.CodeGatewayRefused}},
		{name: "a redirect instead of a tunnel", connect: always("302 Found", "", "Location: https://evil.example/"), want: []tunnel.Code{tunnel.CodeProtocol}},

		{name: "rubbish in the tunnel", connect: func(w io.Writer, r *http.Request) { goodConnect(w, r); io.WriteString(w, rubbish) }, want: []tunnel.Code{tunnel.CodeProtocol}},
		{name: "the end of the tunnel", connect: func(w io.Writer, r *http.Request) { goodConnect(w, r); hangUp(w) }, want: []tunnel.Code{tunnel.CodeConnectionLost}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := newHostile(t, c.login, c.connect)
			h.cfg.Group = "wanted"
			err := run(t, h.cfg)
			if _, ok := errors.AsType[*tunnel.Error](err); !ok || !slices.Contains(c.want, tunnel.CodeOf(err)) {
				t.Errorf("ended with %v, want %v", err, c.want)
			}
			if n := len(h.got()); n > 60 {
				t.Errorf("%d requests", n)
			}
			if err != nil && strings.Contains(err.Error(), "SECRET") {
				t.Errorf("the password is in the error: %v", err)
			}
		})
	}
}

// TestHostileTLS: what is no TLS, or TLS that ends.
func TestHostileTLS(t *testing.T) {
	config, roots := identity(t)
	old := config.Clone()
	old.MinVersion, old.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	for _, c := range []struct {
		name  string
		serve func(net.Conn)
		want  tunnel.Code
	}{
		{"another protocol", func(c net.Conn) { io.WriteString(c, "SSH-2.0-OpenSSH_9.2\r\n"); io.Copy(io.Discard, c) }, tunnel.CodeTLS},
		{"plain HTTP", func(c net.Conn) {
			io.CopyN(io.Discard, c, 1)
			io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n")
		}, tunnel.CodeTLS},
		{"the end at once", func(net.Conn) {}, tunnel.CodeTLS},
		{"silence", func(c net.Conn) { io.Copy(io.Discard, c) }, tunnel.CodeTimeout},
		{"an alert", func(c net.Conn) {
			io.CopyN(io.Discard, c, 5)
			c.Write([]byte{21, 3, 3, 0, 2, 2, 40}) // fatal, handshake_failure
			io.Copy(io.Discard, c)
		}, tunnel.CodeTLS},
		{"versions of the past", func(c net.Conn) { tls.Server(c, old).Handshake() }, tunnel.CodeTLS},
		{"a record without an end", endless("\x16\x03\x03\xff\xff", "x"), tunnel.CodeTLS},
		{"an alert after the handshake", func(c net.Conn) {
			conn := tls.Server(c, config)
			if conn.Handshake() == nil {
				conn.CloseWrite()
				io.Copy(io.Discard, c)
			}
		}, tunnel.CodeConnectionLost},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if err := run(t, configFor(t, server(t, c.serve), roots)); tunnel.CodeOf(err) != c.want {
				t.Errorf("ended with %v, want %q", err, c.want)
			}
		})
	}
	if err := run(t, configFor(t, closedPort(t), roots)); tunnel.CodeOf(err) != tunnel.CodeUnreachable {
		t.Errorf("a closed port: %v", err)
	}
	nowhere := configFor(t, "127.0.0.1:1", roots)
	nowhere.Host = "gateway.invalid"
	if err := run(t, nowhere); tunnel.CodeOf(err) != tunnel.CodeNameNotFound {
		t.Errorf("a name that is none: %v", err)
	}
}

// closedPort is an address at which nobody answers.
func closedPort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}
