package certstore

import (
	"bytes"
	"crypto"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// secret is the password of the tools' files: with letters that show how a
// program encodes them.
const secret = "Grüße 7"

// tool looks for a program that makes files. Where it is missing the test is
// skipped, and fails in CI.
func tool(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
}

// run runs a program with that locale that every machine has and that can say
// the password.
func run(t *testing.T, dir, program string, arguments ...string) {
	t.Helper()
	command := exec.Command(program, arguments...)
	command.Dir = dir
	command.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "HOME="+dir)
	command.Stdin = bytes.NewReader(nil)
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%s %q: %v\n%s", program, arguments, err, out)
	}
}

// parts writes what the tools make files of.
func parts(t *testing.T, f family) string {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, "person.pem", certificatePEM(f.person.Certificate))
	write(t, dir, "key.pem", keyPEM(t, f.person.key))
	write(t, dir, "chain.pem", append(certificatePEM(f.middle.Certificate), certificatePEM(f.root.Certificate)...))
	write(t, dir, "password", []byte(secret))
	return dir
}

// wantTool holds a tool's file to what went into it, and to its password.
func wantTool(t *testing.T, path, password string, f family) {
	t.Helper()
	file, err := ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Base(path)
	b, err := Read(file, password)
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	wantPerson(t, name, b, f.person, f.middle.Certificate, f.root.Certificate)
	if password != "" {
		_, err = Read(file, "another")
		wantFlaw(t, name+" with another password", err, FlawPassword)
		_, err = Read(file, "")
		wantFlaw(t, name+" without a password", err, FlawNeedPassword)
	}
	_, err = Read(file[:len(file)-20], password)
	wantFlaw(t, name+" cut off", err, FlawDamaged)
}

// keysOfTools are the kinds of keys that the tools pack.
func keysOfTools(t *testing.T) map[string]crypto.Signer {
	return map[string]crypto.Signer{"rsa": rsaKey(t), "ec": ecKey(t)}
}

func TestFilesOfOpenSSL(t *testing.T) {
	t.Parallel()
	tool(t, "openssl")
	for kind, key := range keysOfTools(t) {
		f := newFamily(t, key)
		dir := parts(t, f)
		export := []string{"pkcs12", "-export", "-in", "person.pem", "-inkey", "key.pem", "-certfile", "chain.pem", "-name", "Alice 会社"}
		for name, options := range map[string][]string{
			"modern":      nil,
			"legacy":      {"-legacy"},
			"legacy-3des": {"-legacy", "-descert"},
			"sha512":      {"-macalg", "sha512", "-keypbe", "AES-128-CBC", "-certpbe", "AES-192-CBC"},
			"no-mac":      {"-nomac"},
			"open-certs":  {"-certpbe", "NONE"},
			"open-key":    {"-keypbe", "NONE", "-iter", "100000"},
		} {
			out := kind + "-" + name + ".p12"
			run(t, dir, "openssl", append(append(export, options...), "-out", out, "-passout", "file:password")...)
			if name != "no-mac" && name != "open-key" {
				run(t, dir, "openssl", "pkcs12", "-in", out, "-passin", "file:password", "-noout", "-legacy")
			}
			path := filepath.Join(dir, out)
			wantTool(t, path, secret, f)
			file, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if got := read(t, file, secret).Identities()[0].Name; got != "Alice 会社" {
				t.Errorf("%s: the name is %q", out, got)
			}
		}
		for _, name := range []string{"modern", "legacy"} {
			out := kind + "-empty-" + name + ".p12"
			options := []string{"-out", out, "-passout", "pass:"}
			if name == "legacy" {
				options = append(options, "-legacy")
			}
			run(t, dir, "openssl", append(export, options...)...)
			wantTool(t, filepath.Join(dir, out), "", f)
		}
		run(t, dir, "openssl", "pkcs12", "-export", "-in", "person.pem", "-inkey", "key.pem", "-certfile", "chain.pem",
			"-keypbe", "NONE", "-certpbe", "NONE", "-nomac", "-out", "open.p12", "-passout", "pass:")
		wantTool(t, filepath.Join(dir, "open.p12"), "", f)
	}
}

