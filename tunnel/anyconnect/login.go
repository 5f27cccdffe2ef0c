package anyconnect

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"torii/tunnel"
	"torii/tunnel/anyconnect/authform"
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
	// regrouped is the group that a login was begun anew for, deafToGroups says
	// that the gateway gave the same form again: it takes the group's name with
	// the answer only.
	regrouped    string
	deafToGroups bool

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
	if err == nil && !isCookie(l.cookie.Reveal()) {
		return tunnel.Errorf(tunnel.CodeProtocol, "log in", "the session's cookie is none")
	}
	return err
}

// isCookie reports whether a value can stand in a Cookie header (RFC 6265,
// section 4.1.1): another one could write our requests.
func isCookie(value string) bool {
	return value != "" && !strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == ';' })
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
		l.deafToGroups = l.deafToGroups || l.legacy || l.regrouped == group
		if !l.deafToGroups {
			l.unasked++
			return l.regroup(group)
		}
		form.choose(group)
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
	l.group, l.regrouped, l.asked = group, group, nil
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
	given, err := l.put(form, question)
	if err != nil {
		return nil, "", err
	}
	if chosen := given.Fields[authform.GroupField].Reveal(); chosen != "" && chosen != form.group {
		if !l.deafToGroups && !l.legacy {
			return nil, chosen, nil
		}
		before := form.names()
		form.choose(chosen)
		if !slices.Equal(before, form.names()) {
			l.rounds++
			return l.ask(form, response)
		}
	}
	return form.values(given.Fields), "", nil
}

// maxMistyped bounds how often a new password may be typed in two ways.
const maxMistyped = 10

// put asks a person, again where a new password was typed in two ways.
func (l *login) put(form *filling, question tunnel.Question) (tunnel.Answer, error) {
	for range maxMistyped {
		given, err := l.gateway.ask(l.ctx, question)
		switch {
		case err != nil:
			return given, err
		case given.Choice == tunnel.ChoiceCancel:
			return given, tunnel.Errorf(tunnel.CodeCancelled, "log in", "the person gave up")
		case !form.mistyped(given.Fields):
			return given, nil
		}
		again := *question.Form
		again.Attempt++
		question.Form, question.Error = &again, "The two new passwords differ."
	}
	return tunnel.Answer{}, tunnel.Errorf(tunnel.CodeLoginRefused, "log in", "the new password was typed in two ways each time")
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
