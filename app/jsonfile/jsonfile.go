// Package jsonfile keeps a versioned JSON document in a file of this user's
// own. A write is whole or not at all, so that a power cut loses nothing.
package jsonfile

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2/maybe"
)

// Read reads the file at path into document, a pointer. A missing file leaves
// document as it is. A file that does not read, or whose "version" is another
// than version, is refused: somebody else knows what to do with it.
func Read(path string, version int, document any) error {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := Parse(text, version, document); err != nil {
		return fmt.Errorf("%s cannot be used (%w): mend it, or move it away to begin anew", path, err)
	}
	return nil
}

// Parse is Read for a file's text.
func Parse(text []byte, version int, document any) error {
	var head struct {
		Version int `json:"version"`
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return err
	}
	switch {
	case head.Version == 0:
		return errors.New("it names no format, so it is none of Torii's files")
	case head.Version > version:
		return fmt.Errorf("it was written by a newer Torii (format %d, this one knows %d)", head.Version, version)
	case head.Version < version:
		return fmt.Errorf("it has format %d, which this Torii (format %d) cannot read", head.Version, version)
	}
	return json.Unmarshal(text, document)
}

// Write replaces the file at path by document; nobody but its owner can read
// it. The folder is made where it is missing.
func Write(path string, document any) error {
	text, err := json.MarshalIndent(document, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return maybe.WriteFile(path, append(text, '\n'), 0o600)
}
