package enrol

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// Bounds of the way.
const (
	oneRequest    = 30 * time.Second
	largestAnswer = 1 << 20 // bytes
	mostRedirects = 3
)

// server is where the authority listens.
type server struct {
	at         *url.URL
	identifier string
	http       *http.Client
}

// newServer takes the address of an authority.
func newServer(address, identifier string, transport http.RoundTripper) (*server, error) {
	at, err := url.Parse(address)
	switch {
	case err != nil:
		// url.Error repeats the address, which may hold a password.
		return nil, failf(FaultAddress, "it cannot be read")
	case at.Scheme != "http" && at.Scheme != "https":
		return nil, failf(FaultAddress, "it begins neither with http:// nor with https://")
	case at.Hostname() == "":
		return nil, failf(FaultAddress, "it names no server")
	case at.User != nil || at.Fragment != "":
		return nil, failf(FaultAddress, "it has a user name or a part behind #")
	}
	return &server{at: at, identifier: identifier, http: &http.Client{
		Transport: transport, CheckRedirect: checkRedirect,
	}}, nil
}

// newTransport is how messages travel where the caller does not say.
func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    10 * time.Second,
		ResponseHeaderTimeout:  oneRequest,
		MaxResponseHeaderBytes: 64 << 10,
		ForceAttemptHTTP2:      true,
	}
}

// errRedirect stops a redirect; the text in its place says why.
var errRedirect = errors.New("redirected")

// checkRedirect follows a few, never out of HTTPS, and never one that would
// lose the message on the way (what 301 to 303 do to a POST).
func checkRedirect(next *http.Request, via []*http.Request) error {
	first := via[0]
	switch {
	case len(via) > mostRedirects:
		return failf(FaultRedirect, "%w more than %d times", errRedirect, mostRedirects)
	case next.URL.Scheme != "https" && (next.URL.Scheme != "http" || via[len(via)-1].URL.Scheme == "https"):
		return failf(FaultRedirect, "%w out of HTTPS", errRedirect)
	case next.Method != first.Method:
		return failf(FaultRedirect, "%w in a way that loses the message", errRedirect)
	}
	return nil
}

// get asks for an operation.
func (s *server) get(ctx context.Context, operation, message string) ([]byte, error) {
	return s.do(ctx, http.MethodGet, operation, message, nil)
}

// send sends a message of SCEP (RFC 8894, section 4.1 and 4.3).
func (s *server) send(ctx context.Context, message []byte, post bool) ([]byte, error) {
	if post {
		return s.do(ctx, http.MethodPost, "PKIOperation", "", message)
	}
	return s.do(ctx, http.MethodGet, "PKIOperation", base64.StdEncoding.EncodeToString(message), nil)
}

func (s *server) do(ctx context.Context, method, operation, message string, body []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, oneRequest)
	defer cancel()
	at := *s.at
	query := at.Query()
	query.Set("operation", operation)
	if message != "" {
		query.Set("message", message)
	}
	at.RawQuery = query.Encode()
	request, err := http.NewRequestWithContext(ctx, method, at.String(), bytes.NewReader(body))
	if err != nil {
		return nil, failf(FaultAddress, "it cannot be asked")
	}
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "application/x-pki-message")
	}
	response, err := s.http.Do(request)
	if err != nil {
		return nil, wayFault(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, &Error{Fault: FaultStatus, Status: response.StatusCode}
	}
	answer, err := io.ReadAll(io.LimitReader(response.Body, largestAnswer+1))
	switch {
	case err != nil:
		return nil, wayFault(err)
	case len(answer) > largestAnswer:
		return nil, failf(FaultTooLarge, "it has more than %d bytes", largestAnswer)
	case isWebPage(answer):
		return nil, fail(FaultWebPage, nil)
	}
	return answer, nil
}

// wayFault says what failed on the way. The error of net/http is taken apart,
// for it repeats the address and with it the message.
func wayFault(err error) error {
	if failed, ok := errors.AsType[*Error](err); ok {
		return failed
	}
	if failed, ok := errors.AsType[*url.Error](err); ok {
		err = failed.Err
	}
	if errors.Is(err, context.Canceled) {
		return err
	}
	if failed, ok := errors.AsType[net.Error](err); ok && failed.Timeout() || errors.Is(err, context.DeadlineExceeded) {
		return fail(FaultTimeout, err)
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return fail(FaultUntrustedServer, err)
	}
	return fail(FaultUnreachable, err)
}

// isWebPage recognises what a portal, a proxy or a login page sends. What it
// calls itself does not matter: some servers call everything a page.
func isWebPage(body []byte) bool {
	return bytes.HasPrefix(bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))), []byte("<"))
}
