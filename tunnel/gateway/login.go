package gateway

import (
	"crypto/rand"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"
)

const (
	// maxLogins bounds the logins that are under way; the oldest goes first.
	maxLogins = 128
	// loginLifetime is how long a login may take.
	loginLifetime = 5 * time.Minute
)

// login is a login that is under way, found by its webvpncontext cookie.
type login struct {
	id       string
	started  time.Time
	user     string
	group    string
	device   string // its unique id, as the client says
	step     step
	attempts int
	forms    int // sent so far, for FaultEndlessForms
}

// step is the form that a login waits for.
type step int

const (
	stepCredentials step = iota
	stepCode
	stepNewPassword
	stepDone
)

// form is what a person is asked; the two dialects write it down differently.
type form struct {
	id      string // "main" or "challenge"
	message string
	failure string // the word on the previous answer
	inputs  []input
	groups  []string // for a choice; the chosen one first
}

// input is one field of a form.
type input struct {
	kind, name, label string
	second            bool
}

// answers are the fields of a filled-in form, by name.
type answers map[string]string

// password returns the field that the form of a later round calls differently
// from client to client.
func (a answers) password() string {
	for _, name := range []string{"answer", "password", "secondary_password", "new_password"} {
		if value := a[name]; value != "" {
			return value
		}
	}
	return ""
}

// newLogin starts a login and forgets those that took too long.
func (g *Gateway) newLogin(group string) *login {
	g.mu.Lock()
	defer g.mu.Unlock()
	var oldest *login
	for id, l := range g.logins {
		if time.Since(l.started) > loginLifetime {
			delete(g.logins, id)
		} else if oldest == nil || l.started.Before(oldest.started) {
			oldest = l
		}
	}
	if len(g.logins) >= maxLogins {
		delete(g.logins, oldest.id)
	}
	l := &login{id: rand.Text(), started: time.Now(), group: group}
	if len(g.config.Groups) > 0 && group == "" {
		l.group = g.config.Groups[0]
	}
	if g.config.CertificateOnly {
		l.step = stepDone
	}
	g.logins[l.id] = l
	return l
}

// findLogin returns the login of a cookie; nil when there is none.
func (g *Gateway) findLogin(id string) *login {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.logins[id]
}

// dropLogin forgets a login.
func (g *Gateway) dropLogin(l *login) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.logins, l.id)
}

// nextForm is the form of the step that the login has reached.
func (g *Gateway) nextForm(l *login, failure string) form {
	l.forms++
	switch l.step {
	case stepCode:
		return form{id: "challenge", message: "Enter the code of your token.", failure: failure,
			inputs: []input{{kind: "password", name: "answer", label: "Code:"}}}
	case stepNewPassword:
		return form{id: "challenge", message: "Your password has expired. Choose a new one.", failure: failure,
			inputs: []input{
				{kind: "password", name: "new_password", label: "New password:"},
				{kind: "password", name: "verify_password", label: "Verify password:"},
			}}
	}
	if g.Fault() == FaultEndlessForms && l.forms > 1 {
		return form{id: "challenge", message: "Question " + strconv.Itoa(l.forms) + " of many.",
			inputs: []input{{kind: "text", name: "answer", label: "Answer " + strconv.Itoa(l.forms) + ":"}}}
	}
	f := form{id: "main", message: "Please enter your username and password.", failure: failure,
		inputs: []input{
			{kind: "text", name: "username", label: "Username:"},
			{kind: "password", name: "password", label: "Password:"},
		}}
	if g.config.SecondPassword != "" {
		f.inputs = append(f.inputs, input{kind: "password", name: "secondary_password", label: "Second password:", second: true})
	}
	if len(g.config.Groups) > 0 {
		f.groups = append(f.groups, l.group)
		for _, group := range g.config.Groups {
			if group != l.group {
				f.groups = append(f.groups, group)
			}
		}
	}
	return f
}

// outcome is what an answered form leads to.
type outcome int

const (
	outcomeForm outcome = iota // another form, or the same once more
	outcomeDone                // logged in
	outcomeRefused
)

// answer takes a filled-in form. failure is the word to show with the next one.
func (g *Gateway) answer(l *login, a answers) (result outcome, failure string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.Fault() == FaultEndlessForms:
		return outcomeForm, ""
	case !g.accepts(l, a):
		l.attempts++
		if l.attempts >= g.config.MaxAttempts {
			return outcomeRefused, "Login failed."
		}
		return outcomeForm, "Login failed."
	}
	l.attempts = 0
	switch l.step {
	case stepCredentials:
		l.user = a["username"]
		if group := a["group_list"]; group != "" {
			l.group = group
		}
		l.step = stepCode
		if g.code() == "" {
			l.step = g.afterCode()
		}
	case stepCode:
		l.step = g.afterCode()
	case stepNewPassword:
		g.password = a.password()
		g.changePassword = false
		l.step = stepDone
	}
	if l.step == stepDone {
		return outcomeDone, ""
	}
	return outcomeForm, ""
}

// accepts tells whether an answer is right for the login's step; g.mu is held.
func (g *Gateway) accepts(l *login, a answers) bool {
	switch l.step {
	case stepCredentials:
		return g.Fault() != FaultWrongPassword &&
			a["username"] == g.config.User && a["password"] == g.password &&
			a["secondary_password"] == g.config.SecondPassword &&
			(a["group_list"] == "" || slices.Contains(g.config.Groups, a["group_list"]))
	case stepCode:
		return a.password() == g.code()
	case stepNewPassword:
		verify, sent := a["verify_password"]
		return a.password() != "" && a.password() != g.password && (!sent || verify == a.password())
	default:
		return false
	}
}

// code is the one-time code to ask for; "" for none. g.mu is held.
func (g *Gateway) code() string {
	if g.config.OneTimeCode == "" && g.Fault() == FaultOneTimeCode {
		return DefaultCode
	}
	return g.config.OneTimeCode
}

// afterCode is the step behind the one-time code; g.mu is held.
func (g *Gateway) afterCode() step {
	if g.changePassword {
		return stepNewPassword
	}
	return stepDone
}

// parseLegacyReply reads the body of a filled-in form of the older login,
// which is encoded as in a web page.
func parseLegacyReply(body string) (answers, error) {
	values, err := url.ParseQuery(body)
	if err != nil {
		return nil, fmt.Errorf("read form: %w", err)
	}
	a := answers{}
	for name := range values {
		a[name] = values.Get(name)
	}
	return a, nil
}