// TestChainsOfOpenSSL are certificates alone in PKCS#7, as authorities on
// Windows hand them out.
func TestChainsOfOpenSSL(t *testing.T) {
	t.Parallel()
	tool(t, "openssl")
	f := newFamily(t, ecKey(t))
	dir := parts(t, f)
	for _, form := range []string{"DER", "PEM"} {
		run(t, dir, "openssl", "crl2pkcs7", "-nocrl", "-certfile", "chain.pem", "-outform", form, "-out", "chain.p7b")
		file, err := os.ReadFile(filepath.Join(dir, "chain.p7b"))
		if err != nil {
			t.Fatal(err)
		}
		b := read(t, file, "")
		if len(b.Identities()) != 0 || len(b.Certificates) != 2 || !b.Certificates[0].Equal(f.middle.Certificate) || !b.Certificates[1].Equal(f.root.Certificate) {
			t.Errorf("%s: %+v", form, b)
		}
		if form == "DER" {
			_, err = Read(file[:len(file)-30], "")
			wantFlaw(t, "a chain cut off", err, FlawDamaged)
		}
	}
	run(t, dir, "openssl", "cms", "-sign", "-in", "password", "-signer", "person.pem", "-inkey", "key.pem", "-certfile", "chain.pem",
		"-outform", "DER", "-nodetach", "-stream", "-binary", "-out", "signed.p7") // in the loose encoding
	file, err := os.ReadFile(filepath.Join(dir, "signed.p7"))
	if err != nil {
		t.Fatal(err)
	}
	if b := read(t, file, ""); len(b.Certificates) != 3 {
		t.Errorf("a signed file has %d certificates", len(b.Certificates))
	}
}

// TestKeysOfOpenSSL are the ways to protect a key alone.
func TestKeysOfOpenSSL(t *testing.T) {
	t.Parallel()
	tool(t, "openssl")
	for kind, key := range keysOfTools(t) {
		f := newFamily(t, key)
		dir := parts(t, f)
		certificates := append(certificatePEM(f.person.Certificate), append(certificatePEM(f.middle.Certificate), certificatePEM(f.root.Certificate)...)...)
		traditional := "rsa"
		if kind == "ec" {
			traditional = "ec"
		}
		for name, arguments := range map[string][]string{
			"aes":         {"pkcs8", "-topk8", "-v2", "aes256"},
			"des3":        {"pkcs8", "-topk8", "-v2", "des3"},
			"sha512":      {"pkcs8", "-topk8", "-v2", "aes128", "-v2prf", "hmacWithSHA512"},
			"scrypt":      {"pkcs8", "-topk8", "-scrypt"},
			"pkcs12":      {"pkcs8", "-topk8", "-v1", "PBE-SHA1-3DES"},
			"traditional": {traditional, "-aes128", "-traditional"},
			"old-des":     {traditional, "-des3", "-traditional"},
		} {
			if kind == "ec" && (name == "traditional" || name == "old-des") {
				arguments = arguments[:2] // ec(1) knows no other way
			}
			out := kind + "-" + name + ".pem"
			run(t, dir, "openssl", append(arguments, "-in", "key.pem", "-out", out, "-passout", "pass:only ASCII")...)
			sealed, err := os.ReadFile(filepath.Join(dir, out))
			if err != nil {
				t.Fatal(err)
			}
			file := append(append([]byte{}, certificates...), sealed...)
			wantPerson(t, out, read(t, file, "only ASCII"), f.person, f.middle.Certificate, f.root.Certificate)
			_, err = Read(file, "another")
			wantFlaw(t, out+" with another password", err, FlawPassword)
			_, err = Read(file, "")
			wantFlaw(t, out+" without a password", err, FlawNeedPassword)
		}
	}
}

