package figures

import (
	"testing"
	"time"
)

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "00:00:00", -time.Second: "00:00:00", 42*time.Minute + 10*time.Second: "00:42:10",
		23*time.Hour + 59*time.Minute + 59*time.Second: "23:59:59", 51 * time.Hour: "2d 03:00:00",
	} {
		if got := Duration(d); got != want {
			t.Errorf("%v: got %s, want %s", d, got, want)
		}
	}
}

func TestBytes(t *testing.T) {
	for amount, want := range map[float64]string{
		0: "0 B", 999: "999 B", 999.6: "1.00 kB", 1240: "1.24 kB", 9994: "9.99 kB", 9996: "10.0 kB", 84_000: "84.0 kB",
		99_960: "100 kB", 999_600: "1.00 MB", 318e6: "318 MB", 1e12: "1.00 TB", 5e18: "5000 PB",
	} {
		if got := Bytes(amount); got != want {
			t.Errorf("%v: got %s, want %s", amount, got, want)
		}
	}
}

func TestCount(t *testing.T) {
	for n, want := range map[uint64]string{0: "0", 999: "999", 1000: "1,000", 241118: "241,118", 1234567: "1,234,567"} {
		if got := Count(n); got != want {
			t.Errorf("%d: got %s, want %s", n, got, want)
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
