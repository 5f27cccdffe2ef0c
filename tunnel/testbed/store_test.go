//go:build privileged && linux

package testbed_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"torii/tunnel"
	"torii/tunnel/testbed"
)

// TestTheStoresCertificate logs in to a real gateway with a certificate that
// was imported from a PKCS#12 file of old and of new algorithms, and trusts the
// gateway for an authority that was imported as well.
func TestTheStoresCertificate(t *testing.T) {
	t.Parallel()
	for name, options := range map[string][]string{"new algorithms": nil, "old algorithms": {"-legacy"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testbed.Require(t, "openssl")
			bed := testbed.New(t)
			config := split()
			config.Certificate, config.NoPassword = true, name == "new algorithms"
			gateway := bed.StartOcserv(t, config)
			home := t.TempDir()
			file := filepath.Join(home, "alice.p12")
			pack := exec.Command("openssl", append([]string{"pkcs12", "-export", "-in", gateway.ClientCertificate, "-out", file,
				"-passout", "pass:geheim"}, options...)...)
			if out, err := pack.CombinedOutput(); err != nil {
				t.Fatalf("openssl: %v: %s", err, out)
			}
			variables := []string{"HOME=" + home, "XDG_CONFIG_HOME=" + home + "/config", "XDG_DATA_HOME=" + home + "/data"}
			tool := func(input string, args ...string) string {
				t.Helper()
				command := toriictl(t, bed, variables, args...)
				command.Stdin = strings.NewReader(input)
				out, err := command.CombinedOutput()
				if err != nil {
					t.Fatalf("toriictl %q: %v: %s", args, err, out)
				}
				return string(out)
			}
			tool("geheim\ncorrect horse\n", "cert", "import", file, "--password-stdin", "--keep", "passphrase", "--name", "Mine")
			tool("", "cert", "import", gateway.CAFile)
			if list := tool("", "cert", "list"); !strings.Contains(list, "user\tMine\t") || !strings.Contains(list, "authority\t") {
				t.Errorf("the store has %s", list)
			}
			secrets := []string{"correct horse"}
			if !config.NoPassword {
				secrets = append(secrets, gateway.Password)
			}
			tool("", "entry", "add", "Office", gateway.Address(), "--user", gateway.User, "--certificate", "automatic")
			for _, choice := range []string{"automatic", "Mine"} {
				tool("", "entry", "edit", "Office", "--certificate", choice)
				c := connectIn(t, bed, variables, secrets, "Office")
				c.connected()
				c.carries(insideServer)
				c.stop()
			}
			tool("", "entry", "edit", "Office", "--certificate", "disabled")
			without := connectIn(t, bed, variables, secrets[1:], "Office", "--once")
			if code := without.wait(); code != exitLoginRefused {
				t.Errorf("without the certificate the exit code is %d", code)
			}
			if e := without.last().Error; e == nil || e.Code != tunnel.CodeClientCertificate {
				t.Errorf("without the certificate: %+v", e)
			}
		})
	}
}
