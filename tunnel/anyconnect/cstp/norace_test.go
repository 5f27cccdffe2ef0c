//go:build !race

package cstp

const racing = false
