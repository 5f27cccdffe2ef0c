package channel

import (
	"crypto/tls"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"torii/tunnel"
	"torii/tunnel/anyconnect/cstp"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// withDTLS offers DTLS.
func withDTLS(edit func(*DTLSParams)) func(*Config) {
	return func(cfg *Config) {
		cfg.Params.DTLS = &DTLSParams{Port: 443}
		if edit != nil {
			edit(cfg.Params.DTLS)
		}
	}
}

func TestSilentGatewayIsDeadAfterTwoIntervals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(cfg *Config) { cfg.Params.DPD = 30 * time.Second })
		defer r.close()
		time.Sleep(10 * time.Minute) // it answers
		if frames := r.take(&r.frames); len(frames) < 10 || frames[0] != "tls 0x03" {
			t.Fatalf("frames %q", frames)
		}
		r.beSilent(true)
		start := time.Now()
		err := <-r.ended
		r.ended <- err
		if took := time.Since(start); tunnel.CodeOf(err) != tunnel.CodeConnectionLost || took < 30*time.Second || took > 95*time.Second {
			t.Errorf("ended after %v with %v", took, err)
		}
		if frames := r.take(&r.frames); len(frames) < 2 {
			t.Errorf("asked %q", frames)
		}
	})
}

func TestAnyFrameIsASignOfLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(cfg *Config) { cfg.Params.DPD = 10 * time.Second })
		defer r.close()
		r.beSilent(true)
		for range 20 {
			time.Sleep(9 * time.Second)
			r.gateway.Send([][]byte{packet("x")})
		}
		if frames := r.take(&r.frames); len(frames) > 0 {
			t.Errorf("asked %q", frames)
		}
		select {
		case err := <-r.ended:
			t.Errorf("ended: %v", err)
		default:
		}
	})
}

func TestKeepalive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(cfg *Config) { cfg.Params.Keepalive = 20 * time.Second })
		defer r.close()
		time.Sleep(65 * time.Second)
		if frames := r.take(&r.frames); !slices.Equal(frames, []string{"tls 0x07", "tls 0x07", "tls 0x07"}) {
			t.Errorf("frames %q", frames)
		}
		for range 10 {
			time.Sleep(10 * time.Second)
			r.send("busy")
		}
		if frames := r.take(&r.frames); len(frames) > 0 {
			t.Errorf("a busy channel was kept alive with %q", frames)
		}
	})
}

func TestAGatewayMayAskToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		defer r.close()
		r.gateway.SendControl(cstp.DPDRequest, []byte("payload"))
		if frames := r.take(&r.frames); !slices.Equal(frames, []string{"tls 0x04 payload"}) {
			t.Errorf("frames %q", frames)
		}
	})
}

func TestHowItEnds(t *testing.T) {
	for _, c := range []struct {
		name    string
		kind    cstp.Type
		payload string
		want    tunnel.Code // "" for not at all
		detail  string
	}{
		{"terminated", cstp.Terminate, "\x70Idle timeout", tunnel.CodeSessionEnded, "Idle timeout"},
		{"terminated without a word", cstp.Terminate, "", tunnel.CodeSessionEnded, ""},
		{"disconnected by the user's wish", cstp.Disconnect, "\xb0bye", tunnel.CodeSessionEnded, "bye"},
		{"disconnected for an error", cstp.Disconnect, "\x70out of memory", tunnel.CodeSessionEnded, "out of memory"},
		{"asked to reconnect", cstp.Disconnect, "\x91", tunnel.CodeConnectionLost, ""},
		{"paused", cstp.Disconnect, "\xd1", tunnel.CodeConnectionLost, ""},
		{"words that move a cursor", cstp.Terminate, "\x70\x1b[2Jgone\r\nnow", tunnel.CodeSessionEnded, "[2Jgone now"},
		{"endless words", cstp.Terminate, "\x70" + strings.Repeat("x", 9000), tunnel.CodeSessionEnded, strings.Repeat("x", maxWords)},
		{"compressed", cstp.Compressed, "packet", tunnel.CodeProtocol, ""},
		{"a keepalive", cstp.Keepalive, "", "", ""},
		{"an unknown type", cstp.Type(0x42), "whatever", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, nil)
				defer r.close()
				r.gateway.SendControl(c.kind, []byte(c.payload))
				synctest.Wait()
				var err error
				select {
				case err = <-r.ended:
				default:
				}
				if tunnel.CodeOf(err) != c.want {
					t.Fatalf("ended with %v, want %q", err, c.want)
				}
				if coded, ok := err.(*tunnel.Error); ok && coded.Detail != c.detail {
					t.Errorf("detail %q, want %q", coded.Detail, c.detail)
				}
			})
		})
	}
}

