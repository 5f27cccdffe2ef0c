//go:build cgo && unix

package server

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"torii/certstore/token/internal/proto"
)

// checkFile refuses what must not be loaded. Only an absolute path means the
// same file to everybody and is not looked for elsewhere; and a library that
// other users can change or exchange is their program in the person's name.
func checkFile(path string) error {
	if !filepath.IsAbs(path) || strings.ContainsRune(path, 0) {
		return failed(proto.KindModuleUnsafe, "the module is not named by an absolute path")
	}
	info, err := os.Stat(path)
	switch {
	case os.IsNotExist(err):
		return failed(proto.KindModuleMissing, "there is no such file")
	case err != nil:
		return failed(proto.KindNoModule, err.Error())
	case !info.Mode().IsRegular():
		return failed(proto.KindNoModule, "it is no file")
	}
	if err := checkOwner(path, info); err != nil {
		return err
	}
	// A link leads through two chains of folders, and both decide.
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return failed(proto.KindNoModule, err.Error())
	}
	for _, file := range []string{filepath.Clean(path), real} {
		for dir := filepath.Dir(file); ; dir = filepath.Dir(dir) {
			info, err := os.Stat(dir)
			if err != nil {
				return failed(proto.KindNoModule, err.Error())
			}
			if err := checkOwner(dir, info); err != nil {
				return err
			}
			if dir == filepath.Dir(dir) {
				break
			}
		}
	}
	return nil
}

// checkOwner refuses what belongs to another user, and what everybody may
// write. In a folder with the sticky bit (/tmp) others exchange nothing.
func checkOwner(path string, info os.FileInfo) error {
	const everybody = 0o002
	sticky := info.IsDir() && info.Mode()&os.ModeSticky != 0
	if info.Mode().Perm()&everybody != 0 && !sticky {
		return failed(proto.KindModuleUnsafe, fmt.Sprintf("everybody may change %s", path))
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok || owner.Uid != 0 && int(owner.Uid) != os.Getuid() {
		return failed(proto.KindModuleUnsafe, fmt.Sprintf("%s belongs to another user", path))
	}
	return nil
}
