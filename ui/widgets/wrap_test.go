package widgets

import (
	"slices"
	"testing"
	"unicode/utf8"
)

// perRune measures a text as one pixel for each character.
func perRune(s string) float32 { return float32(utf8.RuneCountInString(s)) }

func TestWrap(t *testing.T) {
	tests := []struct {
		name, text string
		width      float32
		want       []string
	}{
		{"empty", "", 10, []string{""}},
		{"fits", "one two", 10, []string{"one two"}},
		{"between words", "one two three", 8, []string{"one two", "three"}},
		{"spaces at the end do not count", "one two three", 7, []string{"one two", "three"}},
		{"line ends", "one\n\ntwo\r\n", 10, []string{"one", "", "two", ""}},
		{"a long word", "abcdefghij kl", 4, []string{"abcd", "efgh", "ij", "kl"}},
		{"a long name", "vpn.example.com", 13, []string{"vpn.example.", "com"}},
		{"a name with its mark far back", "a.bcdefghijkl", 8, []string{"a.bcdefg", "hijkl"}},
		{"no room at all", "ab", 0, []string{"a", "b"}},
		{"Japanese between characters", "接続を選択", 3, []string{"接続を", "選択"}},
		{"no line begins with a full stop", "接続した。次", 4, []string{"接続し", "た。次"}},
		{"no line ends with a bracket", "接続「東京」", 3, []string{"接続", "「東", "京」"}},
		{"mixed", "Tokyo HQに接続", 8, []string{"Tokyo HQ", "に接続"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := wrap(tt.text, tt.width, perRune); !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestEllipsis(t *testing.T) {
	tests := []struct {
		text  string
		width float32
		want  string
	}{
		{"vpn", 3, "vpn"}, {"vpn.example.com", 8, "vpn.exa…"}, {"one two", 5, "one…"}, {"東京本社", 3, "東京…"}, {"vpn", 0, "…"}, {"", 0, ""},
	}
	for _, tt := range tests {
		if got := ellipsis(tt.text, tt.width, perRune); got != tt.want {
			t.Errorf("%q at %v: got %q, want %q", tt.text, tt.width, got, tt.want)
		}
	}
}
