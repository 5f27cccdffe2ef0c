package widgets

import (
	"strings"
	"unicode"
)

// slack forgives the rounding of measured widths, in pixels.
const slack = 0.25

// wrap breaks a text into lines of at most width: at its line ends, between
// words, between the characters of scripts that have no spaces, and where
// nothing else fits inside a word.
func wrap(text string, width float32, measure func(string) float32) []string {
	var lines []string
	for paragraph := range strings.SplitSeq(text, "\n") {
		lines = append(lines, wrapParagraph(strings.TrimRight(paragraph, " \r"), width, measure)...)
	}
	return lines
}

func wrapParagraph(text string, width float32, measure func(string) float32) []string {
	var lines []string
	line := ""
	for _, piece := range pieces(text) {
		if fits(line+piece, width, measure) {
			line += piece
			continue
		}
		if line != "" {
			lines = append(lines, strings.TrimRight(line, " "))
		}
		line = strings.TrimLeft(piece, " ")
		for !fits(line, width, measure) {
			at := longestPrefix(line, width, measure)
			if at == len(line) {
				break
			}
			// Names and addresses break better behind a mark.
			if mark := strings.LastIndexAny(line[:at], "./-_:@") + 1; mark > at/2 {
				at = mark
			}
			lines = append(lines, line[:at])
			line = line[at:]
		}
	}
	return append(lines, line)
}

// fits reports whether a line without its trailing spaces is narrow enough.
func fits(line string, width float32, measure func(string) float32) bool {
	return measure(strings.TrimRight(line, " ")) <= width+slack
}

// longestPrefix is the length in bytes of the longest beginning that fits; one
// character at least.
func longestPrefix(text string, width float32, measure func(string) float32) int {
	last := 0
	for at, r := range text {
		end := at + len(string(r))
		if last > 0 && measure(text[:end]) > width+slack {
			return last
		}
		last = end
	}
	return len(text)
}

// pieces cuts a text where a line may end: after spaces, and around characters
// of scripts without spaces. Closing marks stay with what is before them,
// opening ones with what follows.
func pieces(text string) []string {
	var all []string
	piece := ""
	var last rune
	for _, r := range text {
		if piece != "" && mayBreak(last, r) {
			all = append(all, piece)
			piece = ""
		}
		piece += string(r)
		last = r
	}
	if piece != "" {
		all = append(all, piece)
	}
	return all
}

// notFirst may not begin a line, notLast may not end one (the common part of
// the Japanese and Chinese rules).
const (
	notFirst = "、。,.，．・：；:;？！?!）)]｝}〕〉》」』】ー々ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ…%％"
	notLast  = "（([｛{〔〈《「『【"
)

// mayBreak reports whether a line may end between two characters.
func mayBreak(before, after rune) bool {
	if before == ' ' {
		return after != ' '
	}
	if after == ' ' || strings.ContainsRune(notFirst, after) || strings.ContainsRune(notLast, before) {
		return false
	}
	return wide(before) || wide(after)
}

// wide reports whether a character belongs to a script written without spaces.
func wide(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) || r >= 0x3000 && r <= 0x303F || r >= 0xFF00 && r <= 0xFFEF
}

// ellipsis shortens a text to a width.
func ellipsis(text string, width float32, measure func(string) float32) string {
	if text == "" || measure(text) <= width+slack {
		return text
	}
	runes := []rune(text)
	for n := len(runes) - 1; n > 0; n-- {
		short := strings.TrimRight(string(runes[:n]), " ") + "…"
		if measure(short) <= width+slack {
			return short
		}
	}
	return "…"
}
