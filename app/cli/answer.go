package cli

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"golang.org/x/term"

	"torii/app"
	"torii/app/api"
	"torii/i18n"
	"torii/tunnel"
)

// answerer answers the questions of a connection: from the flags, from
// standard input, or by asking the person on the terminal.
type answerer struct {
	tool  *tool
	agent api.Agent
	flags *connectFlags
	lines *bufio.Reader // of standard input
	// terminal is set where a person can be asked; saved is its mode, to be
	// restored when a prompt is abandoned.
	terminal bool
	saved    *term.State

	asked     string     // the last question's ID
	consented string     // the last request's ID
	talk      sync.Mutex // one thing is asked at a time
	work      sync.WaitGroup

	mu      sync.Mutex
	giveUp  int  // the exit code of a question that was not answered
	given   bool // giveUp is set
	refused bool // a login was refused before
}

func newAnswerer(t *tool, agent api.Agent, flags *connectFlags) *answerer {
	a := &answerer{tool: t, agent: agent, flags: flags, lines: bufio.NewReader(t.In)}
	fd := int(t.In.Fd())
	a.terminal = !flags.passwordStdin && term.IsTerminal(fd)
	if a.terminal {
		a.saved, _ = term.GetState(fd) // without it a prompt that is cut off leaves the echo off
	}
	return a
}

// close gives the terminal back. A prompt that still waits for a line ends
// with this process.
func (a *answerer) close() {
	if a.saved != nil {
		term.Restore(int(a.tool.In.Fd()), a.saved)
	}
}

// gaveUp tells the exit code where a question could not be answered.
func (a *answerer) gaveUp() (int, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.giveUp, a.given
}

// see answers what is new, in the background.
func (a *answerer) see(ctx context.Context, state api.State) {
	a.seeConsent(ctx, state)
	q := state.Snapshot.Question
	if q == nil || q.ID == a.asked {
		return
	}
	a.asked = q.ID
	a.work.Go(func() {
		a.talk.Lock()
		defer a.talk.Unlock()
		request, code := a.answer(*q, state)
		request.ID = q.ID
		if request.Choice == tunnel.ChoiceCancel {
			a.mu.Lock()
			a.giveUp, a.given = code, true
			a.mu.Unlock()
		}
		// A question that is not open any more has been answered elsewhere.
		err := a.agent.Call(ctx, api.MethodAnswer, request, nil)
		if err != nil && tunnel.CodeOf(err) != tunnel.CodeInvalid {
			a.refuse(ctx, q.ID, err)
		}
	})
}

// refuse gives a question up whose answer the agent does not take.
func (a *answerer) refuse(ctx context.Context, id string, cause error) {
	a.tool.explain(cause)
	a.mu.Lock()
	a.giveUp, a.given = codeOf(cause), true
	a.mu.Unlock()
	no := api.AnswerRequest{ID: id, Choice: tunnel.ChoiceCancel}
	if err := a.agent.Call(ctx, api.MethodAnswer, no, nil); err != nil {
		a.tool.explain(err)
	}
}

// answer finds the answer; code is the exit code where it is "cancel".
func (a *answerer) answer(q tunnel.Question, state api.State) (request api.AnswerRequest, code int) {
	switch q.Kind {
	case tunnel.QuestionLogin:
		return a.logIn(q, state)
	case tunnel.QuestionBanner:
		return a.acceptBanner(q)
	case tunnel.QuestionUntrustedServer:
		return a.trust(q)
	case tunnel.QuestionCertificate:
		return a.certificate(q, state.Snapshot.Gateway)
	}
	a.say("cli.ask.unknown", words("Kind", string(q.Kind)))
	return api.AnswerRequest{Choice: tunnel.ChoiceCancel}, exitUnsupported
}

