package egress

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/weirflow/weir/flow"
)

// forbidden4 are addresses whose every spelling must be refused.
var forbidden4 = []string{
	"127.0.0.1", "127.0.0.2", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "198.18.0.1",
	"192.0.0.192", "240.0.0.1", "224.0.0.1", "255.255.255.255",
}

// forbidden6 are IPv6 addresses that are refused as such.
var forbidden6 = []string{
	"::", "::1", "fe80::1", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1", "2001::1", "2002::1", "100::1", "64:ff9b:1::1", "4000::1",
}

// spellings returns the ways to write one IPv4 address that some program reads.
func spellings(s string) []string {
	a := netip.MustParseAddr(s).As4()
	n := uint32(a[0])<<24 | uint32(a[1])<<16 | uint32(a[2])<<8 | uint32(a[3])
	wide := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r - '0' + '０'
		}
		return r
	}, s)
	out := []string{
		s, s + ".", wide, strings.ReplaceAll(s, ".", "。"), strings.ReplaceAll(s, ".", "%2e"), "%31" + s[1:],
		fmt.Sprint(n), fmt.Sprintf("0x%x", n), fmt.Sprintf("0X%X", n), fmt.Sprintf("0%o", n),
		fmt.Sprintf("0x%x.0x%x.0x%x.0x%x", a[0], a[1], a[2], a[3]), fmt.Sprintf("0%o.0%o.0%o.0%o", a[0], a[1], a[2], a[3]),
		fmt.Sprintf("%03d.%03d.%03d.%03d", a[0], a[1], a[2], a[3]), fmt.Sprintf("0x%x.%d.0%o.%d", a[0], a[1], a[2], a[3]),
		fmt.Sprintf("%d.%d", a[0], n&0xFFFFFF), fmt.Sprintf("%d.%d.%d", a[0], a[1], n&0xFFFF), fmt.Sprintf("%d.0x%x", a[0], n&0xFFFFFF),
		"[::ffff:" + s + "]", fmt.Sprintf("[::ffff:%x:%x]", n>>16, n&0xFFFF), "[::" + s + "]", "[64:ff9b::" + s + "]",
		fmt.Sprintf("[64:ff9b:1::%x:%x]", n>>16, n&0xFFFF), fmt.Sprintf("[2002:%x:%x::1]", n>>16, n&0xFFFF),
		fmt.Sprintf("[2001:0:%x:%x::1]", n>>16, n&0xFFFF), fmt.Sprintf("[::ffff:0:%x:%x]", n>>16, n&0xFFFF), "[::ffff:" + s + "%25lo]",
		"user@" + s, "example.com@" + s, `example.com\@` + s, "example.com#@" + s,
		s + ".nip.example", "ⓛocalhost", "localhost", "LOCALHOST", "localhost.", "lo-" + strings.ReplaceAll(s, ".", "-") + ".example",
	}
	return out
}

// TestForbiddenTargets asks for every spelling with everything in the attacker's
// favour: the host is listed as written, the port is allowed, and the resolver,
// like a careless C library, knows every name as a loopback address.
func TestForbiddenTargets(t *testing.T) {
	cage := newCanary(t)
	var port uint16
	_, _ = fmt.Sscan(cage.port, &port)
	hosts := map[string]bool{}
	for _, s := range forbidden4 {
		for _, spelling := range spellings(s) {
			hosts[spelling] = true
		}
	}
	for _, s := range forbidden6 {
		for _, spelling := range []string{"[" + s + "]", "[" + strings.ToUpper(s) + "]", "[" + netip.MustParseAddr(s).StringExpanded() + "]", "[" + s + "%25lo]", "[" + s + "%lo]"} {
			hosts[spelling] = true
		}
	}
	if len(hosts) < 200 {
		t.Fatalf("only %d spellings", len(hosts))
	}
	for _, resolver := range []names{{"*": {"127.0.0.1"}}, {"*": {"::1"}}, {"*": {"93.184.216.34", "127.0.0.1"}}} {
		c := client(t, Config{Ports: []uint16{port}, Resolver: resolver})
		for h := range hosts {
			for _, scheme := range []string{"https", "http"} {
				req := &flow.Request{
					Method: "GET", URL: scheme + "://" + h + ":" + cage.port + "/",
					Hosts: []string{h, h + ":" + cage.port, "127.0.0.1:" + cage.port, "[::1]:" + cage.port, "localhost:" + cage.port, "example.com"},
				}
				_, err := c.Fetch(t.Context(), req)
				if code := flow.CodeOf(err); code != flow.CodeEgressDenied && code != flow.CodeInputInvalid {
					t.Errorf("%s: error %v, want %s or %s", req.URL, err, flow.CodeEgressDenied, flow.CodeInputInvalid)
				}
			}
		}
	}
	cage.untouched(t)
}

