package egress

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/weirflow/weir/flow"
)

// authority is a certificate authority made for one test.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"}, NotBefore: time.Now().Add(-48 * time.Hour),
		NotAfter: time.Now().Add(48 * time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &authority{cert, key}
}

func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

// issue returns a certificate for 127.0.0.1 or, where name is not "", for name.
func (a *authority) issue(t *testing.T, name string, from, to time.Time, usage x509.ExtKeyUsage) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: from, NotAfter: to, KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{usage},
	}
	if name != "" {
		template.DNSNames = []string{name}
	} else {
		template.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func TestTLS(t *testing.T) {
	ca, stranger := newAuthority(t), newAuthority(t)
	now := time.Now()
	early, late := now.Add(-time.Hour), now.Add(time.Hour)
	const server = x509.ExtKeyUsageServerAuth
	good := ca.issue(t, "", early, late, server)
	for _, c := range []struct {
		name string
		cfg  *tls.Config
		want flow.Code
	}{
		{"good", &tls.Config{Certificates: []tls.Certificate{good}}, ""},
		{"TLS 1.2", &tls.Config{Certificates: []tls.Certificate{good}, MaxVersion: tls.VersionTLS12}, ""},
		{"wrong name", &tls.Config{Certificates: []tls.Certificate{ca.issue(t, "other.example", early, late, server)}}, flow.CodeHTTPTLS},
		{"expired", &tls.Config{Certificates: []tls.Certificate{ca.issue(t, "", early, now.Add(-time.Minute), server)}}, flow.CodeHTTPTLS},
		{"not yet valid", &tls.Config{Certificates: []tls.Certificate{ca.issue(t, "", now.Add(30*time.Minute), late, server)}}, flow.CodeHTTPTLS},
		{"unknown authority", &tls.Config{Certificates: []tls.Certificate{stranger.issue(t, "", early, late, server)}}, flow.CodeHTTPTLS},
		{"certificate of a client", &tls.Config{Certificates: []tls.Certificate{ca.issue(t, "", early, late, x509.ExtKeyUsageClientAuth)}}, flow.CodeHTTPTLS},
		{"TLS 1.1", &tls.Config{Certificates: []tls.Certificate{good}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, flow.CodeHTTPTLS},
		{"weak cipher", &tls.Config{Certificates: []tls.Certificate{good}, MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_RC4_128_SHA}}, flow.CodeHTTPTLS},
		{"client certificate required", &tls.Config{Certificates: []tls.Certificate{good}, ClientAuth: tls.RequireAnyClientCert}, flow.CodeHTTPTLS},
		{"client certificate required, TLS 1.2", &tls.Config{Certificates: []tls.Certificate{good}, ClientAuth: tls.RequireAnyClientCert, MaxVersion: tls.VersionTLS12}, flow.CodeHTTPTLS},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }))
			s.TLS = c.cfg
			s.Config.ErrorLog = log.New(io.Discard, "", 0)
			s.StartTLS()
			defer s.Close()
			address := s.Listener.Addr().String()
			_, err := client(t, Config{Roots: ca.pool()}, address).Fetch(t.Context(), get("https://"+address+"/"))
			wantCode(t, c.name, err, c.want)
		})
	}
}

// TestTLSName checks a certificate against the name that was asked for, not
// against the address.
func TestTLSName(t *testing.T) {
	ca := newAuthority(t)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {}))
	s.TLS = &tls.Config{Certificates: []tls.Certificate{ca.issue(t, "right.example", time.Now().Add(-time.Hour), time.Now().Add(time.Hour), x509.ExtKeyUsageServerAuth)}}
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	defer s.Close()
	_, port, _ := net.SplitHostPort(s.Listener.Addr().String())
	c := client(t, Config{Roots: ca.pool(), Resolver: names{"*": {"127.0.0.1"}}}, "right.example:"+port, "wrong.example:"+port)
	_, err := c.Fetch(t.Context(), get("https://right.example:"+port+"/"))
	wantCode(t, "right name", err, "")
	_, err = c.Fetch(t.Context(), get("https://wrong.example:"+port+"/"))
	wantCode(t, "wrong name", err, flow.CodeHTTPTLS)
}

func TestNoTLS(t *testing.T) {
	plain := serve(t, func(http.ResponseWriter, *http.Request) {})
	_, err := client(t, Config{}, plain).Fetch(t.Context(), get("https://"+plain+"/"))
	wantCode(t, "https to a server without TLS", err, flow.CodeHTTPTLS)

	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }() // accepts into the backlog and never says a word
	silent := l.Addr().String()
	_, err = client(t, Config{TLSTimeout: 30 * time.Millisecond}, silent).Fetch(t.Context(), get("https://"+silent+"/"))
	wantCode(t, "silent handshake", err, flow.CodeHTTPTimeout)
}
