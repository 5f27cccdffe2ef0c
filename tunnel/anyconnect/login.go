package anyconnect

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"torii/tunnel"
	"torii/tunnel/anyconnect/authform"
	"torii/tunnel/internal/words"
)

const (
	// maxRounds bounds the forms of one login; a gateway that asks for more
	// will never end.
	maxRounds = 20
	// maxUnasked bounds the forms in a row that needed no person: such a
	// gateway answers our own answers.
	maxUnasked = 6
	// sessionCookie is the cookie that opens tunnels.
	sessionCookie = "webvpn"
	// xmlType is what clients say of their XML; servers look at the body.
	xmlType = "application/xml; charset=utf-8"
)

// login is one login under way.
type login struct {
	gateway *gateway
	ctx     context.Context

	group    string
	legacy   bool // the older login: forms without requests in XML
	noClient bool // there is no client certificate to show
	anew     bool // a connection was made to be asked for a certificate
	opaque   []byte
	// regrouped are the groups that a form was asked for.
	regrouped map[string]bool

	rounds  int
	unasked int
	attempt int
	// asked are the names of the fields of the last form, gave whether a
	// password of it went through: what comes after is another secret.
	asked       []string
	gave        bool
	passwordsIn int

	cookie tunnel.Secret
	banner string
}

// run goes from the first request to the session's cookie.
func (l *login) run() error {
	response, err := l.begin()
	for err == nil && !l.done(response) {
		if err = l.check(response); err != nil {
			return err
		}
		response, err = l.round(response)
	}
	return err
}

// begin sends the first request. A gateway that does not understand it speaks
// the older login.
func (l *login) begin() (*authform.Response, error) {
	if l.legacy {
		return l.send(request{method: http.MethodGet, path: l.gateway.path()})
	}
	response, err := l.send(request{
		method: http.MethodPost, path: l.gateway.path(), contentType: xmlType, body: l.client().Init(),
	})
	if err == errNoSuchPath && l.pathIsGroup() {
		return l.begin()
	}
	if err == errNotXML || err == errNoSuchPath {
		l.legacy = true
		return l.send(request{method: http.MethodGet, path: l.gateway.path()})
	}
	return response, err
}

// pathIsGroup takes a path of one word for the name of a group, at a gateway
// that has no such path: group URLs are an option that not all gateways have
// (ocserv before 1.2), names are not.
func (l *login) pathIsGroup() bool {
	name, err := url.PathUnescape(strings.Trim(l.gateway.path(), "/"))
	if err != nil || name == "" || strings.ContainsAny(name, "/?") || l.group != "" {
		return false
	}
	l.group, l.gateway.cfg.Path = name, "/"
	return true
}

// client is what the requests say about us.
func (l *login) client() authform.Client {
	g := l.gateway
	path, _, _ := strings.Cut(g.path(), "?") // a camouflage secret is not told
	return authform.Client{
		Device: g.cfg.Device, Group: l.group, NoCertificate: l.noClient,
		GroupAccess: "https://" + g.hostPort() + path,
	}
}

// done takes the session's cookie out of an answer that ends the login.
func (l *login) done(response *authform.Response) bool {
	if !response.Complete {
		return false
	}
	l.cookie = response.SessionToken
	if value := l.gateway.cookies[sessionCookie]; value != "" {
		l.cookie = tunnel.NewSecret(value)
	}
	l.banner = response.Banner
	return !l.cookie.Empty()
}

