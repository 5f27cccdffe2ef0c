package diagnose

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"syscall"
	"time"

	"torii/app/diagnose/bundle"
)

// The bounds of a fetch of issuers: the addresses come from a server that
// nobody vouches for.
const (
	deepest       = 4        // issuers above the leaf
	mostAddresses = 2        // a certificate
	largestIssuer = 64 << 10 // bytes
	mostRedirects = 3
)

// fetchIssuers follows the addresses that certificates give for their issuers
// (RFC 5280, section 4.2.2.1) from the top of a chain up, until a trusted root
// is reached or nothing new comes. What it returns explains and never passes.
func (d *doctor) fetchIssuers(ctx context.Context, chain []*x509.Certificate) []*x509.Certificate {
	if d.target.Dial != nil {
		return nil // that network has no way out
	}
	ctx, cancel := d.within(ctx, 2*fetchTime)
	defer cancel()
	client := d.fetcher()
	defer client.CloseIdleConnections()
	var fetched []*x509.Certificate
	for range deepest {
		climbed := climb(slices.Concat(chain, fetched), d.target.Authorities, d.options.Now())
		top := climbed.path[len(climbed.path)-1]
		if climbed.known {
			break
		}
		issuer := fetchIssuer(ctx, client, top)
		if issuer == nil || issuer.Equal(top) {
			break
		}
		fetched = append(fetched, issuer)
	}
	return fetched
}

// fetchIssuer fetches the certificate that signed another one; nil for none.
func fetchIssuer(ctx context.Context, client *http.Client, c *x509.Certificate) *x509.Certificate {
	places := c.IssuingCertificateURL
	for _, place := range places[:min(len(places), mostAddresses)] {
		candidates, err := fetchCertificates(ctx, client, place)
		if err != nil {
			continue // the next address may do
		}
		if issuer := issuerOf(c, candidates); issuer != nil {
			return issuer
		}
	}
	return nil
}

// fetchCertificates fetches what an address gives.
func fetchCertificates(ctx context.Context, client *http.Client, place string) ([]*x509.Certificate, error) {
	if err := mayFetch(place); err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, place, nil)
	if err != nil {
		return nil, fmt.Errorf("fetch an issuer: %w", err)
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("fetch an issuer: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("fetch an issuer: %s", response.Status)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, largestIssuer+1))
	if err != nil {
		return nil, fmt.Errorf("fetch an issuer: %w", err)
	}
	if len(body) > largestIssuer {
		return nil, errors.New("fetch an issuer: it is too large")
	}
	return bundle.Certificates(body)
}

// mayFetch refuses addresses of other kinds than the web's without TLS: a
// certificate proves itself.
func mayFetch(place string) error {
	parsed, err := url.Parse(place)
	if err != nil || parsed.Scheme != "http" || parsed.Host == "" || parsed.User != nil {
		return fmt.Errorf("fetch an issuer: %q is no address for it", place)
	}
	return nil
}

// fetcher goes to public addresses only, unless the server itself is at a
// private one, and never through this machine's proxy: that one would go
// anywhere.
func (d *doctor) fetcher() *http.Client {
	private := d.place.IsValid() && !isPublic(d.place.Addr())
	dialer := &net.Dialer{Timeout: fetchTime, Control: func(_, address string, _ syscall.RawConn) error {
		target, err := netip.ParseAddrPort(address)
		if err != nil {
			return fmt.Errorf("fetch an issuer: %w", err)
		}
		if !private && !isPublic(target.Addr()) {
			return fmt.Errorf("fetch an issuer: %v is a private address", target.Addr())
		}
		return nil
	}}
	return &http.Client{
		Timeout: fetchTime,
		Transport: &http.Transport{
			DialContext: dialer.DialContext, DisableKeepAlives: true, Proxy: nil,
			ResponseHeaderTimeout: fetchTime, MaxResponseHeaderBytes: largestIssuer, TLSHandshakeTimeout: time.Second,
		},
		CheckRedirect: func(request *http.Request, via []*http.Request) error {
			if len(via) > mostRedirects {
				return errors.New("fetch an issuer: it leads on and on")
			}
			return mayFetch(request.URL.String())
		},
	}
}

// isPublic reports whether an address is one of the internet's.
func isPublic(address netip.Addr) bool {
	address = address.Unmap()
	shared := netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64, 0, 0}), 10) // RFC 6598
	return address.IsGlobalUnicast() && !address.IsPrivate() && !shared.Contains(address)
}
