// Package figures writes amounts and spans of time as the person's language
// does.
package figures

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"torii/i18n"
)

// Duration writes a time span as a clock does: 00:42:10, and 2d 03:00:00 for
// more than a day.
func Duration(texts *i18n.Catalogue, d time.Duration) string {
	seconds := max(0, int(d/time.Second))
	clock := fmt.Sprintf("%02d:%02d:%02d", seconds/3600%24, seconds/60%60, seconds%60)
	if days := seconds / 86400; days > 0 {
		return texts.Text("figures.days", i18n.Values{"Days": days, "Clock": clock})
	}
	return clock
}

// Bytes writes an amount in the units of network gear (1 kB is 1000 bytes) with
// three digits: 999 B, 84.0 kB, 1.24 MB.
func Bytes(texts *i18n.Catalogue, amount float64) string {
	units := []string{"b", "kb", "mb", "gb", "tb", "pb"}
	unit := 0
	for amount >= 999.5 && unit < len(units)-1 {
		amount /= 1000
		unit++
	}
	digits := 0
	switch {
	case unit == 0:
	case amount < 9.995:
		digits = 2
	case amount < 99.95:
		digits = 1
	}
	_, point := separators(texts)
	number := strings.Replace(strconv.FormatFloat(amount, 'f', digits, 64), ".", point, 1)
	return number + " " + texts.Text("figures.unit."+units[unit])
}

// Count writes a whole number with its thousands set apart: 1,234,567.
func Count(texts *i18n.Catalogue, n uint64) string {
	group, _ := separators(texts)
	digits := strconv.FormatUint(n, 10)
	var out strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			out.WriteString(group)
		}
		out.WriteRune(d)
	}
	return out.String()
}

// separators are what stands between thousands and before the decimals, read
// off a number as the language writes it ("1,234.5").
func separators(texts *i18n.Catalogue) (group, point string) {
	group, rest, _ := strings.Cut(strings.TrimPrefix(texts.Text("figures.number"), "1"), "234")
	return group, strings.TrimSuffix(rest, "5")
}

// Bare is an address without the length of its network.
func Bare(cidr string) string {
	address, _, _ := strings.Cut(cidr, "/")
	return address
}
