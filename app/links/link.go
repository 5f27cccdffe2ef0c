package links

import (
	"net/url"

	"torii/app/api"
	"torii/tunnel"
)

// Action is what a link wants.
type Action string

// The actions of the format. Close is the older word for bringing the window
// forward.
const (
	ActionCreate     Action = "create"
	ActionConnect    Action = "connect"
	ActionDisconnect Action = "disconnect"
	ActionImport     Action = "import"
	ActionClose      Action = "close"
)

// Import is what a link of ActionImport brings.
type Import string

// The imports.
const (
	ImportCertificate  Import = "pkcs12"
	ImportLocalization Import = "localization"
	ImportProfile      Import = "profile"
)

// Link is a link that was understood.
type Link struct {
	Action Action
	// Entry is the connection of ActionCreate.
	Entry api.Entry
	// Name is the connection of ActionConnect; where it is "", Target is the
	// gateway.
	Name   string
	Target api.Entry
	// Prefill are values for the login form of ActionConnect, by the name of
	// its field.
	Prefill map[string]tunnel.Secret
	// Import is what ActionImport brings, from Source; localization files come
	// in Language from the gateway Host.
	Import   Import
	Source   *url.URL
	Language string
	Host     string
	// OnSuccess and OnError are pages to show afterwards; nil for none.
	OnSuccess, OnError *url.URL
}
