package links

import (
	"net"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"torii/app/api"
	"torii/app/entries"
)

// readCreate reads a connection. Its name is the address where none is given.
func (l *Link) readCreate(p parameterSet) (err error) {
	if p["host"] == "" {
		return bad("host is missing: it says where the gateway is")
	}
	entry, err := entries.ParseTarget(p["host"])
	if err != nil {
		return badAddress()
	}
	entry.Name = visible(p["name"])
	if entry.Name == "" {
		entry.Name = place(entry)
	}
	if port := p["port"]; port != "" && entry.Port == 0 { // not of the format, and often seen
		number, err := strconv.ParseUint(port, 10, 16)
		if err != nil || number == 0 {
			return bad("port is a number from 1 to 65535")
		}
		entry.Port = uint16(number)
	}
	if entry.Roaming, err = p.yes("netroam", true); err != nil {
		return err
	}
	for _, read := range []func(*api.Entry, parameterSet) error{readCertificate, readIPsec, readOnDemand} {
		if err := read(&entry, p); err != nil {
			return err
		}
	}
	entry, err = entries.Check(entry)
	if err != nil {
		return bad("it describes no connection that can be saved")
	}
	l.Entry = entry
	return nil
}

func readCertificate(entry *api.Entry, p parameterSet) error {
	use, err := p.yes("usecert", false)
	if err != nil || !use {
		return err
	}
	entry.Certificate = api.CertificateAutomatic
	if name := visible(p["certcommonname"]); name != "" {
		entry.Certificate = name
	}
	return nil
}

func readIPsec(entry *api.Entry, p parameterSet) error {
	switch strings.ToLower(p["protocol"]) {
	case "", "ssl":
		return nil
	case "ipsec":
	default:
		return bad("protocol is either SSL or IPsec")
	}
	known := api.IPsecAuthentications()
	entry.IPsec = &api.IPsec{Enabled: true, Authentication: known[0]}
	if wanted := p["authentication"]; wanted != "" {
		i := slices.IndexFunc(known, func(name string) bool { return strings.EqualFold(name, wanted) })
		if i < 0 {
			return bad("authentication is one of %s", strings.Join(known, ", "))
		}
		entry.IPsec.Authentication = known[i]
	}
	if slices.Index(known, entry.IPsec.Authentication) < 2 {
		return nil // the gateway is not told who asks before it has shown who it is
	}
	entry.IPsec.Identity = visible(p["ike-identity"])
	if entry.IPsec.Identity == "" {
		return bad("ike-identity is missing: %s needs it", entry.IPsec.Authentication)
	}
	return nil
}

// readOnDemand reads the domain lists. The list "always" is an older word for
// "if needed".
func readOnDemand(entry *api.Entry, p parameterSet) error {
	use, err := p.yes("useondemand", false)
	if err != nil || !use {
		return err
	}
	if entry.Certificate == api.CertificateDisabled {
		return bad("useondemand goes with usecert")
	}
	entry.OnDemand = &api.OnDemand{
		Enabled: true, Never: p.list("domainlistnever"),
		IfNeeded: slices.Concat(p.list("domainlistifneeded"), p.list("domainlistalways")),
	}
	return nil
}

// visible is a text without characters that would make it look like another
// one on a screen.
func visible(text string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) {
			return -1
		}
		return r
	}, text))
}

// place is where an entry's gateway is: HOST[:PORT][/GROUP], without a query,
// which may be a secret.
func place(entry api.Entry) string {
	host := entry.Host
	if entry.Port != 0 {
		host = net.JoinHostPort(host, strconv.Itoa(int(entry.Port)))
	}
	path, _, _ := strings.Cut(entry.Path, "?")
	return host + strings.TrimSuffix(path, "/")
}
