package anyconnect_test

import (
	"context"
	"crypto/tls"
	"errors"
	"strings"
	"testing"

	"torii/tunnel"
	"torii/tunnel/anyconnect"
	"torii/tunnel/gateway"
)

// typist answers each form with the next of its answers, each a list of
// "name=value", and writes down what was asked.
type typist struct {
	t       *testing.T
	answers [][]string
	asked   []string // "name:kind name:kind" of each form, with "!" where it is a repetition
	last    tunnel.Question
}

func (p *typist) ask(_ context.Context, q tunnel.Question) (tunnel.Answer, error) {
	p.last = q
	answer := tunnel.Answer{Choice: tunnel.ChoiceOK, Fields: map[string]tunnel.Secret{}}
	if q.Form == nil {
		p.asked = append(p.asked, string(q.Kind))
		return answer, nil
	}
	var fields []string
	for _, f := range q.Form.Fields {
		fields = append(fields, f.Name+":"+string(f.Kind))
		if f.Kind == tunnel.FieldSelect {
			answer.Fields[f.Name] = tunnel.NewSecret(f.Value)
		}
	}
	said := strings.Join(fields, " ")
	if q.Form.Attempt > 0 {
		said = "!" + said
	}
	p.asked = append(p.asked, said)
	if len(p.answers) == 0 {
		return answer, errors.New("nobody knows an answer to " + said)
	}
	for _, pair := range p.answers[0] {
		name, value, _ := strings.Cut(pair, "=")
		answer.Fields[name] = tunnel.NewSecret(value)
	}
	p.answers = p.answers[1:]
	return answer, nil
}

