package netstack

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

const (
	// queryTimeout is how long one server has for one answer.
	queryTimeout = 3 * time.Second
	// queryRounds is how often the list of servers is gone through.
	queryRounds = 2
	// maxUDPAnswer is announced with EDNS(0); 1232 bytes pass every path.
	maxUDPAnswer = 1232
	dnsPort      = 53
)

// Resolver asks the DNS servers of a tunnel for addresses. Unlike the
// standard library's it reads nothing of this machine: no hosts file, no
// resolv.conf, no search list.
type Resolver struct {
	// Servers are asked in this order until one answers.
	Servers []netip.Addr
	// Dial opens "udp" and "tcp" connections to a server.
	Dial func(ctx context.Context, network string, server netip.AddrPort) (net.Conn, error)
}

// ResolverOver returns a resolver whose questions go through the stack.
func ResolverOver(s *Stack, servers []netip.Addr) *Resolver {
	return &Resolver{Servers: servers, Dial: func(ctx context.Context, network string, server netip.AddrPort) (net.Conn, error) {
		if network == "udp" {
			return s.DialUDP(server)
		}
		return s.DialTCP(ctx, server)
	}}
}

// LookupNetIP returns the addresses of a fully qualified name, IPv4 first.
// network is "ip", "ip4" or "ip6". The error is a *net.DNSError, with
// IsNotFound where a server said that there is no such name or no address.
func (r *Resolver) LookupNetIP(ctx context.Context, network, name string) ([]netip.Addr, error) {
	fqdn, err := dnsmessage.NewName(strings.TrimSuffix(name, ".") + ".")
	if err != nil || name == "" {
		return nil, &net.DNSError{Err: "not a name", Name: name, IsNotFound: true}
	}
	var types []dnsmessage.Type
	if network != "ip6" {
		types = append(types, dnsmessage.TypeA)
	}
	if network != "ip4" {
		types = append(types, dnsmessage.TypeAAAA)
	}
	type answer struct {
		addresses []netip.Addr
		err       error
	}
	answers := make([]chan answer, len(types))
	for i, kind := range types {
		answers[i] = make(chan answer, 1)
		go func() {
			addresses, err := r.ask(ctx, dnsmessage.Question{Name: fqdn, Type: kind, Class: dnsmessage.ClassINET})
			answers[i] <- answer{addresses, err}
		}()
	}
	var addresses []netip.Addr
	var failure error
	for _, pending := range answers {
		a := <-pending
		addresses = append(addresses, a.addresses...)
		failure = errors.Join(failure, a.err)
	}
	if len(addresses) > 0 {
		return addresses, nil
	}
	if failure != nil {
		return nil, &net.DNSError{UnwrapErr: failure, Err: failure.Error(), Name: name, IsTimeout: errors.Is(failure, context.DeadlineExceeded)}
	}
	return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

// ask goes through the servers. A server that says "no such name" is believed:
// the result is empty and there is no error.
func (r *Resolver) ask(ctx context.Context, question dnsmessage.Question) ([]netip.Addr, error) {
	failure := errors.New("no DNS server")
	for range queryRounds {
		for _, server := range r.Servers {
			addresses, err := r.askServer(ctx, netip.AddrPortFrom(server, dnsPort), question)
			if err == nil {
				return addresses, nil
			}
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			failure = fmt.Errorf("ask %s: %w", server, err)
		}
	}
	return nil, failure
}

// askServer asks one server over UDP, and over TCP where the answer was cut
// (RFC 7766).
func (r *Resolver) askServer(ctx context.Context, server netip.AddrPort, question dnsmessage.Question) ([]netip.Addr, error) {
	ctx, cancel := context.WithTimeout(ctx, queryTimeout)
	defer cancel()
	id, query, err := buildQuery(question)
	if err != nil {
		return nil, err
	}
	for _, network := range []string{"udp", "tcp"} {
		addresses, truncated, err := r.exchange(ctx, network, server, id, query, question)
		if err != nil || !truncated {
			return addresses, err
		}
	}
	return nil, errors.New("the answer is cut over TCP too")
}

// exchange sends a query on one connection and waits for its answer.
func (r *Resolver) exchange(ctx context.Context, network string, server netip.AddrPort, id uint16, query []byte, question dnsmessage.Question) (addresses []netip.Addr, truncated bool, err error) {
	conn, err := r.Dial(ctx, network, server)
	if err != nil {
		return nil, false, err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if network == "tcp" {
		query = append(binary.BigEndian.AppendUint16(nil, uint16(len(query))), query...)
	}
	if _, err := conn.Write(query); err != nil {
		return nil, false, fmt.Errorf("send query: %w", err)
	}
	buf := make([]byte, 1<<16)
	for {
		n, err := readAnswer(conn, network, buf)
		if err != nil {
			if ctx.Err() != nil {
				err = context.Cause(ctx)
			}
			return nil, false, fmt.Errorf("wait for answer: %w", err)
		}
		addresses, truncated, err = parseAnswer(buf[:n], id, question)
		if errors.Is(err, errNotOurs) && network == "udp" {
			continue // a late or forged answer; ours may still come
		}
		return addresses, truncated, err
	}
}

// readAnswer reads one message.
func readAnswer(conn net.Conn, network string, buf []byte) (int, error) {
	if network == "udp" {
		return conn.Read(buf)
	}
	var length [2]byte
	if _, err := io.ReadFull(conn, length[:]); err != nil {
		return 0, err
	}
	return io.ReadFull(conn, buf[:binary.BigEndian.Uint16(length[:])])
}

// buildQuery packs a question with a random id and an EDNS(0) record.
func buildQuery(question dnsmessage.Question) (id uint16, query []byte, err error) {
	var random [2]byte
	rand.Read(random[:])
	id = binary.BigEndian.Uint16(random[:])
	builder := dnsmessage.NewBuilder(nil, dnsmessage.Header{ID: id, RecursionDesired: true})
	var edns dnsmessage.ResourceHeader
	err = errors.Join(
		builder.StartQuestions(),
		builder.Question(question),
		builder.StartAdditionals(),
		edns.SetEDNS0(maxUDPAnswer, dnsmessage.RCodeSuccess, false),
		builder.OPTResource(edns, dnsmessage.OPTResource{}),
	)
	if err != nil {
		return 0, nil, fmt.Errorf("build query: %w", err)
	}
	query, err = builder.Finish()
	return id, query, err
}

// errNotOurs marks an answer to another question.
var errNotOurs = errors.New("the answer is to another question")

// parseAnswer takes the addresses out of an answer. Aliases need no thought:
// a recursive server sends the addresses at their end in the same answer.
func parseAnswer(message []byte, id uint16, question dnsmessage.Question) (addresses []netip.Addr, truncated bool, err error) {
	var parser dnsmessage.Parser
	head, err := parser.Start(message)
	if err != nil {
		return nil, false, fmt.Errorf("read answer: %w", err)
	}
	asked, err := parser.Question()
	if err != nil || head.ID != id || !head.Response || asked.Type != question.Type ||
		asked.Class != question.Class || !strings.EqualFold(asked.Name.String(), question.Name.String()) {
		return nil, false, errNotOurs
	}
	switch {
	case head.RCode == dnsmessage.RCodeNameError:
		return nil, false, nil
	case head.RCode != dnsmessage.RCodeSuccess:
		return nil, false, fmt.Errorf("the server says %s", head.RCode)
	case head.Truncated:
		return nil, true, nil
	}
	if err := parser.SkipAllQuestions(); err != nil {
		return nil, false, fmt.Errorf("read answer: %w", err)
	}
	for {
		record, err := parser.AnswerHeader()
		if errors.Is(err, dnsmessage.ErrSectionDone) {
			return addresses, false, nil
		}
		if err != nil {
			return nil, false, fmt.Errorf("read answer: %w", err)
		}
		address, err := parseRecord(&parser, record.Type)
		if err != nil {
			return nil, false, fmt.Errorf("read answer: %w", err)
		}
		if address.IsValid() && record.Type == question.Type {
			addresses = append(addresses, address)
		}
	}
}

// parseRecord reads the address of one record; the zero Addr for other types.
func parseRecord(parser *dnsmessage.Parser, kind dnsmessage.Type) (netip.Addr, error) {
	switch kind {
	case dnsmessage.TypeA:
		record, err := parser.AResource()
		return netip.AddrFrom4(record.A), err
	case dnsmessage.TypeAAAA:
		record, err := parser.AAAAResource()
		return netip.AddrFrom16(record.AAAA), err
	default:
		return netip.Addr{}, parser.SkipAnswer()
	}
}
