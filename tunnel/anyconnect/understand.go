package anyconnect

import (
	"bytes"
	"net/http"
	"strings"

	"torii/tunnel"
	"torii/tunnel/anyconnect/authform"
	"torii/tunnel/internal/words"
)

// understand reads an answer by its status and its body.
func (l *login) understand(a *answer) (*authform.Response, error) {
	const op = "log in"
	response, parseErr := authform.Parse(a.body)
	switch {
	case a.status == http.StatusOK && parseErr == nil:
		return response, nil
	case a.status == http.StatusUnauthorized && parseErr == nil && response.Form != nil:
		return response, nil // refused with another try
	case a.status == http.StatusUnauthorized && l.rounds == 0 && a.header.Get("WWW-Authenticate") != "":
		return nil, wantsHTTPLogin(a.header.Get("WWW-Authenticate"))
	case a.status == http.StatusUnauthorized:
		return nil, refusal(reasonOf(a))
	case !l.legacy && l.rounds == 0 && a.status == http.StatusNotFound && !looksLikeXML(a.body):
		return nil, errNoSuchPath
	case !l.legacy && l.rounds == 0 && !looksLikeXML(a.body) && a.status != http.StatusForbidden && a.status != http.StatusServiceUnavailable:
		return nil, errNotXML
	case a.status == http.StatusOK:
		return nil, tunnel.NewError(tunnel.CodeProtocol, op, parseErr)
	case a.status == http.StatusForbidden, a.status == http.StatusServiceUnavailable:
		return nil, tunnel.Errorf(tunnel.CodeGatewayRefused, op, "the gateway answered %d", a.status).WithDetail(reasonOf(a))
	default:
		return nil, tunnel.Errorf(tunnel.CodeProtocol, op, "the gateway answered %d %s", a.status, a.reason)
	}
}

// wantsHTTPLogin is the error of a gateway that wants a login by HTTP's own
// means, or of a camouflaged one that was not told the secret, which pretends to
// be a web server that wants a password.
func wantsHTTPLogin(challenge string) error {
	scheme, _, _ := strings.Cut(challenge, " ")
	if strings.EqualFold(scheme, "Basic") {
		return errNotGateway
	}
	return tunnel.Errorf(tunnel.CodeUnsupported, "log in", "the gateway wants %s", oneLine(scheme)).WithDetail(oneLine(scheme))
}

// errNotXML is the answer of a gateway that speaks the older login, or of a
// server that is none.
var (
	errNotGateway = tunnel.Errorf(tunnel.CodeProtocol, "log in", "the server does not answer like an AnyConnect gateway")
	errNotXML     = errNotGateway.WithDetail("")
)

// errNoSuchPath is the answer of a server that does not know the path.
var errNoSuchPath = tunnel.Errorf(tunnel.CodeProtocol, "log in", "the server has no such address")

// looksLikeXML tells a login from a web page.
func looksLikeXML(body []byte) bool {
	trimmed := bytes.TrimSpace(body)
	return bytes.HasPrefix(trimmed, []byte("<?xml")) || bytes.HasPrefix(trimmed, []byte("<config-auth")) || bytes.HasPrefix(trimmed, []byte("<auth"))
}

// reasonOf are the gateway's words for a refusal.
func reasonOf(a *answer) string {
	if said := oneLine(a.header.Get("X-Reason")); said != "" {
		return said
	}
	return oneLine(a.reason)
}

// oneLine is a gateway's word for a person.
func oneLine(text string) string {
	const most = 300
	return words.Line(text, most)
}

// refusal is the error of a gateway that ends the login with words.
func refusal(said string) error {
	const op = "log in"
	code := tunnel.CodeLoginRefused
	switch {
	case isCertificateRefusal(said):
		code = tunnel.CodeClientCertificate
	case isRegistration(said):
		code = tunnel.CodeDeviceRegistered
	}
	return tunnel.NewError(code, op, nil).WithDetail(said)
}

// isCertificateRefusal recognises the words for a client certificate that is
// missing or wrong (facts page, section 2).
func isCertificateRefusal(said string) bool {
	return strings.Contains(strings.ToLower(said), "certificate validation failure")
}

// isRegistration recognises the words for a first connect that only registered
// this device (reference 002). The gateways' words are not standardised.
func isRegistration(said string) bool {
	lower := strings.ToLower(said)
	device := strings.Contains(lower, "device") || strings.Contains(lower, "端末") || strings.Contains(lower, "デバイス")
	registered := strings.Contains(lower, "registered") || strings.Contains(lower, "登録")
	refused := strings.Contains(lower, "not registered") || strings.Contains(lower, "未登録") || strings.Contains(lower, "登録されていません")
	return device && registered && !refused
}

// isFailure recognises the words of a message that say "no" (ocserv has no
// error element for it).
func isFailure(message string) bool {
	lower := strings.ToLower(message)
	return strings.Contains(lower, "failed") || strings.Contains(lower, "incorrect") || strings.Contains(lower, "invalid")
}
