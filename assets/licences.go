package assets

import (
	_ "embed"
	"strings"
)

// licences is written by `go run ./build/licences`.
//
//go:embed licences.txt
var licences string

// Licence is a licence text and the parts of Torii that are under it.
type Licence struct {
	Parts []string // "Torii", "golang.org/x/net v0.62.0", ...
	Text  string
}

// licenceSeparator stands before each entry of the file.
const licenceSeparator = "========================================================================\n"

// Licences are the licences of everything that Torii's programs are made of,
// Torii's own first.
func Licences() []Licence {
	var all []Licence
	for entry := range strings.SplitSeq("\n"+licences, "\n"+licenceSeparator) {
		if parts, text, ok := strings.Cut(entry, "\n\n"); ok {
			all = append(all, Licence{Parts: strings.Split(parts, "\n"), Text: strings.TrimRight(text, "\n")})
		}
	}
	return all
}
