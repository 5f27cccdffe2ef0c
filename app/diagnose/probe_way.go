package diagnose

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"time"

	"torii/tunnel"
	"torii/tunnel/anyconnect"
)

// resolve looks the name up where this machine has to, and tells whether there
// is anywhere to go.
func (d *doctor) resolve(ctx context.Context, e *evidence) bool {
	if d.target.Proxy != nil || d.target.Dial != nil {
		return true // who passes the connection on knows the name
	}
	if address, err := netip.ParseAddr(d.target.Host); err == nil {
		e.addresses = []netip.Addr{address}
		return true
	}
	ctx, cancel := d.within(ctx, lookupTime)
	defer cancel()
	e.looked = true
	addresses, err := d.options.Lookup(ctx, d.target.Host)
	if err == nil && len(addresses) == 0 {
		err = errors.New("the name has no address")
	}
	if err != nil {
		e.lookupErr = err
		return false
	}
	for _, address := range addresses {
		e.addresses = append(e.addresses, address.Unmap())
	}
	return !e.sunk()
}

// sunk reports whether the name leads nowhere on purpose: filters answer so.
func (e *evidence) sunk() bool {
	for _, address := range e.addresses {
		if !address.IsUnspecified() {
			return false
		}
	}
	return len(e.addresses) > 0
}

// dial opens a connection to the server, by the way that the target names. The
// error has a code.
func (d *doctor) dial(ctx context.Context) (net.Conn, error) {
	ctx, cancel := d.within(ctx, dialTime)
	defer cancel()
	const op = "reach the server"
	switch {
	case d.target.Dial != nil:
		conn, err := d.target.Dial(ctx, "tcp", d.target.address())
		if err != nil {
			return nil, tunnel.NewError(tunnel.CodeUnreachable, op, err)
		}
		return conn, nil
	case d.target.Proxy != nil:
		return anyconnect.DialThrough(ctx, d.target.Proxy, d.target.address())
	}
	if d.place.IsValid() {
		return d.dialAddress(ctx, d.place.String())
	}
	// The system's resolver would be asked again by the name, so that its
	// answer and the connection could differ: the addresses are taken in turn.
	conn, err := d.dialFirst(ctx)
	if err != nil {
		return nil, err
	}
	if tcp, ok := conn.RemoteAddr().(*net.TCPAddr); ok {
		d.place = tcp.AddrPort()
	}
	return conn, nil
}

// dialFirst tries the addresses of the server, each for its share of the time.
func (d *doctor) dialFirst(ctx context.Context) (net.Conn, error) {
	addresses := d.known
	var first error
	for i, address := range addresses {
		share, cancel := shareOf(ctx, len(addresses)-i)
		conn, err := d.dialAddress(share, net.JoinHostPort(address.String(), strconv.Itoa(int(d.target.Port))))
		cancel()
		if err == nil {
			return conn, nil
		}
		if first == nil {
			first = err
		}
	}
	return nil, first
}

func (d *doctor) dialAddress(ctx context.Context, address string) (net.Conn, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, tunnel.NewError(tunnel.CodeUnreachable, "reach the server", err)
	}
	return conn, nil
}

// shareOf divides the time that is left.
func shareOf(ctx context.Context, parts int) (context.Context, context.CancelFunc) {
	end, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, time.Until(end)/time.Duration(parts))
}
