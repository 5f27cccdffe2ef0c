package session_test

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"torii/tunnel"
	"torii/tunnel/session"
)

// expect fails unless the session is in a state once everything has settled.

func expect(t *testing.T, s *session.Session, state tunnel.State) tunnel.Snapshot {
	t.Helper()
	synctest.Wait()
	now := s.Snapshot()
	if now.State != state {
		t.Fatalf("state %s (%+v), want %s", now.State, now.Error, state)
	}
	return now
}

func TestDisconnectWhileReconnecting(t *testing.T) {
	for name, hang := range map[string]bool{"between two tries": false, "during a try": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{open: func(ctx context.Context, try int) error {
					if try == 1 {
						return nil
					}
					if hang {
						<-ctx.Done()
					}
					return errFake
				}}
				made := newScripted(t, s, tunnel.Config{Roaming: true}, session.Options{})
				expect(t, made, tunnel.StateConnected)
				s.transport(1).breakOff(tunnel.Errorf(tunnel.CodeConnectionLost, "fake", "reset"))
				expect(t, made, tunnel.StateReconnecting)
				made.Disconnect()
				if now := expect(t, made, tunnel.StateDisconnected); now.Error != nil || now.Wanted {
					t.Errorf("after the disconnect %+v", now)
				}
				if s.goodbyes != 1 {
					t.Errorf("%d goodbyes", s.goodbyes)
				}
				made.Close()
			})
		})
	}
}

// TestPatience: without roaming a connection is given up 20 seconds after it

// was lost, whatever the tries are doing by then.

func TestPatience(t *testing.T) {
	for name, hang := range map[string]bool{"refused at once": false, "no answer": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{open: func(ctx context.Context, try int) error {
					if try > 1 && hang {
						<-ctx.Done()
						return tunnel.NewError(tunnel.CodeCancelled, "fake", ctx.Err())
					}
					if try > 1 {
						return errFake
					}
					return nil
				}}
				made := newScripted(t, s, tunnel.Config{}, session.Options{})
				defer made.Close()
				expect(t, made, tunnel.StateConnected)
				s.transport(1).breakOff(errFake)
				time.Sleep(19 * time.Second)
				expect(t, made, tunnel.StateReconnecting)
				time.Sleep(2 * time.Second)
				if now := expect(t, made, tunnel.StateFailed); now.Error.Code != tunnel.CodeConnectionLost {
					t.Errorf("failed with %+v", now.Error)
				}
			})
		})
	}
}

// TestPatienceWaitsForThePerson: a login that is needed again may take longer

// than 20 seconds where it waits for an answer.

func TestPatienceWaitsForThePerson(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		code := tunnel.Question{Kind: tunnel.QuestionLogin, Choices: []tunnel.Choice{tunnel.ChoiceOK},
			Form: &tunnel.Form{Fields: []tunnel.Field{{Name: "answer", Kind: tunnel.FieldCode}}}}
		s := &script{
			login: func(ctx context.Context, ask tunnel.Asker) error { _, err := ask(ctx, code); return err },
			open: func(_ context.Context, try int) error {
				if try == 2 {
					return tunnel.Errorf(tunnel.CodeSessionEnded, "fake", "unknown cookie")
				}
				return nil
			},
		}
		made := newScripted(t, s, tunnel.Config{}, session.Options{})
		defer made.Close()
		answer := func() {
			t.Helper()
			synctest.Wait()
			q := made.Snapshot().Question
			if q == nil {
				t.Fatal("nothing is asked")
			}
			if err := made.Answer(q.ID, tunnel.Answer{Choice: tunnel.ChoiceOK}); err != nil {
				t.Fatal(err)
			}
		}
		answer()
		expect(t, made, tunnel.StateConnected)
		s.transport(1).breakOff(errFake)
		time.Sleep(3 * time.Minute)
		expect(t, made, tunnel.StateReconnecting)
		answer()
		expect(t, made, tunnel.StateConnected)
	})
}

// TestRoamingTriesWithoutEnd: with pauses from 1 to 30 seconds that grow and

// differ, and at once when the network changes.

func TestRoamingTriesWithoutEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{open: func(_ context.Context, try int) error {
			switch {
			case try == 1:
				return nil
			case try%2 == 0:
				return tunnel.Errorf(tunnel.CodeGatewayRefused, "fake", "503") // it starts again
			default:
				return errFake
			}
		}}
		disturb := make(chan struct{}, 1)
		made := newScripted(t, s, tunnel.Config{Roaming: true}, session.Options{Disturbances: disturb})
		defer made.Close()
		expect(t, made, tunnel.StateConnected)
		s.transport(1).breakOff(errFake)
		time.Sleep(time.Hour)
		expect(t, made, tunnel.StateReconnecting)
		s.mu.Lock()
		tries := s.tries[1:]
		s.mu.Unlock()
		if len(tries) < 100 {
			t.Fatalf("%d tries in an hour", len(tries))
		}
		pauses := map[time.Duration]bool{}
		for i := 1; i < len(tries); i++ {
			pause := tries[i].Sub(tries[i-1])
			pauses[pause] = true
			if pause < time.Second || pause > 30*time.Second || i > 6 && pause < 20*time.Second {
				t.Errorf("pause %d is %v", i, pause)
			}
		}
		if len(pauses) < len(tries)/2 {
			t.Errorf("the pauses do not differ: %d of %d", len(pauses), len(tries))
		}
		before := len(tries)
		disturb <- struct{}{}
		synctest.Wait()
		s.mu.Lock()
		defer s.mu.Unlock()
		if len(s.tries)-1 != before+1 {
			t.Error("a network change did not lead to a try at once")
		}
	})
}

// TestAStaleDisturbanceDoesNotReconnectTwice: the try has seen what changed.

func TestAStaleDisturbanceDoesNotReconnectTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{}
		disturb := make(chan struct{}, 1)
		made := newScripted(t, s, tunnel.Config{Roaming: true}, session.Options{Disturbances: disturb})
		defer made.Close()
		expect(t, made, tunnel.StateConnected)
		s.transport(1).breakOff(errFake)
		disturb <- struct{}{}
		time.Sleep(time.Minute)
		expect(t, made, tunnel.StateConnected)
		if len(s.tries) > 2 {
			t.Errorf("%d tunnels were opened", len(s.tries))
		}
	})
}

// TestRekeyThatFailsKeepsTheOldTunnel, and is tried again.

func TestRekeyThatFailsKeepsTheOldTunnel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{open: func(_ context.Context, try int) error {
			if try == 2 {
				return errFake
			}
			return nil
		}}
		made := newScripted(t, s, tunnel.Config{}, session.Options{})
		defer made.Close()
		expect(t, made, tunnel.StateConnected)
		close(s.transport(1).rekey)
		expect(t, made, tunnel.StateConnected)
		if len(s.transports) != 1 || len(s.transport(1).ends()) > 0 {
			t.Fatal("the old tunnel is gone")
		}
		time.Sleep(time.Minute)
		expect(t, made, tunnel.StateConnected)
		if ends := s.transport(1).ends(); len(s.transports) != 2 || !slices.Equal(ends, []tunnel.EndReason{tunnel.EndKeepSession}) {
			t.Errorf("%d tunnels, the first closed with %v", len(s.transports), ends)
		}
		s.devices[0].Write([][]byte{make([]byte, 40)}, 0)
		synctest.Wait()
		second := s.transport(2)
		second.mu.Lock()
		defer second.mu.Unlock()
		if got := second.sent; got != 1 {
			t.Errorf("the new tunnel took %d packets", got)
		}
	})
}

// TestDeviceThatBreaksIsMadeAnew: whichever shows first, its read or Lost.

func TestDeviceThatBreaksIsMadeAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{}
		made := newScripted(t, s, tunnel.Config{}, session.Options{})
		defer made.Close()
		expect(t, made, tunnel.StateConnected)
		s.devices[0].Close()
		time.Sleep(5 * time.Second)
		expect(t, made, tunnel.StateConnected)
		if len(s.devices) != 2 || s.logins != 1 {
			t.Errorf("%d devices, %d logins", len(s.devices), s.logins)
		}
	})
}

// TestNetworkThatFailsKeepsTheSession: the next try needs no login.

func TestNetworkThatFailsKeepsTheSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		attaches := 0
		s := &script{attach: func() error {
			if attaches++; attaches == 2 {
				return tunnel.Errorf(tunnel.CodeHelperMissing, "fake", "no helper")
			}
			return nil
		}}
		made := newScripted(t, s, tunnel.Config{}, session.Options{})
		defer made.Close()
		expect(t, made, tunnel.StateConnected)
		s.devices[0].Close()
		time.Sleep(10 * time.Second)
		expect(t, made, tunnel.StateConnected)
		if s.logins != 1 {
			t.Errorf("%d logins", s.logins)
		}
		for _, transport := range s.transports[:2] {
			for _, end := range transport.ends() {
				if end != tunnel.EndKeepSession {
					t.Error("a tunnel ended the session")
				}
			}
		}
	})
}

