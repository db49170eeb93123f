package egress

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/weirflow/weir/flow"
)

func TestParseHost(t *testing.T) {
	long := strings.Repeat("a", 63)
	for _, c := range []struct{ in, want string }{
		{"example.com", "example.com"},
		{"EXAMPLE.Com:443", "example.com:443"},
		{"a-b.example.com:8443", "a-b.example.com:8443"},
		{"r3---sn.example.com", "r3---sn.example.com"},
		{"localhost", "localhost"},
		{"bücher.example", "xn--bcher-kva.example"},
		{"BÜCHER.example", "xn--bcher-kva.example"},
		{"XN--BCHER-KVA.example", "xn--bcher-kva.example"},
		{"straße.example", "xn--strae-oqa.example"},
		{"日本.example:81", "xn--wgv71a.example:81"},
		{"1.2.3.4", "1.2.3.4"},
		{"1.2.3.4:80", "1.2.3.4:80"},
		{"[2606:4700::1111]", "2606:4700::1111"},
		{"[2606:4700:0:0::1111]:443", "[2606:4700::1111]:443"},
		{"2606:4700::1111", ""}, // an address with colons needs brackets
		{"[::FFFF:1.2.3.4]", "::ffff:1.2.3.4"},
		{"0x.example", "0x.example"},
		{"1e100.net", "1e100.net"},
		{"3com.com", "3com.com"},
		{long + ".example", long + ".example"},

		{"", ""}, {".", ""}, {"a.", ""}, {".a", ""}, {"a..b", ""}, {"-a.example", ""}, {"a-.example", ""}, {"a_b.example", ""},
		{long + "a.example", ""}, {strings.Repeat("abcdefg.", 32) + "example", ""},
		{"*.example.com", ""}, {"exa mple.com", ""}, {"exa%6dple.com", ""}, {"exa\x00mple.com", ""}, {"a@b", ""}, {`a\b`, ""}, {"a/b", ""},
		{"１２７.0.0.1", ""}, {"ⓛocalhost", ""}, {"ｅxample.com", ""}, {"example。com", ""}, {"ü。com", ""}, {"a\u00adb.example", ""},
		{"xn--localhost-", ""}, {"xn--a", ""}, {"xn--", ""}, {"\xff.example", ""},
		{"127.1", ""}, {"2130706433", ""}, {"0x7f000001", ""}, {"0177.0.0.1", ""}, {"0x7f.0.0.1", ""}, {"1.2.3.4.5", ""}, {"1.2.3.256", ""},
		{"01.2.3.4", ""}, {"1.2.3.4.", ""}, {"example.0x1", ""}, {"example.0x", ""}, {"example.1", ""}, {"1.2.3.0xF", ""},
		{"a:", ""}, {"a:0", ""}, {"a:00", ""}, {"a:080", ""}, {"a:65536", ""}, {"a:-1", ""}, {"a:+1", ""}, {"a:1:2", ""}, {"a:http", ""}, {"a: 80", ""},
		{"[", ""}, {"[]", ""}, {"[::1", ""}, {"[::1]x", ""}, {"[::1]80", ""}, {"[1.2.3.4]", ""}, {"[fe80::1%eth0]", ""}, {"[fe80::1%25eth0]", ""}, {"[g::]", ""},
	} {
		h, why := parseHost(c.in)
		got := h.String()
		if why != "" {
			got = ""
		}
		if got != c.want {
			t.Errorf("parseHost(%q) = %q (%s), want %q", c.in, got, why, c.want)
		}
		if err := ValidHost(c.in); (err == nil) != (c.want != "") {
			t.Errorf("ValidHost(%q) = %v, want valid %t", c.in, err, c.want != "")
		} else if err != nil {
			wantCode(t, c.in, err, flow.CodeEgressDenied)
		}
	}
}

