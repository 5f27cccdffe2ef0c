//go:build !linux

package netwatch

import "context"

// watchSleep knows no source of news on this system yet.
func watchSleep(ctx context.Context, _ func()) { <-ctx.Done() }
