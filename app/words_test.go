package app

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"

	"torii/i18n"
	"torii/tunnel"
)

// codes reads the constants of type Code from the contract's source.
func codes(t *testing.T) []tunnel.Code {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../tunnel/errors.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var list []tunnel.Code
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if name, ok := spec.Type.(*ast.Ident); ok && name.Name == "Code" {
			text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, tunnel.Code(text))
		}
		return true
	})
	if len(list) < 20 {
		t.Fatalf("only %d codes were found", len(list))
	}
	return list
}

func TestEveryCodeHasWords(t *testing.T) {
	for _, language := range i18n.Languages() {
		words, err := i18n.New(language)
		if err != nil {
			t.Fatal(err)
		}
		for _, code := range codes(t) {
			failure := Describe(words, "vpn.example.com", tunnel.Errorf(code, "test", "cause").WithDetail("detail"))
			if strings.HasPrefix(failure.Message, "error.") || strings.HasPrefix(failure.Remedy, "error.") {
				t.Errorf("%s: code %s has no words: %+v", language, code, failure)
			}
		}
	}
}

// TestNobodyNamedTheGateway: what stands for its name begins a sentence as a
// sentence begins, and is lower-case inside.
func TestNobodyNamedTheGateway(t *testing.T) {
	english, err := i18n.New("en")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		gateway string
		code    tunnel.Code
		want    string
	}{
		{"", tunnel.CodeUnreachable, "The gateway does not answer."},
		{"", tunnel.CodeTLS, "Torii and the gateway could not agree on a secure connection."},
		{"vpn.example.com", tunnel.CodeUnreachable, "vpn.example.com does not answer."},
	} {
		if got := Describe(english, c.gateway, tunnel.Errorf(c.code, "test", "cause")).Message; got != c.want {
			t.Errorf("with %q: %q, want %q", c.gateway, got, c.want)
		}
	}
}
