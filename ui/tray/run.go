package tray

import (
	"errors"
	"time"

	"torii/app/api"
)

// The results of Run that are no end of the context. Whoever gets one shows
// the window instead: without a tray nobody could reach the program.
var (
	// ErrNoTray: this session has no bus to reach a panel over, or the system
	// has no tray that Torii knows.
	ErrNoTray = errors.New("there is no tray to show an icon in")
	// ErrAgentGone: the agent ended its stream of states.
	ErrAgentGone = errors.New("the agent is gone")
)

// DefaultGrace is how long a panel may take to come at login, or back after a
// crash.
const DefaultGrace = 10 * time.Second

// Options are what the tray works with.
type Options struct {
	// Agent is whose state is shown and who does what is clicked.
	Agent api.Agent
	// Shown is told whether a panel shows the icon: once after the start and
	// then at each change (a desktop without a tray never shows it; a panel may
	// come late or crash). It may be called until Run returns, must not block,
	// and may be nil.
	Shown func(bool)
	// Grace is how long there may be no panel before Shown is told; 0 means
	// DefaultGrace.
	Grace time.Duration
	// Failed is told of clicks that the agent could not carry out. It must not
	// block, and may be nil.
	Failed func(Action, error)
}
