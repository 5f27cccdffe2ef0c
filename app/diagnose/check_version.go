package diagnose

import (
	"strings"

	"torii/app/api"
)

// checkClientVersion is about a gateway that finds this client too old (003).
func checkClientVersion(e *evidence) *finding {
	if e.answer == nil {
		return nil
	}
	if e.answer.status == 426 || tooOld(e.answer.refusal) {
		return failed(api.DoctorYou, e.answer.refusal)
	}
	return nil
}

// tooOld recognises a gateway's words for a client that it finds too old. They
// are not standardised.
func tooOld(said string) bool {
	lower := strings.ToLower(said)
	has := func(words ...string) bool {
		for _, word := range words {
			if strings.Contains(lower, word) {
				return true
			}
		}
		return false
	}
	client := has("client", "anyconnect", "クライアント", "software", "ソフトウェア")
	return client && has("out of date", "out-of-date", "outdated", "obsolete", "upgrade", "update", "newer version",
		"older version", "too old", "minimum version", "version is not supported", "no longer supported", "unsupported version",
		"バージョンが古", "更新", "アップデート", "アップグレード", "新しいバージョン")
}
