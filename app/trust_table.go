package app

import (
	"slices"

	"torii/app/certificates"
	"torii/certstore/verify"
	"torii/tunnel"
)

// wrong is the worst that was found about a server: it decides what can be done.
type wrong string

const (
	wrongNothing   wrong = ""
	wrongUntrusted wrong = "untrusted"              // valid, and nobody vouches for it
	wrongInvalid   wrong = "invalid"                // dates, usage, name, or it makes no sense
	wrongRevoked   wrong = "revoked"                // the authority has taken it back
	wrongSilent    wrong = "revocation-unreachable" // nobody tells, and the setting wants to know
	wrongPin       wrong = "pin"                    // it is not the one that the entry names
	wrongMissing   wrong = "no-certificate"
)

// trustRow says what follows from what is wrong.
type trustRow struct {
	wrong  wrong
	blocks bool // the setting block-untrusted-servers
	// choices are the prompt's, the safe one first; none means that nobody is
	// asked.
	choices []tunnel.Choice
	// code is how the connect ends where nobody lets the server pass; "" passes
	// in silence.
	code tunnel.Code
}

// mayImport reports whether the server may be trusted from now on.
func (r trustRow) mayImport() bool { return slices.Contains(r.choices, tunnel.ChoiceImport) }

// mayContinue reports whether it may pass this once.
func (r trustRow) mayContinue() bool { return slices.Contains(r.choices, tunnel.ChoiceContinue) }

// trustTable is the whole decision about servers, as SECURITY.md shows it (000,
// untrusted server). While untrusted servers are blocked there is no way past,
// only to the setting: "Keep Me Safe" and "Change Settings". Else a person may go
// on this once, and import what is valid. What its authority has taken back, and
// what is not the one that was named, never passes, whatever the setting is.
func trustTable() []trustRow {
	const refused = tunnel.CodeServerCertificate
	safe := []tunnel.Choice{tunnel.ChoiceCancel}
	block := []tunnel.Choice{tunnel.ChoiceCancel, tunnel.ChoiceSettings}
	once := []tunnel.Choice{tunnel.ChoiceCancel, tunnel.ChoiceContinue}
	always := []tunnel.Choice{tunnel.ChoiceCancel, tunnel.ChoiceContinue, tunnel.ChoiceImport}
	return []trustRow{
		{wrongNothing, true, nil, ""},
		{wrongNothing, false, nil, ""},
		{wrongUntrusted, true, block, refused},
		{wrongUntrusted, false, always, refused},
		{wrongInvalid, true, block, refused},
		{wrongInvalid, false, once, refused},
		{wrongRevoked, true, safe, refused},
		{wrongRevoked, false, safe, refused},
		{wrongSilent, true, block, refused},
		{wrongSilent, false, block, refused},
		{wrongPin, true, nil, refused},
		{wrongPin, false, nil, refused},
		{wrongMissing, true, nil, refused},
		{wrongMissing, false, nil, refused},
	}
}

// trustRowOf finds a row.
func trustRowOf(what wrong, blocks bool) trustRow {
	for _, row := range trustTable() {
		if row.wrong == what && row.blocks == blocks {
			return row
		}
	}
	// Not in the table: nothing passes.
	return trustRow{wrong: what, blocks: blocks, code: tunnel.CodeServerCertificate}
}

// wrongOf is the worst of what verification found.
func wrongOf(problems []verify.Problem) wrong {
	switch {
	case len(problems) == 0:
		return wrongNothing
	case certificates.MayAccept(problems):
		return wrongUntrusted
	}
	return wrongInvalid
}