// check ends a login that cannot go on.
func (l *login) check(response *authform.Response) error {
	const op = "log in"
	if l.rounds++; l.rounds > maxRounds || l.unasked > maxUnasked {
		return tunnel.Errorf(tunnel.CodeProtocol, op, "the gateway asks without end")
	}
	if response.Unsupported != "" {
		return tunnel.Errorf(tunnel.CodeUnsupported, op, "the gateway wants %s", response.Unsupported).WithDetail(response.Unsupported)
	}
	if response.Form == nil && !response.WantsCertificate {
		if response.Complete {
			return tunnel.Errorf(tunnel.CodeProtocol, op, "the login ended without a session")
		}
		return refusal(response.Error)
	}
	return nil
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

// round answers one form.
func (l *login) round(response *authform.Response) (*authform.Response, error) {
	if response.Opaque != nil {
		l.opaque = response.Opaque
	}
	if response.WantsCertificate {
		return l.showCertificate()
	}
	l.gateway.progress(tunnel.PhaseAuthenticating)
	form := newFilling(response.Form, l.passwordsIn > 0)
	l.noteRetry(form, response)
	if group := form.otherGroup(l.group); group != "" {
		if !l.regrouped[group] { // a gateway that gives no form of its own for it takes the word in the answer
			l.unasked++
			return l.regroup(group)
		}
		form.group = group
	}
	values, regroup, err := l.ask(form, response)
	if err != nil {
		return nil, err
	}
	if regroup != "" {
		return l.regroup(regroup)
	}
	if form.group != "" {
		l.group = form.group
	}
	l.asked, l.gave = form.names(), form.hasPassword()
	return l.reply(response.Form.Action, values)
}

// regroup begins anew for another group.
func (l *login) regroup(group string) (*authform.Response, error) {
	if l.regrouped == nil {
		l.regrouped = map[string]bool{}
	}
	l.group, l.regrouped[group], l.asked = group, true, nil
	return l.begin()
}

// showCertificate begins anew on a connection that shows the certificate, or
// says that there is none.
func (l *login) showCertificate() (*authform.Response, error) {
	l.unasked++
	if l.noClient {
		return nil, tunnel.Errorf(tunnel.CodeClientCertificate, "log in", "the gateway insists on a client certificate")
	}
	if l.gateway.showedCertificate || l.gateway.cfg.Certificate == nil || l.anew {
		l.noClient = true
	}
	l.anew = true
	l.gateway.disconnect() // gateways ask for it on a fresh connection only
	return l.begin()
}

// noteRetry tells a form that comes again because its answer was refused from
// the next step. A password that was taken is not asked for again, so what
// looks like one afterwards is a code.
func (l *login) noteRetry(form *filling, response *authform.Response) {
	again := l.asked != nil && slices.Equal(l.asked, form.names())
	refused := response.Error != "" || isFailure(response.Message)
	switch {
	case again || refused && l.asked != nil:
		l.attempt++
	default:
		l.attempt = 0
		if l.gave {
			l.passwordsIn++
		}
	}
	l.gave = false
	form.later = l.passwordsIn > 0
}

// isFailure recognises the words of a message that say "no" (ocserv has no
// error element for it).
func isFailure(message string) bool {
	lower := strings.ToLower(message)
	return strings.Contains(lower, "failed") || strings.Contains(lower, "incorrect") || strings.Contains(lower, "invalid")
}

// ask has a form filled in. regroup is a group that the person chose instead.
func (l *login) ask(form *filling, response *authform.Response) (values []authform.Value, regroup string, err error) {
	fields := form.fields(l.gateway.cfg.User)
	if len(fields) == 0 {
		l.unasked++
		return form.values(nil), "", nil
	}
	l.unasked = 0
	question := tunnel.Question{
		Kind: tunnel.QuestionLogin, Title: response.Title, Message: response.Message, Error: response.Error,
		Form:    &tunnel.Form{Fields: fields, Round: l.rounds, Attempt: l.attempt},
		Choices: []tunnel.Choice{tunnel.ChoiceOK, tunnel.ChoiceCancel},
	}
	if l.attempt > 0 && question.Error == "" && isFailure(response.Message) {
		question.Error, question.Message = response.Message, ""
	}
	given, err := l.gateway.ask(l.ctx, question)
	if err != nil {
		return nil, "", err
	}
	if given.Choice == tunnel.ChoiceCancel {
		return nil, "", tunnel.Errorf(tunnel.CodeCancelled, "log in", "the person gave up")
	}
	if chosen := given.Fields[authform.GroupField].Reveal(); chosen != "" && chosen != form.group {
		return nil, chosen, nil
	}
	return form.values(given.Fields), "", nil
}

// reply posts the values of a form.
func (l *login) reply(action string, values []authform.Value) (*authform.Response, error) {
	path, err := l.actionPath(action)
	if err != nil {
		return nil, err
	}
	if !l.legacy {
		return l.send(request{
			method: http.MethodPost, path: path, contentType: xmlType, body: l.client().Reply(l.opaque, values),
		})
	}
	fields := url.Values{}
	for _, v := range values {
		fields.Add(v.Name, v.Text.Reveal())
	}
	return l.send(request{
		method: http.MethodPost, path: path,
		contentType: "application/x-www-form-urlencoded", body: []byte(fields.Encode()),
	})
}

// actionPath resolves a form's action against the present address; it may not
// lead to another host.
func (l *login) actionPath(action string) (string, error) {
	if action == "" {
		return l.gateway.path(), nil
	}
	base := &url.URL{Scheme: "https", Host: l.gateway.hostPort(), Path: "/"}
	if current, err := base.Parse(l.gateway.path()); err == nil {
		base = current
	}
	target, err := base.Parse(action)
	if err != nil {
		return "", tunnel.NewError(tunnel.CodeProtocol, "find where the form goes", err)
	}
	if target.Scheme != "https" || target.Host != l.gateway.hostPort() {
		return "", tunnel.Errorf(tunnel.CodeProtocol, "find where the form goes", "it goes to another host")
	}
	if target.RawQuery == "" {
		target.RawQuery = base.RawQuery // a camouflaged gateway wants its secret on each connection
	}
	return target.RequestURI(), nil
}

// send exchanges one request of the login and understands the answer.
func (l *login) send(r request) (*authform.Response, error) {
	for {
		a, err := l.gateway.exchange(l.ctx, r)
		if err != nil {
			return nil, err
		}
		if location := a.header.Get("Location"); a.status/100 == 3 && location != "" {
			if err := l.gateway.follow(location); err != nil {
				return nil, err
			}
			// What was typed for one address is not sent to another, nor what
			// the first one wanted echoed: a login begins anew there.
			l.opaque, l.asked, l.noClient, l.anew = nil, nil, false, false
			next := request{method: http.MethodPost, path: l.gateway.path(), contentType: xmlType, body: l.client().Init()}
			if l.legacy {
				next = request{method: http.MethodGet, path: l.gateway.path()}
			}
			r = next
			continue
		}
		return l.understand(a)
	}
}

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
