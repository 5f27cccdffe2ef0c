// Package authform is the XML of an AnyConnect login: what a gateway asks
// (config-auth with a form, or the older bare auth) and what a client replies
// (draft-mavrogiannopoulos-openconnect, section 2.1; facts page, section 2).
package authform

import (
	"fmt"
	"strings"

	"torii/tunnel"
	"torii/tunnel/internal/words"
)

// Response is a gateway's answer in a login.
type Response struct {
	// Complete says that the login succeeded.
	Complete bool
	// SessionToken is the session's cookie where the answer itself carries it.
	SessionToken tunnel.Secret
	// Opaque is to be echoed unchanged; nil where there is none.
	Opaque []byte

	// AuthID is the gateway's name of the step ("main", "challenge").
	AuthID  string
	Title   string
	Message string
	Banner  string
	Error   string

	Form *Form
	// WantsCertificate says that the gateway wants a client certificate before
	// it goes on.
	WantsCertificate bool
	// Unsupported names what the gateway wants and Torii does not do ("SSO",
	// "host scan"); "" for nothing.
	Unsupported string
}

// Form is a form to be filled in, as the gateway wrote it.
type Form struct {
	Action string // where to post; "" is the present address
	Inputs []Input
}

// Input is one input or select of a form.
type Input struct {
	Type  string // "text", "password", "hidden", "select"
	Name  string
	Label string
	Value string
	// Second marks an input that is for groups with a second login only.
	Second bool
	// Options of a select.
	Options []Option
}

// Option is one choice of a select.
type Option struct {
	Value    string
	Label    string
	Selected bool
	// NoLogin says that this group wants no user and password, NeedsSecond
	// that it wants the second ones (noaaa, second-auth).
	NoLogin, NeedsSecond bool
	// OverrideLabel replaces the label of the input OverrideName for this group.
	OverrideName, OverrideLabel string
	// SecondUser is the name of the second login; SecondUserFixed says that it
	// may not be changed (secondary_username, secondary_username_editable).
	SecondUser      string
	SecondUserFixed bool
}

// GroupField is the name of the select that chooses a group.
const GroupField = "group_list"

// Bounds of what a person is shown; texts in bytes.
const (
	maxInputs  = 64
	maxOptions = 1000
	maxLabel   = 200
	maxText    = 8 << 10
)

// Parse reads a gateway's answer.
func Parse(document []byte) (*Response, error) {
	root, err := parseDocument(document)
	if err != nil {
		return nil, fmt.Errorf("read the gateway's answer: %w", err)
	}
	switch root.name {
	case "config-auth":
		return parseConfigAuth(root)
	case "auth": // the older login answers without the envelope
		r := &Response{}
		r.takeAuth(root)
		return r, r.check()
	default:
		return nil, fmt.Errorf("read the gateway's answer: <%s> is no login", root.name)
	}
}

func parseConfigAuth(root *node) (*Response, error) {
	r := &Response{
		Complete:     root.attrs["type"] == "complete",
		SessionToken: tunnel.NewSecret(root.textOf("session-token")),
		Error:        words.Text(root.textOf("error"), maxText),
	}
	if opaque := root.child("opaque"); opaque != nil {
		r.Opaque = opaque.raw
	}
	if root.child("client-cert-request") != nil && root.child("cert-authenticated") == nil {
		r.WantsCertificate = true
	}
	if root.child("multiple-client-cert-request") != nil {
		r.Unsupported = "two client certificates"
	}
	if scan := root.child("host-scan"); scan != nil {
		r.Unsupported = "host scan"
	}
	if auth := root.child("auth"); auth != nil {
		r.takeAuth(auth)
	}
	return r, r.check()
}

