package app

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"torii/app/api"
	"torii/app/settings"
	"torii/certstore/revoke"
	"torii/tunnel"
	"torii/tunnel/gateway"
)

// sample is a server with something wrong, or nothing.
type sample struct {
	name  string
	wrong wrong
	found string // the problems of the prompt
	bench *bench
	hard  bool
}

const askHere = "http://ocsp.example.test"

// samples are servers for each row of the table.
func samples(t *testing.T) []sample {
	authority, stranger := issue(t, nil, issuing), issue(t, nil, issuing)
	ca := caFile(t, authority)
	server := func(issuer *holder, change func(c *x509.Certificate)) *bench {
		return newBench(t, ca, issue(t, issuer, change), nil)
	}
	expired := func(c *x509.Certificate) {
		c.NotBefore, c.NotAfter = c.NotBefore.AddDate(0, 0, -2), c.NotAfter.AddDate(0, 0, -1)
	}
	asks := func(c *x509.Certificate) { c.OCSPServer = []string{askHere} }
	revoked, good := issue(t, authority, nil), issue(t, authority, nil)
	pinned := server(authority, nil)
	pinned.entry.Pin = strings.Repeat("ab", 32)
	return []sample{
		{"good", wrongNothing, "", server(authority, nil), false},
		{"good by a stapled answer", wrongNothing, "", newBench(t, ca, good, stapled(t, authority, good, ocsp.Good)), true},
		{"nobody tells, and that is tolerated", wrongNothing, "", server(authority, asks), false},
		{"of a stranger", wrongUntrusted, "unknown-issuer", server(stranger, nil), false},
		{"self-signed", wrongUntrusted, "self-signed", server(nil, nil), false},
		{"expired", wrongInvalid, "expired", server(authority, expired), false},
		{"not yet valid", wrongInvalid, "not-yet-valid", server(authority, func(c *x509.Certificate) {
			c.NotBefore, c.NotAfter = c.NotBefore.AddDate(0, 0, 1), c.NotAfter.AddDate(0, 0, 2)
		}), false},
		{"for another name", wrongInvalid, "name-mismatch", server(authority, func(c *x509.Certificate) {
			c.IPAddresses, c.DNSNames = nil, []string{"elsewhere.example.test"}
		}), false},
		{"for another usage", wrongInvalid, "usage", server(authority, func(c *x509.Certificate) {
			c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
		}), false},
		{"of a stranger, and expired", wrongInvalid, "expired unknown-issuer", server(stranger, expired), false},
		{"self-signed, for another name", wrongInvalid, "name-mismatch self-signed", server(nil, func(c *x509.Certificate) {
			c.IPAddresses = []net.IP{net.IPv4(192, 0, 2, 1)}
		}), false},
		{"revoked", wrongRevoked, "revoked", newBench(t, ca, revoked, stapled(t, authority, revoked, ocsp.Revoked)), false},
		{"nobody tells", wrongSilent, "revocation-unreachable", server(authority, asks), true},
		{"not the one that is named", wrongPin, "", pinned, false},
	}
}

// TestTrustTable goes through each cell of the table with the real conductor:
// the prompt, its choices, what each leads to, and what reaches the server.
func TestTrustTable(t *testing.T) {
	r := newRig(t, gateway.Config{}, func(o *Options) {
		o.Fetch = func(context.Context, revoke.Request) ([]byte, error) { return nil, errors.New("nobody there") }
	})
	seen := map[string]bool{}
	for _, c := range samples(t) {
		mode := settings.RevocationSoft
		if c.hard {
			mode = settings.RevocationHard
		}
		r.setting(settings.Revocation, mode)
		for _, blocks := range []bool{true, false} {
			row := trustRowOf(c.wrong, blocks)
			seen[fmt.Sprint(row.wrong, blocks)] = true
			cell := cell{rig: r, sample: c, row: row, blocks: blocks}
			cell.block(blocks)
			if len(row.choices) == 0 {
				cell.silent()
				continue
			}
			for _, choice := range row.choices {
				cell.choose(choice)
			}
		}
	}
	for _, row := range trustTable() {
		if row.wrong == wrongMissing { // no server of TLS shows none
			check := r.app.judge(api.Entry{}, nilAuthorities(t)).check
			r.setting(settings.BlockUntrustedServers, onOff(row.blocks))
			nobody := &person{choice: tunnel.ChoiceContinue}
			wantCode(t, "no certificate", check(t.Context(), tunnel.ServerIdentity{Host: "x"}, nobody.ask), row.code)
			seen[fmt.Sprint(row.wrong, row.blocks)] = len(nobody.asked) == 0
		}
		if !seen[fmt.Sprint(row.wrong, row.blocks)] {
			t.Errorf("no sample shows the row %q, blocks %v", row.wrong, row.blocks)
		}
		if row.code != "" && api.ExitCode(row.code) != api.ExitCertificate {
			t.Errorf("%q exits %d", row.wrong, api.ExitCode(row.code))
		}
	}
}

