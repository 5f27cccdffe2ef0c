package app

import (
	"context"

	"torii/app/api"
	"torii/app/control"
	"torii/app/device"
	"torii/app/notify"
	"torii/app/sysinfo"
	"torii/tunnel"
	"torii/tunnel/helper"
)

// systemInfo collects what a helpdesk asks first.
func (a *App) systemInfo(ctx context.Context, _ control.Caller, _ none) ([]api.Fact, error) {
	m := sysinfo.Machine{Dirs: a.options.Dirs}
	m.Device = device.Identify(ctx, api.Build, func(ctx context.Context) (string, error) {
		number, err := helper.New(helper.Options{Log: a.options.Log}).SerialNumber(ctx)
		switch code := tunnel.CodeOf(err); code {
		case "", tunnel.CodeNotFound: // it answers
		default:
			m.Helper = string(code)
		}
		return number, err
	})
	if !notify.Available() {
		m.Notifications = "none"
	}
	a.mu.Lock()
	m.Keyring = string(a.trouble)
	a.mu.Unlock()
	return sysinfo.Facts(m), nil
}

func (a *App) trafficSamples(context.Context, control.Caller, none) (api.Traffic, error) {
	return a.traffic.Samples(), nil
}