// TestForbiddenAnswers resolves a harmless name to every forbidden address,
// alone and behind a public one.
func TestForbiddenAnswers(t *testing.T) {
	cage := newCanary(t)
	var port uint16
	_, _ = fmt.Sscan(cage.port, &port)
	mapped := []string{}
	for _, s := range forbidden4 {
		mapped = append(mapped, "::ffff:"+s)
	}
	for _, s := range append(append(mapped, forbidden4...), forbidden6...) {
		for _, answer := range [][]string{{s}, {"93.184.216.34", s}, {s, "2606:4700::1111"}} {
			c := client(t, Config{Ports: []uint16{port}, Resolver: names{"a.example": answer}})
			_, err := c.Fetch(t.Context(), get("https://a.example:"+cage.port+"/"))
			wantCode(t, fmt.Sprint(answer), err, flow.CodeEgressDenied)
			// The name is refused as a whole, before anything is dialled.
			_, err = c.resolve(t.Context(), host{name: "a.example", port: port})
			wantCode(t, fmt.Sprint("lookup of ", answer), err, flow.CodeEgressDenied)
		}
	}
	cage.untouched(t)
}

// TestRebinding gives connect an address that no lookup of this client saw, as
// if the name had changed between the check and the connection.
func TestRebinding(t *testing.T) {
	cage := newCanary(t)
	var port uint16
	_, _ = fmt.Sscan(cage.port, &port)
	c := client(t, Config{Ports: []uint16{port}}, "other.example:"+cage.port)
	for _, s := range []string{"127.0.0.1", "::1", "127.0.0.2"} {
		conn, err := c.connect(t.Context(), host{name: "a.example", port: port}, []netip.Addr{netip.MustParseAddr(s)})
		wantCode(t, s, err, flow.CodeEgressDenied)
		if conn != nil {
			t.Errorf("%s: connected", s)
		}
	}
	for _, address := range []string{"a.example", "a_b:1", "127.1:443"} {
		_, err := c.dial(t.Context(), "tcp", address)
		wantCode(t, address, err, flow.CodeEgressDenied)
	}
	cage.untouched(t)
}

// nameServer answers DNS queries over UDP on loopback with what script appends.
// A script that returns false does not answer.
func nameServer(t *testing.T, script func(q dnsmessage.Question, b *dnsmessage.Message) bool) *net.Resolver {
	t.Helper()
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pc.Close() })
	go func() {
		buf := make([]byte, 1500)
		for {
			n, from, err := pc.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buf[:n]) != nil || len(m.Questions) != 1 {
				continue
			}
			m.Header = dnsmessage.Header{ID: m.ID, Response: true, RecursionAvailable: true, Authoritative: true}
			m.Additionals = nil
			if script(m.Questions[0], &m) {
				if packed, err := m.Pack(); err == nil {
					_, _ = pc.WriteTo(packed, from)
				}
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", pc.LocalAddr().String())
	}}
}

func address(name dnsmessage.Name, ip string) dnsmessage.Resource {
	h := dnsmessage.ResourceHeader{Name: name, Class: dnsmessage.ClassINET}
	if a := netip.MustParseAddr(ip); a.Is4() {
		return dnsmessage.Resource{Header: h, Body: &dnsmessage.AResource{A: a.As4()}}
	} else {
		return dnsmessage.Resource{Header: h, Body: &dnsmessage.AAAAResource{AAAA: a.As16()}}
	}
}

