// Package sessionbus reaches the D-Bus of the person's session, and never
// starts one: the library would, and nobody would end it.
package sessionbus

import "errors"

// ErrNone means that this session has no bus.
var ErrNone = errors.New("this session has no message bus")
