// Package api is what a face may say to the agent and see of it: value types,
// method names, and a client with one generic Call and one generic Watch. The
// agent serves it on the control socket (package control); the window, the
// tray and toriictl speak it. It links no engine.
//
// A new capability is a new method name here and a row in a service's table.
package api
