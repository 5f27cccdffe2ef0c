package netstack_test

import (
	"errors"
	"io"
	"net/netip"
	"os"
	"testing"
	"time"

	"torii/tunnel"
	"torii/tunnel/netstack"
)

// TestSetMTUReachesOpenConnections narrows a path under a connection: what is
// longer is lost there, and the connection must go on all the same.
func TestSetMTUReachesOpenConnections(t *testing.T) {
	for _, addresses := range [][2]netip.Addr{{left4, right4}, {left6, right6}} {
		t.Run(addresses[1].String(), func(t *testing.T) {
			left, right := newStack(t, addresses[0]), newStack(t, addresses[1])
			narrow := make(chan int, 1)
			narrow <- 1400
			carryUpTo(t, left, right, narrow)
			carry(t, right, left)
			at := netip.AddrPortFrom(addresses[1], 80)
			listener, err := right.ListenTCP(at)
			if err != nil {
				t.Fatal(err)
			}
			defer listener.Close()
			received := make(chan int64, 1)
			go func() {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				defer conn.Close()
				n, _ := io.Copy(io.Discard, conn)
				received <- n
			}()
			conn, err := left.DialTCP(t.Context(), at)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			block := make([]byte, 200_000)
			conn.Write(block)
			<-narrow
			narrow <- 1280
			if err := left.SetMTU(1280); err != nil {
				t.Fatal(err)
			}
			conn.Write(block)
			conn.(interface{ CloseWrite() error }).CloseWrite()
			select {
			case n := <-received:
				if n != int64(2*len(block)) {
					t.Errorf("%d bytes came", n)
				}
			case <-time.After(10 * time.Second):
				t.Error("the connection hangs")
			}
		})
	}
}

// carryUpTo carries packets that are no longer than the number in limit.
func carryUpTo(t *testing.T, from *netstack.Stack, to tunnel.Device, limit chan int) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		bufs, sizes := [][]byte{make([]byte, 2048)}, make([]int, 1)
		for {
			if _, err := from.Read(bufs, sizes, tunnel.Headroom); err != nil {
				if !errors.Is(err, os.ErrClosed) {
					t.Errorf("read: %v", err)
				}
				return
			}
			longest := <-limit
			limit <- longest
			if sizes[0] <= longest {
				to.Write([][]byte{bufs[0][:tunnel.Headroom+sizes[0]]}, tunnel.Headroom)
			}
		}
	}()
	t.Cleanup(func() {
		from.Close()
		<-done
	})
}
