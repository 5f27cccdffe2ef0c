package diagnose

import (
	"net/netip"
	"strings"

	"torii/app/api"
)

// checkNames compares the address with the names of the certificate (003, 3).
func checkNames(e *evidence) *finding {
	if len(e.chain) == 0 {
		return nil
	}
	leaf := e.chain[0]
	names := append([]string(nil), leaf.DNSNames...)
	for _, ip := range leaf.IPAddresses {
		names = append(names, ip.String())
	}
	seen := strings.Join(names, ", ")
	switch {
	case e.verdict.has(nameMismatch) && len(names) == 0:
		// A name in the subject alone does not count any more (RFC 9525, section 2).
		return failed(api.DoctorAdministrator, leaf.Subject.String()).like("none")
	case e.verdict.has(nameMismatch):
		if _, err := netip.ParseAddr(e.target.Host); err == nil {
			return failed(api.DoctorYou, seen).like("address")
		}
		return failed(api.DoctorAdministrator, seen)
	case e.verdict.fenced:
		return failed(api.DoctorAdministrator, seen).like("fenced")
	}
	return passed(seen)
}
