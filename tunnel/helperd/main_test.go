package helperd

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// roleVariable makes the test program play another program: a helper that can
// be killed, or somebody who calls it. See roles.
const roleVariable = "TORII_TEST_ROLE"

func TestMain(m *testing.M) {
	if role := roles()[os.Getenv(roleVariable)]; role != nil {
		os.Exit(role(os.Args[1:]))
	}
	goleak.VerifyTestMain(m)
}
