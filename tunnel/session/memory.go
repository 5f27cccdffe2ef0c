package session

import (
	"torii/tunnel"
)

// memory keeps what was answered in this connection, so that a login that is
// needed again asks only for what is missing. It lives as long as the
// connection. One-time codes are never in it.
type memory struct {
	answers map[string]tunnel.Secret // by the field's name
	used    map[string]bool          // in the login under way: a refused answer is not repeated
}

func newMemory() *memory {
	return &memory{answers: map[string]tunnel.Secret{}, used: map[string]bool{}}
}

// begin starts another login: everything may be used once more.
func (m *memory) begin() { clear(m.used) }

// reply answers a form all of whose fields are known.
func (m *memory) reply(q tunnel.Question) (tunnel.Answer, bool) {
	if q.Kind != tunnel.QuestionLogin || q.Form == nil || q.Form.Attempt > 0 {
		return tunnel.Answer{}, false
	}
	answer := tunnel.Answer{Choice: tunnel.ChoiceOK, Fields: map[string]tunnel.Secret{}}
	for _, f := range q.Form.Fields {
		known, ok := m.answers[f.Name]
		if !ok || m.used[f.Name] || !repeatable(f) {
			return tunnel.Answer{}, false
		}
		answer.Fields[f.Name] = known
	}
	for name := range answer.Fields {
		m.used[name] = true
	}
	return answer, len(answer.Fields) > 0
}

// learn keeps what was answered.
func (m *memory) learn(q tunnel.Question, a tunnel.Answer) {
	if q.Form == nil {
		return
	}
	for _, f := range q.Form.Fields {
		if value, ok := a.Fields[f.Name]; ok && repeatable(f) {
			m.answers[f.Name] = value
			m.used[f.Name] = true
		}
	}
}

// repeatable reports whether the same answer may be given again.
func repeatable(f tunnel.Field) bool {
	return f.Kind == tunnel.FieldText || f.Kind == tunnel.FieldPassword || f.Kind == tunnel.FieldSelect
}
