package deliver

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/watcher/egress"
)

// request is what a receiver in a bubble saw.
type request struct {
	at     time.Time
	host   string
	header http.Header
	body   string
}

// web is a transport within a synctest bubble: it records requests and answers
// by host. A host without an answer never says anything.
type web struct {
	mu     sync.Mutex
	got    []request
	answer map[string]func(n int) (status int, body, retryAfter string) // host → answer to its nth request
	slow   map[string]time.Duration                                     // host → how long an answer takes
}

func (w *web) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	host := r.URL.Host
	w.got = append(w.got, request{time.Now(), host, r.Header, string(body)})
	n := 0
	for _, g := range w.got {
		if g.host == host {
			n++
		}
	}
	answer, wait := w.answer[host], w.slow[host]
	w.mu.Unlock()
	if answer == nil {
		<-r.Context().Done()
		return nil, context.Cause(r.Context())
	}
	select {
	case <-time.After(wait):
	case <-r.Context().Done():
		return nil, context.Cause(r.Context())
	}
	status, text, retryAfter := answer(n)
	h := http.Header{}
	if retryAfter != "" {
		h.Set("Retry-After", retryAfter)
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(text)), Request: r}, nil
}

// requests are those that a host saw.
func (w *web) requests(host string) []request {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []request
	for _, g := range w.got {
		if g.host == host {
			out = append(out, g)
		}
	}
	return out
}

func always(status int, body string) func(int) (int, string, string) {
	return func(int) (int, string, string) { return status, body, "" }
}

func (w *web) set(host string, answer func(int) (int, string, string)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answer[host] = answer
}

// to is a receiver at a host of its own name.
func to(kind, name string) Receiver {
	return Receiver{Name: name, Kind: kind, URL: egress.Secret("https://" + name + "/hook")}
}

// rig is a deliverer that runs in a bubble until the test ends it.
type rig struct {
	*Deliverer
	box  *memory
	web  *web
	log  *bytes.Buffer // written by lanes one at a time: slog locks
	stop func()        // ends Run and waits for it

	mu      sync.Mutex
	settled []string // IDs of alerts, as Settled heard of them
}

func newRig(t *testing.T, receivers ...Receiver) *rig {
	t.Helper()
	r := &rig{box: &memory{}, log: &bytes.Buffer{}, web: &web{
		answer: map[string]func(int) (int, string, string){}, slow: map[string]time.Duration{},
	}}
	d, err := New(Config{
		Outbox: r.box, Receivers: receivers, Transport: r.web,
		Settled: func(_ string, _ storage.Attempt, a storage.Alert) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.settled = append(r.settled, a.ID)
		},
		Log: slog.New(slog.NewTextHandler(r.log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	r.Deliverer = d
	return r
}

// start runs the deliverer.
func (r *rig) start(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- r.Run(ctx) }()
	r.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	t.Cleanup(r.stop)
}

// inBubble runs a test body in a synctest bubble with a started rig.
func inBubble(t *testing.T, body func(t *testing.T, r *rig), receivers ...Receiver) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, receivers...)
		r.start(t)
		body(t, r)
		r.stop()
	})
}
