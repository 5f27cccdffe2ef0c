package netwatch

import (
	"context"
	"net/netip"
	"sync"
	"time"
)

// settleTime is how long a burst of changes may go on before it is looked at: a
// new network comes as a link, an address and a route, one after the other.
const settleTime = 300 * time.Millisecond

// Watcher watches this machine's network.
type Watcher struct {
	changes chan<- struct{}
	gateway func() netip.Addr
	cancel  context.CancelFunc
	work    sync.WaitGroup
}

// Start begins to watch. gateway tells to which address the way matters at the
// moment; an invalid one means the default routes. changes, which should hold
// one value, receives one after the way out may have changed. A source of news
// that this machine does not have is done without.
func Start(gateway func() netip.Addr, changes chan<- struct{}) *Watcher {
	ctx, cancel := context.WithCancel(context.Background())
	w := &Watcher{changes: changes, gateway: gateway, cancel: cancel}
	hints := make(chan struct{}, 1)
	watchRoutes(ctx, &w.work, func() { signal(hints) })
	before := look(gateway()) // after the watch began, so that no change slips between
	w.work.Go(func() { watchSleep(ctx, func() { signal(w.changes) }) })
	w.work.Go(func() { w.compare(ctx, before, hints) })
	return w
}

// Close stops watching.
func (w *Watcher) Close() {
	w.cancel()
	w.work.Wait()
}

// compare looks at the way out after hints and tells of a real change.
func (w *Watcher) compare(ctx context.Context, before outlook, hints <-chan struct{}) {
	for {
		select {
		case <-hints:
		case <-ctx.Done():
			return
		}
		select {
		case <-time.After(settleTime):
		case <-ctx.Done():
			return
		}
		drain(hints)
		now := look(w.gateway())
		if before.differs(now) {
			signal(w.changes)
		}
		before = now
	}
}

// signal leaves a value in a channel that may hold one.
func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func drain(c <-chan struct{}) {
	select {
	case <-c:
	default:
	}
}
