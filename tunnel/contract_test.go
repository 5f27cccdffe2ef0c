package tunnel_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"testing"

	"torii/tunnel"
)

func TestSecretNeverPrints(t *testing.T) {
	secret := tunnel.NewSecret("hunter2")
	answer := tunnel.Answer{Fields: map[string]tunnel.Secret{"password": secret}}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		for _, value := range []any{secret, &secret, answer, []tunnel.Secret{secret}} {
			if text := fmt.Sprintf(verb, value); leaks(text, "hunter2") {
				t.Errorf("%s of %T gives the secret away: %s", verb, value, text)
			}
		}
	}
	if text, err := json.Marshal(answer); err == nil {
		t.Errorf("a secret was marshalled: %s", text)
	}
	if secret.Reveal() != "hunter2" {
		t.Error("Reveal lost the text")
	}
}

// leaks reports whether text holds the secret as it is or in hexadecimal.
func leaks(text, secret string) bool {
	return strings.Contains(text, secret) || strings.Contains(strings.ToLower(text), fmt.Sprintf("%x", secret))
}

func TestCodeOf(t *testing.T) {
	coded := tunnel.Errorf(tunnel.CodeTimeout, "read form", "waited %d s", 30)
	for _, c := range []struct {
		name string
		err  error
		want tunnel.Code
	}{
		{"nothing", nil, ""},
		{"a plain error", io.EOF, tunnel.CodeInternal},
		{"an Error", coded, tunnel.CodeTimeout},
		{"a wrapped Error", fmt.Errorf("connect: %w", coded), tunnel.CodeTimeout},
		{"a joined Error", errors.Join(io.EOF, coded), tunnel.CodeTimeout},
	} {
		if got := tunnel.CodeOf(c.err); got != c.want {
			t.Errorf("%s: code %q, want %q", c.name, got, c.want)
		}
	}
}

func TestWithDetailLeavesTheOriginalAlone(t *testing.T) {
	plain := tunnel.NewError(tunnel.CodeGatewayRefused, "open tunnel", io.EOF)
	detailed := plain.WithDetail("too many sessions")
	if plain.Detail != "" || detailed.Detail != "too many sessions" {
		t.Errorf("details: %q and %q", plain.Detail, detailed.Detail)
	}
	if !errors.Is(detailed, io.EOF) {
		t.Error("the cause was lost")
	}
}

func TestSettingsFamilies(t *testing.T) {
	settings := tunnel.Settings{Addresses: []netip.Prefix{netip.MustParsePrefix("10.99.0.7/24")}}
	if !settings.Has4() || settings.Has6() || !settings.FullTunnel() {
		t.Errorf("Has4 %v, Has6 %v, FullTunnel %v", settings.Has4(), settings.Has6(), settings.FullTunnel())
	}
	settings.Include = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	if settings.FullTunnel() {
		t.Error("a tunnel with an include list is split")
	}
}

func TestAnswersThatAQuestionAllows(t *testing.T) {
	banner := tunnel.Question{Kind: tunnel.QuestionBanner, Choices: []tunnel.Choice{tunnel.ChoiceOK, tunnel.ChoiceCancel}}
	choose := tunnel.Question{Kind: tunnel.QuestionCertificate, Choices: banner.Choices,
		Certificates: []tunnel.CertificateOption{{ID: "a"}, {ID: "b"}}}
	for _, c := range []struct {
		name     string
		question tunnel.Question
		answer   tunnel.Answer
		allowed  bool
	}{
		{"one of the choices", banner, tunnel.Answer{Choice: tunnel.ChoiceOK}, true},
		{"another choice", banner, tunnel.Answer{Choice: tunnel.ChoiceContinue}, false},
		{"no choice", banner, tunnel.Answer{}, false},
		{"a certificate", choose, tunnel.Answer{Choice: tunnel.ChoiceOK, Certificate: "b"}, true},
		{"another certificate", choose, tunnel.Answer{Choice: tunnel.ChoiceOK, Certificate: "c"}, false},
		{"no certificate", choose, tunnel.Answer{Choice: tunnel.ChoiceOK}, false},
		{"none after all", choose, tunnel.Answer{Choice: tunnel.ChoiceCancel}, true},
	} {
		if err := c.question.Check(c.answer); (err == nil) != c.allowed {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
