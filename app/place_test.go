package app

import (
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"torii/app/api"
	"torii/tunnel"
	"torii/tunnel/gateway"
)

func TestWindowsPlace(t *testing.T) {
	r := newRig(t, gateway.Config{})
	if got := r.app.WindowPlace(); got != (api.WindowPlace{}) {
		t.Errorf("the first time it is %+v", got)
	}
	want := api.WindowPlace{Width: 900, Height: 700, Page: "details"}
	r.must(api.MethodPlace, want)
	if got := r.app.WindowPlace(); got != want {
		t.Errorf("kept was %+v, want %+v", got, want)
	}
	for name, bad := range map[string]api.WindowPlace{
		"huge": {Width: 1 << 20, Height: 700}, "negative": {Width: -1, Height: 700},
		"an option as a page": {Page: "--help"}, "a long page": {Page: strings.Repeat("a", 100)},
	} {
		if err := r.call(api.MethodPlace, bad); tunnel.CodeOf(err) != tunnel.CodeInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := r.app.WindowPlace(); got != want {
		t.Errorf("what is refused is kept: %+v", got)
	}
	path := filepath.Join(r.dirs.State, "window.json")
	for name, text := range map[string]string{
		"no JSON":          "{",
		"a newer Torii's":  `{"version":9,"width":900,"height":700,"page":"details"}`,
		"another's":        `{"width":900}`,
		"of another shape": `{"version":1,"width":"wide"}`,
		"out of bounds":    `{"version":1,"width":900,"height":-7,"page":"details"}`,
		"empty":            "",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := r.app.WindowPlace(); got != (api.WindowPlace{}) {
			t.Errorf("a file that is %s gives %+v", name, got)
		}
	}
	r.must(api.MethodPlace, want) // over the broken one
	if got := r.app.WindowPlace(); got != want {
		t.Errorf("after a broken file it is %+v", got)
	}
}

// TestNoPageOfAnyLength: what a program asks for is in every State that faces
// get, and must not make one larger than a frame.
func TestNoPageOfAnyLength(t *testing.T) {
	r := newRig(t, gateway.Config{})
	var opened atomic.Int32
	r.app.options.OpenWindow = func() error { opened.Add(1); return nil }
	client := r.faces()["client"]
	for _, page := range []string{strings.Repeat("a", 900_000), "Settings", "../x", "\x1b"} {
		wantCode(t, "another program's page", client.Call(t.Context(), api.MethodOpenWindow, api.OpenWindowRequest{Page: page}, nil), tunnel.CodeInvalid)
	}
	for _, page := range []string{"", "settings", api.PageQuit} {
		wantCode(t, "the page "+page, client.Call(t.Context(), api.MethodOpenWindow, api.OpenWindowRequest{Page: page}, nil), "")
	}
	if got := opened.Load(); got != 3 {
		t.Errorf("the window came forward %d times", got)
	}
}
