package deliver

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/watcher/egress"
)

// loopback is the production transport, allowed to reach the tests' servers.
func loopback(t *testing.T) *http.Transport {
	tr := egress.Transport(egress.Policy{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	t.Cleanup(tr.CloseIdleConnections)
	return tr
}

// alertTo is a small alert; the same id gives the same alert.
func alertTo(receiver, id string) storage.Alert {
	return storage.Alert{
		ID: id, Receiver: receiver, Kind: storage.First, Severity: "high", Created: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC),
		Item:    storage.Item{ID: "i" + id, Title: "Title of " + id, Link: "https://news.example/" + id, FeedName: "News"},
		Matches: []storage.Match{{Rule: "r", Spans: []storage.Span{{Field: "title", End: 5, Text: "Title"}}}},
	}
}

// attemptOn makes one attempt at a receiver and gives what was written down.
func attemptOn(t *testing.T, r Receiver) (storage.Delivery, time.Time) {
	t.Helper()
	r.Name = "r"
	box := (&memory{}).add(alertTo("r", "fw_1"))
	d, err := New(Config{Outbox: box, Receivers: []Receiver{r}, Transport: loopback(t)})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := box.get("fw_1")
	if len(got.Attempts) != 1 || got.Attempts[0].Ended.IsZero() {
		t.Fatalf("attempts: %+v", got.Attempts)
	}
	return got, box.notBefore["r"]
}

// serve runs a handler that first reads the request whole.
func serve(t *testing.T, h http.HandlerFunc) string {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err == nil {
			h(w, r)
		}
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

// drip answers with a status and then a byte at a time until the client goes.
func drip(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(status)
		for r.Context().Err() == nil {
			if _, err := io.WriteString(w, "o"); err != nil {
				return
			}
			w.(http.Flusher).Flush()
			select {
			case <-time.After(time.Millisecond):
			case <-r.Context().Done():
			}
		}
	}
}

func hang(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

func hangUp(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		conn.Close()
	}
}

func reply(status int, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

func TestHowAttemptsEndOnTheWire(t *testing.T) {
	const ambiguous = "may have arrived"
	for name, c := range map[string]struct {
		kind    string
		handler http.HandlerFunc
		state   storage.State
		status  int
		detail  string // must stand in the detail
		timeout time.Duration
	}{
		"accepted":             {"webhook", reply(202, ""), storage.Delivered, 202, "", 0},
		"no content":           {"webhook", reply(204, ""), storage.Delivered, 204, "", 0},
		"server error":         {"webhook", reply(500, "broken\nhere"), storage.Pending, 500, "server-error: HTTP 500: broken here", 0},
		"bad request":          {"webhook", reply(400, "no"), storage.Dead, 400, "rejected: HTTP 400: no", 0},
		"too large":            {"webhook", reply(413, ""), storage.Dead, 413, "rejected: HTTP 413", 0},
		"gone":                 {"webhook", reply(410, ""), storage.Dead, 410, "gone: HTTP 410", 0},
		"forbidden":            {"webhook", reply(403, ""), storage.Dead, 403, "unauthorised: HTTP 403", 0},
		"hangs":                {"webhook", hang, storage.Pending, 0, ambiguous, 150 * time.Millisecond},
		"hangs, by name":       {"webhook", hang, storage.Pending, 0, "timeout: ", 150 * time.Millisecond},
		"hangs up":             {"webhook", hangUp, storage.Pending, 0, ambiguous, 0},
		"hangs up, by name":    {"webhook", hangUp, storage.Pending, 0, "broken: ", 0},
		"drips after a yes":    {"webhook", drip(200), storage.Delivered, 200, "", 150 * time.Millisecond},
		"drips after a no":     {"webhook", drip(410), storage.Dead, 410, "gone: HTTP 410", 150 * time.Millisecond},
		"huge":                 {"webhook", reply(503, strings.Repeat("x ", 5<<20)), storage.Pending, 503, "server-error: HTTP 503: x x", 0},
		"slack":                {"slack", reply(200, "ok"), storage.Delivered, 200, "", 0},
		"slack, another's yes": {"slack", reply(200, "<p>Sign in</p>"), storage.Pending, 200, "not-ok: HTTP 200: <p>Sign in</p>", 0},
		"slack, ok:false":      {"slack", reply(200, `{"ok":false}`), storage.Pending, 200, "not-ok: ", 0},
		"slack, drips":         {"slack", drip(200), storage.Pending, 200, ambiguous, 150 * time.Millisecond},
		"slack, no service":    {"slack", reply(404, "no_service"), storage.Dead, 404, "gone: HTTP 404: no_service; the webhook was removed", 0},
		"slack, archived":      {"slack", reply(410, "channel_is_archived"), storage.Dead, 410, "gone: ", 0},
		"slack, token":         {"slack", reply(403, "invalid_token"), storage.Dead, 403, "unauthorised: ", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := Receiver{Kind: c.kind, URL: egress.Secret(serve(t, c.handler)), Timeout: c.timeout}
			d, _ := attemptOn(t, r)
			a := d.Attempts[0]
			if d.State != c.state || a.Status != c.status || !strings.Contains(a.Detail, c.detail) {
				t.Errorf("got %s, HTTP %d, %q; want %s, HTTP %d, %q", d.State, a.Status, a.Detail, c.state, c.status, c.detail)
			}
			if (d.State == storage.Delivered) != (a.Detail == "") || len(a.Detail) > 600 {
				t.Errorf("detail of %s: %d bytes, %q", d.State, len(a.Detail), a.Detail)
			}
			if may := c.status == 0 || c.detail == ambiguous; may != strings.Contains(a.Detail, ambiguous) {
				t.Errorf("whether it may have arrived: %t, but the detail is %q", may, a.Detail)
			}
		})
	}
}

func TestWhatWasNeverWrittenIsNotAmbiguous(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	go func() { // hangs up on whoever calls, amid the TLS handshake
		for {
			conn, err := silent.Accept()
			if err != nil {
				return
			}
			conn.Close()
		}
	}()
	closed := httptest.NewServer(nil)
	closed.Close()
	for name, c := range map[string]struct{ url, detail string }{
		"refused connection": {closed.URL, "unreachable: "},
		"broken handshake":   {"https://" + silent.Addr().String(), "unreachable: "},
		"no such name":       {"http://no-such-host.invalid/", "unreachable: "},
		"private address":    {"http://10.255.255.1/", "refused: "},
	} {
		d, _ := attemptOn(t, Receiver{Kind: "webhook", URL: egress.Secret(c.url), Timeout: 5 * time.Second})
		a := d.Attempts[0]
		if d.State != storage.Pending || !strings.HasPrefix(a.Detail, c.detail) || strings.Contains(a.Detail, "may have arrived") {
			t.Errorf("%s: %s, %q", name, d.State, a.Detail)
		}
	}
}

// roundTrip is a transport made of a function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestRequestWrittenInPartIsNotAmbiguous(t *testing.T) {
	box := drainInto(t, Config{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		httptrace.ContextClientTrace(r.Context()).WroteRequest(httptrace.WroteRequestInfo{Err: io.ErrShortWrite})
		return nil, io.ErrShortWrite
	})}, Receiver{Kind: "webhook", URL: "http://h.example/"}, "fw_1")
	if detail := box.get("fw_1").Attempts[0].Detail; !strings.HasPrefix(detail, "unreachable: ") || strings.Contains(detail, "may have arrived") {
		t.Errorf("detail %q", detail)
	}
}

