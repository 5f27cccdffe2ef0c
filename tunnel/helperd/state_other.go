//go:build !unix

package helperd

import (
	"errors"
	"fmt"
	"os"
	"runtime"
)

func checkStateDir(string) error {
	return fmt.Errorf("keep a journal on %s: %w", runtime.GOOS, errors.ErrUnsupported)
}

func lockFile(string) (*os.File, error) {
	return nil, fmt.Errorf("keep a journal on %s: %w", runtime.GOOS, errors.ErrUnsupported)
}

func writeFile(string, []byte) error {
	return fmt.Errorf("keep a journal on %s: %w", runtime.GOOS, errors.ErrUnsupported)
}
