package app

import (
	"context"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sirupsen/logrus"

	"torii/app/api"
	"torii/app/audit"
	"torii/app/certificates"
	"torii/app/consent"
	"torii/app/control"
	"torii/app/entries"
	"torii/app/loglines"
	"torii/app/paths"
	"torii/app/secrets"
	"torii/app/settings"
	"torii/app/traffic"
	"torii/certstore/revoke"
	"torii/i18n"
	"torii/tunnel"
	"torii/tunnel/anyconnect"
	"torii/tunnel/gateway"
	"torii/tunnel/netwatch"
	"torii/tunnel/session"
)

// Options make an App.
type Options struct {
	Dirs paths.Dirs
	// Practice runs the practice gateway in this process; nil for none.
	Practice *gateway.Config
	Log      *logrus.Logger

	// OpenWindow is called when a question waits and no face is there to
	// answer it, when another program's request waits, and when a face asks for
	// the window: it starts the window where none is open. nil where there is
	// none.
	OpenWindow func() error
	// HasFace tells whether a face is there that can answer questions.
	HasFace func() bool
	// Fetch asks whether certificates were revoked; nil goes to public addresses
	// only.
	Fetch revoke.Fetch
	// Quit is called when a face asks the agent to end.
	Quit func()
}

// App is the agent without a face: the engine and the services around it.
type App struct {
	options Options
	entries *entries.Store
	prefs   *settings.Store
	vault   *secrets.Vault
	certs   *certificates.Service
	revoked *revoke.Checker
	audit   *audit.List
	session *session.Session
	watcher *netwatch.Watcher
	demo    atomic.Pointer[practice] // nil without a practice gateway
	traffic traffic.History
	lines   loglines.List
	consent *consent.Queue
	placing sync.Mutex // over the file with the window's place
	work    sync.WaitGroup
	cancel  context.CancelFunc
	quiet   logrus.Level // what is logged without the setting debug-logs

	mu      sync.Mutex
	words   *i18n.Catalogue // what a person reads
	changed chan struct{}   // closed and replaced when something but the session changed
	current current
	trouble secrets.Trouble
	raise   uint64
	why     *tunnel.Failure // something was not opened; belongs to raise, as page does
	tray    bool
	asked   time.Time // when the person was last asked whether to quit
	page    string
	serial  uint64 // of the States
	active  string // the practice entry's ID where that is the active one
	closed  bool   // no practice gateway is started any more

	lookElsewhere func() // ends the look at a server that is under way
}

// current is the connection that runs, or ran last.
type current struct {
	entry    api.Entry
	recalled bool                     // the last form was answered from the keyring
	pending  map[string]tunnel.Secret // to be kept once the login worked
	prefill  map[string]tunnel.Secret // what a link brought for the first form
	user     string                   // who logged in
	judge    *trust                   // who decides about its servers; nil before the first connect
}

// New starts an App.
func New(options Options) (*App, error) {
	store, err := entries.Open(options.Dirs.Config)
	if err != nil {
		return nil, err
	}
	vault, err := secrets.Open(options.Dirs.Config)
	if err != nil {
		return nil, err
	}
	prefs, err := settings.Open(options.Dirs.Config)
	if err != nil {
		return nil, err
	}
	a := &App{options: options, entries: store, prefs: prefs, vault: vault, changed: make(chan struct{}), lookElsewhere: func() {}, quiet: options.Log.GetLevel()}
	options.Log.AddHook(&a.lines)
	if a.words, err = prefs.Words(); err != nil {
		return nil, err
	}
	if a.certs, err = certificates.Open(options.Dirs.Data, vault, a.language); err != nil {
		return nil, err
	}
	a.watchServers(options)
	if options.Practice != nil {
		if err := a.startPractice(*options.Practice); err != nil {
			return nil, err
		}
	}
	disturbances := make(chan struct{}, 1)
	a.session = session.New(session.Options{
		Driver: a.driver, Network: a.network, Replies: a.reply, Answered: a.answered,
		Describe: a.describe, Disturbances: disturbances, Log: options.Log,
	})
	a.consent = consent.New(a.consentChanged)
	a.chooseLogLevel()
	a.watcher = netwatch.Start(a.gatewayAddress, disturbances)
	ctx, cancel := context.WithCancel(context.Background())
	a.cancel = cancel
	a.work.Go(func() { a.follow(ctx) })
	a.work.Go(func() { a.noteTrouble(secrets.Probe()) })
	return a, nil
}

// Close disconnects, gives the network back and ends everything that New began.
func (a *App) Close() error {
	a.consent.Close()
	err := a.session.Close()
	a.cancel()
	a.watcher.Close()
	a.work.Wait()
	a.closePractice()
	return err
}

// Table is what faces can reach.
func (a *App) Table() *control.Table {
	return &control.Table{Methods: a.methods(), Watch: a.Watch}
}

// driver is the table of protocols.
func (a *App) driver(protocol string) (tunnel.Driver, error) {
	switch protocol {
	case anyconnect.Protocol:
		return anyconnect.New(a.options.Log), nil
	}
	return nil, tunnel.Errorf(tunnel.CodeUnsupported, "choose the protocol", "Torii does not speak %q yet", protocol)
}

// gatewayAddress is where the way out leads at the moment; invalid for nowhere.
func (a *App) gatewayAddress() netip.Addr {
	endpoint, _ := netip.ParseAddrPort(a.session.Snapshot().GatewayEndpoint)
	return endpoint.Addr().Unmap()
}

// follow does what has to follow a change of the connection.
func (a *App) follow(ctx context.Context) {
	var asked string
	for s := range a.session.Watch(ctx) {
		if s.Question != nil && s.Question.ID != asked {
			asked = s.Question.ID
			if a.options.OpenWindow != nil && !a.options.HasFace() {
				if err := a.ShowWindow(""); err != nil {
					a.options.Log.WithError(err).Error("the window for a question does not open")
				}
			}
		}
		switch s.State {
		case tunnel.StateConnecting:
			a.traffic.Begin()
		case tunnel.StateConnected:
			a.traffic.Note(s.Stats, time.Now())
			a.keepPending()
			a.letIn()
		case tunnel.StateFailed, tunnel.StateDisconnected:
			a.dropPending()
		}
	}
}

// touch makes the watchers look at the state again; a.mu is held.
func (a *App) touch() {
	close(a.changed)
	a.changed = make(chan struct{})
}
