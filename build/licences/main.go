// Command licences writes the licence texts of everything that the programs of
// Torii are made of: the modules that `go list -deps` names, found in the
// module cache, and Go itself. Texts that several modules share stand once.
//
//	go run ./build/licences > assets/licences.txt
package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
)

func main() {
	text, err := generate()
	if err != nil {
		fmt.Fprintln(os.Stderr, "licences:", err)
		os.Exit(1)
	}
	os.Stdout.WriteString(text)
}

// tags are the window's build tags (the Makefile's UI_TAGS).
const tags = "x11,migrated_fynedo,no_emoji"

// targets are the systems that the programs are built for.
func targets() []string { return []string{"linux", "windows", "darwin"} }

// listed is what `go list -json` says of a package.
type listed struct {
	ImportPath, Dir string
	Standard        bool
	Module          *struct {
		Path, Version, Dir string
		Main               bool
	}
}

// module is a module and the folders of its packages that are linked.
type module struct {
	name string // path and version
	root string
	dirs []string
}

// separator stands before each entry of the text.
const separator = "========================================================================"

// own is what this program is called; its licence comes first.
const own = "Torii"

// generate collects the text. It is to be run in the root of the module.
func generate() (string, error) {
	modules, goroot, err := linked()
	if err != nil {
		return "", err
	}
	owners := map[string][]string{} // by text
	for _, m := range modules {
		texts, err := licencesOf(m)
		if err != nil {
			return "", err
		}
		if len(texts) == 0 {
			return "", fmt.Errorf("%s has no licence text", m.name)
		}
		for _, text := range texts {
			owners[text] = append(owners[text], m.name)
		}
	}
	for name, file := range map[string]string{own: "LICENSE", "Go (standard library)": filepath.Join(goroot, "LICENSE")} {
		text, err := os.ReadFile(file)
		if err != nil {
			return "", fmt.Errorf("read the licence of %s: %w", name, err)
		}
		owners[normal(text)] = append(owners[normal(text)], name)
	}
	return write(owners), nil
}

// write sorts the entries by the name of their first owner.
func write(owners map[string][]string) string {
	type entry struct {
		names []string
		text  string
	}
	ownFirst := func(a, b string) int {
		switch {
		case a == b:
			return 0
		case a == own:
			return -1
		case b == own:
			return 1
		}
		return strings.Compare(a, b)
	}
	var all []entry
	for text, names := range owners {
		slices.SortFunc(names, ownFirst)
		all = append(all, entry{slices.Compact(names), text})
	}
	slices.SortFunc(all, func(a, b entry) int {
		return cmp.Or(ownFirst(a.names[0], b.names[0]), strings.Compare(a.text, b.text))
	})
	var out strings.Builder
	for _, e := range all {
		fmt.Fprintf(&out, "%s\n%s\n\n%s\n", separator, strings.Join(e.names, "\n"), e.text)
	}
	return out.String()
}

// linked lists the modules of all programs on all systems, and Go's root.
func linked() (modules []module, goroot string, err error) {
	byName := map[string]*module{}
	for _, system := range targets() {
		packages, err := list(system)
		if err != nil {
			return nil, "", err
		}
		for _, p := range packages {
			if p.Standard || p.Module == nil || p.Module.Main {
				continue
			}
			if p.Module.Dir == "" {
				return nil, "", fmt.Errorf("%s is not in the module cache: run go mod download", p.Module.Path)
			}
			name := p.Module.Path + " " + p.Module.Version
			if byName[name] == nil {
				byName[name] = &module{name: name, root: p.Module.Dir}
			}
			byName[name].dirs = append(byName[name].dirs, p.Dir)
		}
	}
	for _, m := range byName {
		modules = append(modules, *m)
	}
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return nil, "", fmt.Errorf("ask for GOROOT: %w", err)
	}
	return modules, strings.TrimSpace(string(out)), nil
}

// list asks go for the packages behind the programs, as built for a system.
func list(system string) ([]listed, error) {
	cmd := exec.Command("go", "list", "-deps", "-json=ImportPath,Dir,Standard,Module", "-tags", tags, "torii/app/cmd/...")
	// CGO_ENABLED decides which files count; the window needs it on.
	cmd.Env = append(os.Environ(), "GOOS="+system, "GOARCH=amd64", "CGO_ENABLED=1")
	if system != runtime.GOOS {
		// What one system's C compiler would say is of no interest here.
		cmd.Env = append(cmd.Env, "CC=true", "CXX=true")
	}
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list for %s: %w\n%s", system, err, complaints.String())
	}
	var all []listed
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, fmt.Errorf("read what go list says: %w", err)
		}
		all = append(all, p)
	}
}

// fileName is how licences are called.
var fileName = regexp.MustCompile(`(?i)^(un)?(licen[cs]e|copying|notice|copyright|ofl)([-_.].*)?$`)

// licencesOf are the texts of a module: those beside and above the packages
// that are linked, and those of what lies below these packages without being
// Go (C sources, fonts).
func licencesOf(m module) ([]string, error) {
	var texts []string
	err := filepath.WalkDir(m.root, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() {
			if e.Name() == "testdata" {
				return fs.SkipDir
			}
			return nil
		}
		if !fileName.MatchString(e.Name()) || strings.HasSuffix(e.Name(), ".go") || !concerns(m, filepath.Dir(path)) {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if t := normal(text); !slices.Contains(texts, t) {
			texts = append(texts, t)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look for the licence of %s: %w", m.name, err)
	}
	return texts, nil
}

// concerns reports whether a licence in a folder is about a linked package:
// the package lies in or below that folder, or the folder holds no Go and lies
// directly below the package.
func concerns(m module, folder string) bool {
	for _, dir := range m.dirs {
		if dir == folder || strings.HasPrefix(dir, folder+string(filepath.Separator)) {
			return true
		}
		if filepath.Dir(folder) == dir {
			if found, err := filepath.Glob(filepath.Join(folder, "*.go")); err == nil && len(found) == 0 {
				return true
			}
		}
	}
	return false
}

// normal is a text with plain line ends and nothing at its ends.
func normal(text []byte) string {
	lines := strings.Split(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " \t\f")
	}
	return strings.Trim(strings.ReplaceAll(strings.Join(lines, "\n"), "\t", "    "), "\n\f")
}
