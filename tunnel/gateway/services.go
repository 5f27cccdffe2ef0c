package gateway

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"torii/tunnel/netstack"
)

const (
	dnsPort  = 53
	webPort  = 80
	echoPort = 7 // RFC 862
	// nameTTL is how long a name inside may be remembered, in seconds.
	nameTTL = 60
	// maxZeros bounds what /zeros sends, in bytes.
	maxZeros = 1 << 30
	// serviceTimeout ends a DNS or web connection on which nothing comes.
	serviceTimeout = time.Minute
)

// services is what answers inside: DNS, a web page and an echo.
type services struct {
	addresses []netip.Addr
	web       *http.Server
	closers   []io.Closer
	work      sync.WaitGroup
}

// startServices opens every service on every address of the stack.
func startServices(stack *netstack.Stack) (*services, error) {
	s := &services{addresses: stack.Addresses()}
	s.web = &http.Server{
		Handler:           http.HandlerFunc(s.serveWeb),
		ReadHeaderTimeout: serviceTimeout,
		IdleTimeout:       serviceTimeout,
		MaxHeaderBytes:    maxHeadBytes,
		ErrorLog:          log.New(io.Discard, "", 0),
	}
	for _, address := range s.addresses {
		if err := s.open(stack, address); err != nil {
			s.close()
			return nil, err
		}
	}
	return s, nil
}

// open starts the services of one address.
func (s *services) open(stack *netstack.Stack, address netip.Addr) error {
	web, err := stack.ListenTCP(netip.AddrPortFrom(address, webPort))
	if err != nil {
		return err
	}
	s.closers = append(s.closers, web)
	s.work.Go(func() { s.web.Serve(web) })

	names, err := stack.ListenTCP(netip.AddrPortFrom(address, dnsPort))
	if err != nil {
		return err
	}
	s.closers = append(s.closers, names)
	s.work.Go(func() { s.serveNamesTCP(names) })

	for port, answer := range map[uint16]func([]byte) []byte{
		dnsPort:  func(query []byte) []byte { return answerName(query, s.addresses) },
		echoPort: func(datagram []byte) []byte { return datagram },
	} {
		socket, err := stack.ListenUDP(netip.AddrPortFrom(address, port))
		if err != nil {
			return err
		}
		s.closers = append(s.closers, socket)
		s.work.Go(func() { serveDatagrams(socket, answer) })
	}
	return nil
}

// close ends the services and waits for them. The stack's own end ends the
// web connections that are still open.
func (s *services) close() {
	s.web.Close()
	for _, closer := range s.closers {
		closer.Close()
	}
	s.work.Wait()
}

// serveDatagrams answers each datagram with one, until the socket is closed.
func serveDatagrams(socket net.PacketConn, answer func([]byte) []byte) {
	buf := make([]byte, 1<<16)
	for {
		n, from, err := socket.ReadFrom(buf)
		if err != nil {
			return
		}
		if reply := answer(buf[:n]); reply != nil {
			socket.WriteTo(reply, from)
		}
	}
}

// serveNamesTCP answers one query a connection (RFC 7766 allows that).
func (s *services) serveNamesTCP(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		s.work.Go(func() {
			defer conn.Close()
			conn.SetDeadline(time.Now().Add(serviceTimeout))
			var length [2]byte
			if _, err := io.ReadFull(conn, length[:]); err != nil {
				return
			}
			query := make([]byte, binary.BigEndian.Uint16(length[:]))
			if _, err := io.ReadFull(conn, query); err != nil {
				return
			}
			reply := answerName(query, s.addresses)
			conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(reply))), reply...))
		})
	}
}

// answerName answers a DNS query: the names of Domain have the gateway's own
// addresses, every other name does not exist. What is no query gets nothing.
func answerName(query []byte, addresses []netip.Addr) []byte {
	var parser dnsmessage.Parser
	head, err := parser.Start(query)
	if err != nil || head.Response {
		return nil
	}
	question, err := parser.Question()
	if err != nil {
		return nil
	}
	reply := dnsmessage.Message{
		Header: dnsmessage.Header{ID: head.ID, Response: true, Authoritative: true,
			RecursionDesired: head.RecursionDesired, RecursionAvailable: true},
		Questions: []dnsmessage.Question{question},
	}
	switch strings.ToLower(strings.TrimSuffix(question.Name.String(), ".")) {
	case Domain, PageName, "dns." + Domain, "echo." + Domain:
		reply.Answers = records(question, addresses)
	default:
		reply.RCode = dnsmessage.RCodeNameError
	}
	packed, err := reply.Pack()
	if err != nil {
		return nil
	}
	return packed
}

// records are the addresses of a name as a question wants them.
func records(question dnsmessage.Question, addresses []netip.Addr) []dnsmessage.Resource {
	var found []dnsmessage.Resource
	head := dnsmessage.ResourceHeader{Name: question.Name, Class: dnsmessage.ClassINET, TTL: nameTTL}
	for _, address := range addresses {
		switch {
		case address.Is4() && question.Type == dnsmessage.TypeA:
			found = append(found, dnsmessage.Resource{Header: head, Body: &dnsmessage.AResource{A: address.As4()}})
		case address.Is6() && question.Type == dnsmessage.TypeAAAA:
			found = append(found, dnsmessage.Resource{Header: head, Body: &dnsmessage.AAAAResource{AAAA: address.As16()}})
		}
	}
	return found
}

// serveWeb serves the web page inside, the caller's address as plain text at
// /address, and n bytes of zeros at /zeros?n=.
func (s *services) serveWeb(w http.ResponseWriter, r *http.Request) {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		http.Error(w, "Nobody knows where you are.", http.StatusInternalServerError)
		return
	}
	switch r.URL.Path {
	case "/":
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, page, from.Addr())
	case "/address":
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		fmt.Fprintln(w, from.Addr())
	case "/zeros":
		n, err := strconv.ParseInt(r.URL.Query().Get("n"), 10, 64)
		if err != nil || n < 0 || n > maxZeros {
			http.Error(w, "How many?", http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Length", strconv.FormatInt(n, 10))
		w.Header().Set("Content-Type", "application/octet-stream")
		sendZeros(r.Context(), w, n)
	default:
		http.NotFound(w, r)
	}
}

// sendZeros writes n zero bytes.
func sendZeros(ctx context.Context, w io.Writer, n int64) {
	block := make([]byte, 32<<10)
	for n > 0 && ctx.Err() == nil {
		written, err := w.Write(block[:min(n, int64(len(block)))])
		if err != nil {
			return
		}
		n -= int64(written)
	}
}

// page is the web page inside; its one value is the caller's address.
const page = `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>You are inside</title></head>
<body>
<h1>You are inside</h1>
<p>This page exists only behind the practice gateway. You came from the address <b>%s</b>.</p>
</body>
</html>
`