// TestGoodbyeToAGatewayThatReadsNothing: a person who disconnects does not wait.
func TestGoodbyeToAGatewayThatReadsNothing(t *testing.T) {
	// In real time: a mutex that waits keeps a bubble's time from going on.
	r := newRig(t, nil)
	defer r.close()
	r.near.stuck.Store(true)
	sending := make(chan struct{})
	r.work.Go(func() {
		close(sending)
		r.transport.Send([][]byte{packet("waits")})
	})
	<-sending
	start := time.Now()
	r.transport.Close(tunnel.EndSession)
	if took := time.Since(start); took > 3*time.Second {
		t.Errorf("the goodbye took %v", took)
	}
}

func TestGoodbye(t *testing.T) {
	for _, c := range []struct {
		end  tunnel.EndReason
		want []string
	}{
		{tunnel.EndSession, []string{"tls 0x05 \xb0user disconnected"}},
		{tunnel.EndKeepSession, nil},
	} {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t, nil)
			defer r.close()
			r.transport.Close(c.end)
			if frames := r.take(&r.frames); !slices.Equal(frames, c.want) {
				t.Errorf("frames %q, want %q", frames, c.want)
			}
			if err := r.transport.Send([][]byte{packet("late")}); err == nil {
				t.Error("a closed transport sends")
			}
		})
	}
}

func TestDTLSCarriesWhileItIsThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, withDTLS(nil))
		defer r.close()
		r.over("dtls", time.Second)
		if status := r.transport.Status(); status.Cipher != "DTLS 1.2, PSK, AES-256-GCM" || status.MTU != 1400 || !status.Gateway.IsValid() {
			t.Errorf("status %+v", status)
		}
		var sent, want []string
		for i := range 30 {
			sent, want = append(sent, fmt.Sprint(i)), append(want, fmt.Sprint("dtls ", i))
		}
		r.send(sent...)
		if got := r.take(&r.arrived); !slices.Equal(got, want) {
			t.Errorf("arrived %q", got)
		}
		r.datagrams[0].Send([][]byte{packet("back")})
		r.gateway.Send([][]byte{packet("over TLS, still")})
		if got := r.take(&r.delivered); len(got) != 2 {
			t.Errorf("delivered %q", got)
		}
	})
}

// TestBlockedUDPFallsBackWithoutAWord: within 5 seconds while packets go out,
// with what was sent until then lost and nothing after; and it is tried again
// every 60 seconds.
func TestBlockedUDPFallsBackWithoutAWord(t *testing.T) {
	for _, offset := range []time.Duration{0, 300 * time.Millisecond, 600 * time.Millisecond, 990 * time.Millisecond} {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t, withDTLS(nil))
			defer r.close()
			r.over("dtls", time.Second)
			time.Sleep(time.Minute + offset)
			r.datagrams[0].Send([][]byte{packet("heard")})
			synctest.Wait()
			r.path.cut.Store(true)
			start := time.Now()
			for i := 0; r.transport.Status().Transport == "dtls"; i++ {
				r.send("lost")
				time.Sleep(50 * time.Millisecond)
				if time.Since(start) > time.Minute {
					t.Fatal("nobody noticed")
				}
			}
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("noticed after %v", took)
			}
			r.send("kept")
			if got := r.take(&r.arrived); !slices.Equal(got, []string{"tls kept"}) {
				t.Errorf("arrived %q", got)
			}
			time.Sleep(10 * time.Minute)
			r.path.cut.Store(false)
			r.over("dtls", 66*time.Second)
		})
	}
}

// TestAnIdlePathIsNotSuspected: nothing comes back where nothing goes out.
func TestAnIdlePathIsNotSuspected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, withDTLS(nil))
		defer r.close()
		r.over("dtls", time.Second)
		r.take(&r.frames)
		time.Sleep(time.Hour)
		if frames := r.take(&r.frames); len(frames) > 0 || r.transport.Status().Transport != "dtls" {
			t.Errorf("asked %q, transport %s", frames, r.transport.Status().Transport)
		}
	})
}

func TestDTLSHasItsOwnDPD(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, withDTLS(func(p *DTLSParams) { p.DPD, p.Keepalive = 30*time.Second, 20*time.Second }))
		defer r.close()
		r.over("dtls", time.Second)
		r.take(&r.frames)
		time.Sleep(5 * time.Minute)
		frames := r.take(&r.frames)
		if !slices.Contains(frames, "dtls 0x03") || !slices.Contains(frames, "dtls 0x07") {
			t.Errorf("frames %q", frames)
		}
		r.path.cut.Store(true)
		r.over("tls", 95*time.Second)
	})
}

func TestUDPBlockedFromTheBeginning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, withDTLS(nil))
		defer r.close()
		r.path.cut.Store(true)
		r.send("at once")
		if got := r.take(&r.arrived); !slices.Equal(got, []string{"tls at once"}) {
			t.Errorf("arrived %q", got)
		}
		time.Sleep(3 * time.Minute)
		if r.transport.Status().Transport != "tls" {
			t.Error("DTLS is up on a blocked path")
		}
		r.path.cut.Store(false)
		r.over("dtls", 66*time.Second)
	})
}

