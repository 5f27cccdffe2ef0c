// Package logging makes the log of a program.
package logging

import (
	"fmt"
	"io"
	"os"

	"github.com/sirupsen/logrus"
)

// Variable names the environment variable that says how much is logged: debug,
// info, warning or error.
const Variable = "TORII_LOG"

// New returns a log that writes to out what Variable asks for, and without it
// what is at least as grave as level.
func New(out io.Writer, level logrus.Level) (*logrus.Logger, error) {
	log := logrus.New()
	log.SetOutput(out)
	log.SetLevel(level)
	name := os.Getenv(Variable)
	if name == "" {
		return log, nil
	}
	wanted, err := logrus.ParseLevel(name)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", Variable, err)
	}
	log.SetLevel(wanted)
	return log, nil
}
