package gateway

import (
	"crypto/tls"
	"encoding/xml"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestLogins(t *testing.T) {
	right := []string{"username=" + DefaultUser, "password=" + DefaultPassword}
	wrong := []string{"username=" + DefaultUser, "password=no"}
	type step struct {
		answer []string
		want   string // what is asked next, "complete" or "refused"
	}
	for _, c := range []struct {
		name   string
		config Config
		begin  string // inside the init
		path   string
		first  string
		steps  []step
	}{
		{name: "password", first: "username password", steps: []step{{right, "complete"}}},
		{name: "wrong, then right", first: "username password", steps: []step{{wrong, "username password"}, {right, "complete"}}},
		{name: "three times wrong", first: "username password", steps: []step{{wrong, "username password"}, {wrong, "username password"}, {wrong, "refused"}}},
		{name: "the rehearsed wrong password", config: Config{Fault: FaultWrongPassword}, first: "username password",
			steps: []step{{right, "username password"}}},
		{name: "groups", config: Config{Groups: []string{"all", "staff"}}, first: "username password all staff",
			steps: []step{{append(right, "group_list=nobody"), "username password all staff"}, {append(right, "group_list=staff"), "complete"}}},
		{name: "a group by its element", config: Config{Groups: []string{"all", "staff"}}, begin: "<group-select>staff</group-select>",
			first: "username password staff all", steps: []step{{right, "complete"}}},
		{name: "a group by its path", config: Config{Groups: []string{"all", "staff"}}, path: "/staff",
			first: "username password staff all", steps: []step{{right, "complete"}}},
		{name: "a second password", config: Config{SecondPassword: "second"}, first: "username password secondary_password",
			steps: []step{{right, "username password secondary_password"}, {append(right, "secondary_password=second"), "complete"}}},
		{name: "a code", config: Config{OneTimeCode: "424242"}, first: "username password",
			steps: []step{{right, "answer"}, {[]string{"password=1"}, "answer"}, {[]string{"password=424242"}, "complete"}}},
		{name: "the rehearsed code", config: Config{Fault: FaultOneTimeCode}, first: "username password",
			steps: []step{{right, "answer"}, {[]string{"answer=" + DefaultCode}, "complete"}}},
		{name: "a new password", config: Config{NewPassword: true}, first: "username password",
			steps: []step{{right, "new_password verify_password"}, {[]string{"password=" + DefaultPassword}, "new_password verify_password"}, {[]string{"password=fresh"}, "complete"}}},
		{name: "a certificate that is not there", config: Config{Certificate: CertificateOptional}, begin: "<client-cert-fail/>",
			first: "username password", steps: []step{{right, "complete"}}},
		{name: "camouflage", config: Config{Camouflage: "hush"}, path: "/?hush", first: "username password", steps: []step{{right, "complete"}}},
		{name: "endless forms", config: Config{Fault: FaultEndlessForms}, first: "username password",
			steps: []step{{right, "answer"}, {right, "answer"}, {right, "answer"}, {right, "answer"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := newClient(t, newGateway(t, c.config))
			if c.path != "" {
				client.path = c.path
			}
			s := client.init(c.begin)
			if got := s.asks(); got != c.first {
				t.Fatalf("first it asks %q, want %q", got, c.first)
			}
			for i, step := range c.steps {
				s = client.reply(s, step.answer...)
				got := s.asks()
				switch {
				case s.Type == "complete" && s.Token != "":
					got = "complete"
				case s.status == http.StatusUnauthorized:
					got = "refused"
				}
				if got != step.want {
					t.Fatalf("after answer %d: %q, want %q (%+v)", i+1, got, step.want, s)
				}
			}
		})
	}
}

func TestTheOpaqueMustComeBack(t *testing.T) {
	client := newClient(t, newGateway(t, Config{}))
	s := client.init("")
	s.Handle = "another"
	if got := client.reply(s, "username="+DefaultUser, "password="+DefaultPassword); got.status != http.StatusBadRequest {
		t.Errorf("status %d", got.status)
	}
}

func TestCamouflageHides(t *testing.T) {
	client := newClient(t, newGateway(t, Config{Camouflage: "hush"}))
	for _, path := range []string{"/", "/?other", "/auth"} {
		if got := client.post(path, `<config-auth type="init"/>`); got.status != http.StatusNotFound {
			t.Errorf("%s: status %d", path, got.status)
		}
	}
	if response, _, err := client.connect("x"); err != nil || response.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("CONNECT: %v, %v", response, err)
	}
}

func TestClientCertificate(t *testing.T) {
	g := newGateway(t, Config{Certificate: CertificateRequired, CertificateOnly: true})
	certificate, err := g.UserCertificate("practice")
	if err != nil {
		t.Fatal(err)
	}
	client := newClient(t, g)
	if s := client.init(""); s.Cert == nil {
		t.Errorf("no certificate was asked for: %+v", s)
	}
	if s := client.init("<client-cert-fail/>"); s.Auth.Error == "" || s.Token != "" {
		t.Errorf("without a certificate: %+v", s)
	}
	client.CloseIdleConnections()
	client.tls.Certificates = []tls.Certificate{*certificate}
	if s := client.init(""); s.Type != "complete" || s.Token == "" {
		t.Errorf("with the certificate: %+v", s)
	}
}

func TestLegacyLogin(t *testing.T) {
	g := newGateway(t, Config{LegacyLogin: true, OneTimeCode: "42"})
	client := newClient(t, g)
	response, err := client.Post(client.url("/"), "text/xml", strings.NewReader(`<config-auth type="init"/>`))
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if kind := response.Header.Get("Content-Type"); kind != "text/html" {
		t.Errorf("an XML request was answered with %s", kind)
	}
	form := func(response *http.Response, err error) (auth struct {
		ID     string  `xml:"id,attr"`
		Inputs []xmlIn `xml:"form>input"`
	}) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		if err := xml.NewDecoder(response.Body).Decode(&auth); err != nil {
			t.Fatal(err)
		}
		return auth
	}
	if auth := form(client.Get(client.url("/"))); auth.ID != "main" || len(auth.Inputs) != 2 {
		t.Fatalf("first form: %+v", auth)
	}
	if auth := form(client.PostForm(client.url("/auth"), url.Values{"username": {DefaultUser}, "password": {DefaultPassword}})); auth.ID != "challenge" {
		t.Fatalf("second form: %+v", auth)
	}
	if auth := form(client.PostForm(client.url("/auth"), url.Values{"answer": {"42"}})); auth.ID != "success" {
		t.Fatalf("the end: %+v", auth)
	}
	here, _ := url.Parse(client.url("/"))
	for _, cookie := range client.Jar.Cookies(here) {
		if cookie.Name == sessionCookie && cookie.Value != "" {
			return
		}
	}
	t.Error("no session cookie")
}
