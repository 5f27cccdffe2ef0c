package cli

import (
	"context"
	"errors"
	"os"
	"sync"

	"torii/app"
	"torii/app/api"
	"torii/app/control"
	"torii/app/harden"
	"torii/tunnel"
	"torii/tunnel/helper"
	"torii/tunnel/wire"
)

// held is the agent inside this process, for as long as a connection lasts.
type held struct {
	agent  api.Agent
	app    *app.App
	own    *helper.Own
	cancel context.CancelFunc
	serve  sync.WaitGroup
}

// host starts what an agent would be: the App, and the control socket, so that
// status, disconnect and the window reach it.
func (t *tool) host(ctx context.Context, mode tunnel.Mode) (*held, error) {
	h := &held{}
	err := harden.NoDump()
	if err != nil {
		return nil, tunnel.NewError(tunnel.CodeInternal, "host the connection", err)
	}
	if h.own, err = t.startHelper(mode); err != nil {
		return nil, err
	}
	listener, err := wire.Listen(api.SocketPath(), wire.ListenOptions{})
	if err != nil {
		return nil, errors.Join(tunnel.NewError(tunnel.CodeInternal, "serve the control socket", err), h.own.Close())
	}
	h.app, err = app.New(app.Options{Dirs: t.dirs, Log: t.log})
	if err != nil {
		listener.Close()
		return nil, errors.Join(err, h.own.Close())
	}
	// It was starting up meanwhile.
	if err := h.own.Await(ctx); err != nil {
		listener.Close()
		return nil, errors.Join(err, h.app.Close(), h.own.Close())
	}
	table := h.app.Table()
	h.agent = &control.Local{Table: table, Program: api.ProgramConnect}
	serving, cancel := context.WithCancel(context.WithoutCancel(ctx))
	h.cancel = cancel
	server := control.NewServer(table, t.log)
	h.serve.Go(func() {
		if err := server.Serve(serving, listener); err != nil {
			t.log.WithError(err).Error("the control socket is not served any more")
		}
	})
	return h, nil
}

// startHelper makes root's connection possible where no helper listens (it is
// still to be awaited), and gives root's powers up before a byte from the
// network is read (design.md, security rule 5).
func (t *tool) startHelper(mode tunnel.Mode) (*helper.Own, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	var own *helper.Own
	if mode == tunnel.ModeTUN {
		var err error
		if own, err = helper.LaunchOwn(helper.OwnOptions{}); err != nil {
			return nil, err
		}
	}
	if err := helper.DropPrivileges(); err != nil {
		return nil, errors.Join(tunnel.NewError(tunnel.CodeInternal, "drop privileges", err), own.Close())
	}
	return own, nil
}

// close disconnects, gives the network back and ends the helper.
func (h *held) close() error {
	err := h.app.Close()
	h.cancel()
	h.serve.Wait()
	if closeErr := h.own.Close(); closeErr != nil {
		err = errors.Join(err, tunnel.NewError(tunnel.CodeNetworkSetup, "give the network back", closeErr))
	}
	return err
}
