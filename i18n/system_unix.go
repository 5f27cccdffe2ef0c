//go:build unix && !darwin

package i18n

import "os"

// systemLanguages lists the languages that the person prefers, best first.
func systemLanguages() []string { return fromEnvironment(os.Getenv) }
