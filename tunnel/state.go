package tunnel

// State is where a connection stands. It is what is; what the person wants is
// kept apart (the wish, see package session).
type State string

// The states of a connection, in the words of `toriictl status --json`.
const (
	StateDisconnected  State = "disconnected"
	StateConnecting    State = "connecting"
	StateConnected     State = "connected"
	StateReconnecting  State = "reconnecting"
	StateDisconnecting State = "disconnecting"
	StateFailed        State = "failed"
)

// Up reports whether packets can flow.
func (s State) Up() bool { return s == StateConnected }

// Busy reports whether the engine is working towards or away from a connection.
func (s State) Busy() bool {
	return s == StateConnecting || s == StateReconnecting || s == StateDisconnecting
}

// Phase is the step of a connect that is under way. Faces show it as
// "step N of M"; Phases gives the order.
type Phase string

// The phases of a connect, in their order.
const (
	PhaseResolving      Phase = "resolving"      // the gateway's name
	PhaseReaching       Phase = "reaching"       // TCP to the gateway or through a proxy
	PhaseVerifying      Phase = "verifying"      // TLS and the server's certificate
	PhaseAuthenticating Phase = "authenticating" // the login forms
	PhaseTunneling      Phase = "tunneling"      // asking for the tunnel and its settings
	PhaseConfiguring    Phase = "configuring"    // addresses, routes and DNS of this machine
)

// Phases returns the phases of a connect in their order.
func Phases() []Phase {
	return []Phase{PhaseResolving, PhaseReaching, PhaseVerifying, PhaseAuthenticating, PhaseTunneling, PhaseConfiguring}
}
