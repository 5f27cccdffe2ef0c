package window

import (
	"torii/app/api"
	"torii/ui/theme"
)

// screenCalls are the calls that pages make.
type screenCalls struct{ w *Window }

// Set changes a setting.
func (c *screenCalls) Set(key, value string, done func(api.Setting, error)) {
	var changed api.Setting
	c.w.call(api.MethodSet, api.SetSetting{Key: key, Value: value}, &changed, func(err error) { done(changed, err) })
}

// System asks for the system information.
func (c *screenCalls) System(done func([]api.Fact, error)) {
	var facts []api.Fact
	c.w.call(api.MethodSystem, nil, &facts, func(err error) { done(facts, err) })
}

// Traffic asks for the samples of the last hour.
func (c *screenCalls) Traffic(done func(api.Traffic, error)) {
	var traffic api.Traffic
	c.w.call(api.MethodTraffic, nil, &traffic, func(err error) { done(traffic, err) })
}

// Copy puts text on the clipboard.
func (c *screenCalls) Copy(text string) { c.w.deps.App.Clipboard().SetContent(text) }

// OpenAbout shows the page About.
func (c *screenCalls) OpenAbout() { c.w.openByKey(pageAbout) }

// OpenDiagnostics shows the page Diagnostics.
func (c *screenCalls) OpenDiagnostics() { c.w.openByKey(pageDiagnostics) }

// OpenCertificates shows the page with the certificates.
func (c *screenCalls) OpenCertificates() { c.w.openByKey(pageCertificates) }

// OpenDoctor shows the page of the certificate doctor.
func (c *screenCalls) OpenDoctor() { c.w.openByKey(pageDoctor) }

// OpenLogs shows the page with the log.
func (c *screenCalls) OpenLogs() { c.w.openByKey(pageLogs) }

// Diagnose has a server looked at.
func (c *screenCalls) Diagnose(request api.DoctorRequest, done func(api.DoctorReport, error)) {
	var report api.DoctorReport
	c.w.callWithin(doctorTime, api.MethodDiagnose, request, &report, func(err error) { done(report, err) })
}

// examine shows what the doctor finds at the server of an entry.
func (w *Window) examine(id string) {
	w.openByKey(pageDoctor)
	if w.page == pageDoctor {
		w.doctor.Examine(id)
	}
}

// Back returns from About to Settings.
func (c *screenCalls) Back() { c.w.openByKey(pageSettings) }

// themeSystem is the value of the setting for what the window begins with.
const themeSystem = "system"

// dress gives the window the theme that the setting names, and reports whether
// that is another one; the window has to be built anew then. "" is a State of
// an agent without settings, and changes nothing.
func (w *Window) dress(setting string) bool {
	if setting == "" || setting == w.dressed {
		return false
	}
	w.dressed = setting
	mode := theme.Mode(setting)
	if setting == themeSystem {
		mode = theme.System
	}
	w.deps.App.Settings().SetTheme(theme.New(mode))
	return true
}
