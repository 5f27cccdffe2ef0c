package certstore

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2/maybe"
)

// readFile reads a document of the format version; a missing file leaves it as
// it is. A file that does not read, or of another version, is refused and never
// written over: what is in it may be all that there is of a key.
func readFile(path string, version int, document any) error {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var head struct{ Version int }
	if err := json.Unmarshal(text, &head); err != nil {
		return fmt.Errorf("%s is damaged (%w): mend it, or move it away to begin anew", path, err)
	}
	if head.Version != version {
		return fmt.Errorf("%s has format %d, and this Torii knows %d: use the Torii that wrote it, or move it away to begin anew",
			path, head.Version, version)
	}
	if err := json.Unmarshal(text, document); err != nil {
		return fmt.Errorf("%s is damaged (%w): mend it, or move it away to begin anew", path, err)
	}
	return nil
}

// writeFile replaces a file by a document, whole or not at all; nobody but its
// owner can read it.
func writeFile(path string, document any) error {
	text, err := json.MarshalIndent(document, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return maybe.WriteFile(path, append(text, '\n'), 0o600)
}
