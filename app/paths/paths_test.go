package paths

import "testing"

func TestOfUser(t *testing.T) {
	defaults := Dirs{Config: "/home/alice/.config/torii", Data: "/home/alice/.local/share/torii", State: "/home/alice/.local/state/torii"}
	for _, c := range []struct {
		name                string
		config, data, state string
		want                Dirs
	}{
		{"nothing is said", "", "", "", defaults},
		{"everything is said", "/a", "/b/", "/c/d", Dirs{"/a/torii", "/b/torii", "/c/d/torii"}},
		// The specification wants relative paths ignored: they would lead to
		// another place from each folder.
		{"relative", "a", "./b", "~/c", defaults},
	} {
		t.Setenv("HOME", "/home/alice")
		t.Setenv("XDG_CONFIG_HOME", c.config)
		t.Setenv("XDG_DATA_HOME", c.data)
		t.Setenv("XDG_STATE_HOME", c.state)
		if got, err := OfUser(); err != nil || got != c.want {
			t.Errorf("%s: %+v, %v; want %+v", c.name, got, err, c.want)
		}
	}
	t.Setenv("HOME", "")
	if got, err := OfUser(); err == nil {
		t.Errorf("without a home folder: %+v", got)
	}
}