// logIn fills in a form.
func (a *answerer) logIn(q tunnel.Question, state api.State) (api.AnswerRequest, int) {
	for _, text := range []string{q.Title, q.Message, q.Error} {
		if text != "" {
			fmt.Fprintln(a.tool.Err, oneLine(text))
		}
	}
	if q.Form.Attempt > 0 || q.Error != "" {
		a.refused = true
	}
	request := api.AnswerRequest{Choice: tunnel.ChoiceOK, Fields: map[string]string{}}
	for _, field := range q.Form.Fields {
		value, err := a.value(field)
		if err != nil {
			return api.AnswerRequest{Choice: tunnel.ChoiceCancel}, a.giveUpLogin(state.Snapshot.Gateway, field)
		}
		request.Fields[field.Name] = value
	}
	request.Remember = a.mayRemember(q, state) && a.confirm("cli.ask.remember", nil, false)
	return request, exitOK
}

// giveUpLogin says why a field stays empty: the gateway refused what there was,
// or there was nobody to ask. It returns the exit code.
func (a *answerer) giveUpLogin(gateway string, field tunnel.Field) int {
	if a.refused {
		refused := tunnel.Errorf(tunnel.CodeLoginRefused, "log in", "the gateway asks again for %q", field.Label)
		a.tool.sayFailure(app.Describe(a.tool.words, gateway, refused))
		return exitLogin
	}
	a.say("cli.ask.nobody", words("Field", field.Label))
	return exitCancelled
}

// mayRemember reports whether there is a password that could be kept.
func (a *answerer) mayRemember(q tunnel.Question, state api.State) bool {
	if !a.terminal || state.KeyringError != "" {
		return false
	}
	if _, saved := findEntry(state.Entries, state.Snapshot.Entry); !saved {
		return false
	}
	for _, f := range q.Form.Fields {
		if f.StoreKey != "" {
			return true
		}
	}
	return false
}

// value finds the value of a field.
func (a *answerer) value(f tunnel.Field) (string, error) {
	switch f.Kind {
	case tunnel.FieldPassword, tunnel.FieldCode, tunnel.FieldNewPassword:
		return a.secret(f)
	case tunnel.FieldSelect:
		return a.option(f)
	}
	if f.Value != "" || !a.terminal {
		return f.Value, nil
	}
	return a.prompt(f.Label)
}

// secret reads a secret: without an echo, but for a code, which is worth
// nothing afterwards.
func (a *answerer) secret(f tunnel.Field) (string, error) {
	if a.flags.passwordStdin {
		return a.line()
	}
	if !a.terminal {
		return "", io.EOF
	}
	if f.Kind == tunnel.FieldCode {
		return a.prompt(f.Label)
	}
	fmt.Fprintf(a.tool.Err, "%s: ", strings.TrimSuffix(oneLine(f.Label), ":"))
	text, err := term.ReadPassword(int(a.tool.In.Fd()))
	fmt.Fprintln(a.tool.Err)
	return string(text), err
}

// option chooses in a select: what is suggested, unless a person can choose.
func (a *answerer) option(f tunnel.Field) (string, error) {
	if !a.terminal || len(f.Options) < 2 || (f.Group && a.flags.group != "") {
		return f.Value, nil
	}
	for i, o := range f.Options {
		fmt.Fprintf(a.tool.Err, "  %d  %s\n", i+1, oneLine(o.Label))
	}
	for {
		text, err := a.prompt(f.Label)
		if err != nil {
			return "", err
		}
		if text == "" {
			return f.Value, nil
		}
		for i, o := range f.Options {
			if text == o.Value || text == o.Label || text == fmt.Sprint(i+1) {
				return o.Value, nil
			}
		}
		a.say("cli.ask.no_option", words("Text", text))
	}
}

// acceptBanner shows a text. Who gave the password by standard input has
// nobody there to accept it and is taken to do so.
func (a *answerer) acceptBanner(q tunnel.Question) (api.AnswerRequest, int) {
	fmt.Fprintln(a.tool.Err, plain(q.Message))
	if a.terminal && !a.confirm("cli.ask.banner", nil, true) {
		return api.AnswerRequest{Choice: tunnel.ChoiceCancel}, exitCancelled
	}
	return api.AnswerRequest{Choice: tunnel.ChoiceOK}, exitOK
}

