package helperd

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"torii/tunnel/netcfg"
)

// The bounds of a journal. A tunnel makes a handful of changes, and one more
// for every update.
const (
	maxJournal = 4 << 20 // bytes
	maxRecords = 4096
)

const journalSuffix = ".journal"

// Journal keeps the changes of one network namespace of one boot that are not
// undone yet, oldest first: one JSON record a line, on disk before the change
// is made.
type Journal struct {
	dir  string
	path string
	lock *os.File
	// damaged counts the records that were found unreadable.
	damaged int

	mu      sync.Mutex
	pending []netcfg.Change
	file    *os.File // nil while nothing is pending
}

// OpenJournal opens the journal of this boot and the network namespace in the
// folder dir, which is made where it is missing and refused where anybody but
// its owner could read or write it. Only one helper at a time may have it open.
func OpenJournal(dir, bootID string, namespace uint64) (*Journal, error) {
	if err := checkStateDir(dir); err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	key := fmt.Sprintf("%s.%d", bootID, namespace)
	lock, err := lockFile(filepath.Join(dir, key+".lock"))
	if err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	j := &Journal{dir: dir, path: filepath.Join(dir, key+journalSuffix), lock: lock}
	if j.pending, j.damaged, err = readJournal(j.path); err != nil {
		j.Close()
		return nil, fmt.Errorf("open journal: %w", err)
	}
	return j, nil
}

// Damaged returns how many records could not be read when the journal was opened.
func (j *Journal) Damaged() int { return j.damaged }

// Pending returns the changes that are not undone yet.
func (j *Journal) Pending() []netcfg.Change {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.pending)
}

// Record writes a change down and returns when it is on disk. What needs to be
// undone only once is written only once.
func (j *Journal) Record(change netcfg.Change) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if change.File == nil && change.Manager == nil && slices.Contains(j.pending, change) {
		return nil
	}
	if len(j.pending) == maxRecords {
		return fmt.Errorf("write journal: it holds %d changes already", maxRecords)
	}
	if err := j.append(change); err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	j.pending = append(j.pending, change)
	return nil
}

func (j *Journal) append(change netcfg.Change) error {
	if j.file == nil {
		// The whole file, made anew: a line that a crash cut short must not join
		// the next one.
		if err := j.write(append(slices.Clip(j.pending), change)); err != nil {
			return err
		}
		var err error
		j.file, err = os.OpenFile(j.path, os.O_WRONLY|os.O_APPEND, 0)
		return err
	}
	line, err := json.Marshal(change)
	if err != nil {
		return err
	}
	_, err = j.file.Write(append(line, '\n'))
	if err == nil {
		err = j.file.Sync()
	}
	if err != nil {
		// Part of the line may be there. The next one begins with a whole file.
		j.file.Close()
		j.file = nil
	}
	return err
}

// write replaces the whole file.
func (j *Journal) write(changes []netcfg.Change) error {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	for _, c := range changes {
		if err := encoder.Encode(c); err != nil {
			return err
		}
	}
	return writeFile(j.path, text.Bytes())
}

// Undo takes all changes back, the newest first, and returns those that it
// took back. What fails stays in the journal for the next time.
func (j *Journal) Undo(ctx context.Context, undo func(context.Context, netcfg.Change) error) ([]netcfg.Change, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	done, left, err := undoAll(ctx, j.pending, undo)
	if j.file != nil {
		j.file.Close()
		j.file = nil
	}
	j.pending = left
	if len(left) > 0 {
		return done, errors.Join(err, j.write(left))
	}
	return done, errors.Join(err, removeFile(j.path))
}

func undoAll(ctx context.Context, changes []netcfg.Change, undo func(context.Context, netcfg.Change) error) (done, left []netcfg.Change, err error) {
	for _, change := range slices.Backward(changes) {
		if undoErr := undo(ctx, change); undoErr != nil {
			err = errors.Join(err, fmt.Errorf("undo %s: %w", change, undoErr))
			left = append(left, change)
			continue
		}
		done = append(done, change)
	}
	slices.Reverse(left)
	return done, left, err
}

// UndoEarlier takes back what earlier boots left: only files outlive a boot.
func (j *Journal) UndoEarlier(ctx context.Context, undo func(context.Context, netcfg.Change) error) ([]netcfg.Change, error) {
	boot, _, _ := strings.Cut(filepath.Base(j.path), ".")
	entries, err := os.ReadDir(j.dir)
	if err != nil {
		return nil, fmt.Errorf("read journals: %w", err)
	}
	var done []netcfg.Change
	for _, entry := range entries {
		name := entry.Name()
		if strings.HasPrefix(strings.TrimPrefix(name, "."), boot+".") || !entry.Type().IsRegular() {
			continue
		}
		path := filepath.Join(j.dir, name)
		if strings.HasSuffix(name, ".lock") || isHalfWritten(name) {
			err = errors.Join(err, removeFile(path))
		}
		if !strings.HasSuffix(name, journalSuffix) {
			continue
		}
		undone, undoErr := undoFile(ctx, path, undo)
		done, err = append(done, undone...), errors.Join(err, undoErr)
	}
	return done, err
}

// isHalfWritten reports whether a file is a journal that did not get its name
// before a crash.
func isHalfWritten(name string) bool {
	return strings.HasPrefix(name, ".") && strings.Contains(name, journalSuffix)
}

// undoFile takes back what an earlier boot's journal says and removes it when
// nothing is left.
func undoFile(ctx context.Context, path string, undo func(context.Context, netcfg.Change) error) ([]netcfg.Change, error) {
	changes, _, err := readJournal(path)
	if err != nil {
		return nil, err
	}
	changes = slices.DeleteFunc(changes, func(c netcfg.Change) bool { return !c.OutlivesBoot() })
	done, left, err := undoAll(ctx, changes, undo)
	if len(left) == 0 {
		err = errors.Join(err, removeFile(path))
	}
	return done, err
}

// Close gives the journal up; what is pending stays on disk.
func (j *Journal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	var err error
	if j.file != nil {
		err = j.file.Close()
	}
	return errors.Join(err, os.Remove(j.lock.Name()), j.lock.Close())
}

func readJournal(path string) (changes []netcfg.Change, damaged int, err error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxJournal+1))
	if err != nil {
		return nil, 0, err
	}
	changes, damaged = ParseJournal(data)
	return changes, damaged, nil
}

// ParseJournal reads a journal's text. A last line without its end was cut
// short by a crash, before the change that it tells of was made: it is left
// out. So are lines that do not read, which only a damaged disk can bring
// about: what the others tell of must be undone all the same. damaged counts
// them, and what lies beyond the bounds of a journal.
func ParseJournal(data []byte) (changes []netcfg.Change, damaged int) {
	if len(data) > maxJournal {
		data, damaged = data[:maxJournal], 1
	}
	for line := range bytes.Lines(data) {
		if !bytes.HasSuffix(line, []byte{'\n'}) {
			break
		}
		var change netcfg.Change
		if err := json.Unmarshal(line, &change); err != nil || change.Kind == "" || len(changes) == maxRecords {
			damaged++
			continue
		}
		changes = append(changes, change)
	}
	return changes, damaged
}

func removeFile(path string) error {
	if err := os.Remove(path); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
