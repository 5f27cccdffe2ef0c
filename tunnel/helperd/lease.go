package helperd

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"torii/tunnel"
	"torii/tunnel/helper"
	"torii/tunnel/netcfg"
)

// settleTime gathers changes of the network that come together.
const settleTime = 200 * time.Millisecond

// lease is what one connection has changed. Between openLease and end it
// watches over it.
type lease struct {
	caller *caller
	system *netcfg.System
	link   *netcfg.Link

	changed chan struct{} // the network changed; holds one
	stop    context.CancelFunc
	watcher sync.WaitGroup

	mu       sync.Mutex
	settings tunnel.Settings
	config   *netcfg.Config
	state    netcfg.LinkState
}

// openLease configures the machine for settings. When it fails it has undone
// what it began.
func openLease(ctx context.Context, c *caller, settings tunnel.Settings) (*lease, error) {
	s := c.server
	l := &lease{caller: c, system: s.options.System, settings: settings, changed: make(chan struct{}, 1)}
	applyCtx, cancel := context.WithTimeout(ctx, applyTime)
	defer cancel()
	err := l.build(applyCtx)
	if err == nil {
		err = l.watch(ctx)
	}
	if err != nil {
		if l.link != nil {
			l.link.File.Close()
		}
		return nil, errors.Join(err, l.undo())
	}
	return l, nil
}

func (l *lease) build(ctx context.Context) error {
	journal := l.caller.server.journal
	machine, err := l.system.Machine("")
	if err != nil {
		return err
	}
	// The plan comes first: settings that are refused change nothing.
	if l.config, err = netcfg.Plan(l.settings, machine); err != nil {
		return err
	}
	if l.link, err = l.system.CreateLink(journal.Record); err != nil {
		return err
	}
	if err := l.system.Apply(ctx, l.link, l.config, journal.Record); err != nil {
		return err
	}
	l.state, err = l.system.State(l.link)
	return err
}

// update configures the machine for other settings.
func (l *lease) update(ctx context.Context, settings tunnel.Settings) (*helper.Lease, error) {
	ctx, cancel := context.WithTimeout(ctx, applyTime)
	defer cancel()
	l.mu.Lock()
	defer l.mu.Unlock()
	machine, err := l.system.Machine(l.link.Name)
	if err != nil {
		return nil, err
	}
	config, err := netcfg.Plan(settings, machine)
	if err != nil {
		return nil, err
	}
	if err := l.system.Apply(ctx, l.link, config, l.caller.server.journal.Record); err != nil {
		return nil, err
	}
	l.settings, l.config = settings, config
	l.state.MTU = config.MTU
	return l.infoLocked(), nil
}

func (l *lease) info() *helper.Lease {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.infoLocked()
}

func (l *lease) infoLocked() *helper.Lease {
	return &helper.Lease{
		Link: l.link.Name, MTU: l.config.MTU, Secure: l.config.Secure(), NonSecure: l.config.NonSecure(),
	}
}

// watch looks after the lease whenever this machine's network changes.
func (l *lease) watch(ctx context.Context) error {
	ctx, l.stop = context.WithCancel(ctx)
	stopWatch, err := l.system.Watch(ctx, func() {
		select {
		case l.changed <- struct{}{}:
		default:
		}
	})
	if err != nil {
		l.stop()
		return err
	}
	l.watcher.Go(func() {
		defer stopWatch()
		for {
			select {
			case <-l.changed:
			case <-ctx.Done():
				return
			}
			select {
			case <-time.After(settleTime):
			case <-ctx.Done():
				return
			}
			if err := l.maintain(); err != nil {
				l.caller.log.WithError(err).Warn("look after a lease")
			}
		}
	})
	return nil
}

// maintain tells the holder how his link is, and puts back what somebody
// disturbed: systemd-networkd, for one, removes rules that it did not make
// when it starts. Networks that this machine has come to or left are planned
// for anew.
func (l *lease) maintain() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	state, err := l.system.State(l.link)
	if errors.Is(err, netcfg.ErrLinkGone) {
		l.tell(helper.Event{Gone: true})
		l.revoke()
		return nil
	}
	if err != nil {
		return err
	}
	if state != l.state {
		l.state = state
		l.tell(helper.Event{Up: state.Up, MTU: state.MTU})
	}
	machine, err := l.system.Machine(l.link.Name)
	if err != nil {
		return err
	}
	config, err := netcfg.Plan(l.settings, machine)
	if err != nil {
		return fmt.Errorf("plan anew: %w", err) // the old plan stays
	}
	if !state.Up {
		return nil // an administrator's word: his to take back
	}
	config.MTU = state.MTU // and so is the size of packets
	if err := l.system.Maintain(l.link, config, l.caller.server.journal.Record); err != nil {
		return err
	}
	l.config = config
	return nil
}

// tell sends an event. A holder who does not read loses his lease in time.
func (l *lease) tell(event helper.Event) {
	if err := l.caller.send(helper.Reply{Event: &event}); err != nil {
		l.revoke()
	}
}

// revoke ends the connection, and with it the lease.
func (l *lease) revoke() { l.caller.conn.Close() }

// end stops watching and undoes everything.
func (l *lease) end() error {
	l.stop()
	l.watcher.Wait()
	return l.undo()
}

// undo runs to its end even when the helper is being stopped.
func (l *lease) undo() error {
	ctx, cancel := context.WithTimeout(context.Background(), undoTime)
	defer cancel()
	_, err := l.caller.server.journal.Undo(ctx, l.system.Undo)
	return err
}
