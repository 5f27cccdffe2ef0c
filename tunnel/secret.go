package tunnel

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// redacted is what a Secret shows of itself.
const redacted = "[redacted]"

// Secret is a password, a one-time code, a cookie or a token. It prints as
// "[redacted]" through every formatting verb and refuses to be marshalled, so
// that it reaches a log or a file only through Reveal.
type Secret struct{ value string }

// NewSecret wraps a secret's text.
func NewSecret(value string) Secret { return Secret{value: value} }

// Reveal returns the text. Call it where the secret goes to its destination
// and nowhere else.
func (s Secret) Reveal() string { return s.value }

// Empty reports whether there is no text.
func (s Secret) Empty() bool { return s.value == "" }

// Format implements fmt.Formatter, so that no verb gives the secret away.
func (s Secret) Format(out fmt.State, _ rune) { io.WriteString(out, redacted) }

// String implements fmt.Stringer, for loggers that do not format.
func (s Secret) String() string { return redacted }

// MarshalJSON refuses: a secret in a JSON document is a mistake of its author.
func (s Secret) MarshalJSON() ([]byte, error) {
	return nil, errors.New("a secret cannot be marshalled")
}

var _ json.Marshaler = Secret{}
