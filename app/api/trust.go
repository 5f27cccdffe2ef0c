package api

import "time"

// MethodDecisions: nothing -> []Decision, the newest first.
const MethodDecisions Method = "trust.decisions"

// Decision is one about a server, as the audit list keeps it.
type Decision struct {
	When        time.Time `json:"when"`
	Host        string    `json:"host"`
	Port        uint16    `json:"port"`
	Fingerprint string    `json:"fingerprint"` // SHA-256 of the leaf's DER, 64 lower-case hex digits; "" for no certificate
	Subject     string    `json:"subject,omitempty"`
	Issuer      string    `json:"issuer,omitempty"`
	// Found is what was found, in the words of the doctor's codes
	// ("expired", "certificate-changed", ..).
	Found  []string `json:"found,omitempty"`
	Chosen Chosen   `json:"chosen"`
	// Person tells that a person was asked; without it Torii decided.
	Person bool `json:"person,omitempty"`
}

// Chosen is how a decision about a server went.
type Chosen string

// The ends of a decision.
const (
	ChosenTrusted  Chosen = "trusted"  // an authority vouches for it
	ChosenPinned   Chosen = "pinned"   // it is the one that the entry names
	ChosenImported Chosen = "imported" // the person had imported it
	ChosenContinue Chosen = "continue" // the person let it pass this once
	ChosenImport   Chosen = "import"   // the person lets it pass from now on
	ChosenCancel   Chosen = "cancel"   // the person, or nobody, said no
	ChosenSettings Chosen = "change-settings"
	ChosenRefused  Chosen = "refused" // there was nothing to ask
)

// Passes tells whether the connection went on.
func (c Chosen) Passes() bool {
	switch c {
	case ChosenTrusted, ChosenPinned, ChosenImported, ChosenContinue, ChosenImport:
		return true
	}
	return false
}
