package gateway

import (
	"bytes"
	"crypto/tls"
	"encoding/xml"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	maxBody = 64 << 10
	// hugeAnswer is how much FaultHugeAnswer sends, in bytes.
	hugeAnswer = 1 << 30

	loginCookie   = "webvpncontext" // a login that is under way
	sessionCookie = "webvpn"        // a session
)

// serveHTTP answers one request.
func (g *Gateway) serveHTTP(w http.ResponseWriter, r *http.Request) {
	if g.waitWhileFrozen(r.Context()) != nil {
		return
	}
	if !g.seesThroughCamouflage(r) {
		if r.Method == http.MethodConnect {
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		http.NotFound(w, r)
		return
	}
	if r.Method == http.MethodConnect {
		g.serveConnect(w, r)
		return
	}
	switch g.Fault() {
	case FaultRubbish:
		w.Header().Set("Content-Type", "text/xml")
		w.Write(rubbish())
		return
	case FaultHugeAnswer:
		sendHugeAnswer(w)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, "The request is too large.", http.StatusRequestEntityTooLarge)
		return
	}
	switch {
	case g.config.LegacyLogin:
		g.serveLegacyLogin(w, r, body)
	case r.Method == http.MethodPost:
		g.serveLogin(w, r, body)
	default:
		http.Error(w, "Use an AnyConnect client.", http.StatusNotFound)
	}
}

// seesThroughCamouflage admits a request with the secret in its URL, and
// those that follow one on the ground of a cookie of ours.
func (g *Gateway) seesThroughCamouflage(r *http.Request) bool {
	if g.config.Camouflage == "" || r.URL.RawQuery == g.config.Camouflage {
		return true
	}
	return g.findLogin(cookie(r, loginCookie)) != nil || g.findSession(cookie(r, sessionCookie)) != nil
}

// cookie returns a cookie's value; "" when there is none.
func cookie(r *http.Request, name string) string {
	if c, err := r.Cookie(name); err == nil {
		return c.Value
	}
	return ""
}

// serveLogin takes a login one step further in the XML dialect.
func (g *Gateway) serveLogin(w http.ResponseWriter, r *http.Request, body []byte) {
	request, err := parseRequest(body)
	if err != nil {
		http.Error(w, "The request is no config-auth document.", http.StatusBadRequest)
		return
	}
	if request.Type != "auth-reply" {
		g.beginLogin(w, r, request)
		return
	}
	l := g.findLogin(cookie(r, loginCookie))
	if l == nil || request.Handle != l.id {
		// The client lost the cookie, or did not give the opaque back as it was.
		http.Error(w, "The login is not known here.", http.StatusBadRequest)
		return
	}
	switch result, failure := g.answer(l, request.answers()); result {
	case outcomeDone:
		g.completeLogin(w, l)
	case outcomeRefused:
		g.refuseLogin(w, l, failure)
	case outcomeForm:
		g.sendXML(w, g.formReply(l, failure))
	}
}

// beginLogin answers an init: it looks at the certificate and at the group and
// sends the first form.
func (g *Gateway) beginLogin(w http.ResponseWriter, r *http.Request, request *xmlRequest) {
	shown := len(connOf(r).ConnectionState().PeerCertificates) > 0
	if g.config.Certificate != CertificateNone && !shown {
		if request.ClientCertFail == nil {
			g.sendXML(w, xmlReply{Type: "auth-request", WantCert: &struct{}{}})
			return
		}
		if g.config.Certificate == CertificateRequired {
			g.sendXML(w, xmlReply{Type: "auth-request", Auth: &xmlAuth{ID: "main",
				Error: &xmlError{ID: 92, Text: "Certificate Validation Failure"}}})
			return
		}
	}
	l := g.newLogin(g.chosenGroup(r, request.GroupSelect))
	l.device = request.Device.UniqueID
	setCookie(w, loginCookie, l.id)
	if l.step == stepDone {
		g.completeLogin(w, l)
		return
	}
	g.sendXML(w, g.formReply(l, ""))
}

// chosenGroup is the group of the request, by its element or by the URL's
// path; "" when it names none that exists.
func (g *Gateway) chosenGroup(r *http.Request, element string) string {
	for _, name := range []string{element, strings.Trim(r.URL.Path, "/")} {
		if slices.Contains(g.config.Groups, name) {
			return name
		}
	}
	return ""
}

