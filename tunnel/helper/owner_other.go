//go:build !unix

package helper

import (
	"errors"
	"fmt"
	"os/exec"
	"runtime"
)

// checkSocket fails: there is no helper for this system yet.
func checkSocket(string, uint32) error {
	return fmt.Errorf("the helper does not run on %s: %w", runtime.GOOS, errors.ErrUnsupported)
}

// detach does nothing: no helper starts here.
func detach(*exec.Cmd) {}
