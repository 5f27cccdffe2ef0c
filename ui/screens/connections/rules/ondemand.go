package rules

import (
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"

	"torii/app/api"
)

// List is one of the three lists of Connect On Demand (000).
type List string

// The lists, and what a name can hit beside one of them.
const (
	Never    List = "never"
	IfNeeded List = "if_needed"
	Always   List = "always"

	// NoList is a name that no rule matches.
	NoList List = "none"
	// NoName is an address, or no full host name: such never connect.
	NoName List = "no-name"
)

// Lists are the lists in the order in which they are asked: what is on Never
// stays so, whatever the others say; Always comes before the one that first
// waits for a failed look-up (000, "Connect On Demand").
func Lists() []List { return []List{Never, Always, IfNeeded} }

// What can be wrong with a domain.
const (
	FaultAddress  Fault = "address"  // 10.0.0.1
	FaultWildcard Fault = "wildcard" // *.example.com
	FaultTwice    Fault = "twice"    // on a list already
	FaultDomain   Fault = "domain"
)

// Of is a list's domains.
func Of(o api.OnDemand, list List) []string {
	switch list {
	case Never:
		return o.Never
	case Always:
		return o.Always
	case IfNeeded:
		return o.IfNeeded
	}
	return nil
}

// with returns o with a list's domains changed. o's own lists are not touched.
func with(o api.OnDemand, list List, domains []string) api.OnDemand {
	switch list {
	case Never:
		o.Never = domains
	case Always:
		o.Always = domains
	case IfNeeded:
		o.IfNeeded = domains
	}
	return o
}

// Where is the list that a domain is on; NoList for none.
func Where(o api.OnDemand, domain string) List {
	for _, list := range Lists() {
		if slices.Contains(Of(o, list), domain) {
			return list
		}
	}
	return NoList
}

// ParseDomain reads a domain of a list in its normal form: a host name, a
// domain with a dot before it, or the end of names. Addresses are refused.
func ParseDomain(text string) (string, Fault) {
	text = strings.TrimSuffix(strings.TrimSpace(text), ".")
	bare := strings.TrimPrefix(text, ".")
	switch {
	case bare == "":
		return "", FaultEmpty
	case isIP(strings.Trim(bare, "[]")) || strings.Trim(bare, "0123456789./") == "":
		return "", FaultAddress
	case strings.Contains(bare, "*"):
		return "", FaultWildcard
	}
	name, ok := asciiName(bare)
	if !ok || !validName(name) {
		return "", FaultDomain
	}
	return strings.TrimSuffix(text, bare) + name, ""
}

// Add puts a domain on a list. old is the domain that it replaces there; ""
// for none. A domain is on one list only: on goes with FaultTwice.
func Add(o api.OnDemand, list List, text, old string) (changed api.OnDemand, on List, fault Fault) {
	domain, fault := ParseDomain(text)
	if fault != "" {
		return o, NoList, fault
	}
	if on := Where(o, domain); on != NoList && (on != list || domain != old) {
		return o, on, FaultTwice
	}
	domains := slices.Clone(Of(o, list))
	if at := slices.Index(domains, old); old != "" && at >= 0 {
		domains[at] = domain
	} else {
		domains = append(domains, domain)
	}
	return with(o, list, domains), list, ""
}

// Remove takes a domain off whatever list it is on.
func Remove(o api.OnDemand, domain string) api.OnDemand {
	for _, list := range Lists() {
		if slices.Contains(Of(o, list), domain) {
			o = with(o, list, slices.DeleteFunc(slices.Clone(Of(o, list)), func(d string) bool { return d == domain }))
		}
	}
	return o
}

// Move puts a domain on another list.
func Move(o api.OnDemand, domain string, to List) api.OnDemand {
	o = Remove(o, domain)
	return with(o, to, append(slices.Clone(Of(o, to)), domain))
}

// Protect puts the server on Never, so that looking at the gateway's own pages
// does not connect. A server that is on a list, and an address, stay as they are.
func Protect(o api.OnDemand, server string) api.OnDemand {
	domain, fault := ParseDomain(server)
	if fault != "" || Where(o, domain) != NoList {
		return o
	}
	return with(o, Never, append(slices.Clone(o.Never), domain))
}

// Follow replaces the server on Never after it changed. One that the person
// has taken off the list does not come back.
func Follow(o api.OnDemand, before, after string) api.OnDemand {
	old, fault := ParseDomain(before)
	if fault != "" || Where(o, old) != Never || old == strings.ToLower(after) {
		return o
	}
	return Protect(Remove(o, old), after)
}

// Hit is the list that a host name hits, and the rule that did it.
func Hit(o api.OnDemand, host string) (List, string) {
	name, ok := asciiName(strings.TrimSuffix(strings.TrimSpace(host), "."))
	if !ok || isIP(strings.Trim(name, "[]")) || !validName(name) || !strings.Contains(name, ".") ||
		checkHost(name) == FaultIncomplete {
		return NoName, ""
	}
	for _, list := range Lists() {
		for _, rule := range Of(o, list) {
			if matches(rule, name) {
				return list, rule
			}
		}
	}
	return NoList, ""
}

// matches compares as the table of 000 does: ".example.org" is all below that
// domain; a full host name ("email.example.com") is itself alone; a domain
// ("example.net") is every name that ends with this text, so also
// "anytext-example.net".
func matches(rule, name string) bool {
	if strings.HasPrefix(rule, ".") {
		return strings.HasSuffix(name, rule)
	}
	if domain, err := publicsuffix.EffectiveTLDPlusOne(rule); err == nil && domain != rule {
		return name == rule
	}
	return strings.HasSuffix(name, rule)
}
