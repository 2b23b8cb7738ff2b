package watcher_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/feedwatch/feedwatch/rules"
	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/storage/boltdb"
	"github.com/feedwatch/feedwatch/watcher"
	"github.com/feedwatch/feedwatch/watcher/deliver"
)

// pack is the rules of these tests.
const pack = `
rules:
  - name: partnership
    query: 'OpenAI AND Microsoft'
    severity: high
  - name: cloud
    query: 'Azure'
`

// web is the world outside: hosts that answer in memory, so that it works under
// a fake clock, and that keep every request.
type web struct {
	mu       sync.Mutex
	answers  map[string]http.HandlerFunc // URL → answer
	requests []request
	inFlight map[string]int // host → now
	most     map[string]int // host → ever
}

// anyHost stands for all hosts together.
const anyHost = "*"

type request struct {
	URL    string
	Header http.Header
	At     time.Time
	Body   string
}

func newWeb() *web {
	return &web{answers: make(map[string]http.HandlerFunc), inFlight: make(map[string]int), most: make(map[string]int)}
}

// RoundTrip implements http.RoundTripper.
func (w *web) RoundTrip(r *http.Request) (*http.Response, error) {
	body := ""
	if r.Body != nil {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		body = string(b)
	}
	w.mu.Lock()
	w.requests = append(w.requests, request{r.URL.String(), r.Header.Clone(), time.Now(), body})
	for _, host := range []string{r.URL.Host, anyHost} {
		w.inFlight[host]++
		w.most[host] = max(w.most[host], w.inFlight[host])
	}
	answer := w.answers[r.URL.String()]
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		w.inFlight[r.URL.Host]--
		w.inFlight[anyHost]--
		w.mu.Unlock()
	}()
	if answer == nil {
		return nil, fmt.Errorf("no host at %s", r.URL)
	}
	rec := &recorder{header: make(http.Header), status: http.StatusOK}
	answer(rec, r)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: rec.status, Status: http.StatusText(rec.status), Header: rec.header, Request: r,
		Body: io.NopCloser(strings.NewReader(rec.body.String())), ContentLength: int64(rec.body.Len()),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}, nil
}

type recorder struct {
	header http.Header
	status int
	body   strings.Builder
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(status int)      { r.status = status }
func (r *recorder) Write(b []byte) (int, error) { return r.body.Write(b) }

// serve sets what a URL answers.
func (w *web) serve(url string, answer http.HandlerFunc) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answers[url] = answer
}

// to lists the requests to a URL.
func (w *web) to(url string) []request {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(w.requests), func(r request) bool { return r.URL != url })
}

// entry is one entry of a feed in these tests.
type entry struct {
	id, title string
	published time.Time
}

// rss answers with a feed of the entries, newest first, with an ETag.
func rss(entries ...entry) http.HandlerFunc {
	var b strings.Builder
	b.WriteString(`<rss version="2.0"><channel><title>A feed</title>`)
	for _, e := range entries {
		date := ""
		if !e.published.IsZero() {
			date = "<pubDate>" + e.published.UTC().Format(time.RFC1123Z) + "</pubDate>"
		}
		fmt.Fprintf(&b, `<item><title>%s</title><guid isPermaLink="false">%s</guid><link>https://news.example/%s</link>%s</item>`, e.title, e.id, e.id, date)
	}
	b.WriteString(`</channel></rss>`)
	tag := fmt.Sprintf(`"%x"`, len(b.String()))
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", tag)
		w.Header().Set("Content-Type", "application/rss+xml")
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		fmt.Fprint(w, b.String())
	}
}

// status answers with a bare status.
func status(code int, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
	}
}

const (
	feedURL = "https://outlet.example/feed.xml"
	hookURL = "https://hooks.example/in"
)

// world is a Watcher over a real store, in front of a web in memory.
type world struct {
	*testing.T
	web    *web
	store  storage.Store
	dir    string
	log    *strings.Builder
	config watcher.Config
	w      *watcher.Watcher
	ran    bool // whether w has run
}

// newWorld makes a world with one feed, one webhook and the rules of pack;
// change may alter the configuration.
func newWorld(t *testing.T, change func(*watcher.Config)) *world {
	t.Helper()
	x := &world{T: t, web: newWeb(), dir: t.TempDir(), log: new(strings.Builder)}
	x.web.serve(hookURL, status(http.StatusOK))
	x.config = watcher.Config{
		Transport: x.web, UserAgent: "feedwatch/test", Version: "test",
		Log: slog.New(slog.NewTextHandler(&lockedWriter{w: x.log}, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Settings: watcher.Settings{
			Rules:     mustRules(t, pack),
			Feeds:     []watcher.Feed{{URL: feedURL, Name: "outlet", Tier: 1, Tags: []string{"ai"}}},
			Receivers: []deliver.Receiver{{Name: "hook", Kind: "webhook", URL: hookURL}},
			Poll:      watcher.Poll{HostGap: time.Nanosecond}, // Rounds by hand need not wait.
		},
	}
	if change != nil {
		change(&x.config)
	}
	x.open()
	return x
}

// open opens the store and makes the Watcher over it, as a start does.
func (x *world) open() {
	x.Helper()
	store, err := boltdb.Open(x.Context(), x.dir, boltdb.Options{})
	if err != nil {
		x.Fatal(err)
	}
	x.store, x.config.Store, x.ran = store, store, false
	x.Cleanup(func() { _ = store.Close() })
	if x.w, err = watcher.New(x.config); err != nil {
		x.Fatal(err)
	}
}

// restart closes the store and opens it again.
func (x *world) restart() {
	x.Helper()
	if err := x.store.Close(); err != nil {
		x.Fatal(err)
	}
	x.open()
}

// poll polls everything by hand and gives the first feed's report.
func (x *world) poll(o watcher.PollOptions) watcher.Report {
	x.Helper()
	o.Force = true
	reports, err := x.w.PollNow(x.Context(), o)
	if err != nil {
		x.Fatal(err)
	}
	if err := x.w.Drain(x.Context()); err != nil {
		x.Fatal(err)
	}
	return reports[0]
}

// told lists the titles that the webhook was sent, in order.
func (x *world) told() []string {
	var titles []string
	for _, r := range x.web.to(hookURL) {
		var event struct {
			Data struct{ Item struct{ Title string } }
		}
		if err := json.Unmarshal([]byte(r.Body), &event); err != nil {
			x.Fatal(err)
		}
		titles = append(titles, event.Data.Item.Title)
	}
	return titles
}

func mustRules(t *testing.T, src string) *rules.Set {
	t.Helper()
	p, err := rules.Parse("pack.yaml", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	set, err := rules.Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// lockedWriter lets goroutines share a builder.
type lockedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lockedWriter) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(b)
}
