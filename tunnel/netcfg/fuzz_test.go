package netcfg

import (
	"encoding/json"
	"strings"
	"testing"

	"torii/tunnel"
)

// FuzzPlan plans for settings that a gateway, or a hostile member of the
// helper's group, made up. Whatever they are, the plan keeps this machine to
// itself and nothing but names reaches files.
func FuzzPlan(f *testing.F) {
	f.Add([]byte(`{"Addresses":["10.1.2.3/24"],"MTU":1400,"DNS":["10.0.0.53"],"Gateway":"198.51.100.7:443"}`), false)
	f.Add([]byte(`{"Addresses":["::ffff:10.1.2.3/128","2001:db8::1/64"],"Include":["0.0.0.0/0"],"Exclude":["10.0.0.0/8"],"ExcludeLocalLAN":true}`), true)
	f.Add([]byte(`{"Addresses":["10.1.2.3/1"],"Include":["127.0.0.1/31","fe80::/9"],"SplitDNS":["a\nb"]}`), false)
	f.Fuzz(func(t *testing.T, text []byte, without6 bool) {
		var settings tunnel.Settings
		if json.Unmarshal(text, &settings) != nil {
			return
		}
		config, err := Plan(settings, Machine{Addresses: prefixes("192.168.1.20/24", "2001:db8:5::20/64"), WithoutIPv6: without6})
		if err != nil {
			if code := tunnel.CodeOf(err); code != tunnel.CodeBadSettings && code != tunnel.CodeNetworkSetup {
				t.Fatalf("error %v has code %s", err, code)
			}
			return
		}
		checkConfig(t, config, without6)
	})
}

func checkConfig(t *testing.T, config *Config, without6 bool) {
	for i, r := range config.Routes {
		if r.Kind == RouteTunnel && forbidden(r.Prefix) {
			t.Errorf("%s goes inside", r.Prefix)
		}
		if r.Prefix != r.Prefix.Masked() || r.Prefix.Addr().Is4In6() {
			t.Errorf("route %s is not written in one way", r.Prefix)
		}
		if i > 0 && comparePrefixes(config.Routes[i-1].Prefix, r.Prefix) >= 0 {
			t.Errorf("route %s is out of order", r.Prefix)
		}
		if config.Gateway.IsValid() && r.Prefix.IsSingleIP() && r.Prefix.Addr() == config.Gateway && r.Kind != RouteUnreachable {
			t.Errorf("the gateway's route is %s", r.Kind)
		}
		if r.Kind == RouteTunnel && without6 && r.Prefix.Addr().Is6() {
			t.Errorf("%s goes inside, and IPv6 is off", r.Prefix)
		}
	}
	for _, a := range config.Addresses {
		if checkHost(a.Addr()) != nil || without6 && a.Addr().Is6() {
			t.Errorf("address %s", a)
		}
	}
	for line := range strings.Lines(string(resolvConf(config.DNS, []byte("nameserver 192.0.2.1\n")))) {
		if fields := strings.Fields(line); fields[0] != "#" && fields[0] != "nameserver" && fields[0] != "search" {
			t.Errorf("resolv.conf has the line %q", line)
		}
	}
}
