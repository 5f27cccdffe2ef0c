package authform

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The documents are written as the gateways write them, with invented values.
const (
	ocservFirst = `<?xml version="1.0" encoding="UTF-8"?>
<config-auth client="vpn" type="auth-request">
<version who="sg">0.1(1)</version>
<auth id="main">
<message>Please enter your username.</message>
<form method="post" action="/auth">
<input type="text" name="username" label="Username:" />
<select name="group_list" label="GROUP:"><option value="all">Everybody</option><option>staff</option></select>
</form></auth></config-auth>`

	ocservPassword = `<?xml version="1.0" encoding="UTF-8"?>
<config-auth client="vpn" type="auth-request">
<version who="sg">0.1(1)</version>
<auth id="main">
<message>Login failed.
Please enter your password.</message>
<form method="post" action="/auth">
<input type="password" name="secondary_password" label="Password2:" />
</form></auth></config-auth>`

	ocservDone = `<?xml version="1.0" encoding="UTF-8"?>
<config-auth client="vpn" type="complete">
<version who="sg">0.1(1)</version>
<auth id="success">
<title>SSL VPN Service</title></auth></config-auth>`

	ocservLegacy = `<?xml version="1.0" encoding="UTF-8"?>
<auth id="main">
<message>Please enter your username</message>
<form method="post" action="/auth">
<input type="text" name="username" label="Username:" />
</form></auth>`

	asaMain = `<?xml version="1.0" encoding="UTF-8"?>
<config-auth client="vpn" type="auth-request" aggregate-auth-version="2">
<opaque is-for="sg">
<tunnel-group>Staff</tunnel-group>
<aggauth-handle>168179266</aggauth-handle>
<auth-method>multiple-cert</auth-method><auth-method>single-sign-on</auth-method>
<config-hash>1595829378234</config-hash>
</opaque>
<auth id="main">
<title>Login</title>
<message>Please enter your username and password.</message>
<banner></banner>
<error id="13" param1="practice" param2="">Login error: user %s is not allowed.</error>
<form>
<input type="text" name="username" label="Username:"></input>
<input type="password" name="password" label="Password:"></input>
<input type="text" name="secondary_username" label="Second Username:" second-auth="1"></input>
<input type="password" name="secondary_password" label="Second Password:" second-auth="1"></input>
<input type="hidden" name="csrf" value="a&amp;b"></input>
<select name="group_list" label="GROUP:">
<option selected="true" auth-type="sdi-via-proxy" override-name="password" override-label="PASSCODE:">Staff</option>
<option second-auth="1" secondary_username="second" secondary_username_editable="true">Two</option>
<option noaaa="1" secondary_username="card">Card</option>
</select>
<input type="submit" name="Login" value="Login"></input>
<input type="reset" name="Clear" value="Clear"></input>
</form>
</auth></config-auth>`

	asaCertificate = `<?xml version="1.0" encoding="UTF-8"?>
<config-auth client="vpn" type="auth-request" aggregate-auth-version="2">
<opaque is-for="sg"><tunnel-group>DefaultWEBVPNGroup</tunnel-group></opaque>
<client-cert-request></client-cert-request>
</config-auth>`

	asaDone = `<?xml version="1.0" encoding="UTF-8"?>
<config-auth client="vpn" type="complete" aggregate-auth-version="2">
<session-id>24576</session-id>
<session-token>2D8D7E@24576@9E7C@C0FFEE</session-token>
<auth id="success"><banner>Welcome.&#10;Be kind.</banner><message id="0" param1="" param2=""></message></auth>
<config client="vpn" type="private"></config>
</config-auth>`
)

