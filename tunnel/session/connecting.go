package session

import (
	"net"
	"strconv"

	"torii/tunnel"
)

// connect is the state connecting: log in, open a tunnel, attach the network.
func (c *connection) connect() error {
	transport, err := c.openTransport()
	if err != nil {
		return err
	}
	if err := c.attach(transport); err != nil {
		transport.Close(tunnel.EndSession)
		return err
	}
	c.serving = c.serve(transport)
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
