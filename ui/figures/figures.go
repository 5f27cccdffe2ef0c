// Package figures writes amounts and spans of time the way every screen shows
// them, whatever the language.
package figures

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Duration writes a time span as a clock does: 00:42:10, and 2d 03:00:00 for
// more than a day.
func Duration(d time.Duration) string {
	seconds := max(0, int(d/time.Second))
	clock := fmt.Sprintf("%02d:%02d:%02d", seconds/3600%24, seconds/60%60, seconds%60)
	if days := seconds / 86400; days > 0 {
		return fmt.Sprintf("%dd %s", days, clock)
	}
	return clock
}

// Bytes writes an amount in the units of network gear (1 kB is 1000 bytes) with
// three digits: 999 B, 84.0 kB, 1.24 MB.
func Bytes(amount float64) string {
	if amount < 999.5 {
		return strconv.Itoa(int(amount+0.5)) + " B"
	}
	units := []string{"kB", "MB", "GB", "TB", "PB"}
	unit := 0
	amount /= 1000
	for amount >= 999.5 && unit < len(units)-1 {
		amount /= 1000
		unit++
	}
	digits := 0
	switch {
	case amount < 9.995:
		digits = 2
	case amount < 99.95:
		digits = 1
	}
	return strconv.FormatFloat(amount, 'f', digits, 64) + " " + units[unit]
}

// Count writes a whole number with its thousands set apart: 1,234,567.
func Count(n uint64) string {
	digits := strconv.FormatUint(n, 10)
	var out strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			out.WriteByte(',')
		}
		out.WriteRune(d)
	}
	return out.String()
}

// Bare is an address without the length of its network.
func Bare(cidr string) string {
	address, _, _ := strings.Cut(cidr, "/")
	return address
}
