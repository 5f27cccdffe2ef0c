package netcfg

import (
	"bytes"
	"path"
	"slices"
	"strings"
)

// Backend is who rules over names on a machine.
type Backend string

// The back ends, in the order of their preference.
const (
	BackendResolved   Backend = "systemd-resolved"
	BackendManager    Backend = "NetworkManager"
	BackendResolvconf Backend = "resolvconf"
	BackendFile       Backend = "file"
)

// Environment is what the choice of a Backend depends on.
type Environment struct {
	// ResolvConf is the content of /etc/resolv.conf; nil where there is none.
	ResolvConf []byte
	// Target is where the file really lies, with symbolic links followed; the
	// file's own path where it is none.
	Target string
	// Resolved and Manager tell who has a name on the system bus.
	Resolved bool
	Manager  bool
	// Resolvconf is the program's path; "" where there is none.
	Resolvconf string
}

// Backend chooses who is told about the tunnel's servers. What counts is who
// the names of ordinary programs really go through, which is what
// /etc/resolv.conf leads to: a service that runs but that the file does not
// lead to would be told in vain.
func (e Environment) Backend() Backend {
	switch {
	case e.Resolved && e.throughResolved():
		return BackendResolved
	case e.Manager && e.writtenBy("NetworkManager"):
		return BackendManager
	case e.Resolvconf != "" && (e.writtenBy("resolvconf") || e.below("/run/resolvconf") || e.below("/etc/resolvconf/run")):
		return BackendResolvconf
	default:
		return BackendFile
	}
}

// throughResolved tells by the file's place (systemd's stub and uplink files)
// or by its servers (systemd's own listeners) that names go to systemd-resolved.
func (e Environment) throughResolved() bool {
	if e.below("/run/systemd/resolve") || e.below("/usr/lib/systemd") || e.below("/lib/systemd") {
		return true
	}
	servers := nameServers(e.ResolvConf)
	for _, s := range servers {
		if s != "127.0.0.53" && s != "127.0.0.54" {
			return false
		}
	}
	return len(servers) > 0
}

func (e Environment) below(folder string) bool {
	return strings.HasPrefix(path.Clean(e.Target), folder+"/")
}

// writtenBy tells by the comments at the file's head, or by the folder that it
// lies in, who writes it.
func (e Environment) writtenBy(name string) bool {
	if e.below("/run/"+name) || e.below("/var/run/"+name) {
		return true
	}
	for line := range bytes.Lines(e.ResolvConf) {
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			continue
		}
		if line[0] != '#' && line[0] != ';' {
			return false
		}
		if bytes.Contains(line, []byte(name)) {
			return true
		}
	}
	return false
}

// nameServers returns the words after "nameserver" of a resolv.conf(5).
func nameServers(resolvConf []byte) []string {
	var servers []string
	for line := range strings.Lines(string(resolvConf)) {
		if fields := strings.Fields(line); len(fields) >= 2 && fields[0] == "nameserver" {
			servers = append(servers, fields[1])
		}
	}
	return servers
}

// maxNameServers is how many servers a libc reads from resolv.conf(5).
const maxNameServers = 3

// resolvConf writes a resolv.conf(5) with the tunnel's servers. The file
// cannot send some names here and others there: the tunnel's servers come
// first and, where they do not answer for every name, the machine's own after
// them, for when the tunnel's are silent. Options are kept.
func resolvConf(dns DNS, before []byte) []byte {
	var servers, search, options []string
	for _, s := range dns.Servers {
		servers = append(servers, s.String())
	}
	search = append(search, dns.Search...)
	for line := range strings.Lines(string(before)) {
		fields := strings.Fields(line)
		switch {
		case len(fields) < 2:
		case fields[0] == "nameserver" && !dns.All:
			servers = appendNew(servers, fields[1])
		case fields[0] == "search" || fields[0] == "domain":
			search = appendNew(search, fields[1:]...)
		case fields[0] == "options":
			options = append(options, strings.Join(fields, " "))
		}
	}
	var b strings.Builder
	b.WriteString("# Written by Torii while its tunnel is up. What was here comes back afterwards.\n")
	for _, s := range servers[:min(len(servers), maxNameServers)] {
		b.WriteString("nameserver " + s + "\n")
	}
	if len(search) > 0 {
		b.WriteString("search " + strings.Join(search, " ") + "\n")
	}
	for _, o := range options {
		b.WriteString(o + "\n")
	}
	return []byte(b.String())
}

// appendNew appends the words that are not there yet.
func appendNew(to []string, words ...string) []string {
	for _, w := range words {
		if !slices.Contains(to, w) {
			to = append(to, w)
		}
	}
	return to
}
