package helperd

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// serialFiles hold the machine's serial number, the likeliest first. Most may
// be read by root only.
func serialFiles() []string {
	return []string{
		"sys/class/dmi/id/product_serial",
		"sys/class/dmi/id/chassis_serial",
		"sys/class/dmi/id/board_serial",
		"proc/device-tree/serial-number",
	}
}

// placeholders are what makers write who have no number to write.
func placeholders() []string {
	return []string{
		"", "none", "n/a", "na", "not specified", "not applicable", "not available", "unknown", "default string",
		"to be filled by o.e.m.", "system serial number", "chassis serial number", "base board serial number",
		"serial number", "oem", "invalid",
	}
}

// maxSerial bounds a serial number, in bytes.
const maxSerial = 128

// SerialNumber returns the machine's serial number, or "" where its maker gave
// it none. root is the folder that the system's files are under, "/" but in
// tests.
func SerialNumber(root string) string {
	for _, name := range serialFiles() {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil || len(text) > maxSerial {
			continue
		}
		serial := strings.TrimSpace(strings.Trim(string(text), "\x00"))
		if usable(serial) {
			return serial
		}
	}
	return ""
}

func usable(serial string) bool {
	if slices.Contains(placeholders(), strings.ToLower(serial)) || strings.Trim(serial, "0. -") == "" {
		return false
	}
	return !strings.ContainsFunc(serial, func(r rune) bool { return r < ' ' || r > '~' })
}
