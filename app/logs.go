package app

import (
	"context"

	"torii/app/api"
	"torii/app/control"
)

// logPage hands out a part of the log.
func (a *App) logPage(_ context.Context, _ control.Caller, query api.LogQuery) (api.LogPage, error) {
	return a.lines.Page(query.After), nil
}

// clearLogs forgets the log's lines.
func (a *App) clearLogs(context.Context, control.Caller, none) error {
	a.lines.Clear()
	return nil
}
