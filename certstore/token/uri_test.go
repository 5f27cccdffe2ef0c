package token

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestURI(t *testing.T) {
	for text, want := range map[string]URI{
		"pkcs11:": {},
		"pkcs11:token=My%20card;serial=0815;id=%01%FF;type=cert":                {Token: "My card", Serial: "0815", ID: []byte("\x01\xff")},
		"pkcs11:object=%E7%9A%84;manufacturer=a;model=b;type=private":           {Object: "的", Manufacturer: "a", Model: "b"},
		"pkcs11:token=a+b?module-path=/usr/lib/opensc-pkcs11.so":                {Token: "a+b", ModulePath: "/usr/lib/opensc-pkcs11.so"},
		"pkcs11:id=key?module-path=%2Fopt%2Fa%20b.so":                           {ID: []byte("key"), ModulePath: "/opt/a b.so"},
		"pkcs11:token=%3Bserial%3D1%3Fmodule-path%3D%2Fevil.so;object=x%26y%3D": {Token: ";serial=1?module-path=/evil.so", Object: "x&y="},
	} {
		got, err := ParseURI(text)
		if err != nil || !cmp.Equal(got, want) {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
		if again, err := ParseURI(got.String()); err != nil || !cmp.Equal(again, want) {
			t.Errorf("%s was written as %s: %+v, %v", text, got, again, err)
		}
	}
}

func TestBadURIs(t *testing.T) {
	for _, text := range []string{
		"", "pkcs12:token=a", "PKCS11:token=a", "pkcs11:token", "pkcs11:token=a;", "pkcs11:token=a;token=b",
		"pkcs11:token=%zz", "pkcs11:type=secret-key", "pkcs11:slot-id=1", "pkcs11:?pin-value=1234",
		"pkcs11:token=a?pin-source=file:/etc/pin", "pkcs11:?module-path=libsofthsm2.so", "pkcs11:?module-path=../a.so",
		"pkcs11:?module-path=/a%00.so", "pkcs11:?module-name=softhsm2", "pkcs11:token=" + strings.Repeat("a", longestURI),
	} {
		if got, err := ParseURI(text); err == nil {
			t.Errorf("%.60q is %+v", text, got)
		} else if err != nil && strings.Contains(err.Error(), "1234") {
			t.Errorf("the error holds the PIN: %v", err)
		}
	}
}

func FuzzURI(f *testing.F) {
	f.Add("pkcs11:token=My%20card;serial=0815;id=%01%FF;type=cert?module-path=/usr/lib/a.so")
	f.Add("pkcs11:token=;id=")
	f.Add("pkcs11:object=%E7%9A%84;manufacturer=a;model=b;type=private")
	f.Fuzz(func(t *testing.T, text string) {
		u, err := ParseURI(text)
		if err != nil {
			return
		}
		written := u.String()
		if len(written) > longestURI {
			return // what needs no escape need not be escaped
		}
		again, err := ParseURI(written)
		if err != nil || !cmp.Equal(u, again) {
			t.Fatalf("%q was written as %q: %+v, %v", text, written, again, err)
		}
	})
}
