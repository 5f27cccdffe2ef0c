// Package details is the screen that a helpdesk asks about: what the
// connection is made of, its statistics and routes, and a graph of the last
// hour's traffic.
//
// The graph asks the agent for its samples, once a second at most and only
// while the screen can be seen. The screen starts no goroutine and no timer;
// every method is called on the toolkit's own goroutine.
package details
