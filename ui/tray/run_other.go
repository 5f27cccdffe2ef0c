//go:build !linux

package tray

import (
	"context"
	"fmt"
	"runtime"
)

// Run fails with ErrNoTray: the trays of other systems than Linux are not
// served yet.
func Run(context.Context, Options) error {
	return fmt.Errorf("%w: not on %s yet", ErrNoTray, runtime.GOOS)
}