func onOff(on bool) string {
	if on {
		return settings.On
	}
	return settings.Off
}

// cell is one row with one server.
type cell struct {
	rig    *rig
	sample sample
	row    trustRow
	blocks bool
}

func (c cell) block(on bool) { c.rig.setting(settings.BlockUntrustedServers, onOff(on)) }

func (c cell) errorf(format string, args ...any) {
	c.rig.t.Helper()
	c.rig.t.Errorf("%s, blocks %v: %s", c.sample.name, c.blocks, fmt.Sprintf(format, args...))
}

// silent: nobody is asked.
func (c cell) silent() {
	c.rig.t.Helper()
	before := c.sample.bench.requests.Load()
	s := c.rig.try(c.sample.bench)
	defer c.rig.disconnect()
	if c.row.code == "" {
		if s.Question == nil || s.Question.Kind != tunnel.QuestionLogin {
			c.errorf("no login comes: %+v, %+v", s.Question, s.Error)
		}
		return
	}
	c.refused(s, before)
	c.audited(api.ChosenRefused, false)
}

// refused: it ends, and no byte of a login was sent.
func (c cell) refused(s tunnel.Snapshot, before int32) {
	c.rig.t.Helper()
	if s.State != tunnel.StateFailed || s.Error == nil || s.Error.Code != c.row.code {
		c.errorf("it ended %s with %+v", s.State, s.Error)
	}
	if n := c.sample.bench.requests.Load(); n != before {
		c.errorf("%d requests reached the server", n-before)
	}
}

// audited: the last decision is the one that was made.
func (c cell) audited(chosen api.Chosen, person bool) {
	c.rig.t.Helper()
	var all []api.Decision
	if err := c.rig.face.Call(c.rig.t.Context(), api.MethodDecisions, nil, &all); err != nil || len(all) == 0 {
		c.rig.t.Fatalf("the decisions: %+v, %v", all, err)
	}
	d := all[0]
	if d.Host != "127.0.0.1" || d.Port != c.sample.bench.entry.Port || d.Chosen != chosen || d.Person != person || len(d.Fingerprint) != 64 ||
		time.Since(d.When) > enough || c.row.code != "" && len(d.Found) == 0 {
		c.errorf("it was kept as %+v, want %s", d, chosen)
	}
}

