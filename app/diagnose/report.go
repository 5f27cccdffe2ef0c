package diagnose

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"unicode"

	"torii/app/api"
	"torii/i18n"
	"torii/tunnel"
)

// finding is what a check found out.
type finding struct {
	status api.DoctorStatus
	// seen are values in no language: dates, names, versions.
	seen string
	who  api.DoctorWho
	// variant chooses among the texts of a code; "" for the usual ones.
	variant string
}

// The ends of a check.
func passed(seen string) *finding { return &finding{status: api.DoctorPass, seen: seen} }

func warned(who api.DoctorWho, seen string) *finding {
	return &finding{status: api.DoctorWarn, seen: seen, who: who}
}

func failed(who api.DoctorWho, seen string) *finding {
	return &finding{status: api.DoctorFail, seen: seen, who: who}
}

// like chooses other texts.
func (f *finding) like(variant string) *finding {
	f.variant = variant
	return f
}

// checks are all of them. One returns nil where the evidence does not reach.
func checks() map[api.DoctorCode]func(e *evidence) *finding {
	return map[api.DoctorCode]func(e *evidence) *finding{
		api.DoctorCaptivePortal:         checkPortal,
		api.DoctorDNS:                   checkName,
		api.DoctorProxy:                 checkProxy,
		api.DoctorClock:                 checkClock,
		api.DoctorTLSVersion:            checkVersion,
		api.DoctorTLSSuite:              checkSuite,
		api.DoctorPin:                   checkPin,
		api.DoctorRevoked:               checkRevoked,
		api.DoctorExpired:               checkExpired,
		api.DoctorNotYetValid:           checkNotYetValid,
		api.DoctorNameMismatch:          checkNames,
		api.DoctorSelfSigned:            checkSelfSigned,
		api.DoctorMissingIntermediate:   checkIntermediates,
		api.DoctorUnknownIssuer:         checkIssuer,
		api.DoctorUsage:                 checkUsage,
		api.DoctorWeakKey:               checkKeys,
		api.DoctorWeakSignature:         checkSignatures,
		api.DoctorRevocationUnreachable: checkRevocation,
		api.DoctorClientCertificate:     checkIdentity,
		api.DoctorFIPS:                  checkFIPS,
		api.DoctorClientVersion:         checkClientVersion,
	}
}

// aboutCertificate are the codes that a matching pin overrules: exactly that
// certificate is accepted, whatever else is said against it.
func aboutCertificate(code api.DoctorCode) bool {
	switch code {
	case api.DoctorExpired, api.DoctorNotYetValid, api.DoctorNameMismatch, api.DoctorSelfSigned, api.DoctorMissingIntermediate,
		api.DoctorUnknownIssuer, api.DoctorUsage, api.DoctorWeakSignature, api.DoctorRevoked, api.DoctorRevocationUnreachable,
		api.DoctorClock:
		return true
	}
	return false
}

// aboutIssuer are the codes that an acceptance overrules.
func aboutIssuer(code api.DoctorCode) bool {
	return code == api.DoctorSelfSigned || code == api.DoctorMissingIntermediate || code == api.DoctorUnknownIssuer
}

// report puts the findings into words, what fails first.
func report(e *evidence, options Options) api.DoctorReport {
	r := api.DoctorReport{Host: strings.TrimSuffix(e.target.address(), ":443"), Checks: []api.DoctorCheck{}}
	t := texts{words: options.Words, system: options.System, host: e.target.Host}
	all := checks()
	pinned, signIn := e.pinned(), checkPortal(e) != nil
	for _, code := range api.DoctorCodes() {
		found := all[code](e)
		if found == nil {
			continue
		}
		overruled := pinned && aboutCertificate(code) || e.accepted && aboutIssuer(code)
		if overruled && found.status == api.DoctorFail {
			found.status = api.DoctorWarn
		}
		check := t.check(code, found)
		if signIn && found.status == api.DoctorFail && aboutCertificate(code) {
			// It is the sign-in page's own certificate.
			check.Who, check.Remedy, check.Tell = api.DoctorYou, options.Words.Text("doctor.behind_portal"), ""
		}
		r.Checks = append(r.Checks, check)
	}
	rank := map[api.DoctorStatus]int{api.DoctorFail: 0, api.DoctorWarn: 1, api.DoctorPass: 2}
	slices.SortStableFunc(r.Checks, func(a, b api.DoctorCheck) int { return rank[a.Status] - rank[b.Status] })
	if err := e.failure(); err != nil && r.Failing() == "" {
		r.Error = options.Describe(r.Host, err)
	}
	return r
}

// failure is why the server could not be looked at any further.
func (e *evidence) failure() error {
	const op = "examine the server"
	switch {
	case errors.Is(e.interrupted, context.Canceled):
		return tunnel.NewError(tunnel.CodeCancelled, op, e.interrupted)
	case e.met:
		return nil
	case e.dialErr != nil:
		return e.dialErr
	case e.interrupted != nil:
		return tunnel.NewError(tunnel.CodeTimeout, op, e.interrupted)
	case isTimeout(e.handshakeErr):
		return tunnel.NewError(tunnel.CodeTimeout, op, e.handshakeErr)
	case e.handshakeErr != nil:
		return tunnel.NewError(tunnel.CodeTLS, op, e.handshakeErr)
	}
	return nil
}

// isTimeout reports whether somebody did not answer in time.
func isTimeout(err error) bool {
	late, ok := errors.AsType[net.Error](err)
	return errors.Is(err, context.DeadlineExceeded) || ok && late.Timeout()
}

// texts says findings in a language.
type texts struct {
	words  *i18n.Catalogue
	system string
	host   string
}

// check words a finding.
func (t texts) check(code api.DoctorCode, f *finding) api.DoctorCheck {
	c := api.DoctorCheck{Code: code, Status: f.status, Seen: printable(f.seen)}
	if f.status == api.DoctorPass {
		return c
	}
	c.Who = f.who
	c.Title = t.say(code, "title", f)
	c.Cause = t.say(code, "cause", f)
	c.Remedy = t.say(code, "remedy", f)
	c.Tell = t.say(code, "tell", f)
	return c
}

// say finds the text that fits best: for the variant and the system, for one of
// the two, or for all.
func (t texts) say(code api.DoctorCode, what string, f *finding) string {
	base := "doctor." + string(code) + "." + what
	values := i18n.Values{"Host": t.host, "Seen": printable(f.seen)}
	variant := ""
	if f.variant != "" {
		variant = "_" + f.variant
	}
	for _, key := range []string{base + variant + "_" + t.os(), base + variant, base + "_" + t.os(), base} {
		if text := t.words.Text(key, values); text != key {
			return text
		}
	}
	return ""
}

// os is the system in the keys of the texts.
func (t texts) os() string {
	if t.system == "darwin" {
		return "macos"
	}
	return t.system
}

// longestSeen bounds what a stranger's certificate can make us write, in runes.
const longestSeen = 600

// printable is a value without what a terminal or a window would act upon.
func printable(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, strings.ToValidUTF8(text, "?"))
	if runes := []rune(text); len(runes) > longestSeen {
		text = string(runes[:longestSeen]) + "…"
	}
	return strings.Join(strings.Fields(text), " ")
}
