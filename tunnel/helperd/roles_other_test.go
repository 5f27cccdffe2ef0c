//go:build !privileged || !linux

package helperd

// roles are needed by the privileged tests only.
func roles() map[string]func(args []string) int { return nil }
