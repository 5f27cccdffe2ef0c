package entries

import (
	"bytes"
	"encoding/json"
	"fmt"

	"torii/app/api"
	"torii/tunnel"
)

// checkLocked refuses a change of what somebody has fixed, with CodePolicy.
// Fields are named as in JSON (api.Entry.Locked); a field that is left out is
// one that is empty.
func checkLocked(before, after api.Entry) error {
	if len(before.Locked) == 0 {
		return nil
	}
	was, err := fields(before)
	if err != nil {
		return err
	}
	is, err := fields(after)
	if err != nil {
		return err
	}
	for _, name := range before.Locked {
		if bytes.Equal(was[name], is[name]) {
			continue
		}
		who := before.LockedBy
		if who == "" {
			who = "the administrator"
		}
		return tunnel.Errorf(tunnel.CodePolicy, "change the connection", "%s of %q is fixed by %s", name, before.Name, who).
			WithDetail(fmt.Sprintf("%s (%s)", before.Name, who))
	}
	return nil
}

// fields takes an entry apart by its JSON names.
func fields(entry api.Entry) (map[string]json.RawMessage, error) {
	text, err := json.Marshal(entry)
	if err != nil {
		return nil, fmt.Errorf("take a connection apart: %w", err)
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, fmt.Errorf("take a connection apart: %w", err)
	}
	return all, nil
}
