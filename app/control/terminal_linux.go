package control

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
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

// hasTerminal reports whether a process has a controlling terminal.
func hasTerminal(pid int32) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && terminalOf(string(text)) != 0
}

// terminalOf reads the controlling terminal's number, the seventh field of
// proc_pid_stat(5); the second may hold spaces and brackets. 0 is none.
func terminalOf(stat string) int {
	const terminal = 4 // counted behind the name
	fields := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
	if len(fields) <= terminal {
		return 0
	}
	number, err := strconv.Atoi(fields[terminal])
	if err != nil {
		return 0
	}
	return number
}
