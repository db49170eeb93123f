package pricing

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// asServer makes this test's program the server that it measures requests to: what
// a service does is nothing that a run pays for, and would count in one process.
const asServer = "WEIR_PRICING_SERVER"

func TestMain(m *testing.M) {
	if os.Getenv(asServer) == "" {
		os.Exit(m.Run())
	}
	if err := serve(); err != nil {
		log.Fatal(err)
	}
}

// startServer starts the server and returns its address and its certificate.
func startServer(t *testing.T) (string, *x509.CertPool) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), asServer+"=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close() // which ends it
		if err := cmd.Wait(); err != nil {
			t.Errorf("the server: %v", err)
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the server did not say where it is: %v", err)
	}
	address, der64, _ := strings.Cut(strings.TrimSpace(line), " ")
	der, err := base64.StdEncoding.DecodeString(der64)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(cert)
	return address, roots
}

// serve prints its address and certificate in one line and serves until the
// standard input ends, as it does when the process that started it does.
func serve() error {
	cert, err := certificate()
	if err != nil {
		return err
	}
	s := httptest.NewUnstartedServer(http.HandlerFunc(answer))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
	s.StartTLS()
	defer s.Close()
	fmt.Println(s.Listener.Addr(), base64.StdEncoding.EncodeToString(cert.Certificate[0]))
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// certificate makes a certificate for example.com of the kind that most services
// have.
func certificate() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"example.com"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}

// answer gives /status/NNN with that status, /echo with what it was sent, and
// everything else as a small object.
func answer(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if code, ok := strings.CutPrefix(r.URL.Path, "/status/"); ok {
		if status, err := strconv.Atoi(code); err == nil {
			w.WriteHeader(status)
		}
	}
	if r.URL.Path == "/echo" {
		_, _ = io.Copy(w, r.Body)
		return
	}
	_, _ = io.Copy(io.Discard, r.Body)
	_, _ = io.WriteString(w, `{"id": 1}`)
}