// TestNameServer runs the default kind of resolver against scripted answers.
func TestNameServer(t *testing.T) {
	cage := newCanary(t)
	var port uint16
	_, _ = fmt.Sscan(cage.port, &port)
	for _, c := range []struct {
		name   string
		script func(q dnsmessage.Question, m *dnsmessage.Message) bool
		want   flow.Code
	}{
		{"private address", func(q dnsmessage.Question, m *dnsmessage.Message) bool {
			if q.Type == dnsmessage.TypeA {
				m.Answers = append(m.Answers, address(q.Name, "127.0.0.1"))
			}
			return true
		}, flow.CodeEgressDenied},
		{"public A, private AAAA", func(q dnsmessage.Question, m *dnsmessage.Message) bool {
			if q.Type == dnsmessage.TypeA {
				m.Answers = append(m.Answers, address(q.Name, "93.184.216.34"))
			} else {
				m.Answers = append(m.Answers, address(q.Name, "::1"))
			}
			return true
		}, flow.CodeEgressDenied},
		{"mapped AAAA", func(q dnsmessage.Question, m *dnsmessage.Message) bool {
			if q.Type == dnsmessage.TypeAAAA {
				m.Answers = append(m.Answers, dnsmessage.Resource{
					Header: dnsmessage.ResourceHeader{Name: q.Name, Class: dnsmessage.ClassINET},
					Body:   &dnsmessage.AAAAResource{AAAA: netip.MustParseAddr("::ffff:127.0.0.1").As16()},
				})
			}
			return true
		}, flow.CodeEgressDenied},
		{"alias of an internal name", func(q dnsmessage.Question, m *dnsmessage.Message) bool {
			internal := dnsmessage.MustNewName("db.internal.")
			m.Answers = append(m.Answers, dnsmessage.Resource{
				Header: dnsmessage.ResourceHeader{Name: q.Name, Class: dnsmessage.ClassINET},
				Body:   &dnsmessage.CNAMEResource{CNAME: internal},
			})
			if q.Type == dnsmessage.TypeA {
				m.Answers = append(m.Answers, address(internal, "10.0.0.1"))
			}
			return true
		}, flow.CodeEgressDenied},
		{"no such name", func(_ dnsmessage.Question, m *dnsmessage.Message) bool {
			m.RCode = dnsmessage.RCodeNameError
			return true
		}, flow.CodeEgressDNS},
		{"server failure", func(_ dnsmessage.Question, m *dnsmessage.Message) bool {
			m.RCode = dnsmessage.RCodeServerFailure
			return true
		}, flow.CodeEgressDNS},
		{"no answer", func(dnsmessage.Question, *dnsmessage.Message) bool { return false }, flow.CodeEgressDNS},
		{"only a suffix has an address", func(q dnsmessage.Question, m *dnsmessage.Message) bool {
			if q.Name.String() == "a.example." {
				m.RCode = dnsmessage.RCodeNameError
			} else {
				m.Answers = append(m.Answers, address(q.Name, "127.0.0.1"))
			}
			return true
		}, flow.CodeEgressDNS},
	} {
		t.Run(c.name, func(t *testing.T) {
			cl := client(t, Config{Ports: []uint16{port}, Resolver: nameServer(t, c.script), DNSTimeout: time.Second})
			_, err := cl.Fetch(t.Context(), get("https://a.example:"+cage.port+"/"))
			wantCode(t, c.name, err, c.want)
		})
	}
	cage.untouched(t)
}

func TestTooManyAddresses(t *testing.T) {
	many := make([]string, maxAddresses+1)
	for i := range many {
		many[i] = fmt.Sprintf("93.184.216.%d", i)
	}
	for _, c := range []struct {
		name    string
		answers names
	}{{"too many", names{"a.example": many}}, {"none", names{"a.example": nil}}, {"unknown", names{}}} {
		_, err := client(t, Config{Resolver: c.answers}).Fetch(t.Context(), get("https://a.example/"))
		wantCode(t, c.name, err, flow.CodeEgressDNS)
	}
}
