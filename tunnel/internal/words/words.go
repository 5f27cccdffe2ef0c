// Package words cleans what a gateway says before a person reads it: a text
// from outside must not move a terminal's cursor, turn the direction of writing
// around, or fill the screen.
package words

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Line is text without line breaks and other control characters, of at most
// most bytes.
func Line(text string, most int) string {
	return clean(text, most, func(r rune) rune {
		if r == '\n' || r == '\t' {
			return ' '
		}
		return visible(r)
	})
}

// Text is text that keeps its line breaks, of at most most bytes.
func Text(text string, most int) string {
	return clean(strings.ReplaceAll(text, "\r\n", "\n"), most, func(r rune) rune {
		if r == '\n' || r == '\t' {
			return r
		}
		return visible(r)
	})
}

// visible drops what is not seen: control characters, and the format characters
// that turn text around (Unicode category Cf, bidirectional controls).
func visible(r rune) rune {
	turns := r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x200e || r == 0x200f
	if unicode.IsControl(r) || turns || r == utf8.RuneError {
		return -1
	}
	return r
}

func clean(text string, most int, keep func(rune) rune) string {
	text = text[:min(len(text), 4*most)] // what is dropped is bounded, too
	text = strings.TrimSpace(strings.Map(keep, text))
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most]
}
