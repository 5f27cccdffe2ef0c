package tunnel

// Note is something about a connection that a person should know, and that
// stops nothing.
type Note struct {
	Code NoteCode `json:"code"`
	// Message says it in one sentence or two.
	Message string `json:"message"`
	// Serious notes are shown like errors.
	Serious bool `json:"serious,omitempty"`
}

// NoteCode says what a Note is about. Faces map it to words by the catalogue
// (key "note.<code>").
type NoteCode string

// The notes.
const (
	// NoteCertificateChanged: the server shows another certificate than at the
	// last visit, and is trusted all the same.
	NoteCertificateChanged NoteCode = "certificate-changed"
	// NoteRevocationUnreachable: nobody told whether the certificate was revoked.
	NoteRevocationUnreachable NoteCode = "revocation-unreachable"
	// NoteAcceptedOnce: the server could not be verified, and the person went on.
	NoteAcceptedOnce NoteCode = "accepted-once"
	// NoteOldTLS: this connection may use encryption that others can break.
	NoteOldTLS NoteCode = "old-tls"
)