// choose makes one choice of the prompt, and looks at what follows.
func (c cell) choose(choice tunnel.Choice) {
	r, b := c.rig, c.sample.bench
	r.t.Helper()
	before := b.requests.Load()
	q := c.prompt()
	for _, other := range []tunnel.Choice{tunnel.ChoiceContinue, tunnel.ChoiceImport, tunnel.ChoiceOK} {
		if !slices.Contains(c.row.choices, other) {
			wantCode(r.t, c.sample.name+": "+string(other), r.call(api.MethodAnswer, api.AnswerRequest{ID: q.ID, Choice: other}), tunnel.CodeInvalid)
		}
	}
	s := r.choose(q, choice)
	switch choice {
	case tunnel.ChoiceContinue:
		if s.Question == nil || s.Question.Kind != tunnel.QuestionLogin || !slices.ContainsFunc(s.Notes, func(n tunnel.Note) bool {
			return n.Code == tunnel.NoteAcceptedOnce && n.Serious && strings.Contains(n.Message, "127.0.0.1")
		}) {
			c.errorf("after continue: %+v, %+v, notes %+v", s.Question, s.Error, s.Notes)
		}
		c.audited(api.ChosenContinue, true)
		r.disconnect()
		c.prompt() // it was for once
		r.disconnect()
	case tunnel.ChoiceImport:
		if s.Question == nil || s.Question.Kind != tunnel.QuestionLogin {
			c.errorf("after import: %+v, %+v", s.Question, s.Error)
		}
		c.audited(api.ChosenImport, true)
		r.disconnect()
		for _, blocks := range []bool{true, false} { // from now on, whatever the setting
			c.block(blocks)
			if s := r.try(b); s.Question == nil || s.Question.Kind != tunnel.QuestionLogin {
				c.errorf("once imported: %+v, %+v", s.Question, s.Error)
			}
			c.audited(api.ChosenImported, false)
			r.disconnect()
		}
	default:
		c.refused(s, before)
		chosen := api.ChosenCancel
		if choice == tunnel.ChoiceSettings {
			chosen = api.ChosenSettings
		}
		c.audited(chosen, true)
		r.disconnect()
	}
}

// prompt connects, and wants the row's question.
func (c cell) prompt() *tunnel.Question {
	c.rig.t.Helper()
	s := c.rig.try(c.sample.bench)
	q := s.Question
	if q == nil || q.Kind != tunnel.QuestionUntrustedServer || !q.Sensitive || !slices.Equal(q.Choices, c.row.choices) {
		c.rig.t.Fatalf("%s, blocks %v: the question is %+v, error %+v", c.sample.name, c.blocks, q, s.Error)
	}
	if got := strings.Join(q.Server.Problems, " "); got != c.sample.found {
		c.errorf("found %q, want %q", got, c.sample.found)
	}
	return q
}

// TestTrustTableIsWrittenDown holds SECURITY.md to the table.
func TestTrustTableIsWrittenDown(t *testing.T) {
	page, err := os.ReadFile("../SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	if table := written(trustTable()); !strings.Contains(string(page), table) {
		t.Errorf("SECURITY.md has another table than this:\n%s", table)
	}
}

// written is the table as a document has it.
func written(rows []trustRow) string {
	words := map[wrong]string{
		wrongNothing:   "nothing: an authority vouches for it, the person imported it, or it is the one that the entry names",
		wrongUntrusted: "untrusted: valid, but self-signed or of an unknown issuer",
		wrongInvalid:   "invalid: dates, usage, name, or a chain that makes no sense",
		wrongRevoked:   "revoked by its authority",
		wrongSilent:    "nobody tells whether it was revoked, and `revocation` is `hard`",
		wrongPin:       "not the certificate that the entry names",
		wrongMissing:   "no certificate",
	}
	labels := map[tunnel.Choice]string{
		tunnel.ChoiceSettings: "Change Settings", tunnel.ChoiceContinue: "Continue", tunnel.ChoiceImport: "View Details and import",
	}
	var b strings.Builder
	b.WriteString("| what is wrong | blocking | prompt | choices | import | exit code otherwise |\n|---|---|---|---|---|---|\n")
	for _, row := range rows {
		prompt, choices := "none", []string{}
		for _, choice := range row.choices {
			label := labels[choice]
			if choice == tunnel.ChoiceCancel {
				label = "Keep Me Safe"
				if prompt = "blocking"; row.mayContinue() {
					label, prompt = "Cancel", "not blocking"
				}
			}
			choices = append(choices, label)
		}
		import_ := "never"
		if row.mayImport() {
			import_ = "after confirmation"
		}
		end := "passes"
		if row.code != "" {
			end = fmt.Sprint(api.ExitCode(row.code))
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", words[row.wrong], onOff(row.blocks), prompt, strings.Join(choices, " / "), import_, end)
	}
	return b.String()
}