// takeAuth reads the auth element.
func (r *Response) takeAuth(auth *node) {
	r.AuthID = words.Line(auth.attrs["id"], maxLabel)
	r.Complete = r.Complete || r.AuthID == "success" || auth.child("authentication-complete") != nil
	r.Title = words.Line(auth.textOf("title"), maxLabel)
	r.Message = words.Text(auth.textOf("message"), maxText)
	r.Banner = words.Text(auth.textOf("banner"), maxText)
	if text := words.Text(auth.textOf("error"), maxText); text != "" {
		r.Error = text
	}
	for _, c := range auth.children {
		switch {
		case strings.HasPrefix(c.name, "csd"):
			r.Unsupported = "host scan"
		case c.name == "sso-v2-login":
			r.Unsupported = "SSO"
		}
	}
	if form := auth.child("form"); form != nil {
		r.takeForm(form)
	}
}

// takeForm reads the form element.
func (r *Response) takeForm(form *node) {
	r.Form = &Form{Action: form.attrs["action"]}
	for _, c := range form.children {
		switch c.name {
		case "input":
			r.takeInput(c)
		case "select":
			r.Form.Inputs = append(r.Form.Inputs, selectOf(c))
		}
	}
}

func (r *Response) takeInput(c *node) {
	kind := strings.ToLower(c.attrs["type"])
	switch kind {
	case "submit", "reset":
		return
	case "sso":
		r.Unsupported = "SSO"
		return
	case "password", "hidden":
	default:
		kind = "text"
	}
	r.Form.Inputs = append(r.Form.Inputs, Input{
		Type: kind, Name: c.attrs["name"], Label: words.Line(c.attrs["label"], maxLabel), Value: c.attrs["value"],
		Second: c.is("second-auth"),
	})
}

func selectOf(c *node) Input {
	in := Input{Type: "select", Name: c.attrs["name"], Label: words.Line(c.attrs["label"], maxLabel)}
	for _, o := range c.children {
		if o.name != "option" {
			continue
		}
		value, ok := o.attrs["value"]
		if !ok {
			value = o.text
		}
		in.Options = append(in.Options, Option{
			Value: value, Label: words.Line(o.text, maxLabel), Selected: o.is("selected"),
			NoLogin: o.is("noaaa"), NeedsSecond: o.is("second-auth"),
			OverrideName: o.attrs["override-name"], OverrideLabel: words.Line(o.attrs["override-label"], maxLabel),
			SecondUser:      o.attrs["secondary_username"],
			SecondUserFixed: o.attrs["secondary_username"] != "" && !o.is("secondary_username_editable"),
		})
	}
	return in
}

// check refuses an answer that nobody can go on from.
func (r *Response) check() error {
	if r.Form != nil {
		return r.Form.check()
	}
	if r.Error == "" {
		r.Error = r.Message // some gateways refuse without calling it an error
	}
	if r.Complete || r.Error != "" || r.WantsCertificate || r.Unsupported != "" {
		return nil
	}
	return fmt.Errorf("read the gateway's answer: there is neither a form nor an end in it")
}

// check refuses a form that no person can fill in: one without end, or with
// two inputs of one name.
func (f *Form) check() error {
	if len(f.Inputs) > maxInputs {
		return fmt.Errorf("read the gateway's form: %d inputs", len(f.Inputs))
	}
	seen := map[string]bool{}
	for _, in := range f.Inputs {
		if in.Type == "hidden" {
			continue
		}
		if seen[in.Name] || in.Name == "" {
			return fmt.Errorf("read the gateway's form: an input without a name of its own: %q", words.Line(in.Name, maxLabel))
		}
		seen[in.Name] = true
		if len(in.Options) > maxOptions {
			return fmt.Errorf("read the gateway's form: %d options", len(in.Options))
		}
	}
	return nil
}

// Group returns the group that a form has chosen, and the select's position;
// -1 where the form has no groups.
func (f *Form) Group() (chosen *Option, at int) {
	for i := range f.Inputs {
		in := &f.Inputs[i]
		if in.Name != GroupField || len(in.Options) == 0 {
			continue
		}
		for j := range in.Options {
			if in.Options[j].Selected {
				return &in.Options[j], i
			}
		}
		return &in.Options[0], i
	}
	return nil, -1
}