func TestFilesOfGnuTLS(t *testing.T) {
	t.Parallel()
	tool(t, "certtool")
	f := newFamily(t, rsaKey(t))
	dir := parts(t, f)
	write(t, dir, "all.pem", append(certificatePEM(f.person.Certificate), append(certificatePEM(f.middle.Certificate), certificatePEM(f.root.Certificate)...)...))
	pack := func(out string, options ...string) string {
		t.Helper()
		run(t, dir, "certtool", append([]string{"--to-p12", "--load-certificate", "all.pem", "--load-privkey", "key.pem",
			"--p12-name", "Alice", "--outfile", out}, options...)...)
		return filepath.Join(dir, out)
	}
	// Its keys are of 600 000 rounds each, so not everything is made of everything.
	wantTool(t, pack("modern.p12", "--outder", "--password", secret), secret, f)
	wantTool(t, pack("empty.p12", "--outder", "--empty-password"), "", f)
	wantTool(t, pack("null.p12", "--outder", "--null-password", "--pkcs-cipher", "3des", "--hash", "sha512"), "", f)
	file, err := ReadFile(pack("framed.p12", "--password", secret, "--pkcs-cipher", "3des-pkcs12", "--hash", "sha1"))
	if err != nil {
		t.Fatal(err)
	}
	wantPerson(t, "framed.p12", read(t, file, secret), f.person, f.middle.Certificate, f.root.Certificate)
}

// TestFilesOfNSS are those of Firefox and Thunderbird, in the loose encoding.
func TestFilesOfNSS(t *testing.T) {
	t.Parallel()
	tool(t, "pk12util")
	tool(t, "certutil")
	tool(t, "openssl")
	for kind, key := range keysOfTools(t) {
		f := newFamily(t, key)
		dir := parts(t, f)
		run(t, dir, "openssl", "pkcs12", "-export", "-in", "person.pem", "-inkey", "key.pem", "-certfile", "chain.pem",
			"-name", "alice", "-out", "in.p12", "-passout", "pass:in")
		run(t, dir, "certutil", "-N", "-d", "sql:.", "--empty-password")
		run(t, dir, "pk12util", "-i", "in.p12", "-d", "sql:.", "-W", "in")
		ways := [][]string{nil} // what it does by itself
		if kind == "ec" {
			ways = [][]string{
				{"-c", "PKCS #12 V2 PBE With SHA-1 And 3KEY Triple DES-CBC", "-C", "PKCS #12 V2 PBE With SHA-1 And 40 Bit RC2 CBC"},
				{"-c", "AES-256-CBC", "-C", "AES-128-CBC", "-M", "SHA-256"},
			}
		}
		for i, ciphers := range ways {
			out := fmt.Sprintf("%s-%d.p12", kind, i)
			run(t, dir, "pk12util", append([]string{"-o", out, "-d", "sql:.", "-n", "alice", "-W", secret}, ciphers...)...)
			wantTool(t, filepath.Join(dir, out), secret, f)
		}
	}
}

// TestFilesOfJava are those of keytool, whose keystores are PKCS#12. A JRE is
// large, so it is asked for nowhere; testdata has files that keytool made.
func TestFilesOfJava(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("keytool"); err != nil {
		t.Skip(err)
	}
	tool(t, "openssl")
	for kind, key := range keysOfTools(t) {
		f := newFamily(t, key)
		dir := parts(t, f)
		run(t, dir, "openssl", "pkcs12", "-export", "-in", "person.pem", "-inkey", "key.pem", "-certfile", "chain.pem",
			"-name", "alice", "-out", "in.p12", "-passout", "pass:changeit")
		for name, options := range map[string][]string{"modern": nil, "legacy": {"-J-Dkeystore.pkcs12.legacy"}} {
			out := kind + "-" + name + ".p12"
			run(t, dir, "keytool", append(options, "-importkeystore", "-srckeystore", "in.p12", "-srcstorepass", "changeit",
				"-destkeystore", out, "-deststoretype", "PKCS12", "-deststorepass", "changeit", "-noprompt")...)
			wantTool(t, filepath.Join(dir, out), "changeit", f)
		}
	}
}

// TestFilesThatKeytoolMade reads keystores with two identities each.
func TestFilesThatKeytoolMade(t *testing.T) {
	for _, name := range []string{"keytool-modern.p12", "keytool-legacy.p12"} {
		file, err := ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		items := read(t, file, "changeit").Identities()
		if len(items) != 2 || items[0].Name != "alice" || items[0].Leaf().Subject.CommonName != "Alice Example" ||
			items[1].Name != "bob" || items[1].Leaf().Subject.CommonName != "Bob Example" {
			t.Errorf("%s holds %+v", name, items)
		}
		_, err = Read(file, "changeIt")
		wantFlaw(t, name+" with another password", err, FlawPassword)
	}
}
