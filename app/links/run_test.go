package links

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"torii/app/api"
	"torii/app/consent"
	"torii/tunnel"
)

// fake is a Torii that writes down what is done.
type fake struct {
	control string
	yes     bool
	late    error
	did     []string
}

func (f *fake) note(format string, args ...any) { f.did = append(f.did, fmt.Sprintf(format, args...)) }

func (f *fake) Control() string { return f.control }

func (f *fake) Allow(_ context.Context, request consent.Request) (bool, error) {
	f.note("ask %s %s", request.Action, request.Host)
	return f.yes, f.late
}

func (f *fake) Find(name string) (api.Entry, error) {
	if name == "Office" {
		return api.Entry{ID: "o", Name: "Office", Host: "vpn.example.com"}, nil
	}
	return api.Entry{}, tunnel.Errorf(tunnel.CodeNotFound, "find", "none")
}

func (f *fake) Known(target api.Entry) (api.Entry, bool) {
	entry, _ := f.Find("Office")
	return entry, target.Host == entry.Host
}

func (f *fake) Add(entry api.Entry) error {
	f.note("add %s", entry.Name)
	return nil
}

func (f *fake) Connect(_ context.Context, entry api.Entry, prefill map[string]tunnel.Secret) error {
	f.note("connect %s as %s with %d", entry.Name, entry.User, len(prefill))
	return nil
}

func (f *fake) Disconnect() { f.note("disconnect") }

func (f *fake) Show() error {
	f.note("show")
	return nil
}

func TestExternalControl(t *testing.T) {
	const (
		create     = "anyconnect:create?name=New&host=new.example.com"
		taken      = "anyconnect:create?name=Office&host=evil.example.com"
		known      = "anyconnect:connect?name=Office&prefill_username=u&prefill_password=p"
		knownHost  = "anyconnect:connect?host=vpn.example.com&prefill_password=p"
		unknown    = "anyconnect:connect?name=Home"
		stranger   = "anyconnect:connect?host=evil.example.com&prefill_username=u&prefill_password=p"
		disconnect = "anyconnect:disconnect"
		bundle     = "anyconnect:import?type=pkcs12&uri=https%3A%2F%2Fx.example%2Fa.p12"
	)
	late := tunnel.Errorf(tunnel.CodeTimeout, "ask", "nobody answered")
	for _, c := range []struct {
		link, control string
		yes           bool
		late          error
		did           []string
		want          tunnel.Code
	}{
		{link: create, control: "disabled", yes: true, want: tunnel.CodePolicy},
		{link: known, control: "disabled", yes: true, want: tunnel.CodePolicy},
		{link: disconnect, control: "disabled", yes: true, want: tunnel.CodePolicy},
		{link: bundle, control: "disabled", yes: true, want: tunnel.CodePolicy},
		{link: disconnect, control: "", yes: true, want: tunnel.CodePolicy},

		{link: create, control: "prompt", yes: true, did: []string{"ask create new.example.com", "add New"}},
		{link: create, control: "prompt", did: []string{"ask create new.example.com"}, want: tunnel.CodeCancelled},
		{link: create, control: "prompt", late: late, did: []string{"ask create new.example.com"}, want: tunnel.CodeTimeout},
		{link: create, control: "enabled", did: []string{"ask create new.example.com"}, want: tunnel.CodeCancelled},
		{link: create, control: "enabled", yes: true, did: []string{"ask create new.example.com", "add New"}},
		{link: taken, control: "enabled", yes: true, want: tunnel.CodeInvalid},

		{link: known, control: "prompt", yes: true, did: []string{"ask connect vpn.example.com", "connect Office as  with 2"}},
		{link: known, control: "prompt", did: []string{"ask connect vpn.example.com"}, want: tunnel.CodeCancelled},
		{link: known, control: "enabled", did: []string{"connect Office as  with 2"}},
		{link: knownHost, control: "enabled", did: []string{"connect Office as  with 1"}},
		{link: unknown, control: "enabled", want: tunnel.CodeNotFound},
		// Who is not known gets no password, and is not connected unasked.
		{link: stranger, control: "enabled", yes: true, did: []string{"ask connect evil.example.com", "connect evil.example.com as u with 0"}},
		{link: stranger, control: "enabled", did: []string{"ask connect evil.example.com"}, want: tunnel.CodeCancelled},

		{link: disconnect, control: "prompt", yes: true, did: []string{"ask disconnect ", "disconnect"}},
		{link: disconnect, control: "prompt", did: []string{"ask disconnect "}, want: tunnel.CodeCancelled},
		{link: disconnect, control: "enabled", did: []string{"disconnect"}},

		{link: bundle, control: "enabled", yes: true, want: tunnel.CodeUnsupported},
		{link: "torii:close", control: "disabled", did: []string{"show"}},
	} {
		f := &fake{control: c.control, yes: c.yes, late: c.late}
		link, err := Parse(c.link)
		if err != nil {
			t.Fatal(err)
		}
		err = Run(t.Context(), f, link)
		if tunnel.CodeOf(err) != c.want || !slices.Equal(f.did, c.did) {
			t.Errorf("%s with %s (yes %v): %v, did %q, want %s and %q", c.link, c.control, c.yes, err, f.did, c.want, c.did)
		}
		if c.late != nil && !errors.Is(err, c.late) {
			t.Errorf("%s: the reason is lost: %v", c.link, err)
		}
	}
}
