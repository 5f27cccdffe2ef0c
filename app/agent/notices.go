package agent

import (
	"context"

	"github.com/sirupsen/logrus"

	"torii/app/api"
	"torii/app/notices"
	"torii/app/notify"
	"torii/app/settings"
	"torii/i18n"
)

// showNotices tells the person what the connection did without them, until ctx
// ends. Where nothing shows notifications the window and the tray must do.
func (a *Agent) showNotices(ctx context.Context) {
	words, err := i18n.New(first(ctx, a.Face()).Language)
	if err != nil {
		a.log.WithError(err).Error("there are no words for notifications")
		return
	}
	desktop, err := notify.Connect(words.Text("notices.open"), a.OpenWindow)
	if err != nil {
		a.log.WithError(err).Warn("nothing here shows notifications")
		return
	}
	defer desktop.Close()
	followNotices(ctx, a.Face().Watch(ctx), desktop, a.hasFace, a.log)
}

// followNotices shows on the desktop what is worth a notice in the states.
func followNotices(ctx context.Context, states <-chan api.State, desktop *notify.Desktop, watched func() bool, log logrus.FieldLogger) {
	notices.Follow(ctx, states, notices.Options{
		Tell: func(kind notices.Kind, state api.State) {
			if err := show(desktop, kind, state); err != nil {
				log.WithError(err).Warn("a notification was not shown")
			}
		},
		Withdraw: desktop.Clear,
		Watched:  watched,
	})
}

// first is the present State.
func first(ctx context.Context, face api.Agent) api.State {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	return <-face.Watch(ctx)
}

// show words a notice in the language of the moment, unless the person does
// not want its kind.
func show(desktop *notify.Desktop, kind notices.Kind, state api.State) error {
	if state.Setting(settings.Notify(string(kind))) == settings.Off {
		return nil
	}
	words, err := i18n.New(state.Language)
	if err != nil {
		return err
	}
	values := i18n.Values{"Gateway": state.Snapshot.Gateway, "Reason": "", "Remedy": "",
		"Time": state.Snapshot.SessionEnds.Local().Format("15:04")}
	if failure := state.Snapshot.Error; failure != nil {
		values["Reason"], values["Remedy"] = failure.Message, failure.Remedy
	}
	return desktop.Show(notify.Note{
		Title:  words.Text("notices."+string(kind)+".title", values),
		Body:   words.Text("notices."+string(kind)+".body", values),
		Urgent: kind == notices.NeedsYou || kind == notices.Failed,
	})
}
