package proxy

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"syscall"
	"time"

	"torii/tunnel"
	"torii/tunnel/netstack"
)

const (
	// dialTimeout is how long a destination may take to answer, with its name
	// and every one of its addresses.
	dialTimeout = 30 * time.Second
	// addressTimeout is how long one of several addresses may take.
	addressTimeout = 8 * time.Second
	// maxAddresses is how many addresses of a name are tried.
	maxAddresses = 4
)

var (
	errOwnMachine = errors.New("the proxy does not lead to this machine itself")
	errRefused    = errors.New("the routes of the tunnel do not lead there")
)

// dialer reaches destinations through the tunnel or directly, by the routes.
// It is made anew when the settings change.
type dialer struct {
	settings tunnel.Settings
	stack    *netstack.Stack
	names    names
	system   system
}

// newDialer builds the dialer of settings over a stack.
func newDialer(settings tunnel.Settings, stack *netstack.Stack, system system) *dialer {
	return &dialer{
		settings: settings,
		stack:    stack,
		names: names{
			settings: settings,
			inside:   netstack.ResolverOver(stack, settings.DNS).LookupNetIP,
			outside:  system.lookup,
		},
		system: system,
	}
}

// dial connects to a host by name or address.
func (d *dialer) dial(ctx context.Context, host string, port uint16) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	targets, err := d.targets(ctx, host)
	if err != nil {
		return nil, err
	}
	var failure error
	for i, target := range targets {
		conn, err := d.dialTarget(ctx, target, port, i == len(targets)-1)
		if err == nil {
			return conn, nil
		}
		failure = err
		if ctx.Err() != nil {
			break
		}
	}
	return nil, failure
}

// target is an address and the way to it.
type target struct {
	address netip.Addr
	way     verdict
}

// targets resolves a host and decides about each address. When it returns no
// error there is at least one.
func (d *dialer) targets(ctx context.Context, host string) ([]target, error) {
	addresses, err := d.names.resolve(ctx, host)
	if err != nil {
		return nil, fmt.Errorf("resolve %s: %w", host, err)
	}
	m, err := d.system.links()
	if err != nil {
		return nil, fmt.Errorf("look at this machine's links: %w", err)
	}
	var found []target
	failure := errRefused
	for _, address := range addresses {
		address = address.Unmap()
		switch way := route(&d.settings, m, address); {
		case way != refused && len(found) < maxAddresses:
			found = append(found, target{address, way})
		case isOwn(m, address):
			failure = errOwnMachine
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("reach %s: %w", host, failure)
	}
	return found, nil
}

// dialTarget connects to one address; the last one may use all the time.
func (d *dialer) dialTarget(ctx context.Context, to target, port uint16, last bool) (net.Conn, error) {
	if !last {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, addressTimeout)
		defer cancel()
	}
	at := netip.AddrPortFrom(to.address, port)
	if to.way == throughTunnel {
		return d.stack.DialTCP(ctx, at)
	}
	return d.system.dial(ctx, "tcp", at.String())
}

// failureKind sorts the errors of dial for the two protocols' answers.
type failureKind int

const (
	failedOtherwise failureKind = iota
	failedRule
	failedName
	failedRefused
	failedUnreachable
	failedTimeout
)

func kindOf(err error) failureKind {
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return failedName
	}
	switch {
	case errors.Is(err, errOwnMachine), errors.Is(err, errRefused):
		return failedRule
	case errors.Is(err, syscall.ECONNREFUSED):
		return failedRefused
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return failedUnreachable
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, syscall.ETIMEDOUT):
		return failedTimeout
	default:
		return failedOtherwise
	}
}