func TestParse(t *testing.T) {
	staff := Option{Value: "Staff", Label: "Staff", Selected: true, OverrideName: "password", OverrideLabel: "PASSCODE:"}
	two := Option{Value: "Two", Label: "Two", NeedsSecond: true, SecondUser: "second"}
	card := Option{Value: "Card", Label: "Card", NoLogin: true, SecondUser: "card", SecondUserFixed: true}
	for _, c := range []struct {
		name, document string
		want           Response
		token          string
	}{
		{name: "ocserv's first form", document: ocservFirst, want: Response{AuthID: "main", Message: "Please enter your username.",
			Form: &Form{Action: "/auth", Inputs: []Input{
				{Type: "text", Name: "username", Label: "Username:"},
				{Type: "select", Name: "group_list", Label: "GROUP:", Options: []Option{
					{Value: "all", Label: "Everybody"}, {Value: "staff", Label: "staff"}}},
			}}}},
		{name: "ocserv's later form", document: ocservPassword, want: Response{AuthID: "main", Message: "Login failed.\nPlease enter your password.",
			Form: &Form{Action: "/auth", Inputs: []Input{{Type: "password", Name: "secondary_password", Label: "Password2:"}}}}},
		{name: "ocserv's end", document: ocservDone, want: Response{Complete: true, AuthID: "success", Title: "SSL VPN Service"}},
		{name: "the older login", document: ocservLegacy, want: Response{AuthID: "main", Message: "Please enter your username",
			Form: &Form{Action: "/auth", Inputs: []Input{{Type: "text", Name: "username", Label: "Username:"}}}}},
		{name: "ASA's form", document: asaMain, want: Response{AuthID: "main", Title: "Login", Message: "Please enter your username and password.",
			Error:  "Login error: user practice is not allowed.",
			Opaque: []byte(asaMain[strings.Index(asaMain, "<opaque") : strings.Index(asaMain, "</opaque>")+len("</opaque>")]),
			Form: &Form{Inputs: []Input{
				{Type: "text", Name: "username", Label: "Username:"},
				{Type: "password", Name: "password", Label: "Password:"},
				{Type: "text", Name: "secondary_username", Label: "Second Username:", Second: true},
				{Type: "password", Name: "secondary_password", Label: "Second Password:", Second: true},
				{Type: "hidden", Name: "csrf", Value: "a&b"},
				{Type: "select", Name: "group_list", Label: "GROUP:", Options: []Option{staff, two, card}},
			}}}},
		{name: "ASA's wish for a certificate", document: asaCertificate, want: Response{WantsCertificate: true,
			Opaque: []byte(`<opaque is-for="sg"><tunnel-group>DefaultWEBVPNGroup</tunnel-group></opaque>`)}},
		{name: "ASA's end", document: asaDone, token: "2D8D7E@24576@9E7C@C0FFEE",
			want: Response{Complete: true, AuthID: "success", Banner: "Welcome.\nBe kind."}},
		{name: "an error outside", document: `<config-auth type="auth-request"><error id="98" param1="" param2="">VPN Server could not parse request.</error></config-auth>`,
			want: Response{Error: "VPN Server could not parse request."}},
		{name: "a message that refuses", document: `<config-auth type="auth-request"><auth id="main"><message>Your account is locked.</message></auth></config-auth>`,
			want: Response{AuthID: "main", Message: "Your account is locked.", Error: "Your account is locked."}},
		{name: "a certificate that was shown", document: `<config-auth type="auth-request"><client-cert-request/><cert-authenticated/><auth id="main"><form><input type="text" name="username"/></form></auth></config-auth>`,
			want: Response{AuthID: "main", Form: &Form{Inputs: []Input{{Type: "text", Name: "username"}}}}},
		{name: "SSO", document: `<config-auth type="auth-request"><auth id="main"><sso-v2-login>https://x/</sso-v2-login><form><input type="sso" name="sso-token"></input></form></auth></config-auth>`,
			want: Response{AuthID: "main", Unsupported: "SSO", Form: &Form{}}},
		{name: "host scan", document: `<config-auth type="auth-request"><host-scan><host-scan-ticket>1</host-scan-ticket></host-scan></config-auth>`,
			want: Response{Unsupported: "host scan"}},
		{name: "the older host scan", document: `<auth id="main"><csd token="1" ticket="2"/><form><input type="text" name="username"/></form></auth>`,
			want: Response{AuthID: "main", Unsupported: "host scan", Form: &Form{Inputs: []Input{{Type: "text", Name: "username"}}}}},
		{name: "two certificates", document: `<config-auth type="auth-request"><multiple-client-cert-request><hash-algorithm>sha256</hash-algorithm></multiple-client-cert-request></config-auth>`,
			want: Response{Unsupported: "two client certificates"}},
		{name: "words that move a cursor", document: "<config-auth type='auth-request'><auth id='main'><message>a&#x202e;b&#x7f;c</message><form><input name='n&#10;m' type='text' label='l&#10;m'/></form></auth></config-auth>",
			want: Response{AuthID: "main", Message: "abc", Form: &Form{Inputs: []Input{{Type: "text", Name: "n\nm", Label: "l m"}}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Parse([]byte(c.document))
			if err != nil {
				t.Fatal(err)
			}
			if token := got.SessionToken.Reveal(); token != c.token {
				t.Errorf("token %q", token)
			}
			got.SessionToken = c.want.SessionToken
			if difference := cmp.Diff(&c.want, got, cmp.AllowUnexported(got.SessionToken)); difference != "" {
				t.Error(difference)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	repeat := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, strings.ReplaceAll(format, "#", "%[1]d"), i)
		}
		return b.String()
	}
	form := func(inner string) string {
		return `<config-auth type="auth-request"><auth id="main"><form>` + inner + `</form></auth></config-auth>`
	}
	for name, document := range map[string]string{
		"nothing":                    "",
		"a web page":                 "<html><body>Hello</body></html>",
		"text":                       "Internal Server Error",
		"a document that stops":      ocservFirst[:200],
		"neither a form nor an end":  `<config-auth type="auth-request"><auth id="main"></auth></config-auth>`,
		"inputs without end":         form(repeat(maxInputs+1, `<input type="text" name="n#"/>`)),
		"options without end":        form(`<select name="group_list">` + repeat(maxOptions+1, "<option>#</option>") + `</select>`),
		"two inputs of one name":     form(`<input type="text" name="a"/><input type="password" name="a"/>`),
		"an input without a name":    form(`<input type="text"/>`),
		"elements without end":       "<config-auth>" + repeat(maxElements+1, "<a>#</a>") + "</config-auth>",
		"elements in each other":     "<config-auth>" + strings.Repeat("<a>", maxDepth+1) + strings.Repeat("</a>", maxDepth+1) + "</config-auth>",
		"an entity that grows":       `<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><config-auth>&c;</config-auth>`,
		"an entity that reads files": `<!DOCTYPE a [<!ENTITY f SYSTEM "file:///etc/passwd">]><config-auth type="x"><auth>&f;</auth></config-auth>`,
	} {
		if response, err := Parse([]byte(document)); err == nil {
			t.Errorf("%s was taken for %+v", name, response)
		}
	}
}

func TestGroupOfAForm(t *testing.T) {
	groups := func(options ...Option) *Form {
		return &Form{Inputs: []Input{{Type: "text", Name: "username"}, {Type: "select", Name: GroupField, Options: options}}}
	}
	for _, c := range []struct {
		name string
		form *Form
		want string
		at   int
	}{
		{"the selected one", groups(Option{Value: "a"}, Option{Value: "b", Selected: true}), "b", 1},
		{"the first one", groups(Option{Value: "a"}, Option{Value: "b"}), "a", 1},
		{"none to choose", groups(), "", -1},
		{"no groups", &Form{Inputs: []Input{{Type: "text", Name: "username"}}}, "", -1},
	} {
		chosen, at := c.form.Group()
		got := ""
		if chosen != nil {
			got = chosen.Value
		}
		if got != c.want || at != c.at {
			t.Errorf("%s: %q at %d", c.name, got, at)
		}
	}
}
