package verify

import (
	"crypto/x509"
	"testing"
)

// TestPath: who is asked about a certificate is its verified issuer.
func TestPath(t *testing.T) {
	root := made(t, nil, "Root", authority)
	middle := made(t, root, "Middle", authority)
	mail := made(t, root, "Mail", func(c *x509.Certificate) {
		authority(c)
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection}
	})
	stranger := made(t, nil, "Stranger", authority)
	a := &Authorities{}
	a.Add(root.certificate)
	for _, c := range []struct {
		name  string
		chain []*x509.Certificate
		want  int
	}{
		{"of the root", chain(made(t, root, "leaf", nil)), 2},
		{"of an intermediate", chain(made(t, middle, "leaf", nil), middle), 3},
		{"of an intermediate that was not sent", chain(made(t, middle, "leaf", nil)), 0},
		{"of an authority for another purpose", chain(made(t, mail, "leaf", nil), mail), 0},
		{"of a stranger", chain(made(t, stranger, "leaf", nil), stranger), 0},
		{"expired", chain(made(t, root, "leaf", func(c *x509.Certificate) { c.NotAfter = days(-1) })), 0},
		{"none", nil, 0},
	} {
		got := a.Path(c.chain, today)
		if len(got) != c.want {
			t.Errorf("%s: %d certificates, want %d", c.name, len(got), c.want)
		}
		if len(got) > 0 && !got[len(got)-1].Equal(root.certificate) {
			t.Errorf("%s: it ends at %v", c.name, got[len(got)-1].Subject)
		}
	}
}
