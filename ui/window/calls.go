package window

import (
	"context"
	"errors"
	"time"

	"torii/app/api"
	"torii/i18n"
	"torii/tunnel"
	"torii/ui/prompts"
)

// callTime bounds a call to the agent. Answers come at once; what takes long
// comes as States.
const callTime = 15 * time.Second

// doctorTime bounds a look at a server, which has a bound of its own in the
// agent.
const doctorTime = time.Minute

// call makes a call on a goroutine of its own and brings its end back over the
// bridge.
func (w *Window) call(method api.Method, params, result any, done func(error)) {
	w.callWithin(callTime, method, params, result, done)
}

// callWithin is call with a bound of its own.
func (w *Window) callWithin(bound time.Duration, method api.Method, params, result any, done func(error)) {
	w.tasks.Go(func() {
		ctx, cancel := context.WithTimeout(w.ctx, bound)
		defer cancel()
		err := w.deps.Agent.Call(ctx, method, params, result)
		w.do(func() { done(err) })
	})
}

// order makes a call whose failure is said on Home.
func (w *Window) order(method api.Method, params any) {
	w.call(method, params, nil, w.complain)
}

// complain says on Home what a call came to. Home shows the last State again,
// because the switch may have been ahead of it.
func (w *Window) complain(err error) {
	if err == nil || w.lost {
		return
	}
	if tunnel.CodeOf(err) == tunnel.CodeCancelled {
		w.home.ShowFailure("", "") // the person knows
		return
	}
	message, remedy := w.words(err)
	w.home.ShowFailure(message, remedy)
}

// words are what happened and what to do, by the error's code.
func (w *Window) words(err error) (message, remedy string) {
	if errors.Is(err, context.DeadlineExceeded) { // the window's patience, not that of the agent
		return w.texts.Text("silent.message"), w.texts.Text("silent.remedy")
	}
	code := tunnel.CodeOf(err)
	values := i18n.Values{"Gateway": w.gateway(), "Detail": ""}
	if e, ok := errors.AsType[*tunnel.Error](err); ok {
		values["Detail"] = e.Detail
	}
	key := "error." + string(code)
	if !w.texts.Has(key + ".message") {
		key = "error." + string(tunnel.CodeInternal)
	}
	return w.texts.Text(key+".message", values), w.texts.Text(key+".remedy", values)
}

// explain puts an error into one paragraph, for prompts.
func (w *Window) explain(err error) string {
	message, remedy := w.words(err)
	return w.texts.Text("error.both", i18n.Values{"Message": message, "Remedy": remedy})
}

// gateway is the name of what the person is dealing with.
func (w *Window) gateway() string {
	if w.state.Snapshot.Gateway != "" {
		return w.state.Snapshot.Gateway
	}
	return w.entry(w.state.Active).Host
}

// entry finds an entry; the zero value where there is none.
func (w *Window) entry(id string) api.Entry {
	for _, e := range w.state.Entries {
		if e.ID == id {
			return e
		}
	}
	return api.Entry{}
}

// answer sends the answer to a question.
func (w *Window) answer(answer api.AnswerRequest, done func(error)) {
	w.call(api.MethodAnswer, answer, nil, done)
}

// allow sends the answer to another program's request.
func (w *Window) allow(answer api.ConsentAnswer, done func(error)) {
	w.call(api.MethodConsent, answer, nil, done)
}

// actions are the presses of Home.
type actions struct{ w *Window }

func (a *actions) Connect()    { a.w.order(api.MethodConnect, api.ConnectRequest{}) }
func (a *actions) Disconnect() { a.w.order(api.MethodDisconnect, nil) }
func (a *actions) Close()      { a.w.window.Close() }

func (a *actions) Copy(text string) { a.w.deps.App.Clipboard().SetContent(text) }

// ChooseEntry makes another entry the active one. A connection that is up or
// on its way ends by that; the person is told first.
func (a *actions) ChooseEntry(id string) {
	w := a.w
	choose := func() { w.order(api.MethodChoose, api.EntryRef{Entry: id}) }
	s := w.state.Snapshot
	if !s.State.Up() && !s.State.Busy() {
		choose()
		return
	}
	names := i18n.Values{"Old": s.Entry, "New": w.entry(id).Name}
	w.prompts.Confirm(prompts.Confirmation{
		Title: w.texts.Text("home.switch.title", names), Message: w.texts.Text("home.switch.message", names),
		Do: w.texts.Text("home.switch.do"),
		Then: func() {
			w.call(api.MethodDisconnect, nil, nil, func(err error) {
				if w.complain(err); err == nil {
					choose()
				}
			})
		},
	})
}

// AddEntry opens the editor for a new entry.
func (a *actions) AddEntry() { a.w.addEntry() }

// CheckCertificate has the certificate doctor look at the server that a connect
// has just failed at.
func (a *actions) CheckCertificate() { a.w.examine(a.w.state.Current) }

// EditEntry opens the editor for an entry.
func (a *actions) EditEntry(id string) {
	a.w.open(pageConnections)
	a.w.connections.Edit(id)
}

// addEntry opens Connections with the editor for a new entry, unless something
// else has the person's attention.
func (w *Window) addEntry() {
	if !w.prompts.Open() && !w.lost {
		w.open(pageConnections)
		w.connections.Add()
	}
}
