package api

import "time"

// ConsentAction is what another program asks Torii to do.
type ConsentAction string

// The actions that a person is asked about (000, External Control). The first
// two name a host.
const (
	ConsentCreate             ConsentAction = "create"
	ConsentConnect            ConsentAction = "connect"
	ConsentDisconnect         ConsentAction = "disconnect"
	ConsentImportCertificate  ConsentAction = "import-certificate"
	ConsentImportLocalization ConsentAction = "import-localization"
	ConsentImportProfile      ConsentAction = "import-profile"
)

// ConsentActions are all actions, in the order of the guide.
func ConsentActions() []ConsentAction {
	return []ConsentAction{ConsentCreate, ConsentConnect, ConsentDisconnect,
		ConsentImportCertificate, ConsentImportLocalization, ConsentImportProfile}
}

// NamesHost reports whether the action is about a host.
func (a ConsentAction) NamesHost() bool { return a == ConsentCreate || a == ConsentConnect }

// Consent is a request of another program that waits for a person's yes or no.
// It is not the engine's question and may wait beside one.
type Consent struct {
	ID     string        `json:"id"`
	Action ConsentAction `json:"action"`
	// Host is whom the action is about, as the other program wrote it; "" where
	// it is about none.
	Host string `json:"host,omitempty"`
	// Until is when the request is refused for want of an answer.
	Until time.Time `json:"until"`
}

// ConsentAnswer answers State.Consent.
type ConsentAnswer struct {
	ID    string `json:"id"`
	Allow bool   `json:"allow"`
}
