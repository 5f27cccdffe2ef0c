// Package window is the window of Torii: a client of the agent, like any
// other. It shows the State that the agent sends and turns presses into calls.
//
// The toolkit is touched on its own goroutine only. This package holds the one
// bridge to it (Deps.Bridge): every call to the agent runs on a goroutine of
// its own, bounded in time, and its result comes back over the bridge.
//
// Closing the window ends the program; the connection lives on in the agent.
// When the agent goes, the window says so and offers to close. It does not
// look for another agent: trust is answered only over the socket that its own
// agent gave it (design.md, security rule 6), and an agent that is started
// again opens a window of its own.
package window
