package diagnose

import "torii/app/api"

// checkRevoked is about certificates that their authority took back (003, 8).
func checkRevoked(e *evidence) *finding {
	switch {
	case e.standing == nil:
		return nil
	case e.standing.Revoked:
		return failed(api.DoctorAdministrator, e.standing.Seen)
	case e.standing.Unreachable:
		return nil
	}
	return passed(e.standing.Seen)
}

// checkRevocation is about answers that cannot be had (003, 8).
func checkRevocation(e *evidence) *finding {
	switch {
	case e.standing == nil || e.standing.Revoked || !e.standing.Unreachable:
		return nil
	case e.strict:
		return failed(api.DoctorYou, e.standing.Seen)
	}
	return warned(api.DoctorYou, e.standing.Seen).like("soft")
}
