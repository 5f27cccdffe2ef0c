package session

import (
	"context"
	"net"
	"strconv"
	"time"

	"torii/tunnel"
)

// connect is the state connecting: log in, open a tunnel, attach the network.
func (c *connection) connect(ctx context.Context) error {
	transport, err := c.openTransport(ctx, c.progress)
	if err != nil {
		return err
	}
	if err := c.attach(ctx, transport); err != nil {
		transport.Close(tunnel.EndKeepSession) // another try may need no login; finish says goodbye
		return err
	}
	c.serving = c.serve(transport)
	c.up = time.Now()
	return nil
}

// gatewayName is the gateway as the entry names it.
func gatewayName(cfg tunnel.Config) string {
	const httpsPort = 443
	if cfg.Port == 0 || cfg.Port == httpsPort {
		return cfg.Host
	}
	return net.JoinHostPort(cfg.Host, strconv.Itoa(int(cfg.Port)))
}
