package diagnose

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"strings"
)

// issuersOf writes the authorities whose certificates a server takes.
func issuersOf(raw [][]byte) string {
	const most = 5
	var names []string
	for i, der := range raw {
		if i == most {
			names = append(names, "…")
			break
		}
		var sequence pkix.RDNSequence
		if _, err := asn1.Unmarshal(der, &sequence); err != nil {
			continue // a name that does not read names nobody
		}
		var name pkix.Name
		name.FillFromRDNSequence(&sequence)
		names = append(names, name.String())
	}
	if len(names) == 0 {
		return "–"
	}
	return strings.Join(names, "; ")
}
