package rules

import (
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/width"

	"torii/app/api"
)

// WidestName is how many half-width columns a name should have at most, so
// that lists show all of it (000, "Description").
const WidestName = 24

// Columns is the width of a text in half-width columns: a letter is one, a
// kanji two, a mark that stands on another character none.
func Columns(text string) int {
	columns := 0
	for _, r := range text {
		switch kind := width.LookupRune(r).Kind(); {
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf, unicode.Cc):
		case kind == width.EastAsianWide || kind == width.EastAsianFullwidth:
			columns += 2
		default:
			columns++
		}
	}
	return columns
}

// Taken reports whether another entry than the one of an ID has a name. Names
// are compared without regard to case and to blanks around them.
func Taken(entries []api.Entry, id, name string) bool {
	name = strings.TrimSpace(name)
	for _, other := range entries {
		if other.ID != id && strings.EqualFold(other.Name, name) {
			return true
		}
	}
	return false
}

// CopyName is a name for a copy: the first of "NAME 2", "NAME 3" .. that is
// free. A copy of "NAME 2" is "NAME 3".
func CopyName(entries []api.Entry, name string) string {
	base, number := name, 2
	if at := strings.LastIndexByte(name, ' '); at > 0 {
		if n, err := strconv.Atoi(name[at+1:]); err == nil && n >= 2 && n < 1000 {
			base, number = name[:at], n+1
		}
	}
	for ; ; number++ {
		if candidate := base + " " + strconv.Itoa(number); !Taken(entries, "", candidate) {
			return candidate
		}
	}
}
