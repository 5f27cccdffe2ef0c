package diagnose

import (
	"errors"
	"net"
	"strings"

	"torii/app/api"
)

// checkName is about name resolution (003, 7).
func checkName(e *evidence) *finding {
	if !e.looked {
		return nil
	}
	if e.lookupErr != nil {
		found := failed(api.DoctorYou, e.target.Host)
		if dns, ok := errors.AsType[*net.DNSError](e.lookupErr); ok && !dns.IsNotFound {
			return found.like("silent") // nobody said that there is none
		}
		return found
	}
	var list []string
	for _, address := range e.addresses {
		list = append(list, address.String())
	}
	seen := e.target.Host + " → " + strings.Join(list, ", ")
	if e.sunk() {
		return failed(api.DoctorYou, seen).like("blocked")
	}
	return passed(seen)
}
