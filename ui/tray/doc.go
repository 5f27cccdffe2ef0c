// Package tray is the icon in the desktop's panel. What it shows is a plain
// value, the Face, computed from the agent's State (FaceOf); Run keeps the
// panel's copy of it up to date and carries clicks to the agent.
//
// It speaks the StatusNotifierItem and dbusmenu protocols over the session's
// D-Bus through fyne.io/systray: no toolkit, no cgo, and nothing to do while
// the state stays the same.
package tray
