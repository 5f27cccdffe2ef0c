package diagnose

import "torii/app/api"

// pinned reports whether the server shows exactly the certificate that the
// connection names.
func (e *evidence) pinned() bool {
	return e.target.Pin != "" && len(e.chain) > 0 && fingerprint(e.chain[0]) == e.target.Pin
}

// checkPin is about the one certificate that is accepted (003, 9).
func checkPin(e *evidence) *finding {
	switch {
	case e.target.Pin == "" || len(e.chain) == 0:
		return nil
	case e.pinned():
		return passed("SHA-256 " + e.target.Pin)
	}
	return failed(api.DoctorAdministrator, "SHA-256 "+fingerprint(e.chain[0]))
}
