package gateway

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"torii/tunnel"
	"torii/tunnel/anyconnect/cstp"
	"torii/tunnel/anyconnect/dtls"
	"torii/tunnel/netstack"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newGateway starts a gateway for a test.

func newGateway(t *testing.T, config Config) *Gateway {
	t.Helper()
	g, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := g.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return g
}

// client is the least that can log in, so that the gateway is not tested with

// the code that it is there to test.

type client struct {
	*http.Client
	t    *testing.T
	g    *Gateway
	tls  *tls.Config
	path string // the group URL's path and query
}

func newClient(t *testing.T, g *Gateway) *client {
	pool := x509.NewCertPool()
	pool.AddCert(g.CA())
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &client{t: t, g: g, tls: &tls.Config{RootCAs: pool, ServerName: g.config.Host}, path: "/"}
	transport := &http.Transport{DialTLSContext: func(ctx context.Context, _, address string) (net.Conn, error) {
		return c.dial(ctx)
	}}
	c.Client = &http.Client{Transport: transport, Jar: jar, Timeout: 20 * time.Second}
	t.Cleanup(transport.CloseIdleConnections)
	return c
}

func (c *client) dial(ctx context.Context) (*tls.Conn, error) {
	raw, err := c.g.Dial(ctx, "tcp", c.g.config.Host+":443")
	if err != nil {
		return nil, err
	}
	conn := tls.Client(cstp.NewBatchConn(raw), c.tls)
	if err := conn.HandshakeContext(ctx); err != nil {
		raw.Close()
		return nil, err
	}
	return conn, nil
}

func (c *client) url(path string) string { return "https://" + c.g.config.Host + path }

// seen is a reply of the gateway as the test reads it.

type seen struct {
	Type   string    `xml:"type,attr"`
	Handle string    `xml:"opaque>aggauth-handle"`
	Cert   *struct{} `xml:"client-cert-request"`
	Token  string    `xml:"session-token"`
	Auth   struct {
		ID      string   `xml:"id,attr"`
		Message string   `xml:"message"`
		Error   string   `xml:"error"`
		Inputs  []xmlIn  `xml:"form>input"`
		Groups  []string `xml:"form>select>option"`
	} `xml:"auth"`
	status int
}

type xmlIn struct {
	Name string `xml:"name,attr"`
}

// asks lists the names of the form's inputs.

func (s seen) asks() string {
	var names []string
	for _, in := range s.Auth.Inputs {
		names = append(names, in.Name)
	}
	return strings.Join(append(names, s.Auth.Groups...), " ")
}

// post sends a config-auth document to a path.

