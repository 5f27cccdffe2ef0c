package token

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"time"

	"torii/certstore/token/internal/proto"
)

// PIN is a PIN on its way from a person to a token. It prints as nothing, and
// its memory is wiped after its use.
type PIN struct{ text []byte }

// NewPIN takes a PIN over: the memory is the PIN's from then on.
func NewPIN(text []byte) *PIN { return &PIN{text} }

// Wipe overwrites it.
func (p *PIN) Wipe() {
	if p != nil {
		clear(p.text)
		p.text = nil
	}
}

// Format implements fmt.Formatter.
func (p *PIN) Format(f fmt.State, _ rune) { io.WriteString(f, "[redacted]") }

// MarshalText keeps it out of whatever is written by reflection.
func (p *PIN) MarshalText() ([]byte, error) { return []byte("[redacted]"), nil }

func (p *PIN) bytes() []byte {
	if p == nil {
		return nil
	}
	return p.text
}

// Prompt is what a person should know who is asked for a PIN.
type Prompt struct {
	Token Token
	// Wrong: the last one was refused. PIN says what is left; where that is the
	// last try, the person must be told so.
	Wrong bool
	PIN   PINState
	// EachTime: it is for one signature, and will be wanted again.
	EachTime bool
}

// Ask asks a person for the PIN of a token. It never answers by itself, from a
// keyring say: a wrong PIN that is tried again and again locks the card. Where
// the PIN is typed on the reader (Token.PINPad) it returns nil and no error. An
// error means that the person gave up.
type Ask func(ctx context.Context, prompt Prompt) (*PIN, error)

// refused is a PIN that a token refused last, hashed under a key that nobody
// else has, and what the token said. The same one again must not cost a try.
type refused struct {
	mark  []byte
	state PINState
}

// Login shows the PIN to a token, once, and wipes it. told means that the
// person knows of the last try; without it that is not used (FinalTry). The
// login ends with the process.
func (m *Module) Login(ctx context.Context, t Token, pin *PIN, told bool) error {
	limit := m.options.CardTime
	if t.PINPad {
		limit = m.options.PersonTime
	}
	_, err := m.show(ctx, "log in to the token", &proto.Request{
		Op: proto.OpLogin, Slot: t.slot, Serial: t.raw.Serial, Final: told,
	}, pin, limit)
	return err
}

// show is a request that carries a PIN.
func (m *Module) show(ctx context.Context, op string, request *proto.Request, pin *PIN, limit time.Duration) (*proto.Reply, error) {
	defer pin.Wipe()
	ctx, give, err := m.take(ctx)
	if err != nil {
		return nil, err
	}
	defer give()
	if err := m.running(ctx); err != nil {
		return nil, err
	}
	var mark []byte
	if text := pin.bytes(); len(text) > 0 {
		mac := hmac.New(sha256.New, m.secret[:])
		mac.Write(text)
		mark = mac.Sum(nil)
		if last := m.refused[request.Serial]; hmac.Equal(mark, last.mark) {
			return nil, &Error{Kind: WrongPIN, Op: op, PIN: last.state, Err: errors.New("the token refused this PIN before; it was not tried again")}
		}
	}
	reply, err := m.ask(ctx, op, request, pin.bytes(), limit)
	if known, ok := errors.AsType[*Error](err); ok && known.Kind == WrongPIN && mark != nil {
		m.refused[request.Serial] = refused{mark, known.PIN}
	} else if err == nil && mark != nil {
		delete(m.refused, request.Serial)
	}
	return reply, err
}

// withPIN asks for the PIN of a token until one is right, the person gives up,
// or the token is locked. try shows one.
func (m *Module) withPIN(ctx context.Context, t Token, eachTime bool, ask Ask, try func(pin *PIN, told bool) error) error {
	prompt := Prompt{Token: t, PIN: t.PIN, EachTime: eachTime}
	for {
		if prompt.PIN.Locked {
			return &Error{Kind: PINLocked, Op: "log in to the token", PIN: prompt.PIN, Err: errors.New("no PIN helps any more")}
		}
		pin, err := ask(ctx, prompt)
		if err != nil {
			pin.Wipe()
			return err
		}
		err = try(pin, prompt.PIN.Final)
		pin.Wipe()
		known, ok := errors.AsType[*Error](err)
		if !ok || known.Kind != WrongPIN && known.Kind != FinalTry {
			return err
		}
		prompt.Wrong, prompt.PIN = known.Kind == WrongPIN, known.PIN
	}
}
