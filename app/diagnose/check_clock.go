package diagnose

import (
	"fmt"
	"time"

	"torii/app/api"
	"torii/certstore/verify"
)

// tolerance is how wrong a clock may be.
const tolerance = 5 * time.Minute

// offset is how far this machine's clock is behind, as the time server says it,
// or else the gateway; known is false where neither does.
func (e *evidence) offset() (behind time.Duration, known bool) {
	if e.network != nil && e.network.err == nil {
		return e.network.offset, true
	}
	for _, a := range []*answer{e.answer, e.page} {
		if a != nil && a.dated {
			return a.offset, true
		}
	}
	return 0, false
}

// asksForTheTime reports whether a clock to compare with would explain the
// dates of the certificates, and none is known.
func (e *evidence) asksForTheTime() bool {
	_, known := e.offset()
	return !known && e.direct() && (e.verdict.has(verify.Expired) || e.verdict.has(verify.NotYetValid))
}

// beforeAll reports whether this machine's clock stands before the beginning of
// everything, the root included: a battery that has run out does that.
func (e *evidence) beforeAll() bool {
	for _, c := range e.verdict.path {
		if !e.now.Before(c.NotBefore) {
			return false
		}
	}
	return len(e.verdict.path) > 1
}

// clockWrong reports whether the clock is off.
func (e *evidence) clockWrong() bool {
	behind, known := e.offset()
	return known && behind.Abs() > tolerance
}

// clockMisleads reports whether the leaf's dates are wrong by a wrong clock
// only.
func (e *evidence) clockMisleads() bool {
	if _, known := e.offset(); !known && e.beforeAll() {
		return true
	}
	if !e.clockWrong() || len(e.chain) == 0 {
		return false
	}
	behind, _ := e.offset()
	right := e.now.Add(behind)
	return !dated(e, e.now) && dated(e, right)
}

// dated reports whether every certificate that matters is valid at a time.
func dated(e *evidence, at time.Time) bool {
	for _, c := range e.relevant() {
		if at.Before(c.NotBefore) || at.After(c.NotAfter) {
			return false
		}
	}
	return true
}

// checkClock is about this machine's clock (003, 5).
func checkClock(e *evidence) *finding {
	behind, known := e.offset()
	if !known {
		if e.beforeAll() {
			return failed(api.DoctorYou, e.now.Local().Format(moment))
		}
		if e.network != nil {
			return warned(api.DoctorYou, e.network.server).like("silent")
		}
		return nil
	}
	seen := fmt.Sprintf("%s, %s", e.now.Local().Format(moment), ahead(-behind))
	switch {
	case !e.clockWrong():
		return passed(seen)
	case e.clockMisleads():
		return failed(api.DoctorYou, seen)
	}
	return warned(api.DoctorYou, seen)
}

// moment is how times are written: in the machine's zone, to be compared with
// its clock.
const moment = "2006-01-02 15:04:05 MST"

// ahead writes how far a clock is ahead, with its sign, roughly: "+3h2m0s",
// "-12d".
func ahead(d time.Duration) string {
	const day = 24 * time.Hour
	sign := "+"
	if d < 0 {
		sign, d = "-", -d
	}
	if d >= 3*day {
		return fmt.Sprintf("%s%dd", sign, d/day)
	}
	return sign + d.Round(time.Second).String()
}
