package links

import (
	"reflect"
	"strings"
	"testing"

	"torii/app/api"
	"torii/tunnel"
)

func TestCreate(t *testing.T) {
	plain := api.Entry{Name: "Example HQ", Host: "vpn.example.com", Protocol: "anyconnect", Mode: tunnel.ModeTUN, Roaming: true}
	with := func(change func(*api.Entry)) api.Entry {
		e := plain
		change(&e)
		return e
	}
	for link, want := range map[string]api.Entry{
		"anyconnect:create?name=Example%20HQ&host=vpn.example.com":                                plain,
		"anyconnect://create?name=Example+HQ&host=vpn.example.com":                                plain,
		"AnyConnect://CREATE/?Name=Example%20HQ&HOST=VPN.example.com":                             plain,
		" torii:create?host=vpn.example.com&name=Example%20HQ#top ":                               plain,
		"anyconnect://create/profile?name=Example%20HQ&host=vpn.example.com&use=x":                plain,
		"anyconnect:create?name=Example%20HQ&name=Other&host=vpn.example.com":                     plain,
		"anyconnect:create?name=%E2%80%AEExample%20HQ%0A&host=https://vpn.example.com":            plain,
		"anyconnect:create?name=Example%20HQ&host=vpn.example.com&netroam=false":                  with(func(e *api.Entry) { e.Roaming = false }),
		"anyconnect:create?name=Example%20HQ&host=vpn.example.com%3A8443%2Fstaff":                 with(func(e *api.Entry) { e.Port, e.Path = 8443, "/staff" }),
		"anyconnect:create?name=Example%20HQ&host=vpn.example.com&port=8443":                      with(func(e *api.Entry) { e.Port = 8443 }),
		"anyconnect:create?name=Example%20HQ&host=vpn.example.com:444&port=8443":                  with(func(e *api.Entry) { e.Port = 444 }),
		"anyconnect:create?host=vpn.example.com/staff":                                            with(func(e *api.Entry) { e.Name, e.Path = "vpn.example.com/staff", "/staff" }),
		"anyconnect:create?host=vpn.example.com/%3Fsecret":                                        with(func(e *api.Entry) { e.Name, e.Path = "vpn.example.com", "/?secret" }),
		"anyconnect:create?name=Example%20HQ&host=vpn.example.com&usecert=true":                   with(func(e *api.Entry) { e.Certificate = "automatic" }),
		"anyconnect:create?name=Example%20HQ&host=vpn.example.com&certcommonname=u1":              plain,
		"anyconnect:create?name=Example%20HQ&host=vpn.example.com&protocol=SSL":                   plain,
		"anyconnect:create?name=Example%20HQ&host=vpn.example.com&authentication=EAP-X":           plain, // goes with IPsec only
		"anyconnect:create?name=Example%20HQ&host=vpn.example.com&usecert=true&certcommonname=u1": with(func(e *api.Entry) { e.Certificate = "u1" }),
		"anyconnect:create?name=Example%20HQ&host=vpn.example.com&protocol=ipsec": with(func(e *api.Entry) {
			e.IPsec = &api.IPsec{Enabled: true, Authentication: "EAP-AnyConnect"}
		}),
		"anyconnect:create?name=Example%20HQ&host=vpn.example.com&protocol=IPsec&authentication=eap-md5&ike-identity=u%40x": with(func(e *api.Entry) {
			e.IPsec = &api.IPsec{Enabled: true, Authentication: "EAP-MD5", Identity: "u@x"}
		}),
		"anyconnect:create?name=Example%20HQ&host=vpn.example.com&usecert=true&useondemand=true&domainlistalways=.a.example,b.example&domainlistnever=www.a.example&domainlistifneeded=c.example": with(func(e *api.Entry) {
			e.Certificate = "automatic"
			e.OnDemand = &api.OnDemand{Enabled: true, Never: []string{"www.a.example"}, IfNeeded: []string{"c.example", ".a.example", "b.example"}}
		}),
	} {
		got, err := Parse(link)
		if err != nil {
			t.Errorf("%s: %v", link, err)
			continue
		}
		if got.Action != ActionCreate || !reflect.DeepEqual(got.Entry, want) {
			t.Errorf("%s is\n%+v, want\n%+v", link, got.Entry, want)
		}
	}
}

func TestConnect(t *testing.T) {
	link, err := Parse("anyconnect:connect?name=Example%20HQ&prefill_username=user1&prefill_password=p%2B%20q+r&onerror=https%3A%2F%2Fwww.example.com%2Fhelp")
	if err != nil {
		t.Fatal(err)
	}
	if link.Action != ActionConnect || link.Name != "Example HQ" || link.OnError.String() != "https://www.example.com/help" || link.OnSuccess != nil {
		t.Errorf("it is %+v", link)
	}
	// "+" stays a plus in a password.
	if user, password := link.Prefill["username"].Reveal(), link.Prefill["password"].Reveal(); user != "user1" || password != "p+ q+r" {
		t.Errorf("the form is filled with %q and %q", user, password)
	}
	link, err = Parse("torii://connect/?host=vpn.example.com%3A8443")
	if err != nil {
		t.Fatal(err)
	}
	if link.Name != "" || link.Target.Host != "vpn.example.com" || link.Target.Port != 8443 || link.Target.Name != "vpn.example.com:8443" {
		t.Errorf("it is %+v", link)
	}
}

