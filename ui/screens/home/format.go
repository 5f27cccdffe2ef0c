package home

import (
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"torii/app/api"
)

// duration writes a time span as a clock does: 00:42:10, and 2d 03:00:00 for
// more than a day.
func duration(d time.Duration) string {
	seconds := max(0, int(d/time.Second))
	clock := fmt.Sprintf("%02d:%02d:%02d", seconds/3600%24, seconds/60%60, seconds%60)
	if days := seconds / 86400; days > 0 {
		return fmt.Sprintf("%dd %s", days, clock)
	}
	return clock
}

// bytes writes an amount in the units of network gear (1 kB is 1000 bytes) with
// three digits: 999 B, 84.0 kB, 1.24 MB.
func bytes(amount float64) string {
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

// bare is an address without the length of its network.
func bare(cidr string) string {
	address, _, _ := strings.Cut(cidr, "/")
	return address
}

// server is an entry's server as a person typed it. A query may hold a secret
// and is left out.
func server(e api.Entry) string {
	text := e.Host
	if e.Port != 0 {
		text = net.JoinHostPort(e.Host, strconv.Itoa(int(e.Port)))
	}
	path, _, _ := strings.Cut(e.Path, "?")
	return text + strings.TrimSuffix(path, "/")
}
