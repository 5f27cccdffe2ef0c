package device

import (
	"bytes"
	"errors"
	"os"
	"testing"
	"testing/synctest"

	"go.uber.org/goleak"

	"torii/tunnel"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestPairCarriesPacketsInOrder(t *testing.T) {
	a, b := Pair()
	defer a.Close()
	var sent [][]byte
	for i := range 5 {
		packet := bytes.Repeat([]byte{byte(i)}, tunnel.Headroom+10+i)
		sent = append(sent, packet)
	}
	if n, err := a.Write(sent, tunnel.Headroom); n != 5 || err != nil {
		t.Fatalf("wrote %d, error %v", n, err)
	}
	bufs, sizes := make([][]byte, b.BatchSize()), make([]int, b.BatchSize())
	for i := range bufs {
		bufs[i] = make([]byte, 100)
	}
	n, err := b.Read(bufs, sizes, 4)
	if n != 5 || err != nil {
		t.Fatalf("read %d packets, error %v", n, err)
	}
	for i := range n {
		if got := bufs[i][4 : 4+sizes[i]]; !bytes.Equal(got, sent[i][tunnel.Headroom:]) {
			t.Errorf("packet %d is %v", i, got)
		}
	}
}

func TestCloseWakesReadersAndWriters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := Pair()
		results := make(chan error, 2)
		go func() {
			_, err := b.Read([][]byte{make([]byte, 10)}, make([]int, 1), 0)
			results <- err
		}()
		go func() {
			for {
				if _, err := b.Write([][]byte{{1}}, 0); err != nil {
					results <- err
					return
				}
			}
		}()
		synctest.Wait()
		a.Close()
		for range 2 {
			if err := <-results; !errors.Is(err, os.ErrClosed) {
				t.Errorf("error %v, want os.ErrClosed", err)
			}
		}
	})
}

func TestFromFileRefusesOtherFiles(t *testing.T) {
	file, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	if device, _, err := FromFile(file); err == nil {
		device.Close()
		t.Error("/dev/null was taken for a tun")
	}
	if err := file.Close(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("the file is still open: %v", err)
	}
}