func TestRefusal(t *testing.T) {
	const public, opened, closed = "public", "opened", "closed"
	for _, c := range []struct{ addr, want string }{
		{"1.1.1.1", public}, {"8.8.8.8", public}, {"93.184.216.34", public}, {"223.255.255.255", public}, {"172.15.255.255", public},
		{"172.32.0.0", public}, {"100.63.255.255", public}, {"100.128.0.0", public}, {"198.17.255.255", public}, {"198.20.0.0", public},
		{"2606:4700::1111", public}, {"2a00:1450::1", public}, {"2001:4860:4860::8888", public}, {"2001:200::", public}, {"2003::", public},
		{"127.0.0.1", opened}, {"127.255.255.255", opened}, {"10.0.0.0", opened}, {"10.255.255.255", opened}, {"172.16.0.1", opened},
		{"172.31.255.255", opened}, {"192.168.0.1", opened}, {"100.64.0.0", opened}, {"100.127.255.255", opened}, {"::1", opened},
		{"fc00::1", opened}, {"fd00:ec2::254", opened},
		{"0.0.0.0", closed}, {"0.1.2.3", closed}, {"169.254.169.254", closed}, {"169.254.0.1", closed}, {"192.0.0.1", closed},
		{"192.0.0.192", closed}, {"192.0.2.1", closed}, {"192.31.196.1", closed}, {"192.52.193.1", closed}, {"192.88.99.1", closed},
		{"192.175.48.1", closed}, {"198.18.0.0", closed}, {"198.19.255.255", closed}, {"198.51.100.1", closed}, {"203.0.113.1", closed},
		{"224.0.0.1", closed}, {"239.255.255.255", closed}, {"240.0.0.1", closed}, {"255.255.255.255", closed}, {"168.63.129.16", closed},
		{"::", closed}, {"::7f00:1", closed}, {"::ffff:127.0.0.1", closed}, {"::ffff:8.8.8.8", closed}, {"64:ff9b::7f00:1", closed},
		{"64:ff9b:1::1", closed}, {"100::1", closed}, {"100:0:0:1::1", closed}, {"2001::1", closed}, {"2001:2::1", closed}, {"2001:10::1", closed},
		{"2001:20::1", closed}, {"2001:db8::1", closed}, {"2002:7f00:1::", closed}, {"2620:4f:8000::1", closed}, {"3fff::1", closed},
		{"5f00::1", closed}, {"fe80::1", closed}, {"fe80::1%eth0", closed}, {"2606:4700::1111%eth0", closed}, {"fec0::1", closed}, {"ff02::1", closed},
		{"4000::1", closed}, {"1000::", closed}, {"200::", closed},
	} {
		addr := netip.MustParseAddr(c.addr)
		got := public
		switch {
		case refusal(addr, true) != "":
			got = closed
		case refusal(addr, false) != "":
			got = opened
		}
		if got != c.want {
			t.Errorf("%s is %s (%s), want %s", c.addr, got, refusal(addr, false), c.want)
		}
	}
	if refusal(netip.Addr{}, true) == "" {
		t.Error("the zero address is permitted")
	}
}

func TestAuthorize(t *testing.T) {
	p := newPolicy([]string{"Intra.Example", "127.0.0.1:8080", "[::1]:8080", "not a host"}, []uint16{443, 80})
	hosts := []string{"api.example.com", "api.example.com:8443", "*.example.net", "intra.example", "intra.example:9000", "127.0.0.1:8080", "[::1]:8080", "1.1.1.1", "10.0.0.1", "bücher.example"}
	const denied, invalid = flow.CodeEgressDenied, flow.CodeInputInvalid
	for _, c := range []struct {
		url  string
		want string
		code flow.Code
	}{
		{"https://api.example.com", "https://api.example.com", ""},
		{"HTTPS://API.example.com:443/a?b=c#d", "https://api.example.com/a?b=c", ""},
		{"https://BÜCHER.example/ä", "https://xn--bcher-kva.example/%C3%A4", ""},
		{"https://1.1.1.1/", "https://1.1.1.1/", ""},
		{"http://127.0.0.1:8080/x", "http://127.0.0.1:8080/x", ""},
		{"https://[0:0::1]:8080/", "https://[::1]:8080/", ""},
		{"http://intra.example/", "http://intra.example/", ""},
		{"https://intra.example/", "https://intra.example/", ""},

		{"https://api.example.com:8443/", "", denied}, // listed, but the port is not allowed
		{"https://intra.example:9000/", "", denied},   // the permission is for Ports alone
		{"http://api.example.com/", "", denied},
		{"https://api.example.com:80/", "", denied}, // listed for https alone
		{"https://www.example.net/", "", denied},
		{"https://*.example.net/", "", denied},
		{"https://example.com/", "", denied},
		{"https://10.0.0.1/", "", denied},
		{"https://user@api.example.com/", "", denied},
		{"https://api.example.com@evil.example/", "", denied},
		{`https://api.example.com\@evil.example/`, "", denied},
		{"https://api.example.com:0/", "", denied},
		{"https:///api.example.com/", "", denied},
		{"ftp://api.example.com/", "", denied}, {"file:///etc/passwd", "", denied}, {"gopher://api.example.com/", "", denied},
		{"unix:/run/sock", "", denied}, {"data:text/plain,x", "", denied}, {"javascript:1", "", denied}, {"ws://api.example.com/", "", denied},
		{"https:api.example.com", "", invalid}, {"https:/api.example.com", "", invalid}, {"api.example.com", "", invalid}, {"//api.example.com/", "", invalid},
		{"", "", invalid}, {"://x", "", invalid}, {"/path", "", invalid},
		{" https://api.example.com/", "", invalid}, {"https://api.example.com/a b", "", invalid}, {"https://api.example.com/\r\nX: y", "", invalid},
		{"https://api.example.com/\t", "", invalid}, {"https://api.example.com/\x7f", "", invalid}, {"https://api.example.com/%zz", "", invalid},
		{"https://api.example.com/\xff", "", invalid},
		{"https://api.example.com/" + strings.Repeat("a", maxURL), "", invalid},
	} {
		got, err := p.authorize(c.url, hosts)
		if c.url == "http://api.example.com/" && !strings.Contains(flow.AsError(err).Fix, "--allow-host api.example.com:80,") {
			t.Errorf("%q: the fix is %q", c.url, flow.AsError(err).Fix)
		}
		if flow.CodeOf(err) != c.code {
			t.Errorf("%q: error %v, want %q", c.url, err, c.code)
			continue
		}
		if err == nil && got.url.String() != c.want {
			t.Errorf("%q is read as %q, want %q", c.url, got.url, c.want)
		}
	}
	if _, err := p.authorize("https://api.example.com/", nil); flow.CodeOf(err) != denied {
		t.Errorf("no hosts listed: error %v, want %s", err, denied)
	}
}

