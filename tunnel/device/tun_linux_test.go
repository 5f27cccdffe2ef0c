package device

import (
	"os"
	"testing"
)

func TestReadiness(t *testing.T) {
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	defer out.Close()
	r, err := newReadiness(in)
	if err != nil {
		t.Fatal(err)
	}
	if r.ready() {
		t.Error("an empty pipe is ready")
	}
	if _, err := out.Write([]byte{1}); err != nil {
		t.Fatal(err)
	}
	if !r.ready() {
		t.Error("a pipe with a byte in it is not ready")
	}
	if n := testing.AllocsPerRun(100, func() { r.ready() }); n > 0 {
		t.Errorf("%v allocations a question", n)
	}
	in.Close()
	if r.ready() {
		t.Error("a closed pipe is ready")
	}
}
