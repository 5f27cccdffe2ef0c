package cli

import (
	"context"
	"io"
)

// output is where a command writes. When nobody reads any more (`toriictl
// status --watch | head -1`) the command ends as if it were interrupted.
type output struct {
	io.Writer
	gone context.CancelFunc
}

// Write implements io.Writer.
func (o output) Write(p []byte) (int, error) {
	n, err := o.Writer.Write(p)
	if err != nil {
		o.gone()
	}
	return n, err
}