// countedBody is a long answer that counts what is read of it.
type countedBody struct{ read, left int }

func (c *countedBody) Read(p []byte) (int, error) {
	n := min(len(p), c.left)
	if n == 0 {
		return 0, io.EOF
	}
	clear(p[:n])
	c.read, c.left = c.read+n, c.left-n
	return n, nil
}

func (c *countedBody) Close() error { return nil }

func TestLongAnswerIsNotReadToItsEnd(t *testing.T) {
	for _, status := range []int{200, 500} {
		body := &countedBody{left: 10 << 20}
		drainInto(t, Config{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: status, Body: body, Request: r}, nil
		})}, Receiver{Kind: "webhook", URL: "http://h.example/"}, "fw_1")
		if body.read > 64<<10 {
			t.Errorf("%d: %d bytes were read", status, body.read)
		}
	}
}

func TestRetryAfterOnTheWirePausesTheReceiver(t *testing.T) {
	date := time.Now().Add(time.Hour).UTC()
	for name, c := range map[string]struct {
		status int
		value  string
		want   time.Duration
	}{
		"429, seconds": {429, "120", 2 * time.Minute},
		"503, date":    {503, date.Format(http.TimeFormat), time.Hour},
		"429, absurd":  {429, "999999999", 24 * time.Hour},
	} {
		before := time.Now()
		url := egress.Secret(serve(t, reply(c.status, "", "Retry-After", c.value)))
		d, pause := attemptOn(t, Receiver{Kind: "webhook", URL: url})
		a := d.Attempts[0]
		if wait := a.RetryAt.Sub(before); wait < c.want-2*time.Second || wait > c.want+5*time.Second {
			t.Errorf("%s: tried again after %v, want %v", name, wait, c.want)
		}
		if !pause.Equal(a.RetryAt) {
			t.Errorf("%s: the receiver pauses until %v, the delivery until %v", name, pause, a.RetryAt)
		}
	}
}

