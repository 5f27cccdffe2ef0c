package gateway

import (
	"context"
	"net"
	"net/netip"
)

func (l *link) serveDatagrams(conn net.Conn, first []byte)                      {}
func listenShared(ctx context.Context, at netip.AddrPort) (*net.UDPConn, error) { return nil, nil }
func (g *Gateway) acceptDatagrams(*net.UDPConn)                                 {}
