package home

import (
	"net"
	"strconv"
	"strings"

	"torii/app/api"
)

// server is an entry's server as a person typed it. A query may hold a secret
// and is left out.
func server(e api.Entry) string {
	text := e.Host
	if e.Port != 0 {
		text = net.JoinHostPort(e.Host, strconv.Itoa(int(e.Port)))
	}
	path, _, _ := strings.Cut(e.Path, "?")
	return text + strings.TrimSuffix(path, "/")
}