// TestDeviceRegistration: one more connect of its own accord, and no more.

func TestDeviceRegistration(t *testing.T) {
	for name, registrations := range map[string]int{"registered at first": 1, "registered without end": 9} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{open: func(_ context.Context, try int) error {
					if try <= registrations {
						return tunnel.Errorf(tunnel.CodeDeviceRegistered, "fake", "no address")
					}
					return nil
				}}
				made := newScripted(t, s, tunnel.Config{Roaming: true}, session.Options{})
				defer made.Close()
				synctest.Wait()
				now := made.Snapshot()
				switch {
				case registrations == 1 && now.State != tunnel.StateConnected:
					t.Errorf("state %s, %+v", now.State, now.Error)
				case registrations > 1 && (now.State != tunnel.StateFailed || now.Error.Code != tunnel.CodeDeviceRegistered):
					t.Errorf("state %s, %+v", now.State, now.Error)
				}
				if s.logins != 2 {
					t.Errorf("%d logins", s.logins)
				}
			})
		})
	}
}

// TestOnce ends instead of reconnecting.

func TestOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{}
		made := newScripted(t, s, tunnel.Config{Once: true, Roaming: true}, session.Options{})
		defer made.Close()
		expect(t, made, tunnel.StateConnected)
		s.transport(1).breakOff(tunnel.Errorf(tunnel.CodeSessionEnded, "fake", "idle").WithDetail("Idle timeout"))
		if now := expect(t, made, tunnel.StateFailed); now.Error.Code != tunnel.CodeSessionEnded || now.Error.Detail != "Idle timeout" {
			t.Errorf("failed with %+v", now.Error)
		}
		if len(s.tries) != 1 {
			t.Errorf("%d tries", len(s.tries))
		}
	})
}

// TestADeadSessionAsksOnlyForWhatIsMissing: what was typed is given again, once

// a login; codes and refused passwords are a person's.

// TestAConnectionThatDoesNotLast: a gateway that takes a connection and drops

// it at once is not asked without a pause, nor for ever.

func TestAConnectionThatDoesNotLast(t *testing.T) {
	for _, roaming := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			s := &script{}
			s.opened = func(transport *fakeTransport) {
				transport.breakOff(tunnel.Errorf(tunnel.CodeProtocol, "fake", "rubbish"))
			}
			made := newScripted(t, s, tunnel.Config{Roaming: roaming}, session.Options{})
			defer made.Close()
			time.Sleep(10 * time.Minute)
			synctest.Wait()
			s.mu.Lock()
			tries := len(s.tries)
			s.mu.Unlock()
			if tries > 40 {
				t.Errorf("roaming %v: %d tries in ten minutes", roaming, tries)
			}
			want := tunnel.StateReconnecting
			if !roaming {
				want = tunnel.StateFailed
			}
			if now := made.Snapshot(); now.State != want {
				t.Errorf("roaming %v: state %s", roaming, now.State)
			}
		})
	}
}

// TestALostGatewayIsLookedForOutside: while its name cannot be found, names are

// not asked inside the tunnel that is lost; the routes stay.

func TestALostGatewayIsLookedForOutside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{
			settings: tunnel.Settings{
				Addresses: []netip.Prefix{netip.MustParsePrefix("10.0.0.2/24")}, MTU: 1400, DNS: []netip.Addr{netip.MustParseAddr("10.0.0.1")},
				SearchDomains: []string{"inside.test"}, TunnelAllDNS: true, Include: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")},
			},
			open: func(_ context.Context, try int) error {
				if try == 2 {
					return tunnel.NewError(tunnel.CodeNameNotFound, "fake", &net.DNSError{Name: "gateway.test"})
				}
				return nil
			},
		}
		made := newScripted(t, s, tunnel.Config{Roaming: true}, session.Options{})
		defer made.Close()
		expect(t, made, tunnel.StateConnected)
		s.transport(1).breakOff(errFake)
		time.Sleep(10 * time.Second)
		expect(t, made, tunnel.StateConnected)
		s.mu.Lock()
		defer s.mu.Unlock()
		var inside []bool
		for _, u := range s.updates {
			inside = append(inside, len(u.DNS) > 0 && u.TunnelAllDNS && len(u.SearchDomains) > 0)
			if len(u.Include) == 0 {
				t.Error("the routes are gone")
			}
		}
		// The first try, the second one, and the tunnel that is back.
		if !slices.Equal(inside, []bool{true, false, true}) {
			t.Errorf("names were asked inside: %v", inside)
		}
	})
}