// TestLoginsAtThePracticeGateway: each kind of login from its first form to a
// tunnel, and what a person is asked on the way.
func TestLoginsAtThePracticeGateway(t *testing.T) {
	const credentials = "username:text password:password"
	right := []string{"username=" + gateway.DefaultUser, "password=" + gateway.DefaultPassword}
	wrong := []string{"username=" + gateway.DefaultUser, "password=no"}
	for _, c := range []struct {
		name    string
		gateway gateway.Config
		edit    func(t *testing.T, g *gateway.Gateway, cfg *tunnel.Config)
		answers [][]string
		asked   []string
		want    tunnel.Code // "" for a tunnel
	}{
		{name: "password", answers: [][]string{right}, asked: []string{credentials}},
		{name: "wrong password once", answers: [][]string{wrong, right}, asked: []string{credentials, "!" + credentials}},
		{name: "wrong password to the end", answers: [][]string{wrong, wrong, wrong},
			asked: []string{credentials, "!" + credentials, "!" + credentials}, want: tunnel.CodeLoginRefused},
		{name: "one-time code", gateway: gateway.Config{OneTimeCode: "424242"},
			answers: [][]string{right, {"answer=1"}, {"answer=424242"}}, asked: []string{credentials, "answer:code", "!answer:code"}},
		{name: "second password", gateway: gateway.Config{SecondPassword: "second"},
			answers: [][]string{append(right, "secondary_password=second")}, asked: []string{credentials + " secondary_password:password"}},
		{name: "second password in groups", gateway: gateway.Config{SecondPassword: "second", Groups: []string{"all", "staff"}},
			answers: [][]string{append(right, "secondary_password=second")}, asked: []string{credentials + " secondary_password:password group_list:select"}},
		{name: "new password", gateway: gateway.Config{NewPassword: true},
			answers: [][]string{right, {"new_password=fresh", "verify_password=fresh"}},
			asked:   []string{credentials, "new_password:new-password verify_password:new-password"}},
		{name: "new password typed in two ways", gateway: gateway.Config{NewPassword: true},
			answers: [][]string{right, {"new_password=fresh", "verify_password=frehs"}, {"new_password=fresh", "verify_password=fresh"}},
			asked: []string{credentials, "new_password:new-password verify_password:new-password",
				"!new_password:new-password verify_password:new-password"}},
		{name: "code, then new password", gateway: gateway.Config{OneTimeCode: "42", NewPassword: true},
			answers: [][]string{right, {"answer=42"}, {"new_password=fresh", "verify_password=fresh"}},
			asked:   []string{credentials, "answer:code", "new_password:new-password verify_password:new-password"}},
		{name: "group of the entry", gateway: gateway.Config{Groups: []string{"all", "staff"}}, edit: withGroup("STAFF"),
			answers: [][]string{right}, asked: []string{credentials + " group_list:select"}},
		{name: "group of the URL", gateway: gateway.Config{Groups: []string{"all", "staff"}}, edit: withPath("/staff"),
			answers: [][]string{right}, asked: []string{credentials + " group_list:select"}},
		{name: "group that is not there", gateway: gateway.Config{Groups: []string{"all", "staff"}}, edit: withGroup("nobody"),
			answers: [][]string{right}, asked: []string{credentials + " group_list:select"}},
		{name: "group that the person changes", gateway: gateway.Config{Groups: []string{"all", "staff"}},
			answers: [][]string{append(right, "group_list=staff"), right},
			asked:   []string{credentials + " group_list:select", credentials + " group_list:select"}},
		{name: "older login", gateway: gateway.Config{LegacyLogin: true, OneTimeCode: "42"},
			answers: [][]string{wrong, right, {"answer=42"}}, asked: []string{credentials, "!" + credentials, "answer:code"}},
		{name: "older login with groups", gateway: gateway.Config{LegacyLogin: true, Groups: []string{"all", "staff"}}, edit: withGroup("staff"),
			answers: [][]string{right}, asked: []string{credentials + " group_list:select"}},
		{name: "camouflage", gateway: gateway.Config{Camouflage: "hush", OneTimeCode: "42"}, edit: withPath("/?hush"),
			answers: [][]string{right, {"answer=42"}}, asked: []string{credentials, "answer:code"}},
		{name: "camouflage without the secret", gateway: gateway.Config{Camouflage: "hush"}, want: tunnel.CodeProtocol},
		{name: "certificate alone", gateway: gateway.Config{Certificate: gateway.CertificateRequired, CertificateOnly: true}, edit: withCertificate},
		{name: "certificate and password", gateway: gateway.Config{Certificate: gateway.CertificateRequired}, edit: withCertificate,
			answers: [][]string{right}, asked: []string{credentials}},
		{name: "certificate and group", gateway: gateway.Config{Certificate: gateway.CertificateRequired, Groups: []string{"all", "staff"}},
			edit: func(t *testing.T, g *gateway.Gateway, cfg *tunnel.Config) {
				withCertificate(t, g, cfg)
				cfg.Group = "staff"
			}, answers: [][]string{right}, asked: []string{credentials + " group_list:select"}},
		{name: "certificate that is missing", gateway: gateway.Config{Certificate: gateway.CertificateRequired}, want: tunnel.CodeClientCertificate},
		{name: "certificate that nobody needs", gateway: gateway.Config{Certificate: gateway.CertificateOptional},
			answers: [][]string{right}, asked: []string{credentials}},
		{name: "banner", gateway: gateway.Config{Banner: "Welcome"}, answers: [][]string{right}, asked: []string{credentials, "banner"}},
		{name: "registration of the device", gateway: gateway.Config{RegistersDevices: true},
			answers: [][]string{right}, asked: []string{credentials}, want: tunnel.CodeDeviceRegistered},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			g, cfg := practice(t, c.gateway)
			if c.edit != nil {
				c.edit(t, g, &cfg)
			}
			p := &typist{t: t, answers: c.answers}
			login, err := anyconnect.New(nil).Login(t.Context(), cfg, p.ask, nil)
			if err == nil {
				var transport tunnel.Transport
				if transport, err = login.Open(t.Context(), nil, nil); err == nil {
					transport.Close(tunnel.EndSession)
				}
			}
			if got := tunnel.CodeOf(err); got != c.want {
				t.Errorf("ended with %v, want code %q", err, c.want)
			}
			if got, want := strings.Join(p.asked, "\n"), strings.Join(c.asked, "\n"); got != want {
				t.Errorf("asked\n%s\nwant\n%s", got, want)
			}
			if len(p.answers) > 0 {
				t.Errorf("not asked for %q", p.answers)
			}
		})
	}
}

