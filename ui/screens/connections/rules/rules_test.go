package rules

import (
	"net/netip"
	"reflect"
	"testing"

	"torii/app/api"
)

func TestColumns(t *testing.T) {
	for text, want := range map[string]int{
		"": 0, "Example 1": 9, "東京本社": 8, "東京 HQ": 7, "ﾄｳｷｮｳ": 5, "Ｔｏ": 4, "é": 1, "e\u0301": 1,
		"한국": 4, "Müller": 6, "Москва": 6, "12345678901234567890abcd": 24, "東京本社東京本社東京本社": 24,
	} {
		if got := Columns(text); got != want {
			t.Errorf("%q is %d columns wide, want %d", text, got, want)
		}
	}
}

func TestNames(t *testing.T) {
	entries := []api.Entry{{ID: "1", Name: "Tokyo HQ"}, {ID: "2", Name: "Tokyo HQ 2"}, {ID: "3", Name: "Room 1"}}
	for _, c := range []struct {
		id, name string
		want     bool
	}{{"", "tokyo hq", true}, {"1", "tokyo hq", false}, {"1", " Tokyo HQ 2 ", true}, {"", "Osaka", false}} {
		if got := Taken(entries, c.id, c.name); got != c.want {
			t.Errorf("%q for %q: %v", c.name, c.id, got)
		}
	}
	for name, want := range map[string]string{
		"Tokyo HQ": "Tokyo HQ 3", "Tokyo HQ 2": "Tokyo HQ 3", "Room 1": "Room 1 2", "Osaka": "Osaka 2", "Plant 2026": "Plant 2026 2",
	} {
		if got := CopyName(entries, name); got != want {
			t.Errorf("the copy of %q is %q, want %q", name, got, want)
		}
	}
}

func TestParseAddress(t *testing.T) {
	for text, want := range map[string]Address{
		"vpn.example.com":             {Host: "vpn.example.com"},
		" HTTPS://vpn.example.com/ ":  {Host: "vpn.example.com"},
		"vpn.example.com:8443/staff":  {Host: "vpn.example.com", Port: 8443, Path: "/staff"},
		"vpn.example.com/?camouflage": {Host: "vpn.example.com", Path: "/?camouflage"},
		"vpn.example.com?a=b":         {Host: "vpn.example.com", Path: "/?a=b"},
		"vpn.example.com/staff#here":  {Host: "vpn.example.com", Path: "/staff"},
		"192.0.2.1:444":               {Host: "192.0.2.1", Port: 444},
		"2001:db8::1":                 {Host: "2001:db8::1"},
		"[2001:db8::1]:8443":          {Host: "2001:db8::1", Port: 8443},
		"[2001:db8::1]/x":             {Host: "2001:db8::1", Path: "/x"},
		"[fe80::1%eth0]:444":          {Host: "fe80::1%eth0", Port: 444},
		"vpn.example.com/a #b":        {Host: "vpn.example.com", Path: "/a"},
		"vpn.例え.jp":                   {Host: "vpn.例え.jp"},
		"vpn_1":                       {Host: "vpn_1"},
	} {
		got, fault := ParseAddress(text)
		if fault != "" || got != want {
			t.Errorf("%q: got %+v %q, want %+v", text, got, fault, want)
		}
		if again, fault := ParseAddress(got.String()); fault != "" || again != got {
			t.Errorf("%q does not survive as %q: %+v %q", text, got.String(), again, fault)
		}
	}
	for text, want := range map[string]Fault{
		"": FaultEmpty, "  ": FaultEmpty, "http://vpn.example.com": FaultScheme, "ftp://x": FaultScheme,
		"suzuki@vpn.example.com": FaultUser, "vpn.example.com:0": FaultPort, "vpn.example.com:70000": FaultPort,
		"vpn.example.com:x": FaultPort, "[vpn.example.com]": FaultBrackets, "[2001:db8::1": FaultBrackets,
		"[fe80::1%a。b]": FaultBrackets, "[192.0.2.1]": FaultBrackets, "192.0.2": FaultIncomplete, "300.1.1.1": FaultIncomplete, "vpn.123": FaultIncomplete, "vpn example.com": FaultHost,
		"vpn..example.com": FaultHost, "-vpn.example.com": FaultHost, "https://": FaultHost, "/staff": FaultHost,
		"vpn.example.com/%zz": FaultPath,
	} {
		if got, fault := ParseAddress(text); fault != want {
			t.Errorf("%q: got %+v %q, want %q", text, got, fault, want)
		}
	}
}

