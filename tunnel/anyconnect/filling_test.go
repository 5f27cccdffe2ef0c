package anyconnect

import (
	"fmt"
	"strings"
	"testing"

	"torii/tunnel"
	"torii/tunnel/anyconnect/authform"
)

// TestFilling: what a person sees of a form in each of its groups, and what
// goes back.
func TestFilling(t *testing.T) {
	form := authform.Form{Inputs: []authform.Input{
		{Type: "text", Name: "username", Label: "Username:"},
		{Type: "password", Name: "password", Label: "Password:"},
		{Type: "text", Name: "secondary_username", Label: "Second Username:", Second: true},
		{Type: "password", Name: "secondary_password", Label: "Second Password:", Second: true},
		{Type: "hidden", Name: "csrf", Value: "token"},
		{Type: "select", Name: "region", Options: []authform.Option{{Value: "only"}}},
		{Type: "select", Name: authform.GroupField, Label: "GROUP:", Options: []authform.Option{
			{Value: "plain", Label: "Plain"},
			{Value: "codes", Label: "Codes", OverrideName: "password", OverrideLabel: "One-time code:"},
			{Value: "two", Label: "Two", NeedsSecond: true, SecondUser: "second"},
			{Value: "fixed", Label: "Fixed", NeedsSecond: true, SecondUser: "second", SecondUserFixed: true},
			{Value: "card", Label: "Card", NoLogin: true},
		}},
	}}
	for _, c := range []struct{ group, fields, values string }{
		{"plain", "Username/text/me Password/password/ GROUP/select/plain", "username=U password=P csrf=token region=only group_list=plain"},
		{"codes", "Username/text/me One-time code/code/ GROUP/select/codes", "username=U password=P csrf=token region=only group_list=codes"},
		{"two", "Username/text/me Password/password/ Second Username/text/second Second Password/password/ GROUP/select/two",
			"username=U password=P secondary_username=SU secondary_password=SP csrf=token region=only group_list=two"},
		{"fixed", "Username/text/me Password/password/ Second Password/password/ GROUP/select/fixed",
			"username=U password=P secondary_username=second secondary_password=SP csrf=token region=only group_list=fixed"},
		{"card", "GROUP/select/card", "csrf=token region=only group_list=card"},
	} {
		f := newFilling(&form, false)
		f.choose(c.group)
		if f.otherGroup(strings.ToUpper(c.group)) != "" {
			t.Errorf("%s: it is for another group", c.group)
		}
		var fields, values []string
		for _, field := range f.fields("me") {
			fields = append(fields, fmt.Sprintf("%s/%s/%s", field.Label, field.Kind, field.Value))
		}
		if got := strings.Join(fields, " "); got != c.fields {
			t.Errorf("%s: fields\n%s\nwant\n%s", c.group, got, c.fields)
		}
		given := map[string]tunnel.Secret{}
		for name, value := range map[string]string{"username": "U", "password": "P", "secondary_username": "SU", "secondary_password": "SP", "csrf": "forged", "region": "forged"} {
			given[name] = tunnel.NewSecret(value)
		}
		for _, value := range f.values(given) {
			values = append(values, value.Name+"="+value.Text.Reveal())
		}
		if got := strings.Join(values, " "); got != c.values {
			t.Errorf("%s: values\n%s\nwant\n%s", c.group, got, c.values)
		}
	}
	if got := newFilling(&form, false).otherGroup("Two"); got != "two" {
		t.Errorf("the group Two is %q", got)
	}
	if got := newFilling(&form, false).otherGroup("nobody"); got != "" {
		t.Errorf("a group that is not there is %q", got)
	}
}

// TestSecretsOfLaterForms: what looks like a password after a password was
// taken is a code, and never stored.
func TestSecretsOfLaterForms(t *testing.T) {
	for _, c := range []struct {
		name, label string
		later       bool
		want        tunnel.FieldKind
	}{
		{"password", "Password:", false, tunnel.FieldPassword},
		{"password", "Password:", true, tunnel.FieldCode},
		{"password", "PASSCODE:", false, tunnel.FieldCode},
		{"password", "ワンタイムパスワード", false, tunnel.FieldCode},
		{"answer", "Answer:", false, tunnel.FieldCode},
		{"new_password", "New Password:", true, tunnel.FieldNewPassword},
		{"verify_password", "Verify:", true, tunnel.FieldNewPassword},
		{"whichpin", "PIN:", false, tunnel.FieldNewPassword},
	} {
		form := authform.Form{Inputs: []authform.Input{{Type: "password", Name: c.name, Label: c.label, Value: "a secret of the gateway"}}}
		field := newFilling(&form, c.later).fields("")[0]
		if field.Kind != c.want || field.Value != "" || field.Kind != tunnel.FieldPassword && field.StoreKey != "" {
			t.Errorf("%s %q later %v: %+v", c.name, c.label, c.later, field)
		}
	}
}
