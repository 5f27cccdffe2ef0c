package api

import (
	"testing"

	"torii/tunnel"
)

// TestEveryFailingCheckEndsAConnect: none is forgotten, and the first on the
// way of a connect counts.
func TestEveryFailingCheckEndsAConnect(t *testing.T) {
	fail := func(codes ...DoctorCode) (r DoctorReport) {
		for _, code := range codes {
			r.Checks = append(r.Checks, DoctorCheck{Code: code, Status: DoctorFail})
		}
		return r
	}
	for _, code := range DoctorCodes() {
		if got := fail(code).Failing(); got == "" || ExitCode(got) == ExitOther {
			t.Errorf("%s alone ends a connect with %q", code, got)
		}
		mild := DoctorReport{Checks: []DoctorCheck{{Code: code, Status: DoctorWarn}, {Code: code, Status: DoctorPass}}}
		if got := mild.Failing(); got != "" {
			t.Errorf("%s, which only warns, ends a connect with %q", code, got)
		}
	}
	for _, c := range []struct {
		report DoctorReport
		want   tunnel.Code
	}{
		{fail(), ""},
		{fail(DoctorExpired, DoctorTLSVersion), tunnel.CodeTLS},
		{fail(DoctorWeakKey, DoctorSelfSigned), tunnel.CodeServerCertificate},
		{fail(DoctorWeakKey), tunnel.CodeTLS},
		{fail(DoctorClientCertificate, DoctorNameMismatch), tunnel.CodeServerCertificate},
		{fail(DoctorCaptivePortal, DoctorNameMismatch), tunnel.CodeServerCertificate},
		{fail(DoctorClientVersion, DoctorClientCertificate), tunnel.CodeClientCertificate},
		{DoctorReport{Error: &tunnel.Failure{Code: tunnel.CodeUnreachable}}, tunnel.CodeUnreachable},
	} {
		if got := c.report.Failing(); got != c.want {
			t.Errorf("%+v ends a connect with %q, want %q", c.report, got, c.want)
		}
	}
}
