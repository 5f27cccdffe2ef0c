package logging

import (
	"bytes"
	"strings"
	"testing"

	"github.com/sirupsen/logrus"
)

func TestNew(t *testing.T) {
	for _, c := range []struct {
		wanted string
		level  logrus.Level
		shown  string
	}{
		{"", logrus.InfoLevel, "error warning info"},
		{"", logrus.ErrorLevel, "error"},
		{"debug", logrus.ErrorLevel, "error warning info debug"},
		{"warning", logrus.InfoLevel, "error warning"},
		{"ERROR", logrus.InfoLevel, "error"},
	} {
		t.Setenv(Variable, c.wanted)
		var out bytes.Buffer
		log, err := New(&out, c.level)
		if err != nil {
			t.Fatal(err)
		}
		log.Error("said-error")
		log.Warn("said-warning")
		log.Info("said-info")
		log.Debug("said-debug")
		var shown []string
		for _, level := range []string{"error", "warning", "info", "debug"} {
			if strings.Contains(out.String(), "said-"+level) {
				shown = append(shown, level)
			}
		}
		if got := strings.Join(shown, " "); got != c.shown {
			t.Errorf("%q over %v shows %q, want %q", c.wanted, c.level, got, c.shown)
		}
	}
	t.Setenv(Variable, "everything")
	if _, err := New(&bytes.Buffer{}, logrus.InfoLevel); err == nil || !strings.Contains(err.Error(), Variable) {
		t.Errorf("a level that is none: %v", err)
	}
}
