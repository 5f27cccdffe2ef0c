package control

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"torii/tunnel/wire"
)

// isTerminalTool reports whether the peer is the toriictl that came with this
// agent, run on a terminal: then a person answers there. A same-user program
// could still drive a terminal of its own; it could as well replace the
// programs, so nothing is lost by this.
func isTerminalTool(peer *wire.Peer) bool {
	self, err := os.Executable()
	if err != nil {
		return false
	}
	tool, err := filepath.EvalSymlinks(filepath.Join(filepath.Dir(self), "toriictl"))
	if err != nil {
		return false
	}
	program, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", peer.PID))
	return err == nil && program == tool && hasTerminal(peer.PID)
}

// hasTerminal reads the controlling terminal's number, the seventh field of
// proc_pid_stat(5); the second may hold spaces and brackets.
func hasTerminal(pid int32) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	rest := string(text[strings.LastIndexByte(string(text), ')')+1:])
	const terminal = 4 // counted behind the name
	fields := strings.Fields(rest)
	return len(fields) > terminal && fields[terminal] != "0"
}