func (c *client) post(path, document string) seen {
	c.t.Helper()
	response, err := c.Post(c.url(path), "text/xml", strings.NewReader(document))
	if err != nil {
		c.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	s := seen{status: response.StatusCode}
	if response.StatusCode == http.StatusOK {
		if err := xml.Unmarshal(body, &s); err != nil {
			c.t.Fatalf("%v in %s", err, body)
		}
	}
	return s
}

func (c *client) init(inner string) seen {
	c.t.Helper()
	return c.post(c.path, `<config-auth client="vpn" type="init">`+inner+`</config-auth>`)
}

// reply fills in a form: "name=value" each.

func (c *client) reply(to seen, fields ...string) seen {
	c.t.Helper()
	var text strings.Builder
	fmt.Fprintf(&text, `<config-auth client="vpn" type="auth-reply"><opaque is-for="sg"><aggauth-handle>%s</aggauth-handle></opaque><auth>`, to.Handle)
	group := ""
	for _, field := range fields {
		name, value, _ := strings.Cut(field, "=")
		if name == "group_list" {
			group = "<group-select>" + value + "</group-select>"
			continue
		}
		fmt.Fprintf(&text, "<%s>%s</%s>", name, value, name)
	}
	return c.post("/auth", text.String()+"</auth>"+group+"</config-auth>")
}

// login logs in with the default user.

func (c *client) login() string {
	c.t.Helper()
	s := c.reply(c.init(""), "username="+DefaultUser, "password="+DefaultPassword)
	if s.Type != "complete" || s.Token == "" {
		c.t.Fatalf("login ended with %+v", s)
	}
	return s.Token
}

// connect asks for a tunnel.

func (c *client) connect(cookie string, extra ...string) (*http.Response, *tls.Conn, error) {
	conn, err := c.dial(c.t.Context())
	if err != nil {
		return nil, nil, err
	}
	c.t.Cleanup(func() { conn.Close() })
	head := "CONNECT /CSCOSSLC/tunnel HTTP/1.1\r\nHost: gateway\r\nCookie: webvpn=" + cookie + "\r\nX-CSTP-Address-Type: IPv6,IPv4\r\n"
	for _, line := range extra {
		head += line + "\r\n"
	}
	conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	if _, err := io.WriteString(conn, head+"\r\n"); err != nil {
		return nil, nil, err
	}
	response, err := http.ReadResponse(bufio.NewReaderSize(onlyHead{conn}, 16), &http.Request{Method: http.MethodConnect})
	conn.SetReadDeadline(time.Time{})
	return response, conn, err
}

// onlyHead reads byte by byte, so that no frame behind the head is lost.

type onlyHead struct{ io.Reader }

func (o onlyHead) Read(b []byte) (int, error) { return o.Reader.Read(b[:min(1, len(b))]) }

// insideClient runs a user-space stack on a tunnel's TLS channel and returns

// an HTTP client in it.

func insideClient(t *testing.T, response *http.Response, conn *tls.Conn) *http.Client {
	t.Helper()
	addresses := []netip.Addr{netip.MustParseAddr(response.Header.Get("X-CSTP-Address"))}
	if v6 := response.Header.Get("X-CSTP-Address-IP6"); v6 != "" {
		addresses = append(addresses, netip.MustParsePrefix(v6).Addr())
	}
	stack, err := netstack.New(netstack.Options{Addresses: addresses, MTU: 1400})
	if err != nil {
		t.Fatal(err)
	}
	frames := framesOf(conn)
	done := make(chan struct{}, 2)
	go func() {
		frames.Serve(func(packets [][]byte, offset int) error {
			_, err := stack.Write(packets, offset)
			return err
		}, func(kind cstp.Type, payload []byte) error {
			if kind == cstp.Terminate {
				return fmt.Errorf("terminated: %s", payload[1:])
			}
			return nil
		})
		done <- struct{}{}
	}()
	go func() {
		buf, sizes := [][]byte{make([]byte, 2048)}, make([]int, 1)
		for {
			if _, err := stack.Read(buf, sizes, tunnel.Headroom); err != nil {
				break
			}
			frames.Send([][]byte{buf[0][:tunnel.Headroom+sizes[0]]})
		}
		done <- struct{}{}
	}()
	resolver := netstack.ResolverOver(stack, []netip.Addr{netip.MustParseAddr(response.Header.Get("X-CSTP-DNS"))})
	transport := &http.Transport{DialContext: func(ctx context.Context, _, address string) (net.Conn, error) {
		host, port, _ := net.SplitHostPort(address)
		ip, err := netip.ParseAddr(host)
		if err != nil {
			found, err := resolver.LookupNetIP(ctx, "ip", host)
			if err != nil {
				return nil, err
			}
			ip = found[0]
		}
		return stack.DialTCP(ctx, netip.MustParseAddrPort(net.JoinHostPort(ip.String(), port)))
	}}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		conn.Close()
		stack.Close()
		<-done
		<-done
	})
	return &http.Client{Transport: transport, Timeout: 10 * time.Second}
}

// framesOf speaks frames on a client's TLS connection.

func framesOf(conn *tls.Conn) *cstp.Conn {
	return cstp.NewConn(conn, conn.NetConn().(*cstp.BatchConn), nil)
}

// get fetches a page.

func get(t *testing.T, client *http.Client, url string) (string, error) {
	t.Helper()
	response, err := client.Get(url)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return string(body), err
}

