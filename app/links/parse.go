package links

import (
	"fmt"
	"net/url"
	"strings"

	"torii/app/entries"
	"torii/tunnel"
)

// longest is the length of a link in bytes: what is longer carries a file
// inside, which no action has.
const longest = 8 << 10

// Is reports whether a text is meant to be a link of ours, well formed or not.
func Is(text string) bool {
	scheme, _, ok := strings.Cut(text, ":")
	return ok && (strings.EqualFold(scheme, "anyconnect") || strings.EqualFold(scheme, "torii"))
}

// Parse reads a link. All the forms that are found in the wild are one:
// "anyconnect:create?...", "anyconnect://create?...", "anyconnect://create/?...",
// and a generator's path behind the action. The error has CodeBadImport and
// says in its detail what is wrong, without quoting a value: one may be a
// password.
func Parse(text string) (*Link, error) {
	text = strings.TrimSpace(text)
	switch {
	case !Is(text):
		return nil, bad("it begins neither with anyconnect: nor with torii:")
	case len(text) > longest:
		return nil, bad("it is longer than %d characters", longest)
	}
	_, rest, _ := strings.Cut(text, ":")
	rest, _, _ = strings.Cut(strings.TrimPrefix(rest, "//"), "#")
	head, query, _ := strings.Cut(rest, "?")
	action, _, _ := strings.Cut(head, "/")
	values, err := parameters(query)
	if err != nil {
		return nil, err
	}
	link := &Link{Action: Action(strings.ToLower(action))}
	read := map[Action]func(parameterSet) error{
		ActionCreate: link.readCreate, ActionConnect: link.readConnect, ActionImport: link.readImport,
		ActionDisconnect: link.readPages, ActionClose: func(parameterSet) error { return nil },
	}[link.Action]
	if read == nil {
		return nil, bad("%.40q is no action of a link", action)
	}
	if err := read(values); err != nil {
		return nil, err
	}
	return link, nil
}

// parameterSet holds decoded values by their lower-case keys.
type parameterSet map[string]string

// parameters decodes a query. The first of several values counts. "+" is a
// blank in the name alone: many generators write it so, and in a password or
// an address it is a plus.
func parameters(query string) (parameterSet, error) {
	values := parameterSet{}
	for pair := range strings.SplitSeq(query, "&") {
		key, value, _ := strings.Cut(pair, "=")
		key = strings.ToLower(key)
		if key == "" {
			continue
		}
		if key == "name" {
			value = strings.ReplaceAll(value, "+", " ")
		}
		decoded, err := url.PathUnescape(value)
		if err != nil {
			return nil, bad("the value of %.40q is not encoded as it should be", key)
		}
		if _, twice := values[key]; !twice {
			values[key] = decoded
		}
	}
	return values, nil
}

// yes reads a switch; fallback stands where the link says nothing.
func (p parameterSet) yes(key string, fallback bool) (bool, error) {
	switch strings.ToLower(p[key]) {
	case "":
		return fallback, nil
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, bad("%s is either true or false", key)
}

// list reads a list with commas.
func (p parameterSet) list(key string) []string {
	return strings.FieldsFunc(p[key], func(r rune) bool { return r == ',' || r == ' ' })
}

// page reads the address of a web page; nil where there is none. Other kinds
// of addresses would let a link start programs.
func (p parameterSet) page(key string) (*url.URL, error) {
	if p[key] == "" {
		return nil, nil
	}
	page, err := url.Parse(p[key])
	if err != nil || page.Host == "" || page.Scheme != "https" && page.Scheme != "http" {
		return nil, bad("%s is no address of a web page", key)
	}
	return page, nil
}

func (l *Link) readPages(p parameterSet) (err error) {
	if l.OnSuccess, err = p.page("onsuccess"); err != nil {
		return err
	}
	l.OnError, err = p.page("onerror")
	return err
}

// readConnect reads which connection is wanted, and what the login form is
// filled with: "prefill_" and the field's name.
func (l *Link) readConnect(p parameterSet) error {
	l.Name = strings.TrimSpace(p["name"])
	switch {
	case !entries.Showable(l.Name):
		return bad("no connection has a name with characters that cannot be shown")
	case l.Name != "":
		// The name wins over an address beside it.
	case p["host"] == "":
		return bad("neither name nor host says what to connect to")
	default:
		target, err := entries.ParseTarget(p["host"])
		if err != nil {
			return badAddress()
		}
		target.Name = place(target)
		l.Target = target
	}
	for key, value := range p {
		if field, ok := strings.CutPrefix(key, "prefill_"); ok && field != "" && value != "" {
			if !entries.Showable(field) {
				return bad("no form has a field %.40q", field)
			}
			if l.Prefill == nil {
				l.Prefill = map[string]tunnel.Secret{}
			}
			l.Prefill[field] = tunnel.NewSecret(value)
		}
	}
	return l.readPages(p)
}

// readImport reads what is to be imported.
func (l *Link) readImport(p parameterSet) (err error) {
	l.Import = Import(strings.ToLower(p["type"]))
	switch l.Import {
	case ImportCertificate, ImportProfile:
		if p["uri"] == "" {
			return bad("uri is missing: it says where the file is")
		}
		l.Source, err = p.page("uri")
		return err
	case ImportLocalization:
		l.Language, l.Host = p["lang"], p["host"]
		if l.Language == "" || l.Host == "" {
			return bad("lang and host are wanted for localization files")
		}
		if _, err := entries.ParseTarget(l.Host); err != nil {
			return badAddress()
		}
		return nil
	}
	return bad("type says what to import: pkcs12, localization or profile")
}

// bad is a link that cannot be used.
func bad(format string, args ...any) error {
	text := fmt.Sprintf(format, args...)
	return tunnel.Errorf(tunnel.CodeBadImport, "read the link", "%s", text).WithDetail(text)
}

func badAddress() error { return bad("the server address does not read as one") }
