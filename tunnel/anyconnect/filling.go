package anyconnect

import (
	"cmp"
	"slices"
	"strings"

	"torii/tunnel"
	"torii/tunnel/anyconnect/authform"
	"torii/tunnel/internal/words"
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

// choose makes the form one for another of its groups.
func (f *filling) choose(group string) {
	for i := range f.form.Inputs {
		for j := range f.form.Inputs[i].Options {
			if o := &f.form.Inputs[i].Options[j]; f.form.Inputs[i].Name == authform.GroupField && o.Value == group {
				f.chosen, f.group = o, group
			}
		}
	}
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
	case f.chosen == nil: // without groups, everything is for everybody
		return true
	case in.Second && !f.chosen.NeedsSecond, f.chosen.NoLogin:
		return false
	}
	return !f.isFixed(in)
}

// isFixed reports whether the chosen group gives the name of the second login
// for good.
func (f *filling) isFixed(in authform.Input) bool {
	return f.chosen != nil && f.chosen.NeedsSecond && in.Name == secondUser && f.chosen.SecondUser != "" && f.chosen.SecondUserFixed
}

// secondUser is the name of the input for the user of a second login.
const secondUser = "secondary_username"

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
		field := tunnel.Field{Name: in.Name, Label: f.labelOf(in), Kind: tunnel.FieldText, Value: in.Value}
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
			if field.Group {
				field.Value = f.group
			}
		case "password":
			field.Value = ""
			field.Kind, field.StoreKey = f.passwordKind(in, passwords)
			passwords++
		default:
			if in.Name == secondUser && f.chosen != nil {
				field.Value = cmp.Or(f.chosen.SecondUser, field.Value)
			}
			if field.Value == "" && strings.Contains(strings.ToLower(in.Name), "user") {
				field.Value = user
			}
			field.Value = words.Line(field.Value, maxValue)
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
	if f.later || isCodeLabel(f.labelOf(in)) {
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

// maxValue bounds a suggestion and a name that is shown, in bytes.
const maxValue = 256

// labelOf is an input's label without the colon that gateways put behind it.
func (f *filling) labelOf(in authform.Input) string {
	label := in.Label
	if f.chosen != nil && f.chosen.OverrideName == in.Name && f.chosen.OverrideLabel != "" {
		label = f.chosen.OverrideLabel
	}
	label = strings.TrimSpace(strings.TrimRight(strings.TrimSpace(label), ":："))
	if label == "" {
		return words.Line(in.Name, maxValue)
	}
	return label
}

// mistyped reports whether a new password was not repeated as it was: the
// repetition never leaves this machine.
func (f *filling) mistyped(given map[string]tunnel.Secret) bool {
	for _, pair := range [][2]string{{"new_password", "verify_password"}, {"whichpin", "verify_pin"}} {
		names := f.names()
		if slices.Contains(names, pair[0]) && slices.Contains(names, pair[1]) && given[pair[0]].Reveal() != given[pair[1]].Reveal() {
			return true
		}
	}
	return false
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
		case f.isFixed(in):
			text = tunnel.NewSecret(f.chosen.SecondUser)
		case in.Type == "select" && len(in.Options) == 1:
			text = tunnel.NewSecret(in.Options[0].Value)
		case in.Type != "hidden":
			continue
		}
		values = append(values, authform.Value{Name: in.Name, Text: text})
	}
	return values
}
