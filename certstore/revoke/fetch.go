package revoke

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
)

// Request is one question to the web.
type Request struct {
	URL string
	// Body is posted; nil fetches.
	Body                []byte
	ContentType, Accept string
	// Most is the size of an answer that is taken, in bytes.
	Most int
}

// Fetch asks. It returns soon after its context ends, and leaves nothing
// running.
type Fetch func(ctx context.Context, request Request) ([]byte, error)

// mostRedirects is how often an answer may be elsewhere.
const mostRedirects = 3

// webAddresses are the addresses that are asked: http only, for who would vouch
// for an https server here.
func webAddresses(all []string) []string {
	var list []string
	for _, text := range all {
		if u, err := url.Parse(text); err == nil && u.Scheme == "http" && u.Host != "" && len(list) < mostAddresses {
			list = append(list, text)
		}
	}
	return list
}

// NewFetch makes a Fetch that goes to public addresses only, at each redirect
// anew. proxy chooses the proxy on the way (nil for none, as does the URL nil);
// that one the person has named, so it may be anywhere.
func NewFetch(proxy func(*url.URL) (*url.URL, error)) Fetch {
	return newFetch(proxy, public)
}

func newFetch(proxy func(*url.URL) (*url.URL, error), allowed func(netip.Addr) bool) Fetch {
	f := fetcher{proxy: proxy, allowed: allowed}
	return f.fetch
}

type fetcher struct {
	proxy   func(*url.URL) (*url.URL, error)
	allowed func(netip.Addr) bool
}

func (f fetcher) fetch(ctx context.Context, request Request) ([]byte, error) {
	address := request.URL
	for range mostRedirects + 1 {
		answer, elsewhere, err := f.once(ctx, address, request)
		if err != nil || elsewhere == "" {
			return answer, err
		}
		address = elsewhere
	}
	return nil, errors.New("the answer is always elsewhere")
}

// once asks one address. elsewhere is where it sends us; "" for nowhere.
func (f fetcher) once(ctx context.Context, address string, request Request) (answer []byte, elsewhere string, err error) {
	where, err := url.Parse(address)
	if err != nil {
		return nil, "", err
	}
	if where.Scheme != "http" || where.User != nil {
		return nil, "", fmt.Errorf("%s: only http is spoken here", where.Redacted())
	}
	transport, err := f.transport(where)
	if err != nil {
		return nil, "", err
	}
	method := http.MethodGet
	if request.Body != nil {
		method = http.MethodPost
	}
	question, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(request.Body))
	if err != nil {
		return nil, "", err
	}
	question.Header.Set("Accept", request.Accept)
	question.Header.Set("User-Agent", "Torii")
	if request.Body != nil {
		question.Header.Set("Content-Type", request.ContentType)
	}
	response, err := transport.RoundTrip(question)
	if err != nil {
		return nil, "", err
	}
	defer response.Body.Close()
	if response.StatusCode/100 == 3 {
		next, err := response.Location()
		if err != nil {
			return nil, "", err
		}
		return nil, next.String(), nil
	}
	if response.StatusCode != http.StatusOK {
		return nil, "", fmt.Errorf("the server answered %s", response.Status)
	}
	answer, err = io.ReadAll(io.LimitReader(response.Body, int64(request.Most)+1))
	if err == nil && len(answer) > request.Most {
		err = fmt.Errorf("the answer has more than %d bytes", request.Most)
	}
	return answer, "", err
}

// transport is for one request, and leaves no connection behind.
func (f fetcher) transport(where *url.URL) (*http.Transport, error) {
	transport := &http.Transport{DisableKeepAlives: true, DisableCompression: true, MaxResponseHeaderBytes: 16 << 10}
	var via *url.URL
	if f.proxy != nil {
		var err error
		if via, err = f.proxy(where); err != nil {
			return nil, err
		}
	}
	if via != nil {
		// The proxy looks names up; an address is seen here.
		if ip, err := netip.ParseAddr(where.Hostname()); err == nil && !f.allowed(ip) {
			return nil, errPrivate(ip)
		}
		transport.Proxy = http.ProxyURL(via)
		return transport, nil
	}
	dialer := net.Dialer{Control: func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil {
			return err
		}
		if !f.allowed(at.Addr()) {
			return errPrivate(at.Addr())
		}
		return nil
	}}
	transport.DialContext = dialer.DialContext
	return transport, nil
}

func errPrivate(ip netip.Addr) error { return fmt.Errorf("%s is no public address", ip) }

// public reports whether an address is one of the internet's: a certificate
// must not make this computer talk to itself or to what is around it.
func public(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	if !ip.IsGlobalUnicast() || ip.IsPrivate() {
		return false
	}
	if translated := netip.MustParsePrefix("64:ff9b::/96"); translated.Contains(ip) { // RFC 6052
		b := ip.As16()
		return public(netip.AddrFrom4([4]byte(b[12:])))
	}
	for _, special := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"64:ff9b:1::/48", "100::/64", "2001::/32", "2001:db8::/32", "2002::/16", "fec0::/10",
	} {
		if netip.MustParsePrefix(special).Contains(ip) {
			return false
		}
	}
	return true
}
