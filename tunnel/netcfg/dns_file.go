package netcfg

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// setFile writes the servers into /etc/resolv.conf, or into what it links to.
// An update keeps the original.
func (s *System) setFile(dns DNS, record Record) error {
	path, err := followLinks(s.options.ResolvConf)
	if err != nil {
		return err
	}
	now, err := os.ReadFile(path)
	existed := err == nil
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	change := FileChange{Path: path, Existed: existed, Before: now}
	if s.file != nil && s.file.Path == path && bytes.Equal(now, s.file.After) {
		change.Existed, change.Before = s.file.Existed, s.file.Before
	}
	change.After = resolvConf(dns, change.Before)
	if existed && bytes.Equal(now, change.After) {
		return nil
	}
	if err := record(Change{Kind: ChangeFile, File: &change}); err != nil {
		return err
	}
	if err := replaceFile(path, change.After); err != nil {
		return err
	}
	s.file = &change
	return nil
}

// keepFile writes the servers again where somebody else wrote the file since:
// DHCP clients do so at every renewal. Theirs is what comes back afterwards. A
// path that leads elsewhere by now has got another master, and is left to him.
func (s *System) keepFile(dns DNS, record Record) error {
	if s.file == nil || len(dns.Servers) == 0 {
		return nil
	}
	path, err := followLinks(s.options.ResolvConf)
	if err != nil || path != s.file.Path {
		return err
	}
	if now, err := os.ReadFile(path); err == nil && s.file.ours(now) {
		return nil
	}
	return s.setFile(dns, s.remembering(record))
}

// undoFile restores a file that still holds what we wrote.
func (s *System) undoFile(change *FileChange) error {
	if change == nil || !filepath.IsAbs(change.Path) {
		return errors.New("the record names no file")
	}
	s.file = nil
	if err := os.Remove(temporaryOf(change.Path)); err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.EROFS) {
		return err
	}
	info, err := os.Lstat(change.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // somebody removed it: theirs to bring back
	}
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return nil // somebody put something else there: theirs to keep
	}
	now, err := os.ReadFile(change.Path)
	if err != nil {
		return err
	}
	// A restoring that a crash cut short is gone through with.
	half := change.Existed && padded(now, change.Before) && !bytes.Equal(now, change.Before)
	if !change.ours(now) && !half {
		return nil
	}
	if !change.Existed {
		return os.Remove(change.Path)
	}
	return replaceFile(change.Path, change.Before)
}

// ours reports whether now is what we wrote, or what is left of writing it
// when a crash cut that short.
func (c *FileChange) ours(now []byte) bool { return padded(now, c.After) }

// padded reports whether now is text, but for empty lines at its end (see
// writeInPlace).
func padded(now, text []byte) bool {
	rest, found := bytes.CutPrefix(now, text)
	return found && len(bytes.TrimLeft(rest, "\n")) == 0
}

// followLinks returns the file that a path leads to, also where it does not
// exist (yet). A symbolic link itself is thus never written.
func followLinks(path string) (string, error) {
	for range 16 {
		info, err := os.Lstat(path)
		if errors.Is(err, fs.ErrNotExist) {
			break
		}
		if err != nil {
			return "", err
		}
		if info.Mode().Type() == 0 {
			break
		}
		if info.Mode().Type() != fs.ModeSymlink {
			return "", fmt.Errorf("%s is no file", path)
		}
		target, err := os.Readlink(path)
		if err != nil {
			return "", err
		}
		if !filepath.IsAbs(target) {
			target = filepath.Join(filepath.Dir(path), target)
		}
		path = target
	}
	if info, err := os.Lstat(path); err == nil && info.Mode().Type() != 0 {
		return "", fmt.Errorf("%s: too many symbolic links", path)
	}
	folder, err := filepath.EvalSymlinks(filepath.Dir(path))
	if err != nil {
		return "", err
	}
	return filepath.Join(folder, filepath.Base(path)), nil
}

// replaceFile gives a file new content: at once by a rename where that works,
// and in place where the file is a mount point of its own (containers bind
// theirs) or its folder cannot be written.
func replaceFile(path string, content []byte) error {
	err := renameOver(path, content)
	if err == nil {
		return nil
	}
	if errors.Is(err, syscall.EBUSY) || errors.Is(err, syscall.EXDEV) || errors.Is(err, syscall.EROFS) ||
		errors.Is(err, fs.ErrPermission) {
		return writeInPlace(path, content)
	}
	return err
}

// temporaryOf names the file that takes another's place. The name is fixed, so
// that one that a crash left behind can be removed.
func temporaryOf(path string) string {
	return filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".torii")
}

func renameOver(path string, content []byte) (err error) {
	temporary := temporaryOf(path)
	if err := os.Remove(temporary); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	file, err := os.OpenFile(temporary, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(file.Name())
		}
	}()
	mode := fs.FileMode(0o644)
	if info, statErr := os.Stat(path); statErr == nil {
		mode = info.Mode().Perm()
		if err := keepOwner(file, info); err != nil {
			file.Close()
			return err
		}
	}
	if _, err = file.Write(content); err == nil {
		err = errors.Join(file.Chmod(mode), file.Sync())
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}

// writeInPlace writes the new content over the old one, with empty lines over
// what is longer, and then cuts those off: whoever reads meanwhile, and after a
// crash, finds no line that is half of the one and half of the other.
func writeInPlace(path string, content []byte) error {
	file, err := openInPlace(path)
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err == nil {
		over := bytes.Clone(content)
		if rest := info.Size() - int64(len(content)); rest > 0 {
			over = append(over, bytes.Repeat([]byte{'\n'}, int(rest))...)
		}
		_, err = file.WriteAt(over, 0)
	}
	if err == nil {
		err = errors.Join(file.Truncate(int64(len(content))), file.Sync())
	}
	return errors.Join(err, file.Close())
}
