package app

import (
	"context"
	"crypto/x509"
	"errors"
	"testing"
	"time"

	"torii/app/api"
	"torii/certstore/revoke"
	"torii/tunnel"
	"torii/tunnel/gateway"
)

// TestDiagnose: any face has a server looked at; the practice gateway, which
// listens nowhere, is looked at as well.
func TestDiagnose(t *testing.T) {
	r := newRig(t, gateway.Config{})
	for name, face := range r.faces() {
		ctx, cancel := context.WithTimeout(t.Context(), enough)
		defer cancel()
		var report api.DoctorReport
		if err := face.Call(ctx, api.MethodDiagnose, api.DoctorRequest{}, &report); err != nil {
			t.Fatalf("the %s: %v", name, err)
		}
		seen := map[api.DoctorCode]api.DoctorStatus{}
		for _, c := range report.Checks {
			seen[c.Code] = c.Status
			if c.Status != api.DoctorPass {
				t.Errorf("the %s is told %+v", name, c)
			}
		}
		if report.Host != gateway.DefaultHost || report.Failing() != "" || seen[api.DoctorUnknownIssuer] == "" || seen[api.DoctorTLSVersion] == "" {
			t.Errorf("the %s is told %+v", name, report)
		}
		wantCode(t, "a connection that is not there", face.Call(ctx, api.MethodDiagnose, api.DoctorRequest{Entry: "none"}, nil), tunnel.CodeNotFound)
		wantCode(t, "no address", face.Call(ctx, api.MethodDiagnose, api.DoctorRequest{Target: &api.Entry{}}, nil), tunnel.CodeInvalid)
	}
}

// TestStanding: what was found out about revocation is said by the worst of it.
func TestStanding(t *testing.T) {
	c := &x509.Certificate{}
	good := revoke.Finding{Certificate: c, Status: revoke.Good, Source: revoke.FromOCSP, URL: "http://ocsp.example.test"}
	silent := revoke.Finding{Certificate: c, Status: revoke.Unreachable, Err: errors.New("nobody answers")}
	gone := revoke.Finding{Certificate: c, Status: revoke.Revoked, RevokedAt: time.Now(), Source: revoke.FromCRL}
	unasked := revoke.Finding{Certificate: c, Status: revoke.Unchecked}
	for _, w := range []struct {
		result               revoke.Result
		none, revoked, quiet bool
	}{
		{result: revoke.Result{unasked}, none: true},
		{result: nil, none: true},
		{result: revoke.Result{good, unasked}},
		{result: revoke.Result{good, silent}, quiet: true},
		{result: revoke.Result{silent, gone}, revoked: true},
	} {
		got := standing(w.result)
		if (got == nil) != w.none || got != nil && (got.Revoked != w.revoked || got.Unreachable != w.quiet || got.Seen == "") {
			t.Errorf("of %+v is said %+v", w.result, got)
		}
	}
}
