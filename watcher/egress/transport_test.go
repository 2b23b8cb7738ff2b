package egress_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/feedwatch/feedwatch/watcher/egress"
)

// client makes a client over a transport that may reach the prefixes.
func client(t *testing.T, allow ...string) *http.Client {
	t.Helper()
	var p egress.Policy
	for _, a := range allow {
		p.Allow = append(p.Allow, netip.MustParsePrefix(a))
	}
	tr := egress.Transport(p)
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr}
}

// get fetches and closes; the tests here care for the way, not for the body.
func get(c *http.Client, url string) error {
	resp, err := c.Get(url)
	if err == nil {
		resp.Body.Close()
	}
	return err
}

// counting is a server that counts what reaches it.
func counting(t *testing.T, h http.HandlerFunc) (*httptest.Server, *atomic.Int32) {
	t.Helper()
	var n atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n.Add(1)
		h(w, r)
	}))
	t.Cleanup(srv.Close)
	return srv, &n
}

func ok(http.ResponseWriter, *http.Request) {}

func TestLoopbackIsRefusedUnlessAllowed(t *testing.T) {
	srv, hits := counting(t, ok)
	if err := get(client(t), srv.URL); !errors.Is(err, egress.ErrRefused) {
		t.Errorf("got %v, want ErrRefused", err)
	}
	if err := get(client(t, "127.0.0.0/8"), srv.URL); err != nil {
		t.Errorf("allowed: %v", err)
	}
	if hits.Load() != 1 {
		t.Errorf("the server saw %d requests, want 1", hits.Load())
	}
}

func TestNameThatResolvesToLoopbackIsRefused(t *testing.T) {
	srv, hits := counting(t, ok)
	byName := strings.Replace(srv.URL, "127.0.0.1", "localhost", 1)
	if err := get(client(t), byName); !errors.Is(err, egress.ErrRefused) {
		t.Errorf("got %v, want ErrRefused", err)
	}
	if hits.Load() != 0 {
		t.Error("the request went out")
	}
}

func TestRedirectToARefusedAddressIsNotFollowed(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.2:0")
	if err != nil {
		t.Skip("no second loopback address here: ", err)
	}
	private := &httptest.Server{Listener: inner, Config: &http.Server{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("the redirect reached the private address")
	})}}
	private.Start()
	defer private.Close()
	public, hits := counting(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, private.URL, http.StatusFound)
	})
	if err := get(client(t, "127.0.0.1/32"), public.URL); !errors.Is(err, egress.ErrRefused) {
		t.Errorf("got %v, want ErrRefused", err)
	}
	if hits.Load() != 1 {
		t.Errorf("the first server saw %d requests, want 1", hits.Load())
	}
}

func TestEnvironmentProxyIsIgnored(t *testing.T) {
	const inner = "EGRESS_TEST_BEHIND_PROXY"
	if os.Getenv(inner) != "" {
		// The proxy's address is allowed, so nothing but ignoring it keeps
		// the request from going out.
		err := get(client(t, "127.0.0.0/8"), "http://169.254.169.254/latest/meta-data/")
		if !errors.Is(err, egress.ErrRefused) {
			t.Errorf("got %v, want ErrRefused", err)
		}
		return
	}
	// net/http reads the variables once a process, so it takes a new one.
	proxy, hits := counting(t, ok)
	cmd := exec.Command(os.Args[0], "-test.run=^TestEnvironmentProxyIsIgnored$", "-test.v")
	cmd.Env = append(os.Environ(), inner+"=1")
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"} {
		cmd.Env = append(cmd.Env, name+"="+proxy.URL)
	}
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS") {
		t.Errorf("%v\n%s", err, out)
	}
	if hits.Load() != 0 {
		t.Error("the request went through the proxy")
	}
}

func TestTransportAddsNothingAndDecodesNothing(t *testing.T) {
	srv, _ := counting(t, func(w http.ResponseWriter, r *http.Request) {
		if v, has := r.Header["Accept-Encoding"]; has {
			t.Errorf("Accept-Encoding %q was added", v)
		}
		w.Header().Set("Content-Encoding", "gzip")
		io.WriteString(w, "as it is")
	})
	resp, err := client(t, "127.0.0.0/8").Get(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); string(body) != "as it is" {
		t.Errorf("got %q, %v", body, err)
	}
}

func TestHugeResponseHeadersAreAnError(t *testing.T) { // point 74
	srv, _ := counting(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Much", strings.Repeat("a", 100<<10))
	})
	if err := get(client(t, "127.0.0.0/8"), srv.URL); err == nil {
		t.Error("100 KiB of headers were taken")
	}
}

func TestServerThatSendsNoHeadersTimesOut(t *testing.T) {
	done := make(chan struct{})
	srv, _ := counting(t, func(http.ResponseWriter, *http.Request) { <-done })
	defer close(done)
	tr := egress.Transport(egress.Policy{
		Allow:  []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
		Header: 20 * time.Millisecond,
	})
	defer tr.CloseIdleConnections()
	if err := get(&http.Client{Transport: tr}, srv.URL); err == nil {
		t.Error("no error from a server that never answers")
	}
}

func TestNameServerThatNeverAnswersTimesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := egress.Transport(egress.Policy{Resolver: &net.Resolver{
			PreferGo: true,
			Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			},
		}})
		start := time.Now()
		err := get(&http.Client{Transport: tr}, "http://feeds.example.com/")
		if took := time.Since(start); err == nil || took > 11*time.Second {
			t.Errorf("got %v after %v, want an error within 10 s", err, took)
		}
	})
}

func TestOldTLSIsRefusedAndHTTP2Spoken(t *testing.T) {
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 2 {
			t.Errorf("spoke %s, want HTTP/2", r.Proto)
		}
	}))
	srv.EnableHTTP2 = true
	srv.StartTLS()
	defer srv.Close()
	tr := egress.Transport(egress.Policy{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	defer tr.CloseIdleConnections()
	tr.TLSClientConfig.RootCAs = srv.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	if err := get(&http.Client{Transport: tr}, srv.URL); err != nil {
		t.Error(err)
	}
	srv.TLS.MinVersion, srv.TLS.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	tr.CloseIdleConnections()
	if err := get(&http.Client{Transport: tr}, srv.URL); err == nil || !strings.Contains(err.Error(), "protocol version") {
		t.Errorf("a server of TLS 1.1: %v, want it refused", err)
	}
}