func TestNoRedirectIsFollowed(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		var second atomic.Int32
		other := serve(t, func(http.ResponseWriter, *http.Request) { second.Add(1) })
		first := serve(t, reply(status, "", "Location", other))
		d, _ := attemptOn(t, Receiver{Kind: "webhook", URL: egress.Secret(first), Secrets: []egress.Secret{newKey}})
		a := d.Attempts[0]
		if second.Load() != 0 || a.Verdict != storage.Retry || !strings.HasPrefix(a.Detail, "redirect: ") {
			t.Errorf("%d: %d requests to the second host, %s, %q", status, second.Load(), a.Verdict, a.Detail)
		}
	}
}

func TestWebhookRequestIsASignedCloudEvent(t *testing.T) {
	var header http.Header
	var body []byte
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		header = r.Header
		body, _ = io.ReadAll(r.Body)
	}))
	defer srv.Close()
	attemptOn(t, Receiver{
		Kind: "webhook", URL: egress.Secret(srv.URL), Secrets: []egress.Secret{oldKey, newKey},
		Header: map[string]egress.Secret{"authorization": "Bearer xyz"},
	})
	for _, key := range []string{oldKey, newKey} {
		if err := verify(t, key, header, body); err != nil {
			t.Error(err)
		}
	}
	for name, want := range map[string]string{
		"Content-Type": "application/cloudevents+json", "Webhook-Id": "fw_1",
		"Authorization": "Bearer xyz", "User-Agent": "feedwatch",
	} {
		if got := header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	var e event
	if err := json.Unmarshal(body, &e); err != nil || e.ID != "fw_1" || e.SpecVersion != "1.0" {
		t.Errorf("%v: %s", err, body)
	}
}

func TestTryTellsHowItEnded(t *testing.T) {
	var body []byte
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ = io.ReadAll(r.Body)
		io.WriteString(w, "ok")
	}))
	defer srv.Close()
	d, err := New(Config{Transport: loopback(t), Receivers: []Receiver{
		{Name: "good", Kind: "slack", URL: egress.Secret(srv.URL)},
		{Name: "bad", Kind: "slack", URL: egress.Secret(serve(t, reply(404, "no_service")))},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if a, err := d.Try(t.Context(), "good"); err != nil || a.Verdict != storage.Done || !strings.Contains(string(body), "Test alert") {
		t.Errorf("%+v, %v: %s", a, err, body)
	}
	if a, err := d.Try(t.Context(), "bad"); err != nil || a.Verdict != storage.GiveUp || a.Status != 404 {
		t.Errorf("%+v, %v", a, err)
	}
	if _, err := d.Try(t.Context(), "none"); err == nil || !strings.Contains(err.Error(), `["bad" "good"]`) {
		t.Errorf("the error does not say which receivers there are: %v", err)
	}
	if err := d.Run(context.Background()); err == nil {
		t.Error("Run without an outbox")
	}
}
