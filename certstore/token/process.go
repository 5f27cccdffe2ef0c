package token

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"torii/certstore/token/internal/proto"
)

// process is a torii-token that runs.
type process struct {
	command *exec.Cmd
	in, out *os.File
	exited  chan struct{} // closed when command has ended
	last    uint64        // the ID of the last request
}

// start starts the program, which is named by an absolute path. Its standard
// error goes nowhere: what a module prints may be about PINs.
func start(program string) (*process, error) {
	if !filepath.IsAbs(program) {
		return nil, errors.New("the program is not named by an absolute path")
	}
	theirIn, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer theirIn.Close()
	out, theirOut, err := os.Pipe()
	if err != nil {
		in.Close()
		return nil, err
	}
	defer theirOut.Close()
	p := &process{command: exec.Command(program), in: in, out: out, exited: make(chan struct{})}
	p.command.Stdin, p.command.Stdout = theirIn, theirOut
	if err := p.command.Start(); err != nil {
		in.Close()
		out.Close()
		return nil, err
	}
	go func() {
		defer close(p.exited)
		p.command.Wait()
	}()
	return p, nil
}

// lastWait is how long a process is waited for that was killed. One that waits
// for a device within the kernel dies only after that, and nobody waits along.
const lastWait = 3 * time.Second

// end ends the process, asking first where it may take its time. Whoever reads
// or writes its streams meanwhile fails.
func (p *process) end(patience time.Duration) {
	p.in.Close()
	p.waited(patience)
	p.command.Process.Kill()
	p.waited(lastWait)
	p.out.Close()
}

// waited waits for the end of the process, and reports whether it came.
func (p *process) waited(limit time.Duration) bool {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-p.exited:
		return true
	case <-timer.C:
		return false
	}
}

// fate says how the process ended.
func (p *process) fate() string {
	select {
	case <-p.exited:
		return p.command.ProcessState.String()
	default:
		return "it does not end"
	}
}

// answered is what came of a request.
type answered struct {
	reply proto.Reply
	err   error
}

// ask sends a request and waits for its reply. Whatever comes back as an error
// of kind Crashed, Hung or Protocol, or as the context's, has ended the process.
func (p *process) ask(ctx context.Context, op string, request *proto.Request, pin []byte, limit time.Duration) (*proto.Reply, error) {
	p.last++
	request.ID = p.last
	answer := make(chan answered, 1)
	go func() {
		var a answered
		if a.err = proto.Write(p.in, request, pin, proto.MaxRequest); a.err == nil {
			_, a.err = proto.Read(p.out, &a.reply, proto.MaxReply, 0)
		}
		answer <- a
	}()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case a := <-answer:
		return p.understand(op, request, a)
	case <-ctx.Done():
		p.end(0)
		<-answer
		return nil, fmt.Errorf("%s: %w", op, context.Cause(ctx))
	case <-timer.C:
		p.end(0)
		<-answer
		return nil, failed(Hung, op, fmt.Sprintf("the module did not answer within %v", limit))
	}
}

// understand makes an error of what is no good reply.
func (p *process) understand(op string, request *proto.Request, a answered) (*proto.Reply, error) {
	switch {
	case errors.Is(a.err, proto.ErrTooLarge), errors.Is(a.err, proto.ErrRubbish):
		p.end(0)
		return nil, &Error{Kind: Protocol, Op: op, Err: a.err}
	case a.err != nil:
		// A process that has closed its streams is about to end.
		p.end(time.Second)
		return nil, &Error{Kind: Crashed, Op: op, Err: fmt.Errorf("torii-token ended (%s): %w", p.fate(), a.err)}
	case a.reply.ID != request.ID:
		p.end(0)
		return nil, failed(Protocol, op, "torii-token answered another question")
	case a.reply.Failure != nil:
		f := a.reply.Failure
		return nil, &Error{Kind: knownKind(f.Kind), Op: op, PIN: f.PIN, Err: errors.New(line(f.Message))}
	}
	return &a.reply, nil
}

// knownKind keeps what a module's process says to the kinds that it may say.
func knownKind(kind Kind) Kind {
	switch kind {
	case ModuleMissing, ModuleUnsafe, NoModule, TokenGone, NotFound, LoginNeeded, WrongPIN, PINLocked, FinalTry,
		Cancelled, Unsupported, Protocol:
		return kind
	}
	return ModuleFailed
}
