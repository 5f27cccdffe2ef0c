package theme

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"unicode/utf16"
)

// errFont is a file that is no font, or has not the face that is wanted.
var errFont = errors.New("no such face in the font file")

// cut takes the face whose family is named so out of a font collection, as a
// font of its own (OpenType, Font Collections). The toolkit reads the first
// face of a collection only, and in the collections of Chinese, Japanese and
// Korean that one has the Japanese forms. Tables for what the toolkit does not
// set, such as vertical text, are left out. A file with one face is that face.
func cut(file []byte, family string) ([]byte, error) {
	if !bytes.HasPrefix(file, []byte("ttcf")) {
		if len(file) < sfntHeader {
			return nil, errFont
		}
		return file, nil
	}
	count, ok := number(file, 8)
	if !ok || count > 1000 {
		return nil, errFont
	}
	for n := range count {
		at, ok := number(file, 12+4*n)
		if !ok {
			return nil, errFont
		}
		tables, err := tablesAt(file, at)
		if err != nil {
			return nil, err
		}
		if named(tables, family) {
			return assemble(file[at:at+4], tables), nil
		}
	}
	return nil, errFont
}

const (
	sfntHeader  = 12
	tableRecord = 16
)

// table is one part of a font.
type table struct {
	tag      string
	checksum []byte
	data     []byte
}

// number reads a 32-bit number; false past the end.
func number(file []byte, at int) (int, bool) {
	if at < 0 || at+4 > len(file) {
		return 0, false
	}
	return int(binary.BigEndian.Uint32(file[at:])), true
}

// tablesAt lists the tables of the face whose directory begins there.
func tablesAt(file []byte, at int) ([]table, error) {
	if at < 0 || at+sfntHeader > len(file) {
		return nil, errFont
	}
	var all []table
	for n := range int(binary.BigEndian.Uint16(file[at+4:])) {
		record := at + sfntHeader + n*tableRecord
		start, ok := number(file, record+8)
		size, also := number(file, record+12)
		if !ok || !also || start > len(file) || size > len(file)-start {
			return nil, errFont
		}
		all = append(all, table{tag: string(file[record : record+4]), checksum: file[record+4 : record+8], data: file[start : start+size]})
	}
	return all, nil
}

// named reports whether a face is of a family and of no other whose name only
// begins with that ("Noto Sans Mono CJK SC" is one that does not).
func named(tables []table, family string) bool {
	var name []byte
	for _, unit := range utf16.Encode([]rune(family)) {
		name = binary.BigEndian.AppendUint16(name, unit)
	}
	for _, t := range tables {
		if t.tag == "name" {
			return bytes.Contains(t.data, name)
		}
	}
	return false
}

// needed are the tables that set horizontal text.
func needed() []string {
	return []string{"CFF ", "OS/2", "cmap", "cvt ", "fpgm", "glyf", "head", "hhea", "hmtx", "loca", "maxp", "name", "post", "prep"}
}

// assemble writes a font with those tables. kind are the first four bytes.
func assemble(kind []byte, tables []table) []byte {
	tables = slices.DeleteFunc(tables, func(t table) bool { return !slices.Contains(needed(), t.tag) })
	size := sfntHeader + len(tables)*tableRecord
	for _, t := range tables {
		size += (len(t.data) + 3) &^ 3
	}
	font := make([]byte, 0, size)
	font = append(font, kind...)
	font = binary.BigEndian.AppendUint16(font, uint16(len(tables)))
	font = append(font, make([]byte, 6)...) // hints for a binary search, which nobody here makes
	at := sfntHeader + len(tables)*tableRecord
	for _, t := range tables {
		font = append(font, t.tag...)
		font = append(font, t.checksum...)
		font = binary.BigEndian.AppendUint32(font, uint32(at))
		font = binary.BigEndian.AppendUint32(font, uint32(len(t.data)))
		at += (len(t.data) + 3) &^ 3
	}
	for _, t := range tables {
		font = append(font, t.data...)
		font = append(font, make([]byte, (4-len(t.data)%4)%4)...)
	}
	return font
}
