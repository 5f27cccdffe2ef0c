package figures

import (
	"testing"
	"time"
	"unicode/utf8"

	"torii/i18n"
)

func speak(t *testing.T, language string) *i18n.Catalogue {
	t.Helper()
	texts, err := i18n.New(language)
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "00:00:00", -time.Second: "00:00:00", 42*time.Minute + 10*time.Second: "00:42:10",
		23*time.Hour + 59*time.Minute + 59*time.Second: "23:59:59", 51 * time.Hour: "2d 03:00:00",
	} {
		if got := Duration(speak(t, "en"), d); got != want {
			t.Errorf("%v: got %s, want %s", d, got, want)
		}
	}
}

func TestBytes(t *testing.T) {
	for amount, want := range map[float64]string{
		0: "0 B", 999: "999 B", 999.6: "1.00 kB", 1240: "1.24 kB", 9994: "9.99 kB", 9996: "10.0 kB", 84_000: "84.0 kB",
		99_960: "100 kB", 999_600: "1.00 MB", 318e6: "318 MB", 1e12: "1.00 TB", 5e18: "5000 PB",
	} {
		if got := Bytes(speak(t, "en"), amount); got != want {
			t.Errorf("%v: got %s, want %s", amount, got, want)
		}
	}
}

func TestCount(t *testing.T) {
	for n, want := range map[uint64]string{0: "0", 999: "999", 1000: "1,000", 241118: "241,118", 1234567: "1,234,567"} {
		if got := Count(speak(t, "en"), n); got != want {
			t.Errorf("%d: got %s, want %s", n, got, want)
		}
	}
}

// TestOtherLanguages: 1.240 is no small number to a German.
func TestOtherLanguages(t *testing.T) {
	for language, want := range map[string]string{
		"de-DE": "1,24 MB 1.240.000 2\u00a0T 03:00:00", "fr-FR": "1,24 Mo 1\u202f240\u202f000 2\u00a0j 03:00:00",
		"ja-JP": "1.24 MB 1,240,000 2日 03:00:00", "ru-RU": "1,24 МБ 1\u00a0240\u00a0000 2\u00a0д 03:00:00",
	} {
		texts := speak(t, language)
		if got := Bytes(texts, 1.24e6) + " " + Count(texts, 1_240_000) + " " + Duration(texts, 51*time.Hour); got != want {
			t.Errorf("%s: got %q, want %q", language, got, want)
		}
	}
	for _, language := range i18n.Languages() {
		if group, point := separators(speak(t, language)); utf8.RuneCountInString(group) != 1 || utf8.RuneCountInString(point) != 1 || group == point {
			t.Errorf("%s sets numbers apart with %q and %q", language, group, point)
		}
	}
}

func TestBare(t *testing.T) {
	for cidr, want := range map[string]string{"10.0.0.1/24": "10.0.0.1", "fd00::1": "fd00::1", "": ""} {
		if got := Bare(cidr); got != want {
			t.Errorf("%q: got %q, want %q", cidr, got, want)
		}
	}
}
