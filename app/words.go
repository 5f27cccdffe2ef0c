package app

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"torii/i18n"
	"torii/tunnel"
)

// describe words a failure of the connection that runs.
func (a *App) describe(err error) *tunnel.Failure {
	a.mu.Lock()
	entry, words := a.current.entry, a.words
	a.mu.Unlock()
	failure := Describe(words, entry.Host, err)
	if _, query, ok := strings.Cut(entry.Path, "?"); ok && query != "" {
		// The query may be a camouflage secret; an error may quote its URL.
		failure.Detail = strings.ReplaceAll(failure.Detail, query, "[redacted]")
	}
	return failure
}

// Describe words an error: what happened and what to do. gateway is what the
// person calls the server; it may be empty.
func Describe(words *i18n.Catalogue, gateway string, err error) *tunnel.Failure {
	code := tunnel.CodeOf(err)
	named := gateway != ""
	if !named {
		gateway = words.Text("error.gateway")
	}
	values := i18n.Values{"Gateway": gateway, "Detail": ""}
	if coded, ok := errors.AsType[*tunnel.Error](err); ok {
		values["Detail"] = coded.Detail
	}
	message := words.Text("error."+string(code)+".message", values)
	if !named { // a name is written as it is, what stands for one as a sentence begins
		first, size := utf8.DecodeRuneInString(message)
		message = string(unicode.ToUpper(first)) + message[size:]
	}
	return &tunnel.Failure{
		Code:    code,
		Message: message,
		Remedy:  words.Text("error."+string(code)+".remedy", values),
		Detail:  err.Error(),
	}
}
