package helperd

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"testing"

	"torii/tunnel"
	"torii/tunnel/helper"
	"torii/tunnel/netcfg"
	"torii/tunnel/wire"
)

// FuzzRequest takes bytes off the helper's socket as far as a plan: whatever
// comes ends in a plan or in a refusal that the caller can be told.
func FuzzRequest(f *testing.F) {
	for _, text := range []string{
		`{"version":1,"id":1,"method":"open","settings":{"Addresses":["10.1.2.3/24"],"MTU":1400,"DNS":["10.1.0.53"],"Gateway":"198.51.100.7:443"}}`,
		`{"version":1,"id":2,"method":"update","settings":{"Addresses":["::ffff:10.1.2.3/128"],"Include":["0.0.0.0/0","::/0"],"SplitDNS":["a.example"]}}`,
		`{"version":1,"id":3,"method":"ping"}`, `{"settings":null}`, `[]`, `{"method":7}`,
	} {
		f.Add(append(binary.BigEndian.AppendUint32(nil, uint32(len(text))), text...))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		text, err := wire.ReadFrame(bytes.NewReader(data))
		if err != nil {
			return
		}
		var request helper.Request
		if json.Unmarshal(text, &request) != nil || request.Settings == nil {
			return
		}
		config, err := netcfg.Plan(*request.Settings, netcfg.Machine{})
		if err == nil {
			if len(config.Routes) > 5000 || config.MTU < 576 || config.MTU > 65535 {
				t.Errorf("the plan has %d routes and packets of %d bytes", len(config.Routes), config.MTU)
			}
			return
		}
		failure := failureOf(err)
		if failure.Code != tunnel.CodeBadSettings || len(failure.Message) > 1000 {
			t.Errorf("the caller is told %s: %s", failure.Code, failure.Message)
		}
		if _, err := json.Marshal(helper.Reply{ID: request.ID, Failure: failure}); err != nil {
			t.Error(err)
		}
	})
}

func TestFailureOf(t *testing.T) {
	for _, c := range []struct {
		err  error
		want tunnel.Code
	}{
		{errDenied, tunnel.CodeHelperRefused},
		{tunnel.Errorf(tunnel.CodeBadSettings, "x", "y"), tunnel.CodeBadSettings},
		{refusal("no"), tunnel.CodeHelperRefused},
		{bytes.ErrTooLarge, tunnel.CodeNetworkSetup},
	} {
		if got := failureOf(c.err); got.Code != c.want || got.Message == "" {
			t.Errorf("of %v a caller is told %+v, want %s", c.err, got, c.want)
		}
	}
}
