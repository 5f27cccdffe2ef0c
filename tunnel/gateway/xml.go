package gateway

import (
	"encoding/xml"
	"fmt"
	"slices"
)

// The documents of the AnyConnect login (draft-mavrogiannopoulos-openconnect
// section 2.1).

// xmlRequest is what a client posts.
type xmlRequest struct {
	XMLName xml.Name `xml:"config-auth"`
	Type    string   `xml:"type,attr"` // "init" or "auth-reply"
	Handle  string   `xml:"opaque>aggauth-handle"`
	Device  struct {
		UniqueID string `xml:"unique-id,attr"`
	} `xml:"device-id"`
	GroupSelect    string    `xml:"group-select"`
	GroupAccess    string    `xml:"group-access"`
	ClientCertFail *struct{} `xml:"client-cert-fail"`
	Auth           struct {
		Fields []xmlField `xml:",any"`
	} `xml:"auth"`
}

// xmlField is one filled-in input; its element has the input's name.
type xmlField struct {
	XMLName xml.Name
	Value   string `xml:",chardata"`
}

// xmlReply is what the gateway answers.
type xmlReply struct {
	XMLName    xml.Name   `xml:"config-auth"`
	Client     string     `xml:"client,attr"`
	Type       string     `xml:"type,attr"` // "auth-request" or "complete"
	Aggregate  int        `xml:"aggregate-auth-version,attr"`
	Version    xmlVersion `xml:"version"`
	Opaque     *xmlOpaque `xml:"opaque,omitempty"`
	WantCert   *struct{}  `xml:"client-cert-request"`
	SessionID  string     `xml:"session-id,omitempty"`
	Token      string     `xml:"session-token,omitempty"`
	Auth       *xmlAuth   `xml:"auth,omitempty"`
	CertFailed *xmlError  `xml:"error,omitempty"`
}

type xmlVersion struct {
	Who   string `xml:"who,attr"`
	Value string `xml:",chardata"`
}

// xmlOpaque comes back unchanged from an honest client.
type xmlOpaque struct {
	For        string `xml:"is-for,attr"`
	Group      string `xml:"tunnel-group,omitempty"`
	Handle     string `xml:"aggauth-handle"`
	ConfigHash string `xml:"config-hash"`
}

type xmlAuth struct {
	XMLName xml.Name  `xml:"auth"`
	ID      string    `xml:"id,attr"`
	Title   string    `xml:"title,omitempty"`
	Message string    `xml:"message,omitempty"`
	Error   *xmlError `xml:"error,omitempty"`
	Form    *xmlForm  `xml:"form,omitempty"`
}

// xmlError's text may hold a %s for each parameter.
type xmlError struct {
	ID     int    `xml:"id,attr"`
	Param1 string `xml:"param1,attr"`
	Param2 string `xml:"param2,attr"`
	Text   string `xml:",chardata"`
}

type xmlForm struct {
	Method string     `xml:"method,attr"`
	Action string     `xml:"action,attr"`
	Inputs []xmlInput `xml:"input"`
	Select *xmlSelect `xml:"select,omitempty"`
}

type xmlInput struct {
	Type   string `xml:"type,attr"`
	Name   string `xml:"name,attr"`
	Label  string `xml:"label,attr"`
	Second string `xml:"second-auth,attr,omitempty"`
}

type xmlSelect struct {
	Name    string      `xml:"name,attr"`
	Label   string      `xml:"label,attr"`
	Options []xmlOption `xml:"option"`
}

type xmlOption struct {
	Value    string `xml:"value,attr"`
	Selected string `xml:"selected,attr,omitempty"`
	Second   string `xml:"second-auth,attr,omitempty"`
	Label    string `xml:",chardata"`
}

// formAuth writes a form down.
func formAuth(f form) *xmlAuth {
	auth := &xmlAuth{ID: f.id, Title: "Practice gateway", Message: f.message,
		Form: &xmlForm{Method: "post", Action: "/auth"}}
	if f.failure != "" {
		auth.Error = &xmlError{ID: 91, Text: f.failure}
	}
	for _, i := range f.inputs {
		written := xmlInput{Type: i.kind, Name: i.name, Label: i.label}
		if i.second {
			written.Second = "1"
		}
		auth.Form.Inputs = append(auth.Form.Inputs, written)
	}
	if len(f.groups) > 0 {
		auth.Form.Select = &xmlSelect{Name: "group_list", Label: "Group:"}
		for n, group := range f.groups {
			option := xmlOption{Value: group, Label: group}
			if n == 0 {
				option.Selected = "true"
			}
			if slices.ContainsFunc(f.inputs, func(i input) bool { return i.second }) {
				option.Second = "1" // every group wants what only some want elsewhere
			}
			auth.Form.Select.Options = append(auth.Form.Select.Options, option)
		}
	}
	return auth
}

// parseRequest reads a client's document.
func parseRequest(body []byte) (*xmlRequest, error) {
	var request xmlRequest
	if err := xml.Unmarshal(body, &request); err != nil {
		return nil, fmt.Errorf("read login request: %w", err)
	}
	return &request, nil
}

// answers takes the fields out of a reply.
func (r *xmlRequest) answers() answers {
	a := answers{}
	for _, field := range r.Auth.Fields {
		a[field.XMLName.Local] = field.Value
	}
	if r.GroupSelect != "" {
		a["group_list"] = r.GroupSelect
	}
	return a
}
