//go:build unix

package app

import (
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"torii/app/api"
	"torii/tunnel"
	"torii/tunnel/gateway"
)

// TestFilesWithoutAnEnd: an entry whose files are a pipe or a device is refused
// at once, and the agent neither waits nor reads for ever.
func TestFilesWithoutAnEnd(t *testing.T) {
	r := newRig(t, gateway.Config{})
	window := r.faces()["window"]
	pipe := filepath.Join(t.TempDir(), "pipe.pem")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{pipe, "/dev/zero"} {
		for what, target := range map[string]api.Entry{
			"authorities": {Name: "x", Host: "vpn.example.test", Mode: tunnel.ModeProxy, CAFile: file},
			"certificate": {Name: "x", Host: "vpn.example.test", Mode: tunnel.ModeProxy, ClientCertFile: file},
		} {
			for method, request := range map[api.Method]any{
				api.MethodConnect: api.ConnectRequest{Target: &target}, api.MethodDiagnose: api.DoctorRequest{Target: &target},
			} {
				called := make(chan error, 1)
				go func() { called <- window.Call(t.Context(), method, request, &api.DoctorReport{}) }()
				select {
				case err := <-called:
					wantCode(t, string(method)+" with "+file+" for its "+what, err, tunnel.CodeInvalid)
				case <-time.After(20 * time.Second):
					t.Fatalf("%s waits for %s, its %s", method, file, what)
				}
			}
		}
	}
}
