package diagnose

import (
	"net/http"
	"strings"

	"torii/app/api"
	"torii/tunnel"
)

// checkProxy is about who stands between: the proxy that is configured, and
// one that opens TLS on the way.
func checkProxy(e *evidence) *finding {
	if e.target.Proxy != nil && e.dialErr != nil && tunnel.CodeOf(e.dialErr) == tunnel.CodeProxy {
		return failed(api.DoctorYou, e.target.Proxy.Redacted()+": "+reasonOf(e.dialErr))
	}
	if e.answer != nil && e.answer.status == http.StatusProxyAuthRequired {
		return failed(api.DoctorYou, "HTTP 407")
	}
	if e.verdict.untrusted() {
		if name := inspector(e); name != "" {
			return warned(api.DoctorYou, name).like("inspects")
		}
		if e.answer != nil && e.answer.via != "" {
			return warned(api.DoctorYou, "Via: "+e.answer.via).like("inspects")
		}
	}
	switch {
	case !e.reached:
		return nil
	case e.target.Proxy != nil:
		return passed(e.target.Proxy.Redacted())
	}
	return passed("–")
}

// reasonOf is the innermost reason of a failed dial.
func reasonOf(err error) string {
	for {
		inner, ok := err.(interface{ Unwrap() error })
		if !ok || inner.Unwrap() == nil {
			return err.Error()
		}
		err = inner.Unwrap()
	}
}

// inspector is the maker of a proxy or virus scanner that opens TLS, where a
// certificate on the way names one; "" for none.
func inspector(e *evidence) string {
	for _, c := range e.chain {
		issuer := c.Issuer.String()
		lower := strings.ToLower(issuer)
		for _, maker := range []string{
			"zscaler", "fortinet", "fortigate", "blue coat", "bluecoat", "palo alto", "netskope", "umbrella", "sophos",
			"kaspersky", "avast", "avg web", "bitdefender", "eset ssl", "mitmproxy", "burp", "squid", "webwasher", "iboss",
			"barracuda", "watchguard", "check point", "sonicwall", "trend micro", "mcafee web", "skyhigh", "i-filter", "digital arts",
		} {
			if strings.Contains(lower, maker) {
				return issuer
			}
		}
	}
	return ""
}
