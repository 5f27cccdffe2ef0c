// Package logs is the screen below Diagnostics that shows what Torii has
// written down since it started.
package logs
