package diagnose

import (
	"crypto/tls"

	"torii/app/api"
	"torii/app/diagnose/hello"
)

// The alerts of a server that cannot agree (RFC 8446, section 6.2).
const (
	alertHandshakeFailure     = 40
	alertIllegalParameter     = 47
	alertProtocolVersion      = 70
	alertInsufficientSecurity = 71
)

// checkVersion is about the version of TLS (003, 6).
func checkVersion(e *evidence) *finding {
	switch {
	case e.met && e.version < tls.VersionTLS12:
		return warned(api.DoctorAdministrator, tls.VersionName(e.version)).like("allowed")
	case e.met:
		return passed(tls.VersionName(e.version))
	case e.older != nil && e.older.Version < tls.VersionTLS12:
		return failed(api.DoctorAdministrator, tls.VersionName(e.older.Version))
	case e.older == nil && !e.wantedInVain() && e.alert == alertProtocolVersion:
		return failed(api.DoctorAdministrator, "–")
	}
	return nil
}

// checkSuite is about cipher suites (003, 6).
func checkSuite(e *evidence) *finding {
	switch {
	case e.met:
		return passed(hello.SuiteName(e.suite))
	case e.older != nil && !e.common && e.ours:
		// It would take the suite, but not with our curves.
		if len(e.chain) > 0 {
			if _, _, useless := strength(e.chain[0]); useless {
				return nil // the key itself lies on the curve that we lack
			}
		}
		return failed(api.DoctorAdministrator, hello.SuiteName(e.older.Suite)).like("curve")
	case e.older != nil && !e.common:
		return failed(api.DoctorAdministrator, hello.SuiteName(e.older.Suite))
	case e.older == nil && !e.wantedInVain() && (e.alert == alertHandshakeFailure || e.alert == alertIllegalParameter || e.alert == alertInsufficientSecurity):
		return failed(api.DoctorAdministrator, "–")
	}
	return nil
}

// checkFIPS is about what FIPS mode leaves to choose from.
func checkFIPS(e *evidence) *finding {
	if !e.fips || !e.met {
		return nil
	}
	if e.unfit {
		return failed(api.DoctorAdministrator, tls.VersionName(e.version)+", "+hello.SuiteName(e.suite))
	}
	return passed(tls.VersionName(e.version))
}
