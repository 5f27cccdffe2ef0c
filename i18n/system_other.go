//go:build !unix || darwin

package i18n

import (
	"os"

	"github.com/jeandeaual/go-locale"
)

// systemLanguages lists the languages that the person prefers, best first:
// what the environment says, as on a terminal, then the system's settings.
func systemLanguages() []string {
	names := fromEnvironment(os.Getenv)
	settings, err := locale.GetLocales()
	if err != nil {
		// A system that does not tell leaves the person with English.
		return names
	}
	return append(names, settings...)
}
