package proxy

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"torii/tunnel/internal/httpconn"
)

// pacPath is where the PAC file is.
const pacPath = "/proxy.pac"

// newHTTP builds the HTTP side: the server that reads requests, and what
// carries plain ones on.
func (s *server) newHTTP() (*http.Server, *httputil.ReverseProxy) {
	quiet := log.New(io.Discard, "", 0)
	httpServer := &http.Server{
		Handler:           http.HandlerFunc(s.handle),
		ReadHeaderTimeout: headTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeadBytes,
		ErrorLog:          quiet,
		BaseContext:       func(net.Listener) context.Context { return s.ctx },
	}
	forward := &httputil.ReverseProxy{
		// The request goes on as it came, without what belongs to this hop.
		Rewrite:  func(r *httputil.ProxyRequest) { r.Out.Host = r.In.Host },
		ErrorLog: quiet,
		Transport: &http.Transport{
			DialContext:            s.dialForHTTP,
			DisableCompression:     true,
			MaxIdleConns:           64,
			IdleConnTimeout:        idleTimeout / 2,
			MaxResponseHeaderBytes: maxHeadBytes,
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			http.Error(w, "The proxy cannot reach it: "+err.Error(), statusTo(err))
		},
	}
	return httpServer, forward
}

// serveHTTP speaks HTTP on a connection.
func (s *server) serveHTTP(conn net.Conn) {
	conn.SetReadDeadline(time.Time{})
	httpconn.Serve(s.http, conn)
}

// handle answers one request: CONNECT, a request for somewhere else, or one
// for the PAC file.
func (s *server) handle(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodConnect && !r.URL.IsAbs() {
		s.servePAC(w, r)
		return
	}
	if s.needsPassword() && !s.authorized(r) {
		w.Header().Set("Proxy-Authenticate", `Basic realm="Torii"`)
		http.Error(w, "The proxy wants a user and a password.", http.StatusProxyAuthRequired)
		return
	}
	switch {
	case r.Method == http.MethodConnect:
		s.connectHTTP(w, r)
	case r.URL.Scheme != "http" || r.URL.Host == "":
		http.Error(w, "The proxy carries http here; for https use CONNECT.", http.StatusBadRequest)
	default:
		s.forward.ServeHTTP(w, r)
	}
}

// authorized checks Proxy-Authorization (RFC 7617).
func (s *server) authorized(r *http.Request) bool {
	scheme, encoded, _ := strings.Cut(r.Header.Get("Proxy-Authorization"), " ")
	if !strings.EqualFold(scheme, "Basic") {
		return false
	}
	decoded, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
	if err != nil {
		return false
	}
	user, password, _ := strings.Cut(string(decoded), ":")
	return s.knows(user, password)
}

// connectHTTP carries a connection (RFC 9110 section 9.3.6).
func (s *server) connectHTTP(w http.ResponseWriter, r *http.Request) {
	to, err := parseAuthority(r.RequestURI)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	target, err := s.dialer.Load().dial(r.Context(), to.host, to.port)
	if err != nil {
		s.log.Debugf("proxy: %v", err)
		http.Error(w, "The proxy cannot reach it: "+err.Error(), statusTo(err))
		return
	}
	defer target.Close()
	stop := context.AfterFunc(s.ctx, func() { target.Close() })
	defer stop()
	hijacked, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, "The proxy cannot take the connection over.", http.StatusInternalServerError)
		return
	}
	defer hijacked.Close()
	if _, err := io.WriteString(hijacked, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		return
	}
	relay(bareConn(hijacked), target, buffered.Reader)
}

// bareConn finds the socket below the layers of a hijacked connection, so that
// the kernel can copy where it knows how and half of it can be closed.
func bareConn(hijacked net.Conn) net.Conn {
	peeked, ok := httpconn.Unwrap(hijacked).(*peekedConn)
	switch {
	case !ok:
		return hijacked
	case peeked.reader.Buffered() > 0:
		return peeked
	default:
		return peeked.Conn
	}
}

// dialForHTTP is dial as http.Transport wants it.
func (s *server) dialForHTTP(ctx context.Context, _, address string) (net.Conn, error) {
	to, err := parseAuthority(address)
	if err != nil {
		return nil, err
	}
	// The transport dials beside the request; this dial ends with the proxy too.
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(s.ctx, cancel)
	defer stop()
	return s.dialer.Load().dial(ctx, to.host, to.port)
}

// parseAuthority reads "host:port".
func parseAuthority(authority string) (destination, error) {
	host, portText, err := net.SplitHostPort(authority)
	if err != nil || host == "" {
		return destination{}, fmt.Errorf("%q is not host:port", authority)
	}
	port, err := strconv.ParseUint(portText, 10, 16)
	if err != nil || port == 0 {
		return destination{}, fmt.Errorf("%q has no good port", authority)
	}
	return destination{host: host, port: uint16(port)}, nil
}

// statusTo words a failed dial.
func statusTo(err error) int {
	switch kindOf(err) {
	case failedRule:
		return http.StatusForbidden
	case failedTimeout:
		return http.StatusGatewayTimeout
	default:
		return http.StatusBadGateway
	}
}

// servePAC serves the PAC file to programs on their way to the proxy. A web
// page must not read it, so a name in Host that is not the proxy's own address
// is refused (DNS rebinding).
func (s *server) servePAC(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != pacPath || r.Method != http.MethodGet && r.Method != http.MethodHead || !isAddress(r.Host) {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/x-ns-proxy-autoconfig")
	io.WriteString(w, s.pac())
}

// isAddress tells whether a Host header holds an address or localhost.
func isAddress(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	_, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil || strings.EqualFold(host, "localhost")
}

// pac is the PAC file. Everything but this machine goes to the proxy, which
// knows the routes: what they leave outside it reaches directly.
func (s *server) pac() string {
	return fmt.Sprintf(`function FindProxyForURL(url, host) {
  if (host === "localhost" || shExpMatch(host, "*.localhost") || shExpMatch(host, "127.*") || host === "[::1]" || host === "::1")
    return "DIRECT";
  return "PROXY %[1]s; SOCKS5 %[1]s";
}
`, s.address)
}
