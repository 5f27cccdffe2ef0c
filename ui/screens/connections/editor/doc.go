// Package editor is the page on which a connection is added or changed: its
// description and server, what goes through it, and behind "Advanced" all
// that the guide has there (000, "Configure VPN connections"). What was typed
// is checked while it is typed, in words; what somebody has locked says who;
// and what the engine does not do yet is kept and says so.
package editor
