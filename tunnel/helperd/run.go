package helperd

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/user"
	"strconv"
	"strings"

	"github.com/sirupsen/logrus"

	"torii/tunnel/netcfg"
	"torii/tunnel/wire"
)

// RunOptions are the helper's command line.
type RunOptions struct {
	Socket     string
	StateDir   string
	ResolvConf string // "" means the system's
	Bus        string // see netcfg.Options
	// Listening is called once callers can connect; nil for nobody.
	Listening func()
	Log       logrus.FieldLogger
}

// Run is the helper: it undoes what an earlier one left and serves until ctx
// ends.
func Run(ctx context.Context, options RunOptions) error {
	namespace, err := wire.OwnNetNS()
	if err != nil {
		return err
	}
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return fmt.Errorf("identify boot: %w", err)
	}
	group, err := lookupGroup(GroupName)
	if err != nil {
		return err
	}
	authoriser := &Authoriser{Group: group, NetNS: namespace, Polkit: Polkit(options.Bus)}
	server, err := New(ctx, Options{
		System:    netcfg.NewSystem(netcfg.Options{ResolvConf: options.ResolvConf, Bus: options.Bus}),
		Authorise: authoriser.Check,
		StateDir:  options.StateDir,
		BootID:    strings.TrimSpace(string(boot)),
		NetNS:     namespace,
		Serial:    func() string { return SerialNumber("/") },
		Log:       options.Log,
	})
	if err != nil {
		return err
	}
	listener, err := listen(options.Socket, group)
	if err != nil {
		return errors.Join(err, server.journal.Close())
	}
	if options.Listening != nil {
		options.Listening()
	}
	return server.Serve(ctx, listener)
}

// lookupGroup returns a group's number, nil where there is no such group.
func lookupGroup(name string) (*uint32, error) {
	group, err := user.LookupGroup(name)
	if _, unknown := errors.AsType[user.UnknownGroupError](err); unknown || errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look up group %s: %w", name, err)
	}
	gid, err := strconv.ParseUint(group.Gid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("look up group %s: %w", name, err)
	}
	number := uint32(gid)
	return &number, nil
}

// listen takes the socket that systemd passed on (sd_listen_fds(3)), or makes
// one that root and the group may connect to.
func listen(path string, group *uint32) (net.Listener, error) {
	if os.Getenv("LISTEN_PID") == strconv.Itoa(os.Getpid()) && os.Getenv("LISTEN_FDS") == "1" {
		const firstPassed = 3
		file := os.NewFile(firstPassed, "systemd's socket")
		defer file.Close()
		listener, err := net.FileListener(file)
		if err != nil {
			return nil, fmt.Errorf("take over systemd's socket: %w", err)
		}
		return listener, nil
	}
	options := wire.ListenOptions{Mode: 0o600, DirMode: 0o755}
	if group != nil {
		options.Mode, options.GID = 0o660, int(*group)
	}
	return wire.Listen(path, options)
}