func TestShownHidesTheQuery(t *testing.T) {
	for want, a := range map[string]Address{
		"vpn.example.com":        {Host: "vpn.example.com", Path: "/?secret"},
		"vpn.example.com/groups": {Host: "vpn.example.com", Path: "/groups?secret"},
		"[2001:db8::1]:443":      {Host: "2001:db8::1", Port: 443},
		"2001:db8::1":            {Host: "2001:db8::1"},
	} {
		if got := a.Shown(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestCheckProxy(t *testing.T) {
	for text, want := range map[string]string{
		"http://proxy.example.com:3128": "http://proxy.example.com:3128", "proxy.example.com:3128/": "http://proxy.example.com:3128",
		"socks5://192.0.2.1:1080": "socks5://192.0.2.1:1080", "http://[2001:db8::1]:3128": "http://[2001:db8::1]:3128",
	} {
		if got, fault := CheckProxy(text); got != want || fault != "" {
			t.Errorf("%q: got %q %q", text, got, fault)
		}
	}
	for text, want := range map[string]Fault{
		"": FaultEmpty, "http://u:p@proxy:1": FaultProxyKey, "https://proxy:1": FaultProxy, "http://proxy:0": FaultPort,
		"http://pro xy:1": FaultProxy, "http://proxy/path": FaultProxy, "http://-proxy:1": FaultHost,
	} {
		if got, fault := CheckProxy(text); fault != want {
			t.Errorf("%q: got %q %q, want %q", text, got, fault, want)
		}
	}
}

func TestCheckListen(t *testing.T) {
	for text, want := range map[string]string{"": "", "1080": "127.0.0.1:1080", " [::1]:1080 ": "[::1]:1080"} {
		wanted := netip.AddrPort{}
		if want != "" {
			wanted = netip.MustParseAddrPort(want)
		}
		if got, fault := CheckListen(text); got != wanted || fault != "" {
			t.Errorf("%q: got %v %q", text, got, fault)
		}
	}
	for _, text := range []string{"localhost:1080", "127.0.0.1", "127.0.0.1:0", "99999"} {
		if got, fault := CheckListen(text); fault != FaultListen {
			t.Errorf("%q is taken as %v", text, got)
		}
	}
}

func TestParseDomain(t *testing.T) {
	for text, want := range map[string]string{
		"email.example.com": "email.example.com", " .Example.COM. ": ".example.com", "intranet": "intranet", "例え.jp": "xn--r8jz45g.jp",
	} {
		if got, fault := ParseDomain(text); got != want || fault != "" {
			t.Errorf("%q: got %q %q", text, got, fault)
		}
	}
	for text, want := range map[string]Fault{
		"": FaultEmpty, ".": FaultEmpty, "10.0.0.1": FaultAddress, "10.0.0.0/8": FaultAddress, "2001:db8::1": FaultAddress,
		"[2001:db8::1]": FaultAddress, "10.0": FaultAddress, "*.example.com": FaultWildcard, "exa mple.com": FaultDomain,
		"https://example.com": FaultDomain, "..example.com": FaultDomain,
	} {
		if got, fault := ParseDomain(text); fault != want {
			t.Errorf("%q: got %q %q, want %q", text, got, fault, want)
		}
	}
}

// TestMatchesAsTheGuideSays is the table of 000, "Connect On Demand".
func TestMatchesAsTheGuideSays(t *testing.T) {
	for _, row := range []struct {
		rule           string
		hits, does_not []string
	}{
		{"email.example.com", []string{"email.example.com", "EMAIL.example.com."},
			[]string{"www.example.com", "email.1example.com", "email.example1.com", "email.example.org", "x.email.example.com"}},
		{".example.org", []string{"anytext.example.org", "a.b.example.org"},
			[]string{"anytext.example.com", "anytext.1example.org", "anytext.example1.org", "example.org"}},
		{"example.net", []string{"anytext.anytext-example.net", "anytext.example.net", "example.net"},
			[]string{"anytext.example1.net", "anytext.example.com"}},
		{"example.co.jp", []string{"mail.example.co.jp"}, []string{"example.jp"}},
	} {
		o := api.OnDemand{IfNeeded: []string{row.rule}}
		for _, host := range row.hits {
			if list, rule := Hit(o, host); list != IfNeeded || rule != row.rule {
				t.Errorf("%s: %s hits %s %q", row.rule, host, list, rule)
			}
		}
		for _, host := range row.does_not {
			if list, rule := Hit(o, host); list != NoList || rule != "" {
				t.Errorf("%s: %s hits %s %q", row.rule, host, list, rule)
			}
		}
	}
}

func TestNeverWinsThenAlways(t *testing.T) {
	o := api.OnDemand{Never: []string{"vpn.example.com"}, IfNeeded: []string{"wiki.example.com", ".example.com"}, Always: []string{"example.com"}}
	for host, want := range map[string]List{
		"vpn.example.com": Never, "wiki.example.com": Always, "www.example.org": NoList, "10.0.0.1": NoName, "2001:db8::1": NoName,
		"wiki": NoName, "": NoName, "a b.example.com": NoName, "10.0.1": NoName,
	} {
		if got, _ := Hit(o, host); got != want {
			t.Errorf("%q hits %s, want %s", host, got, want)
		}
	}
}

func TestListsChange(t *testing.T) {
	start := api.OnDemand{Enabled: true, Never: []string{"a.example.com"}}
	added, _, fault := Add(start, Always, "B.example.com", "")
	if fault != "" || !reflect.DeepEqual(added.Always, []string{"b.example.com"}) {
		t.Fatalf("added: %+v %q", added, fault)
	}
	if _, on, fault := Add(added, Always, "a.example.com", ""); fault != FaultTwice || on != Never {
		t.Errorf("a second time: %s %q", on, fault)
	}
	if _, _, fault := Add(added, Always, "10.0.0.1", ""); fault != FaultAddress {
		t.Errorf("an address: %q", fault)
	}
	if same, _, fault := Add(added, Always, "b.example.com", "b.example.com"); fault != "" || !reflect.DeepEqual(same, added) {
		t.Errorf("unchanged: %+v %q", same, fault)
	}
	if edited, _, _ := Add(added, Always, "c.example.com", "b.example.com"); !reflect.DeepEqual(edited.Always, []string{"c.example.com"}) {
		t.Errorf("edited: %+v", edited)
	}
	moved := Move(added, "a.example.com", IfNeeded)
	if len(moved.Never) != 0 || Where(moved, "a.example.com") != IfNeeded {
		t.Errorf("moved: %+v", moved)
	}
	if gone := Remove(moved, "b.example.com"); Where(gone, "b.example.com") != NoList {
		t.Errorf("removed: %+v", gone)
	}
	if !reflect.DeepEqual(start, api.OnDemand{Enabled: true, Never: []string{"a.example.com"}}) ||
		!reflect.DeepEqual(added.Always, []string{"b.example.com"}) {
		t.Errorf("what was changed has changed before: %+v %+v", start, added)
	}
}

func TestServerGoesOnNever(t *testing.T) {
	o := Protect(api.OnDemand{}, "VPN.example.com")
	if !reflect.DeepEqual(o.Never, []string{"vpn.example.com"}) {
		t.Fatalf("protected: %+v", o)
	}
	if again := Protect(o, "vpn.example.com"); !reflect.DeepEqual(again, o) {
		t.Errorf("twice: %+v", again)
	}
	if address := Protect(api.OnDemand{}, "192.0.2.1"); address.Never != nil {
		t.Errorf("an address: %+v", address)
	}
	if moved := Protect(api.OnDemand{Always: []string{"vpn.example.com"}}, "vpn.example.com"); moved.Never != nil {
		t.Errorf("on another list by the person's will: %+v", moved)
	}
	if after := Follow(o, "vpn.example.com", "vpn.example.net"); !reflect.DeepEqual(after.Never, []string{"vpn.example.net"}) {
		t.Errorf("followed: %+v", after)
	}
	if removed := Follow(api.OnDemand{}, "vpn.example.com", "vpn.example.net"); removed.Never != nil {
		t.Errorf("a server that was taken off came back: %+v", removed)
	}
	if address := Follow(o, "vpn.example.com", "192.0.2.1"); len(address.Never) != 0 {
		t.Errorf("an address followed: %+v", address)
	}
}
