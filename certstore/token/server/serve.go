//go:build cgo && unix

package server

import (
	"errors"
	"io"
	"runtime"
	"time"

	"torii/certstore/token/internal/proto"
)

// grace is how long the library may take to come back when nobody listens to
// it any more.
const grace = 2 * time.Second

// Serve answers the requests that come in on one stream on another one, until
// the first ends. Where the library does not come back after that, it calls
// abandon, which must end the process: code of others cannot be interrupted.
func Serve(in io.Reader, out io.Writer, abandon func()) error {
	// Some libraries want to be called by one thread.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	requests := make(chan asked)
	ended, served := make(chan error, 1), make(chan struct{})
	go func() {
		ended <- receive(in, requests, served)
		close(requests)
		select {
		case <-served:
		case <-time.After(grace):
			abandon()
		}
	}()
	defer close(served)
	s := &server{sessions: map[uint]*session{}}
	defer s.close()
	for request := range requests {
		reply := s.answer(&request)
		clear(request.secret)
		reply.ID = request.ID
		if err := proto.Write(out, reply, nil, proto.MaxReply); err != nil {
			return err
		}
	}
	return <-ended
}

// asked is a request and the PIN that came with it.
type asked struct {
	proto.Request
	secret []byte
}

// receive hands requests on until their stream ends, or nobody takes them.
func receive(in io.Reader, requests chan<- asked, served <-chan struct{}) error {
	for {
		var next asked
		var err error
		next.secret, err = proto.Read(in, &next.Request, proto.MaxRequest, proto.MaxSecret)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		select {
		case requests <- next:
		case <-served:
			clear(next.secret)
			return nil
		}
	}
}

// answer does what a request wants.
func (s *server) answer(request *asked) *proto.Reply {
	reply := new(proto.Reply)
	var err error
	switch {
	case request.Op == proto.OpOpen:
		reply.Module, err = s.open(request.Module)
	case s.library == nil:
		err = failed(proto.KindProtocol, "no module is loaded yet")
	case request.Op == proto.OpList:
		reply.Tokens, err = s.list()
	case request.Op == proto.OpLogin:
		err = s.login(request)
	case request.Op == proto.OpSign:
		reply.Signature, err = s.sign(request)
	default:
		err = failed(proto.KindProtocol, "there is no request of this name")
	}
	if err != nil {
		return &proto.Reply{Failure: failure(err)}
	}
	return reply
}