// formReply wraps the next form.
func (g *Gateway) formReply(l *login, failure string) xmlReply {
	return xmlReply{
		Type:   "auth-request",
		Opaque: &xmlOpaque{For: "sg", Group: l.group, Handle: l.id, ConfigHash: strconv.FormatInt(l.started.UnixNano(), 16)},
		Auth:   formAuth(g.nextForm(l, failure)),
	}
}

// completeLogin makes the session and gives its cookie.
func (g *Gateway) completeLogin(w http.ResponseWriter, l *login) {
	g.dropLogin(l)
	s, err := g.newSession(l)
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	setCookie(w, sessionCookie, s.cookie)
	if g.config.LegacyLogin {
		g.sendDocument(w, xmlAuth{ID: "success", Title: "Practice gateway"})
		return
	}
	g.sendXML(w, xmlReply{Type: "complete", SessionID: "1", Token: s.cookie,
		Auth: &xmlAuth{ID: "success", Title: "Practice gateway"}})
}

// refuseLogin ends a login for good, as ocserv does.
func (g *Gateway) refuseLogin(w http.ResponseWriter, l *login, reason string) {
	g.dropLogin(l)
	w.Header().Set("X-Reason", reason)
	w.Header().Set("Connection", "close")
	w.WriteHeader(http.StatusUnauthorized)
}

// serveLegacyLogin speaks the older dialect: forms without a config-auth
// around them, answers as in a web page.
func (g *Gateway) serveLegacyLogin(w http.ResponseWriter, r *http.Request, body []byte) {
	if r.Method != http.MethodPost {
		l := g.newLogin(g.chosenGroup(r, ""))
		setCookie(w, loginCookie, l.id)
		if l.step == stepDone {
			g.completeLogin(w, l)
			return
		}
		g.sendDocument(w, formAuth(g.nextForm(l, "")))
		return
	}
	l := g.findLogin(cookie(r, loginCookie))
	if l == nil || bytes.Contains(body, []byte("<config-auth")) {
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, "<html><body>This gateway knows no XML requests.</body></html>\n")
		return
	}
	a, err := parseLegacyReply(string(body))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	switch result, failure := g.answer(l, a); result {
	case outcomeDone:
		g.completeLogin(w, l)
	case outcomeRefused:
		g.refuseLogin(w, l, failure)
	case outcomeForm:
		g.sendDocument(w, formAuth(g.nextForm(l, failure)))
	}
}

// sendXML sends a config-auth document.
func (g *Gateway) sendXML(w http.ResponseWriter, reply xmlReply) {
	reply.Client, reply.Aggregate = "vpn", 2
	reply.Version = xmlVersion{Who: "sg", Value: "1.0"}
	g.sendDocument(w, reply)
}

// sendDocument sends any document.
func (g *Gateway) sendDocument(w http.ResponseWriter, document any) {
	text, err := xml.Marshal(document)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	w.Header().Set("X-Transcend-Version", "1")
	w.Write(append([]byte(xml.Header), text...))
}

// setCookie gives the client a cookie.
func setCookie(w http.ResponseWriter, name, value string) {
	http.SetCookie(w, &http.Cookie{Name: name, Value: value, Path: "/", Secure: true, HttpOnly: true})
}

// connOf is the connection of a request.
func connOf(r *http.Request) *tls.Conn { return r.Context().Value(connKey{}).(*tls.Conn) }

// rubbish is 4 KiB of bytes that mean nothing; they are the same every time,
// so that a test that fails fails again.
func rubbish() []byte {
	source := rand.New(rand.NewPCG(1, 2))
	b := make([]byte, 4096)
	for i := range b {
		b[i] = byte(source.Uint32())
	}
	return b
}

// sendHugeAnswer sends a document that does not end for a gigabyte, as fast as
// the client takes it.
func sendHugeAnswer(w http.ResponseWriter) {
	http.NewResponseController(w).SetWriteDeadline(time.Now().Add(time.Minute))
	w.Header().Set("Content-Type", "text/xml")
	w.Header().Set("Content-Length", strconv.Itoa(hugeAnswer))
	chunk := bytes.Repeat([]byte("<a> </a>"), 8<<10)
	io.WriteString(w, "<config-auth>")
	for sent := len("<config-auth>"); sent < hugeAnswer; {
		n, err := w.Write(chunk[:min(len(chunk), hugeAnswer-sent)])
		if err != nil {
			return
		}
		sent += n
	}
}
