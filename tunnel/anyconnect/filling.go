package anyconnect

import (
	"slices"
	"strings"

	"torii/tunnel"
	"torii/tunnel/anyconnect/authform"
)

// filling is a form that is being filled in: which of its inputs a person
// sees, and what goes back.
type filling struct {
	form  *authform.Form
	group string // the group that the form is for
	// later says that a password was taken already, so that another one is a
	// code or a second secret.
	later bool

	chosen *authform.Option
}

func newFilling(form *authform.Form, later bool) *filling {
	f := &filling{form: form, later: later}
	if chosen, at := form.Group(); at >= 0 {
		f.chosen, f.group = chosen, chosen.Value
	}
	return f
}

// otherGroup returns the wanted group where the form is for another one and
// has it; "" where there is nothing to change.
func (f *filling) otherGroup(wanted string) string {
	if wanted == "" || f.chosen == nil || isGroup(*f.chosen, wanted) {
		return ""
	}
	for _, in := range f.form.Inputs {
		for _, o := range in.Options {
			if in.Name == authform.GroupField && isGroup(o, wanted) {
				return o.Value
			}
		}
	}
	return ""
}

// isGroup reports whether a person means this option by a name.
func isGroup(o authform.Option, name string) bool {
	return strings.EqualFold(o.Value, name) || strings.EqualFold(o.Label, name)
}

// shown reports whether an input is a person's to fill in.
func (f *filling) shown(in authform.Input) bool {
	switch {
	case in.Type == "hidden":
		return false
	case in.Type == "select":
		return len(in.Options) > 1
	case in.Second:
		return f.chosen != nil && f.chosen.NeedsSecond
	case f.chosen != nil && f.chosen.NoLogin:
		return false
	}
	return true
}

// names are the inputs that a person fills in, without the choice of a group.
func (f *filling) names() []string {
	var names []string
	for _, in := range f.form.Inputs {
		if f.shown(in) && in.Name != authform.GroupField {
			names = append(names, in.Name)
		}
	}
	return names
}

// hasPassword reports whether a password is asked for.
func (f *filling) hasPassword() bool {
	return slices.ContainsFunc(f.form.Inputs, func(in authform.Input) bool { return in.Type == "password" && f.shown(in) })
}

// fields are what the person sees; empty where the only question is a group
// that has been chosen already.
func (f *filling) fields(user string) []tunnel.Field {
	var fields []tunnel.Field
	passwords := 0
	for _, in := range f.form.Inputs {
		if !f.shown(in) {
			continue
		}
		field := tunnel.Field{Name: in.Name, Label: labelOf(in), Kind: tunnel.FieldText, Value: in.Value}
		switch in.Type {
		case "select":
			field.Kind = tunnel.FieldSelect
			field.Group = in.Name == authform.GroupField
			for _, o := range in.Options {
				field.Options = append(field.Options, tunnel.Option{Value: o.Value, Label: o.Label})
				if o.Selected || field.Value == "" {
					field.Value = o.Value
				}
			}
		case "password":
			field.Value = ""
			field.Kind, field.StoreKey = f.passwordKind(in, passwords)
			passwords++
		default:
			if field.Value == "" && strings.Contains(strings.ToLower(in.Name), "user") {
				field.Value = user
			}
		}
		fields = append(fields, field)
	}
	return fields
}

// passwordKind tells a password that may be kept from a code that may not.
func (f *filling) passwordKind(in authform.Input, before int) (tunnel.FieldKind, string) {
	switch in.Name {
	case "new_password", "verify_password", "whichpin", "verify_pin":
		return tunnel.FieldNewPassword, ""
	case "answer":
		return tunnel.FieldCode, ""
	}
	if f.later || isCodeLabel(in.Label) {
		return tunnel.FieldCode, ""
	}
	if before > 0 {
		return tunnel.FieldPassword, in.Name
	}
	return tunnel.FieldPassword, "password"
}

// isCodeLabel recognises a one-time code by what the gateway calls it.
func isCodeLabel(label string) bool {
	lower := strings.ToLower(label)
	for _, word := range []string{"code", "otp", "token", "ワンタイム", "認証コード"} {
		if strings.Contains(lower, word) {
			return true
		}
	}
	return false
}

// labelOf is an input's label without the colon that gateways put behind it.
func labelOf(in authform.Input) string {
	label := strings.TrimSpace(strings.TrimRight(strings.TrimSpace(in.Label), ":："))
	if label == "" {
		return in.Name
	}
	return label
}

// values are what goes back: everything that is shown, and the hidden inputs
// as they came.
func (f *filling) values(given map[string]tunnel.Secret) []authform.Value {
	var values []authform.Value
	for _, in := range f.form.Inputs {
		text := tunnel.NewSecret(in.Value)
		switch {
		case in.Name == authform.GroupField:
			text = tunnel.NewSecret(f.group)
		case f.shown(in):
			text = given[in.Name]
		case in.Type == "select" && len(in.Options) == 1:
			text = tunnel.NewSecret(in.Options[0].Value)
		case in.Type != "hidden":
			continue
		}
		values = append(values, authform.Value{Name: in.Name, Text: text})
	}
	return values
}