func withGroup(name string) func(*testing.T, *gateway.Gateway, *tunnel.Config) {
	return func(_ *testing.T, _ *gateway.Gateway, cfg *tunnel.Config) { cfg.Group = name }
}

func withPath(path string) func(*testing.T, *gateway.Gateway, *tunnel.Config) {
	return func(_ *testing.T, _ *gateway.Gateway, cfg *tunnel.Config) { cfg.Path = path }
}

func withCertificate(t *testing.T, g *gateway.Gateway, cfg *tunnel.Config) {
	certificate, err := g.UserCertificate("practice")
	if err != nil {
		t.Fatal(err)
	}
	cfg.Certificate = func(context.Context, *tls.CertificateRequestInfo, tunnel.Asker) (*tls.Certificate, error) {
		return certificate, nil
	}
}

// TestARegisteredDeviceGetsATunnel: the second connect of a device, by the same
// unique id, is served (reference 002, 3-2).
func TestARegisteredDeviceGetsATunnel(t *testing.T) {
	_, cfg := practice(t, gateway.Config{RegistersDevices: true})
	cfg.Device.UniqueID = "serial 1"
	for i, want := range []tunnel.Code{tunnel.CodeDeviceRegistered, ""} {
		login, err := anyconnect.New(nil).Login(t.Context(), cfg, (&person{fields: rightAnswers()}).ask, nil)
		if err != nil {
			t.Fatal(err)
		}
		transport, err := login.Open(t.Context(), nil, nil)
		if tunnel.CodeOf(err) != want {
			t.Errorf("connect %d: %v", i+1, err)
		}
		if err == nil {
			transport.Close(tunnel.EndSession)
		}
	}
}

// TestGivingUpEndsTheLogin, be it at the form or at the banner.
func TestGivingUpEndsTheLogin(t *testing.T) {
	for _, kind := range []tunnel.QuestionKind{tunnel.QuestionLogin, tunnel.QuestionBanner} {
		_, cfg := practice(t, gateway.Config{Banner: "No strangers"})
		p := &person{fields: rightAnswers()}
		ask := func(ctx context.Context, q tunnel.Question) (tunnel.Answer, error) {
			if q.Kind == kind {
				return tunnel.Answer{Choice: tunnel.ChoiceCancel}, nil
			}
			return p.ask(ctx, q)
		}
		login, err := anyconnect.New(nil).Login(t.Context(), cfg, ask, nil)
		if err == nil {
			_, err = login.Open(t.Context(), nil, nil)
		}
		if tunnel.CodeOf(err) != tunnel.CodeCancelled {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

// TestWhatMayBeStored: what the fields tell about storing.
func TestWhatMayBeStored(t *testing.T) {
	_, cfg := practice(t, gateway.Config{OneTimeCode: "42", NewPassword: true, SecondPassword: "second"})
	cfg.User = gateway.DefaultUser
	keys := map[string]string{}
	p := &person{fields: map[string]string{"username": gateway.DefaultUser, "password": gateway.DefaultPassword,
		"secondary_password": "second", "answer": "42", "new_password": "fresh", "verify_password": "fresh"}}
	ask := func(ctx context.Context, q tunnel.Question) (tunnel.Answer, error) {
		for _, f := range q.Form.Fields {
			keys[f.Name] = f.StoreKey
			if f.Name == "username" && f.Value != gateway.DefaultUser {
				t.Errorf("the entry's user is not suggested: %+v", f)
			}
			if f.Name != "username" && f.Value != "" {
				t.Errorf("a suggestion for a secret: %+v", f)
			}
		}
		return p.ask(ctx, q)
	}
	if _, err := anyconnect.New(nil).Login(t.Context(), cfg, ask, nil); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"username": "", "password": "password", "secondary_password": "secondary_password",
		"answer": "", "new_password": "", "verify_password": ""} {
		if got, asked := keys[name]; !asked || got != want {
			t.Errorf("%s is stored as %q (asked: %v), want %q", name, got, asked, want)
		}
	}
}