func TestTunnel(t *testing.T) {
	g := newGateway(t, Config{Banner: "Welcome: 100 %\nBe kind."})
	client := newClient(t, g)
	response, conn, err := client.connect(client.login())
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%v, %v", response, err)
	}
	for name, want := range map[string]string{
		"X-CSTP-Address": "10.98.0.2", "X-CSTP-Netmask": "255.255.255.0", "X-CSTP-Address-IP6": "fd00:98::2/64",
		"X-CSTP-Split-Include": "10.98.0.0/255.255.255.0", "X-CSTP-Split-Include-IP6": "fd00:98::/64",
		"X-CSTP-DNS": "10.98.0.1", "X-CSTP-Default-Domain": Domain, "X-CSTP-MTU": "1400",
	} {
		if got := response.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if banner, err := url.PathUnescape(response.Header.Get("X-CSTP-Banner")); err != nil || banner != "Welcome: 100 %\nBe kind." {
		t.Errorf("banner %q, %v", banner, err)
	}
	inside := insideClient(t, response, conn)
	for url, want := range map[string]string{
		g.Page() + "address":          "10.98.0.2\n",
		"http://10.98.0.1/address":    "10.98.0.2\n",
		"http://[fd00:98::1]/address": "fd00:98::2\n",
	} {
		if got, err := get(t, inside, url); err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", url, got, err, want)
		}
	}
	if got, err := get(t, inside, g.Page()+"zeros?n=3000000"); err != nil || len(got) != 3000000 {
		t.Errorf("%d zeros, %v", len(got), err)
	}
	if _, err := get(t, inside, "http://nowhere."+Domain+"/"); err == nil {
		t.Error("a name that does not exist was found")
	}
}

// openDatagrams brings up the DTLS channel of a tunnel.

func (c *client) openDatagrams(response *http.Response, conn *tls.Conn) (*dtls.Conn, error) {
	c.t.Helper()
	state := conn.ConnectionState()
	psk, err := state.ExportKeyingMaterial(pskLabel, nil, pskSize)
	if err != nil {
		c.t.Fatal(err)
	}
	id, err := hex.DecodeString(response.Header.Get("X-DTLS-App-ID"))
	if err != nil {
		c.t.Fatal(err)
	}
	raw, err := c.g.Dial(c.t.Context(), "udp", "gateway:"+response.Header.Get("X-DTLS-Port"))
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { raw.Close() })
	ctx, cancel := context.WithTimeout(c.t.Context(), 2*time.Second)
	defer cancel()
	channel, err := dtls.Client(ctx, raw, dtls.Config{PSK: psk, AppID: id})
	if err == nil {
		c.t.Cleanup(func() { channel.Close() })
	}
	return channel, err
}

func TestDatagrams(t *testing.T) {
	g := newGateway(t, Config{})
	client := newClient(t, g)
	response, conn, err := client.connect(client.login(), "X-DTLS-CipherSuite: OC-DTLS1_2-AES256-GCM:PSK-NEGOTIATE")
	if err != nil {
		t.Fatal(err)
	}
	channel, err := client.openDatagrams(response, conn)
	if err != nil {
		t.Fatal(err)
	}
	replies := make(chan string, 8)
	served := make(chan struct{})
	go func() {
		defer close(served)
		channel.Serve(func(packets [][]byte, offset int) error {
			for _, packet := range packets {
				replies <- source(packet[offset:]).String()
			}
			return nil
		}, func(kind cstp.Type, payload []byte) error {
			replies <- fmt.Sprintf("%#x %s", byte(kind), payload)
			return nil
		})
	}()
	next := func() string {
		select {
		case reply := <-replies:
			return reply
		case <-time.After(300 * time.Millisecond):
			return "nothing"
		}
	}
	if err := channel.SendControl(cstp.DPDRequest, []byte("pad")); err != nil {
		t.Fatal(err)
	}
	if got := next(); got != "0x4 pad" {
		t.Errorf("DPD: %s", got)
	}
	channel.Send([][]byte{ping()})
	if got := next(); got != "10.98.0.1" {
		t.Errorf("the ping was answered over DTLS by %s", got)
	}
	g.SetFault(FaultUDPBlocked)
	channel.Send([][]byte{ping()})
	if got := next(); got != "nothing" {
		t.Errorf("blocked UDP brought %s", got)
	}
	if _, err := client.openDatagrams(response, conn); err == nil {
		t.Error("blocked UDP let a handshake through")
	}
	g.SetFault(FaultNone)
	channel.Send([][]byte{ping()})
	if got := next(); got != "10.98.0.1" {
		t.Errorf("after the block: %s", got)
	}
	channel.Close()
	<-served
	inside := insideClient(t, response, conn)
	if got, err := get(t, inside, "http://10.98.0.1/address"); err != nil || got != "10.98.0.2\n" {
		t.Errorf("back on TLS: %q, %v", got, err)
	}
}