// trust asks about a server on a terminal, and says no where there is none.
func (a *answerer) trust(q tunnel.Question) (api.AnswerRequest, int) {
	refuse := api.AnswerRequest{Choice: tunnel.ChoiceCancel}
	if q.Server == nil {
		return refuse, exitCertificate
	}
	server := q.Server
	a.say("cli.trust.title", words("Host", server.Host))
	for _, problem := range server.Problems {
		fmt.Fprintf(a.tool.Err, "  - %s\n", a.problem(problem))
	}
	for _, fact := range [][2]string{
		{"subject", server.Subject}, {"names", strings.Join(server.Names, ", ")}, {"issuer", server.Issuer},
		{"valid", server.NotBefore.Format(time.DateOnly) + " – " + server.NotAfter.Format(time.DateOnly)},
	} {
		fmt.Fprintf(a.tool.Err, "  %s: %s\n", a.tool.words.Text("cli.trust."+fact[0]), oneLine(fact[1]))
	}
	fmt.Fprintf(a.tool.Err, "  SHA-256: %s\n", server.Fingerprint)
	if !slices.ContainsFunc(q.Choices, func(c tunnel.Choice) bool { return c != tunnel.ChoiceCancel }) {
		a.say("cli.trust.revoked", nil)
		return refuse, exitCertificate
	}
	if !a.terminal {
		a.say("cli.trust.nobody", nil)
		return refuse, exitCertificate
	}
	if !slices.Contains(q.Choices, tunnel.ChoiceContinue) {
		a.say("cli.trust.blocked", nil)
		return refuse, exitCertificate
	}
	if !a.confirm("cli.trust.ask", nil, false) {
		return refuse, exitCertificate
	}
	if slices.Contains(q.Choices, tunnel.ChoiceImport) && a.confirm("cli.trust.remember", words("Host", server.Host), false) {
		return api.AnswerRequest{Choice: tunnel.ChoiceImport}, exitOK
	}
	return api.AnswerRequest{Choice: tunnel.ChoiceContinue}, exitOK
}

func (a *answerer) problem(code string) string {
	key := "cli.problem." + code
	if !a.tool.words.Has(key) {
		return code
	}
	return a.tool.words.Text(key)
}

func (a *answerer) say(key string, values i18n.Values) {
	if values == nil {
		values = i18n.Values{}
	}
	fmt.Fprintln(a.tool.Err, a.tool.words.Text(key, values))
}

// confirm asks for yes or no; an empty line means otherwise.
func (a *answerer) confirm(key string, values i18n.Values, otherwise bool) bool {
	yes := strings.Split(a.tool.words.Text("cli.ask.yes"), ", ")
	hint := [2]string{yes[0], strings.Split(a.tool.words.Text("cli.ask.no"), ", ")[0]}
	if otherwise {
		hint[0] = strings.ToUpper(hint[0])
	} else {
		hint[1] = strings.ToUpper(hint[1])
	}
	text, err := a.prompt(a.tool.words.Text(key, values) + " [" + hint[0] + "/" + hint[1] + "]")
	if err != nil {
		return false
	}
	if text == "" {
		return otherwise
	}
	// English is understood in every language: guides are written in it.
	return slices.Contains(append(yes, "y", "yes"), strings.ToLower(text))
}

// prompt asks for a line on the terminal.
func (a *answerer) prompt(label string) (string, error) {
	fmt.Fprintf(a.tool.Err, "%s: ", strings.TrimSuffix(oneLine(label), ":"))
	return a.line()
}

// line reads a line of standard input. The last one may lack its end.
func (a *answerer) line() (string, error) {
	text, err := a.lines.ReadString('\n')
	if err == io.EOF && text != "" {
		err = nil
	}
	return strings.TrimRight(text, "\r\n"), err
}

// plain takes what could drive a terminal out of a gateway's text.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || !unicode.In(r, unicode.Cc, unicode.Bidi_Control) {
			return r
		}
		return -1
	}, text)
}

// oneLine is a gateway's text on one line.
func oneLine(text string) string { return strings.Join(strings.Fields(plain(text)), " ") }
