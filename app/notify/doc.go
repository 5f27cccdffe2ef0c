// Package notify shows notifications on the desktop, one at a time: a newer one
// takes the older one's place.
package notify

import "errors"

// ErrAbsent means that nothing here shows notifications.
var ErrAbsent = errors.New("there is nothing here that shows notifications")

// Note is a notification. It holds no secret.
type Note struct {
	Title string
	Body  string
	// Urgent notes stay until the person has seen them.
	Urgent bool
}
