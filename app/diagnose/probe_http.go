package diagnose

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"torii/tunnel"
	"torii/tunnel/anyconnect/authform"
)

// largestAnswer bounds what is read of an answer, head and body, in bytes.
const largestAnswer = 64 << 10

// ask sends the request by which a login begins, without a user, a group or
// anything that names this device, and writes down what comes back.
func (d *doctor) ask(ctx context.Context, conn *tls.Conn, e *evidence) {
	ctx, cancel := d.within(ctx, answerTime)
	defer cancel()
	release := limitTime(ctx, conn)
	defer release()
	begun := d.options.Now()
	response, body, err := exchange(conn, d.greeting())
	if err != nil {
		// TLS 1.3 tells only now that it wanted a certificate (RFC 8446,
		// section 4.4.2.4); some servers hang up without a word.
		e.required = e.requested && ctx.Err() == nil
		e.alert = alertOf(err)
		return
	}
	e.answer = d.understand(response, body, begun)
	if e.answer.wantsCertificate {
		e.requested, e.required = true, true
	}
}

// greeting is the first request of a login. It is for the server's root: a path
// may hold a secret.
func (d *doctor) greeting() *http.Request {
	place := &url.URL{Scheme: "https", Host: strings.TrimSuffix(d.target.address(), ":443"), Path: "/"}
	client := authform.Client{
		Device:      tunnel.DeviceIdentity{ClientVersion: d.options.ClientVersion, Platform: d.options.Platform},
		GroupAccess: place.String(),
	}
	body := client.Init()
	return &http.Request{
		Method: http.MethodPost, URL: place, Host: place.Host, ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{
			"User-Agent":          {"AnyConnect-compatible OpenConnect VPN Agent " + d.options.ClientVersion},
			"X-Transcend-Version": {"1"}, "X-Aggregate-Auth": {"1"}, "Accept": {"*/*"},
			"Accept-Encoding": {"identity"}, "Content-Type": {"application/xml; charset=utf-8"},
		},
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
	}
}

// limitTime ends what is read and written with ctx, until release is called.
func limitTime(ctx context.Context, conn net.Conn) (release func() bool) {
	if end, ok := ctx.Deadline(); ok {
		conn.SetDeadline(end)
	}
	return context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
}

// exchange sends a request and reads the answer, with as much of its body as is
// worth it.
func exchange(conn net.Conn, request *http.Request) (*http.Response, []byte, error) {
	if err := request.Write(conn); err != nil {
		return nil, nil, fmt.Errorf("ask the server: %w", err)
	}
	response, err := http.ReadResponse(bufio.NewReader(io.LimitReader(conn, largestAnswer)), request)
	if err != nil {
		return nil, nil, fmt.Errorf("read the server's answer: %w", err)
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(response.Body, largestAnswer)) // a torn body is read as far as it goes
	return response, body, nil
}

// understand reads what matters of an answer that was asked for at begun.
func (d *doctor) understand(response *http.Response, body []byte, begun time.Time) *answer {
	a := &answer{status: response.StatusCode, via: response.Header.Get("Via"), location: leadsTo(response)}
	if date, err := http.ParseTime(response.Header.Get("Date")); err == nil {
		// The server wrote it between the two; it counts whole seconds.
		middle := begun.Add(d.options.Now().Sub(begun) / 2)
		a.offset, a.dated = date.Sub(middle).Round(time.Second), true
	}
	if said, err := authform.Parse(body); err == nil {
		a.wantsCertificate = said.WantsCertificate
		a.refusal = said.Error
		if a.refusal == "" && said.Form == nil {
			a.refusal = said.Message
		}
	}
	if a.refusal == "" && response.StatusCode >= 400 {
		a.refusal = response.Header.Get("X-Reason")
	}
	if response.StatusCode == http.StatusUpgradeRequired && a.refusal == "" {
		a.refusal = response.Status
	}
	return a
}

// leadsTo is the host that an answer leads to; "" for none.
func leadsTo(response *http.Response) string {
	if response.StatusCode/100 != 3 {
		return ""
	}
	place, err := response.Location()
	if err != nil {
		return ""
	}
	return place.Hostname()
}