// TestNewDTLSKeysLoseNothing: packets go on both ways while a channel replaces
// another.
func TestNewDTLSKeysLoseNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, withDTLS(func(p *DTLSParams) { p.Rekey = 30 * time.Second }))
		defer r.close()
		r.over("dtls", time.Second)
		var out, back []string
		for i := range 700 {
			out, back = append(out, fmt.Sprint("dtls ", i)), append(back, fmt.Sprint(i))
			r.send(fmt.Sprint(i))
			r.mu.Lock()
			newest := r.datagrams[len(r.datagrams)-1]
			r.mu.Unlock()
			newest.Send([][]byte{packet(fmt.Sprint(i))})
			time.Sleep(100 * time.Millisecond)
		}
		if len(r.datagrams) != 3 {
			t.Errorf("%d channels in 70 s", len(r.datagrams))
		}
		if got := r.take(&r.arrived); !slices.Equal(got, out) {
			t.Errorf("%d packets of %d arrived in order", len(got), len(out))
		}
		if got := r.take(&r.delivered); !slices.Equal(got, back) {
			t.Errorf("%d packets of %d came back in order", len(got), len(back))
		}
	})
}

// TestPathMTU: the largest packet that the path carries becomes the MTU before
// a packet takes it.
func TestPathMTU(t *testing.T) {
	const overhead = 38 // of a record
	for _, c := range []struct {
		name        string
		longest     int // bytes of a datagram; 0 for any
		dtlsMTU     int
		least, most int // MTU found
		within      time.Duration
	}{
		{name: "usual", least: 1400, most: 1400, within: 100 * time.Millisecond},
		{name: "as the gateway reckoned", longest: 1360 + overhead, dtlsMTU: 1360, least: 1360, most: 1360, within: time.Second},
		{name: "narrow", longest: 1300, least: 1300 - overhead - probeStep, most: 1300 - overhead, within: 10 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, withDTLS(func(p *DTLSParams) { p.MTU = c.dtlsMTU }))
				defer r.close()
				r.path.longest.Store(int64(c.longest))
				took := r.over("dtls", c.within)
				if got := r.transport.Status().MTU; got < c.least || got > c.most {
					t.Errorf("MTU %d after %v, want %d to %d", got, took, c.least, c.most)
				}
			})
		})
	}
}

func TestChangedTells(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, withDTLS(nil))
		defer r.close()
		r.over("dtls", time.Second)
		select {
		case <-r.transport.Changed():
		default:
			t.Error("nobody was told of DTLS")
		}
	})
}

func TestRekeyDue(t *testing.T) {
	for _, c := range []struct {
		name    string
		params  Params
		version uint16
		want    time.Duration
	}{
		{"by a new tunnel", Params{Rekey: time.Hour, RekeyMethod: "new-tunnel"}, tls.VersionTLS13, time.Hour},
		{"by renegotiation, which Go cannot", Params{Rekey: time.Hour, RekeyMethod: "ssl"}, tls.VersionTLS12, time.Hour},
		{"by TLS 1.3 itself", Params{Rekey: time.Hour, RekeyMethod: "ssl"}, tls.VersionTLS13, 0},
		{"never", Params{Rekey: time.Hour, RekeyMethod: "none"}, tls.VersionTLS12, 0},
		{"no method", Params{Rekey: time.Hour}, tls.VersionTLS12, 0},
		{"no time", Params{RekeyMethod: "new-tunnel"}, tls.VersionTLS12, 0},
		{"a year", Params{Rekey: 365 * 24 * time.Hour, RekeyMethod: "new-tunnel"}, tls.VersionTLS12, 0},
	} {
		if got := c.params.rekeyAfter(c.version); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(cfg *Config) { cfg.Params.Rekey, cfg.Params.RekeyMethod = time.Hour, "new-tunnel" })
		defer r.close()
		start := time.Now()
		<-r.transport.RekeyDue()
		if took := time.Since(start); took != time.Hour {
			t.Errorf("due after %v", took)
		}
		r.send("it goes on")
		if got := r.take(&r.arrived); !slices.Equal(got, []string{"tls it goes on"}) {
			t.Errorf("arrived %q", got)
		}
	})
}

func TestRubbishEndsTheTransport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		defer r.close()
		r.server.Write([]byte("HTTP/1.1 500 Internal Server Error\r\n"))
		if err := <-r.ended; tunnel.CodeOf(err) != tunnel.CodeProtocol {
			t.Errorf("ended with %v", err)
		}
	})
}

func TestABrokenConnectionEndsTheTransport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, withDTLS(nil))
		defer r.close()
		r.over("dtls", time.Second)
		r.gateway.Close()
		if err := <-r.ended; tunnel.CodeOf(err) != tunnel.CodeConnectionLost {
			t.Errorf("ended with %v", err)
		}
	})
}
