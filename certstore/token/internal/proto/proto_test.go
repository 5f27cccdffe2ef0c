package proto

import (
	"bytes"
	"crypto"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFrames(t *testing.T) {
	var stream bytes.Buffer
	sent := Request{ID: 7, Op: OpLogin, Slot: 3, Serial: "0815", Final: true}
	if err := Write(&stream, sent, []byte("1234"), MaxRequest); err != nil {
		t.Fatal(err)
	}
	if at := bytes.Index(stream.Bytes(), []byte("1234")); at != stream.Len()-4 {
		t.Errorf("the secret is at %d of %d", at, stream.Len())
	}
	if err := Write(&stream, Request{ID: 8, Op: OpList}, nil, MaxRequest); err != nil {
		t.Fatal(err)
	}
	var got Request
	secret, err := Read(&stream, &got, MaxRequest, MaxSecret)
	if err != nil || string(secret) != "1234" || !cmp.Equal(got, sent) {
		t.Errorf("%+v with %q, %v", got, secret, err)
	}
	got = Request{}
	if secret, err = Read(&stream, &got, MaxRequest, MaxSecret); err != nil || secret != nil || got.ID != 8 {
		t.Errorf("%+v with %q, %v", got, secret, err)
	}
	if _, err := Read(&stream, &got, MaxRequest, MaxSecret); err != io.EOF {
		t.Errorf("at the end: %v", err)
	}
}

func TestBadFrames(t *testing.T) {
	for _, c := range []struct {
		name, stream string
		want         error
	}{
		{"half a header", "\x00\x00\x00", io.ErrUnexpectedEOF},
		{"half a text", "\x00\x00\x00\x02\x00\x00\x00\x00{", io.ErrUnexpectedEOF},
		{"half a secret", "\x00\x00\x00\x02\x00\x00\x00\x04{}12", io.ErrUnexpectedEOF},
		{"no secret", "\x00\x00\x00\x02\x00\x00\x00\x04{}", io.ErrUnexpectedEOF},
		{"huge text", "\xff\xff\xff\xff\x00\x00\x00\x00", ErrTooLarge},
		{"text beyond the bound", "\x00\x00\x40\x01\x00\x00\x00\x00", ErrTooLarge},
		{"huge secret", "\x00\x00\x00\x02\xff\xff\xff\xff{}", ErrTooLarge},
		{"secret beyond the bound", "\x00\x00\x00\x02\x00\x00\x01\x00{}", ErrTooLarge},
		{"no JSON", "\x00\x00\x00\x02\x00\x00\x00\x00{]", ErrRubbish},
		{"another type", "\x00\x00\x00\x0a\x00\x00\x00\x00{\"id\":\"a\"}", ErrRubbish},
	} {
		t.Run(c.name, func(t *testing.T) {
			secret, err := Read(strings.NewReader(c.stream), new(Request), MaxRequest, MaxSecret)
			if secret != nil || !errors.Is(err, c.want) {
				t.Errorf("%q, %v; want %v", secret, err, c.want)
			}
		})
	}
	if _, err := Read(strings.NewReader("\x00\x00\x00\x02\x00\x00\x00\x01{}1"), new(Reply), MaxReply, 0); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a reply with a secret: %v", err)
	}
	for _, c := range []struct {
		path   string
		secret []byte
	}{{strings.Repeat("a", MaxRequest), nil}, {"", make([]byte, MaxSecret+1)}} {
		var stream bytes.Buffer
		if err := Write(&stream, Request{Module: c.path}, c.secret, MaxRequest); !errors.Is(err, ErrTooLarge) || stream.Len() > 0 {
			t.Errorf("%v, and %d bytes were sent", err, stream.Len())
		}
	}
}

func TestHashes(t *testing.T) {
	for _, hash := range []crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512} {
		name, ok := HashName(hash)
		if back, known := HashOf(name); !ok || !known || back != hash {
			t.Errorf("%v is %q is %v", hash, name, back)
		}
	}
	if name, ok := HashName(crypto.SHA1); ok {
		t.Errorf("SHA-1 is %q", name)
	}
	if _, ok := HashOf("sha1"); ok {
		t.Error("sha1 is known")
	}
}

// FuzzFrame reads what torii-token reads, and writes what came of it.
func FuzzFrame(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x02\x00\x00\x00\x04{}1234"))
	f.Add([]byte("\x00\x00\x00\x19\x00\x00\x00\x00{\"id\":1,\"op\":\"list\",\"k\":1}"))
	f.Add([]byte("\xff\xff\xff\xff\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, stream []byte) {
		reader := bytes.NewReader(stream)
		for {
			var request Request
			secret, err := Read(reader, &request, MaxRequest, MaxSecret)
			if err != nil {
				return
			}
			var again bytes.Buffer
			if err := Write(&again, request, secret, MaxRequest*8); err != nil {
				t.Fatalf("%+v does not write: %v", request, err)
			}
			var same Request
			back, err := Read(&again, &same, MaxRequest*8, MaxSecret)
			if err != nil || !bytes.Equal(back, secret) || !cmp.Equal(same, request) {
				t.Fatalf("%+v became %+v, %v", request, same, err)
			}
		}
	})
}
