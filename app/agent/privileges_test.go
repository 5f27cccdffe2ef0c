//go:build privileged && linux

package agent_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// Started by root the agent says so and gives every capability up.
func TestRootsAgentHasNoCapabilities(t *testing.T) {
	r := start(t, "--demo", "--hidden")
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", r.command.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, set := range []string{"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"} {
		if !strings.Contains(string(text), set+":\t0000000000000000") {
			t.Errorf("%s is not empty:\n%s", set, text)
		}
	}
}
