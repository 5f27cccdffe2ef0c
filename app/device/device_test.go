package device

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const machine = "0123456789abcdef0123456789abcdef"

func TestUniqueID(t *testing.T) {
	addresses := []string{"00:11:22:33:44:55", "66:77:88:99:aa:bb"}
	for _, c := range []struct {
		name, serial, machine string
		addresses             []string
		id, source            string
	}{
		{"a serial number", "PF-123 45", machine, addresses, "PF-123 45", sourceSerial},
		{"the machine's id", "", machine, addresses, derive(machine), sourceMachine},
		{"no id yet", "", "uninitialized", addresses, derive(addresses[0]), sourceMAC},
		{"an id of zeros", "", strings.Repeat("0", 32), addresses, derive(addresses[0]), sourceMAC},
		{"a short id", "", machine[2:], addresses, derive(addresses[0]), sourceMAC},
		{"a MAC address", "", "", addresses, derive(addresses[0]), sourceMAC},
		{"nothing", "", "", nil, "", sourceNone},
	} {
		if id, source := uniqueID(c.serial, c.machine, c.addresses); id != c.id || source != c.source {
			t.Errorf("%s: %q from %q, want %q from %q", c.name, id, source, c.id, c.source)
		}
	}
}

// TestDerive: a gateway admits a device by its id, so it must never change, not
// even in another version; and nobody reads the machine's own id out of it.
func TestDerive(t *testing.T) {
	id := derive(machine)
	if want := "5610FCDB22EE4ABBE91A910F382D4DA273E08BE3"; id != want {
		t.Errorf("the id of this machine is %s now and was %s", id, want)
	}
	if strings.Contains(strings.ToLower(id), machine[:8]) || id == derive(machine[1:]+"0") {
		t.Errorf("the id %s tells the machine's own", id)
	}
}

func TestMACAddresses(t *testing.T) {
	address := func(text string) net.HardwareAddr {
		a, err := net.ParseMAC(text)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	got := macAddresses([]link{
		{nil, false}, // lo
		{address("52:54:00:12:34:56"), true},
		{address("02:42:ac:11:00:02"), false}, // a bridge
		{address("00:00:00:00:00:00"), true},
		{address("00:11:22:33:44:55"), true},
		{address("01:00:5e:00:00:01"), true}, // a group's
		{address("ff:ff:ff:ff:ff:ff"), true},
		{address("00:11:22:33:44:55"), true},                                           // a team's second port
		{address("00:11:22:33:44:55:66:77"), true},                                     // IEEE 1394
		{address("80:00:02:08:fe:80:00:00:00:00:00:00:00:02:c9:03:00:1f:00:00"), true}, // InfiniBand
		{nil, true},
	})
	if want := []string{"52:54:00:12:34:56", "00:11:22:33:44:55"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestIdentify(t *testing.T) {
	identify := func(number string, err error) (string, string) {
		i := Identify(t.Context(), "1.2.3", func(context.Context) (string, error) { return number, err })
		if i.ClientVersion != "1.2.3" || i.Platform == "" || i.PlatformVersion == "" {
			t.Errorf("identity %+v", i)
		}
		return i.UniqueID, i.UniqueIDSource
	}
	if id, source := identify("SN1", nil); id != "SN1" || source != sourceSerial {
		t.Errorf("with a serial number: %q from %q", id, source)
	}
	id, source := identify("SN1", errors.New("refused"))
	if source == sourceSerial || id == "SN1" {
		t.Errorf("with a serial number that was refused: %q from %q", id, source)
	}
	if again, from := identify("", nil); again != id || from != source {
		t.Errorf("the second time %q from %q, the first %q from %q", again, from, id, source)
	}
	if own := machineID(); own != "" && strings.EqualFold(id, own) {
		t.Error("the machine's own id is handed out")
	}
}

// TestIdentifyDoesNotWait: a helper that does not answer costs a moment.
func TestIdentifyDoesNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		Identify(t.Context(), "1.2.3", func(ctx context.Context) (string, error) {
			<-ctx.Done()
			return "", ctx.Err()
		})
		if took := time.Since(begun); took != serialTime {
			t.Errorf("it took %v", took)
		}
	})
}
