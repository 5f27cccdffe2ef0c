//go:build linux && x11 && bench

package main

import (
	"encoding/binary"
	"errors"
	"hash/maphash"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// pixels is what a virtual display shows: the file that Xvfb draws into, an
// XWD picture (XWDFile.h of X.Org). Looking at it costs the display nothing.
type pixels struct {
	file   []byte // the whole file, as it is at the moment
	first  int    // where the pixels begin
	stride int    // bytes a line
	seed   maphash.Seed
}

// openPixels maps the picture of the first screen.
func openPixels(t *testing.T, folder string) pixels {
	t.Helper()
	file, err := os.Open(filepath.Join(folder, "Xvfb_screen0"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	data, err := unix.Mmap(int(file.Fd()), 0, int(info.Size()), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Munmap(data) })
	p, err := parsePixels(data)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// parsePixels reads the header: numbers of 32 bits, the highest byte first.
func parsePixels(data []byte) (pixels, error) {
	const header, version, bitsAPixel, lineBytes, colours = 0, 1, 11, 12, 19
	if len(data) < 100 {
		return pixels{}, errors.New("the screen's file is too short")
	}
	field := func(n int) int { return int(binary.BigEndian.Uint32(data[4*n:])) }
	if field(version) != 7 || field(bitsAPixel) != 32 {
		return pixels{}, errors.New("the screen's file is of another kind")
	}
	const bytesAColour = 12
	return pixels{file: data, first: field(header) + field(colours)*bytesAColour, stride: field(lineBytes), seed: maphash.MakeSeed()}, nil
}

// line is the row of pixels at a height.
func (p pixels) line(y int) []byte {
	start := p.first + y*p.stride
	return p.file[start : start+p.stride]
}

// painted reports whether something is drawn at the upper left, where a window
// without a manager stands: a display without windows is black.
func (p pixels) painted() bool {
	const left, right, row = 10 * 4, 400 * 4, 300
	for _, part := range p.line(row)[left:right] {
		if part != 0 {
			return true
		}
	}
	return false
}

// sum tells one picture from another.
func (p pixels) sum() uint64 { return maphash.Bytes(p.seed, p.file[p.first:]) }