func TestBinding(t *testing.T) {
	p := newPolicy([]string{"a.example", "a.example:8443"}, []uint16{443, 80})
	for _, c := range []struct{ url, bare, full string }{
		{"https://a.example/", "a.example", "a.example:443"},
		{"https://a.example:8443/", "a.example:8443", "a.example:8443"},
		{"http://a.example/", "a.example:80", "a.example:80"},
	} {
		got, err := p.authorize(c.url, []string{"a.example", "a.example:8443"})
		if err != nil {
			t.Fatalf("%s: %v", c.url, err)
		}
		if bare, full := got.binding(); bare != c.bare || full != c.full {
			t.Errorf("%s binds %q and %q, want %q and %q", c.url, bare, full, c.bare, c.full)
		}
	}
}

func TestControl(t *testing.T) {
	p := newPolicy([]string{"open.example:443"}, []uint16{443})
	for _, c := range []struct {
		host, network, address string
		ok                     bool
	}{
		{"a.example", "tcp4", "1.1.1.1:443", true},
		{"a.example", "tcp6", "[2606:4700::1111]:443", true},
		{"open.example", "tcp4", "127.0.0.1:443", true},
		{"open.example", "tcp4", "169.254.169.254:443", false},
		{"a.example", "tcp4", "127.0.0.1:443", false},
		{"a.example", "tcp6", "[::1]:443", false},
		{"a.example", "tcp6", "[fe80::1%lo]:443", false},
		{"a.example", "tcp6", "[::ffff:1.1.1.1]:443", false},
		{"a.example", "tcp4", "1.1.1.1:22", false},
		{"a.example", "udp4", "1.1.1.1:443", false},
		{"a.example", "unix", "/run/sock", false},
		{"a.example", "tcp4", "a.example:443", false},
	} {
		err := p.control(host{name: c.host, port: 443})(t.Context(), c.network, c.address, nil)
		if (err == nil) != c.ok {
			t.Errorf("%s %s for %s: %v, want permitted %t", c.network, c.address, c.host, err, c.ok)
		}
		if err != nil {
			wantCode(t, c.address, err, flow.CodeEgressDenied)
		}
	}
}

// TestLocalhost: the names of this machine need no resolver, whatever it says,
// and are as closed as its addresses.
func TestLocalhost(t *testing.T) {
	_, port, _ := strings.Cut(serve(t, func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte(r.Host)) }), ":")
	elsewhere := names{"*": {"192.0.2.1"}}
	for _, name := range []string{"localhost", "LOCALHOST", "tracker.localhost"} {
		at := name + ":" + port
		res, err := client(t, Config{Resolver: elsewhere}, at).Fetch(t.Context(), get("http://"+at+"/"))
		if err != nil || string(res.Body) != strings.ToLower(at) {
			t.Errorf("%s: %v", name, err)
		}
		_, err = client(t, Config{Ports: []uint16{443}, Resolver: elsewhere}).Fetch(t.Context(), &flow.Request{Method: "GET", URL: "https://" + name + "/", Hosts: []string{name}})
		wantCode(t, name+", not opened", err, flow.CodeEgressDenied)
	}
}
