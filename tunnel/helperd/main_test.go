package helperd

import (
	"testing"

	"github.com/sirupsen/logrus"
	"github.com/sirupsen/logrus/hooks/test"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// silent returns a logger and what it was told.
func silent() (*logrus.Logger, *test.Hook) { return test.NewNullLogger() }
