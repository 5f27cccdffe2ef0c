//go:build !linux

package notify

// Desktop is the way to whatever shows notifications.
type Desktop struct{}

// Connect says that Torii shows no notifications on this system yet.
func Connect(string, func()) (*Desktop, error) { return nil, ErrAbsent }

// Available is false.
func Available() bool { return false }

// Close does nothing.
func (*Desktop) Close() {}

// Show does nothing.
func (*Desktop) Show(Note) error { return ErrAbsent }

// Clear does nothing.
func (*Desktop) Clear() {}
