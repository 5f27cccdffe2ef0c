package tray

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"torii/app/api"
)

// The library serves one tray in the life of a process, so each test of Run
// runs this test program again as an agent of its own. Its states come in on
// standard input, a JSON object a line; what happens goes out the same way.
const childVariable = "TORII_TEST_TRAY"

// report is one line of the child's output; one field is set.
type report struct {
	Call   api.Method      `json:"call,omitempty"`
	Params json.RawMessage `json:"params,omitempty"`
	Shown  *bool           `json:"shown,omitempty"`
	Failed string          `json:"failed,omitempty"`
	Result string          `json:"result,omitempty"` // of Run
}

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) == "" {
		os.Exit(m.Run())
	}
	child()
}

// child runs a tray over a fake agent until Quit or the end of its input.
func child() {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	agent := &fakeAgent{states: make(chan api.State), stop: stop}
	go func() {
		defer close(agent.states)
		lines := bufio.NewScanner(os.Stdin)
		for lines.Scan() {
			var state api.State
			if err := json.Unmarshal(lines.Bytes(), &state); err != nil {
				panic(err)
			}
			agent.states <- state
		}
	}()
	mine := goleak.IgnoreCurrent()
	err := Run(ctx, Options{
		Agent:  agent,
		Grace:  100 * time.Millisecond,
		Shown:  func(shown bool) { agent.tell(report{Shown: &shown}) },
		Failed: func(action Action, err error) { agent.tell(report{Failed: string(action.Method) + ": " + err.Error()}) },
	})
	result := fmt.Sprint(err)
	switch {
	case errors.Is(err, ErrNoTray):
		result = "no tray"
	case errors.Is(err, ErrAgentGone):
		result = "agent gone"
	case errors.Is(err, context.Canceled):
		result = "ended"
	}
	// The library's last goroutine sees the end on its own time; Find waits.
	if err := goleak.Find(mine); err != nil {
		result += ", left behind: " + err.Error()
	}
	agent.tell(report{Result: result})
}

// fakeAgent is an agent that reports its calls and ends on Quit.
type fakeAgent struct {
	states chan api.State
	stop   context.CancelFunc
	mu     sync.Mutex
}

// tell writes a report.
func (a *fakeAgent) tell(r report) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := json.NewEncoder(os.Stdout).Encode(r); err != nil {
		panic(err)
	}
}

// Call implements api.Agent.
func (a *fakeAgent) Call(_ context.Context, method api.Method, params, _ any) error {
	text, err := json.Marshal(params)
	if err != nil {
		return err
	}
	a.tell(report{Call: method, Params: text})
	switch method {
	case api.MethodQuit:
		a.stop()
	case api.MethodChoose:
		return errors.New("that entry is gone")
	}
	return nil
}

// Watch implements api.Agent.
func (a *fakeAgent) Watch(ctx context.Context) <-chan api.State {
	out := make(chan api.State)
	go func() {
		defer close(out)
		for {
			select {
			case state, ok := <-a.states:
				if !ok {
					return
				}
				select {
				case out <- state:
				case <-ctx.Done():
					return
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}
