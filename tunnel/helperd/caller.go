package helperd

import (
	"context"
	"os"
	"time"

	"github.com/sirupsen/logrus"

	"torii/tunnel"
	"torii/tunnel/helper"
	"torii/tunnel/wire"
)

// caller is one connection. Its methods run on one goroutine.
type caller struct {
	server *Server
	conn   *wire.Conn
	log    logrus.FieldLogger
	lease  *lease // nil before open and after close
}

// refuse answers the first request, so that the caller learns why.
func (c *caller) refuse(err error) {
	request, receiveErr := c.receive()
	if receiveErr == nil {
		c.send(helper.Reply{ID: request.ID, Failure: failureOf(err)})
	}
}

// receive waits for a request, as long as the helper's patience lasts.
func (c *caller) receive() (helper.Request, error) {
	var request helper.Request
	if err := c.conn.SetReadDeadline(time.Now().Add(c.server.options.Patience)); err != nil {
		return request, err
	}
	_, err := c.conn.Receive(&request)
	return request, err
}

func (c *caller) send(reply helper.Reply, files ...*os.File) error {
	if err := c.conn.SetWriteDeadline(time.Now().Add(sendTime)); err != nil {
		return err
	}
	return c.conn.Send(reply, files...)
}

// talk answers requests until the connection ends.
func (c *caller) talk(ctx context.Context) error {
	for {
		request, err := c.receive()
		if err != nil {
			return err
		}
		if request.Method == helper.MethodOpen && request.Version == helper.Version {
			err = c.open(ctx, request)
		} else {
			reply, failure := c.answer(ctx, request)
			reply.ID = request.ID
			if failure != nil {
				reply.Failure = failureOf(failure)
			}
			err = c.send(reply)
		}
		if err != nil {
			return err
		}
	}
}

func refusal(format string, args ...any) error {
	return tunnel.Errorf(tunnel.CodeHelperRefused, "understand the request", format, args...)
}

// answer carries every request but the opening one out.
func (c *caller) answer(ctx context.Context, request helper.Request) (helper.Reply, error) {
	if request.Version != helper.Version {
		return helper.Reply{}, refusal("the helper speaks version %d and not %d; both come from one package", helper.Version, request.Version)
	}
	switch request.Method {
	case helper.MethodPing:
		return helper.Reply{}, nil
	case helper.MethodSerial:
		serial := c.server.options.Serial()
		if serial == "" {
			return helper.Reply{}, tunnel.Errorf(tunnel.CodeNotFound, "read the serial number", "the machine has none")
		}
		return helper.Reply{Serial: serial}, nil
	case helper.MethodRepair:
		c.endLease()
		words, err := c.server.repair(ctx)
		return helper.Reply{Repaired: words}, err
	case helper.MethodUpdate:
		if c.lease == nil || request.Settings == nil {
			return helper.Reply{}, refusal("an update needs a lease and settings")
		}
		info, err := c.lease.update(ctx, *request.Settings)
		return helper.Reply{Lease: info}, err
	case helper.MethodClose:
		return helper.Reply{}, c.endLease()
	}
	return helper.Reply{}, refusal("there is no method %.40q", request.Method)
}

// open makes a lease and passes its link on.
func (c *caller) open(ctx context.Context, request helper.Request) error {
	if c.lease != nil || request.Settings == nil {
		return c.send(helper.Reply{ID: request.ID, Failure: failureOf(refusal("a connection opens one lease, with settings"))})
	}
	if err := c.server.begin(ctx, c, busyTime); err != nil {
		return c.send(helper.Reply{ID: request.ID, Failure: failureOf(err)})
	}
	made, err := openLease(ctx, c, *request.Settings)
	if err != nil {
		c.server.end()
		c.log.WithError(err).Warn("could not open a lease")
		return c.send(helper.Reply{ID: request.ID, Failure: failureOf(err)})
	}
	c.lease = made
	c.log.WithField("link", made.link.Name).Info("opened a lease")
	err = c.send(helper.Reply{ID: request.ID, Lease: made.info()}, made.link.File)
	// From here on the link is the holder's to read and write, and ours to delete.
	made.link.File.Close()
	return err
}

// endLease undoes the lease, if there is one, and lets the next one in.
func (c *caller) endLease() error {
	if c.lease == nil {
		return nil
	}
	err := c.lease.end()
	c.lease = nil
	c.server.end()
	if err != nil {
		c.log.WithError(err).Error("undo a lease")
		return err
	}
	c.log.Info("undid a lease")
	return nil
}
