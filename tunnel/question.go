package tunnel

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// QuestionKind says which prompt a face shows.
type QuestionKind string

// The questions that the engine asks.
const (
	// QuestionLogin: fill in a form (Form). Answer.Fields holds the values.
	QuestionLogin QuestionKind = "login"
	// QuestionBanner: read and accept a text (Message).
	QuestionBanner QuestionKind = "banner"
	// QuestionUntrustedServer: Server could not be verified.
	QuestionUntrustedServer QuestionKind = "untrusted-server"
	// QuestionCertificate: choose one of Certificates, which is shown to the
	// gateway. Answer.Certificate holds its ID.
	QuestionCertificate QuestionKind = "certificate"
)

// Choice is what a person pressed.
type Choice string

// The choices of the prompts.
const (
	ChoiceOK       Choice = "ok"       // log in, accept
	ChoiceCancel   Choice = "cancel"   // give up, keep me safe
	ChoiceContinue Choice = "continue" // go on this once although the server is untrusted
	ChoiceImport   Choice = "import"   // go on, and trust this server certificate from now on
	// ChoiceSettings does not go on, and shows the setting that forbids it.
	ChoiceSettings Choice = "change-settings"
)

// Question waits for a person. It lives inside the Snapshot, so it survives a
// closed window; it is answered by its ID.
type Question struct {
	ID   string       `json:"id"`
	Kind QuestionKind `json:"kind"`
	// Title and Message are the gateway's own words, as it sent them.
	Title   string `json:"title,omitempty"`
	Message string `json:"message,omitempty"`
	// Error is the gateway's word on the previous answer ("Login failed.").
	Error string `json:"error,omitempty"`
	// Form is set for QuestionLogin.
	Form *Form `json:"form,omitempty"`
	// Server is set for QuestionUntrustedServer.
	Server *ServerCertificate `json:"server,omitempty"`
	// Certificates are set for QuestionCertificate: at least one, the best first.
	Certificates []CertificateOption `json:"certificates,omitempty"`
	// Choices are the buttons that the question allows, the safe one first.
	Choices []Choice `json:"choices"`
	// Sensitive answers (trust) are taken from the agent's own window or a
	// terminal only (design.md, security rule 6).
	Sensitive bool `json:"sensitive,omitempty"`
}

// Check says why an answer is none that the question allows; nil where it is.
func (q Question) Check(answer Answer) error {
	if !slices.Contains(q.Choices, answer.Choice) {
		return fmt.Errorf("%q is not a choice of this question", answer.Choice)
	}
	is := func(o CertificateOption) bool { return o.ID == answer.Certificate }
	if q.Kind == QuestionCertificate && answer.Choice == ChoiceOK && !slices.ContainsFunc(q.Certificates, is) {
		return errors.New("none of the certificates is chosen")
	}
	return nil
}

// CertificateOption is a certificate of the person's that can be chosen.
type CertificateOption struct {
	ID       string    `json:"id"`     // unique in the question, and what Answer.Certificate holds
	Name     string    `json:"name"`   // as the person knows it
	Issuer   string    `json:"issuer"` // the name of who issued it
	NotAfter time.Time `json:"not_after"`
	Expired  bool      `json:"expired,omitempty"` // when the question was asked
}

// FieldKind says how a field is filled in.
type FieldKind string

// The kinds of form fields.
const (
	FieldText     FieldKind = "text"
	FieldPassword FieldKind = "password"
	FieldSelect   FieldKind = "select"
	// FieldCode is a one-time code: shown as typed, never stored.
	FieldCode FieldKind = "code"
	// FieldNewPassword is a password to be chosen: never filled from the keyring.
	FieldNewPassword FieldKind = "new-password"
)

// Form is a login form to be filled in. Hidden inputs stay in the driver.
type Form struct {
	Fields []Field `json:"fields"`
	// Round counts the forms of this login from 1.
	Round int `json:"round"`
	// Attempt counts how often this same form was refused, from 0. A stored
	// password is used only while it is 0.
	Attempt int `json:"attempt"`
}

// Field is one input of a form.
type Field struct {
	// Name is unique in the form and the key in Answer.Fields.
	Name  string    `json:"name"`
	Label string    `json:"label"`
	Kind  FieldKind `json:"kind"`
	Value string    `json:"value,omitempty"` // suggestion; never a secret
	// Options of a select, in the gateway's order.
	Options []Option `json:"options,omitempty"`
	// Group marks the field that chooses the login group; a change of it
	// brings a new form.
	Group bool `json:"group,omitempty"`
	// StoreKey names the value in the keyring when the person wants it kept
	// ("password", "secondary_password"); empty means never stored.
	StoreKey string `json:"store_key,omitempty"`
}

// Option is one choice of a select field.
type Option struct {
	Value string `json:"value"`
	Label string `json:"label"`
}

// ServerCertificate is what a trust question shows and what a decision is
// bound to: host, port and the exact leaf.
type ServerCertificate struct {
	Host        string    `json:"host"`
	Port        uint16    `json:"port"`
	Fingerprint string    `json:"fingerprint"` // SHA-256 of the leaf's DER, 64 lower-case hex digits
	Subject     string    `json:"subject"`
	Issuer      string    `json:"issuer"`
	Names       []string  `json:"names"` // DNS names and addresses the leaf is for
	NotBefore   time.Time `json:"not_before"`
	NotAfter    time.Time `json:"not_after"`
	// Problems are what verification found, in codes of the doctor
	// ("expired", "not-yet-valid", "unknown-issuer", "name-mismatch", "self-signed", "usage").
	Problems []string `json:"problems"`
}

// Answer is a person's answer to a Question.
type Answer struct {
	Choice Choice
	// Fields holds the values of a form by Field.Name.
	Fields map[string]Secret
	// Certificate is the ID of the one that was chosen.
	Certificate string
	// Remember asks for the passwords of this form to be kept in the keyring.
	Remember bool
}

// Asker puts a question to a person and waits for the answer. It returns
// CodeCancelled when the person gives up and ctx's error when nobody answers
// in time. The ID of the question is set by the asker.
type Asker func(ctx context.Context, q Question) (Answer, error)
