//go:build !unix

package netcfg

import "os"

// keepOwner does nothing: a file takes its folder's access list here.
func keepOwner(*os.File, os.FileInfo) error { return nil }

// openInPlace opens a file for writing.
func openInPlace(path string) (*os.File, error) { return os.OpenFile(path, os.O_WRONLY, 0) }