// ping is an ICMP echo request from 10.98.0.2 to 10.98.0.1, with the room that

// channels want around it.

func ping() []byte {
	packet := make([]byte, tunnel.Headroom, tunnel.Headroom+28+tunnel.Tailroom)
	return append(packet,
		0x45, 0, 0, 28, 0, 0, 0, 0, 64, 1, 0x66, 0x1b, 10, 98, 0, 2, 10, 98, 0, 1,
		8, 0, 0xf7, 0xfe, 0, 0, 0, 1)
}

func TestSessionIsTakenUpAgain(t *testing.T) {
	for _, c := range []struct {
		name    string
		config  Config
		goodbye func(*tls.Conn)
		want    string // the second address; "" where the session is gone
	}{
		{"after a broken connection", Config{}, func(conn *tls.Conn) { conn.NetConn().Close() }, "10.98.0.2"},
		{"after a disconnect to reconnect", Config{}, func(conn *tls.Conn) { framesOf(conn).SendControl(cstp.Disconnect, []byte{cstp.ReasonReconnect}) }, "10.98.0.2"},
		{"after a disconnect", Config{}, func(conn *tls.Conn) { framesOf(conn).SendControl(cstp.Disconnect, []byte{0xb0, 'b', 'y', 'e'}) }, ""},
		{"while the old one is open", Config{MoveAddress: true}, func(*tls.Conn) {}, "10.98.0.3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := newGateway(t, c.config)
			client := newClient(t, g)
			cookie := client.login()
			first, conn, err := client.connect(cookie)
			if err != nil || first.StatusCode != http.StatusOK {
				t.Fatalf("%v, %v", first, err)
			}
			c.goodbye(conn)
			s := g.findSession(cookie)
			eventually(t, "the gateway noticed", func() bool { return c.want != "" || g.findSession(cookie) == nil })
			second, conn, err := client.connect(cookie)
			if err != nil {
				t.Fatal(err)
			}
			if c.want == "" {
				if second.StatusCode != http.StatusUnauthorized {
					t.Errorf("status %d", second.StatusCode)
				}
				return
			}
			if got := second.Header.Get("X-CSTP-Address"); got != c.want {
				t.Errorf("address %q, want %q", got, c.want)
			}
			if got, err := get(t, insideClient(t, second, conn), "http://10.98.0.1/address"); err != nil || got != c.want+"\n" {
				t.Errorf("from %q, %v", got, err)
			}
			if s != g.findSession(cookie) {
				t.Error("it is another session")
			}
		})
	}
}

// eventually polls until a condition holds.

func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !condition(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it did not happen that %s", what)
		}
	}
}

func TestDevicesAreRegisteredFirst(t *testing.T) {
	g := newGateway(t, Config{RegistersDevices: true})
	for _, device := range []string{"one", "two"} {
		for round, want := range []string{"", "10.98.0."} {
			client := newClient(t, g)
			first := client.init(`<device-id unique-id="` + device + `">linux-64</device-id>`)
			s := client.reply(first, "username="+DefaultUser, "password="+DefaultPassword)
			response, conn, err := client.connect(s.Token)
			if err != nil || response.StatusCode != http.StatusOK {
				t.Fatalf("%v, %v", response, err)
			}
			got := response.Header.Get("X-CSTP-Address")
			if (got == "") != (want == "") || !strings.HasPrefix(got, want) {
				t.Errorf("device %s, connection %d: address %q", device, round+1, got)
			}
			conn.Close()
		}
	}
}
