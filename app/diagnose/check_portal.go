package diagnose

import (
	"net/http"
	"strconv"

	"torii/app/api"
)

// checkPortal recognises the sign-in page of a network (003: DNS and network).
func checkPortal(e *evidence) *finding {
	found := e.portal
	if a := e.answer; found == nil && a != nil && (a.status == http.StatusNetworkAuthenticationRequired || e.verdict.has(nameMismatch)) {
		// It answers within TLS, with a certificate of its own.
		found = portalOf(a.status, a.location, e.target.Host)
	}
	if found == nil {
		return nil
	}
	seen := "HTTP " + strconv.Itoa(found.status)
	if found.host != "" {
		seen += " → " + found.host
	}
	return failed(api.DoctorYou, seen)
}