func TestOtherActions(t *testing.T) {
	for text, want := range map[string]Link{
		"anyconnect:disconnect":    {Action: ActionDisconnect},
		"anyconnect://disconnect/": {Action: ActionDisconnect},
		"anyconnect:close":         {Action: ActionClose},
		"anyconnect:import/?type=localization&lang=ja&host=vpn.example.com": {Action: ActionImport, Import: ImportLocalization, Language: "ja", Host: "vpn.example.com"},
	} {
		got, err := Parse(text)
		if err != nil || !reflect.DeepEqual(*got, want) {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	got, err := Parse("anyconnect://import/?type=PKCS12&uri=https%3A%2F%2Fpki.example.com%2Fu1.p12")
	if err != nil || got.Import != ImportCertificate || got.Source.String() != "https://pki.example.com/u1.p12" {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestBadLinks are refused with a reason that quotes no value.
func TestBadLinks(t *testing.T) {
	const secret = "hunter2"
	for _, text := range []string{
		"", "https://vpn.example.com", "anyconnect", "anyconnect:", "anyconnect:fly", "anyconnect://",
		"anyconnect:create", "anyconnect:create?name=x", "anyconnect:create?host=", "anyconnect:create?host=a%20b",
		"anyconnect:create?host=ftp://x.example", "anyconnect:create?host=u:" + secret + "@x.example",
		"anyconnect:create?host=x.example&netroam=" + secret, "anyconnect:create?host=x.example&port=0",
		"anyconnect:create?host=x.example&port=70000", "anyconnect:create?host=x.example&protocol=" + secret,
		"anyconnect:create?host=x.example&protocol=IPsec&authentication=" + secret,
		"anyconnect:create?host=x.example&protocol=IPsec&authentication=EAP-GTC",
		"anyconnect:create?host=x.example&useondemand=true", "anyconnect:create?host=x.example&usecert=" + secret,
		"anyconnect:create?host=%zz", "anyconnect:connect", "anyconnect:connect?host=a%20b",
		"anyconnect:connect?name=x&prefill_password=" + secret + "%", "anyconnect:connect?name=x&onsuccess=file%3A%2F%2F%2Fetc%2Fpasswd",
		"anyconnect:connect?name=x&onsuccess=javascript%3Aalert(1)", "anyconnect:connect?name=x&onerror=anyconnect%3Adisconnect",
		"anyconnect:disconnect?onsuccess=x", "anyconnect:import", "anyconnect:import?type=pkcs12", "anyconnect:import?type=virus&uri=https://x.example/",
		"anyconnect:import/certificate?url=https%3A%2F%2Fx.example%2F", "anyconnect:import?type=pkcs12&uri=file%3A%2F%2F%2Fx",
		"anyconnect:import?type=localization&lang=ja", "anyconnect:import?type=localization&lang=ja&host=a%20b",
		"anyconnect:connect?name=" + strings.Repeat("x", longest),
		"anyconnect:connect?name=%1b[31mOffice", "anyconnect:connect?name=Office%0ASafe", "anyconnect:connect?name=%E2%80%AEeciffO",
		"anyconnect:connect?name=%ff", "anyconnect:connect?name=Office&prefill_\x1b[31m=x",
	} {
		link, err := Parse(text)
		if tunnel.CodeOf(err) != tunnel.CodeBadImport || link != nil {
			t.Errorf("%.80s: %+v, %v", text, link, err)
			continue
		}
		if strings.Contains(err.Error(), secret) {
			t.Errorf("%.80s is refused with its secret: %v", text, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"anyconnect://create/?name=Example%20HQ&host=vpn.example.com%3A8443%2Fstaff&usecert=true&certcommonname=user1",
		"anyconnect:connect?name=Example%20HQ&prefill_username=user1&onerror=https%3A%2F%2Fwww.example.com%2Fhelp",
		"torii:import?type=pkcs12&uri=https%3A%2F%2Fpki.example.com%2Fu1.p12", "anyconnect:disconnect",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		link, err := Parse(text)
		if err != nil {
			if tunnel.CodeOf(err) != tunnel.CodeBadImport {
				t.Fatalf("another error: %v", err)
			}
			return
		}
		switch {
		case link.Action == ActionCreate && (link.Entry.Host == "" || link.Entry.Name == "" || visible(link.Entry.Name) != link.Entry.Name):
			t.Fatalf("it creates %+v", link.Entry)
		case link.Action == ActionConnect && link.Name == "" && link.Target.Host == "":
			t.Fatal("it connects to nobody")
		}
	})
}
