package main_test

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// mode is how an origin lets itself be asked for changes.
type mode int

const (
	byETag mode = iota
	byDate
	byNothing
)

// origin serves feeds that grow, and keeps every request.
type origin struct {
	t     *testing.T
	mu    sync.Mutex
	feeds map[string]*originFeed // path → feed
}

type originFeed struct {
	mode  mode
	items []originItem // newest first
	// given are the validators handed out so far, in order.
	given []string
	// shown is the newest of given that came back: from then on each request
	// has to be conditional, with this one or a later one.
	shown         int
	conditional   int
	unconditional int
}

type originItem struct {
	XMLName xml.Name `xml:"item"`
	Title   string   `xml:"title"`
	Link    string   `xml:"link"`
	GUID    string   `xml:"guid"`
	PubDate string   `xml:"pubDate"`
}

func newOrigin(t *testing.T, feeds int) (*origin, *httptest.Server) {
	o := &origin{t: t, feeds: make(map[string]*originFeed)}
	for i := range feeds {
		f := &originFeed{mode: mode(i % 3), shown: -1}
		for k := range 10 {
			f.items = append(f.items, item(fmt.Sprintf("feed%d-old%d", i, k), k%2 == 0))
		}
		o.feeds[fmt.Sprintf("/feed%d.xml", i)] = f
	}
	s := httptest.NewServer(o)
	t.Cleanup(s.Close)
	return o, s
}

// item makes an item that the pack of these tests matches, or one that it does not.
func item(id string, matching bool) originItem {
	title := "Weather stays fair, says " + id
	if matching {
		title = "OpenAI and Microsoft rewrite their partnership, says " + id
	}
	return originItem{
		Title: title, Link: "https://news.example/" + id, GUID: id,
		PubDate: time.Now().UTC().Format(time.RFC1123Z),
	}
}

// publish puts an item on top of a feed.
func (o *origin) publish(path string, it originItem) {
	o.mu.Lock()
	defer o.mu.Unlock()
	f := o.feeds[path]
	f.items = append([]originItem{it}, f.items...)
}

func (o *origin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	f := o.feeds[r.URL.Path]
	now, asked, header := "", "", ""
	switch f.mode {
	case byETag:
		now, asked, header = fmt.Sprintf(`W/"%d"`, len(f.items)), r.Header.Get("If-None-Match"), "ETag"
	case byDate:
		now = time.Date(2026, 1, 1, 0, 0, len(f.items), 0, time.UTC).Format(http.TimeFormat)
		asked, header = r.Header.Get("If-Modified-Since"), "Last-Modified"
	}
	f.judge(o.t, r.URL.Path, asked)
	if header != "" {
		w.Header().Set(header, now)
		if asked == now {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		if len(f.given) == 0 || f.given[len(f.given)-1] != now {
			f.given = append(f.given, now)
		}
	}
	w.Header().Set("Content-Type", "application/rss+xml")
	fmt.Fprint(w, `<rss version="2.0"><channel><title>origin</title>`)
	_ = xml.NewEncoder(w).Encode(f.items)
	fmt.Fprint(w, `</channel></rss>`)
}

// judge holds a request against the rule: once a validator has come back, every
// request carries that one or a later one.
func (f *originFeed) judge(t *testing.T, path, asked string) {
	if asked == "" {
		f.unconditional++
		if f.shown >= 0 {
			t.Errorf("%s: a request without a validator after one with %q", path, f.given[f.shown])
		}
		return
	}
	f.conditional++
	for i, v := range slices.Backward(f.given) {
		if v == asked {
			if i < f.shown {
				t.Errorf("%s: validator %q after the later %q", path, asked, f.given[f.shown])
			}
			f.shown = i
			return
		}
	}
	t.Errorf("%s: validator %q was never given", path, asked)
}

// sink is a webhook that keeps what it is sent, and sometimes fails after it has
// taken it.
type sink struct {
	t      *testing.T
	mu     sync.Mutex
	bodies map[string]string // webhook-id → body
	links  map[string]string // item's link → webhook-id
	posts  int
	failed int
}

func newSink(t *testing.T) (*sink, *httptest.Server) {
	s := &sink{t: t, bodies: make(map[string]string), links: make(map[string]string)}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return s, server
}

func (s *sink) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // Killed while it was sending: not received.
	}
	var event struct {
		ID   string
		Data struct{ Item struct{ Link string } }
	}
	if err := json.Unmarshal(body, &event); err != nil {
		s.t.Errorf("the body is not JSON: %v", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.posts++
	id, link := r.Header.Get("webhook-id"), event.Data.Item.Link
	if id != event.ID {
		s.t.Errorf("webhook-id %q differs from the event's id %q", id, event.ID)
	}
	if before, ok := s.bodies[id]; ok && before != string(body) {
		s.t.Errorf("%s was sent with two bodies:\n%s\n%s", id, before, body)
	}
	if before, ok := s.links[link]; ok && before != id {
		s.t.Errorf("%s was alerted twice: %s and %s", link, before, id)
	}
	s.bodies[id], s.links[link] = string(body), id
	if rand.IntN(20) == 0 {
		s.failed++
		w.WriteHeader(http.StatusInternalServerError)
	}
}

func (s *sink) has(link string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.links[link] != ""
}

// buildBinary builds the program as a user would.
func buildBinary(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "feedwatch")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", path, ".").CombinedOutput()
	if err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return path
}

// writeKillConfig writes the configuration of a daemon that polls its own
// servers as fast as it may.
func writeKillConfig(t *testing.T, dir, originURL, sinkURL string, feeds int) string {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "state: %s\nstatus: {listen: 'off'}\nnetwork: {allow: [127.0.0.0/8]}\n", filepath.Join(dir, "state"))
	fmt.Fprintf(&b, "packs: [rules.yaml]\npoll: {schedule: '@every 1s', min_interval: 1s, host_gap: 1ms, per_host: 4}\nfeeds:\n")
	for i := range feeds {
		fmt.Fprintf(&b, "  - {url: '%s/feed%d.xml', name: feed%d}\n", originURL, i, i)
	}
	fmt.Fprintf(&b, "receivers:\n  - {name: sink, webhook: {url: '%s/hook'}}\n", sinkURL)
	rules := "rules:\n  - name: partnership\n    query: 'OpenAI AND Microsoft'\n"
	for name, text := range map[string]string{"feedwatch.yaml": b.String(), "rules.yaml": rules} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "feedwatch.yaml")
}

// process is a running daemon.
type process struct {
	*exec.Cmd
	log *strings.Builder
}

func start(t *testing.T, binary, config string) process {
	t.Helper()
	p := process{Cmd: exec.Command(binary, "run", "--config", config), log: new(strings.Builder)}
	p.Stderr = p.log
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	return p
}

// eventually waits until ok, or fails with what the daemon said.
func (p process) eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(90 * time.Second); !ok(); {
		if time.Now().After(deadline) {
			_ = p.Process.Kill()
			_ = p.Wait()
			t.Fatalf("%s: not within 90 s; the daemon said:\n%s", what, p.log)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func TestNoAlertIsLostOrMadeTwiceThroughThirtyKills(t *testing.T) {
	t.Parallel()
	const feeds, kills = 6, 32
	binary := buildBinary(t)
	o, originServer := newOrigin(t, feeds)
	s, sinkServer := newSink(t)
	config := writeKillConfig(t, t.TempDir(), originServer.URL, sinkServer.URL, feeds)

	p := start(t, binary, config)
	p.eventually(t, "the first listings", func() bool { return baselined(t, binary, config) == feeds })
	if s.posts != 0 {
		t.Fatalf("the first poll made %d alerts, want silence", s.posts)
	}

	ctx, stopPublishing := context.WithCancel(t.Context())
	var want []string
	var publishing sync.WaitGroup
	publishing.Go(func() { want = o.publishOn(ctx, feeds) })
	for range kills {
		time.Sleep(time.Duration(50+rand.IntN(600)) * time.Millisecond)
		if err := p.Process.Signal(syscall.SIGKILL); err != nil {
			t.Fatalf("the daemon ended by itself: %v\n%s", err, p.log)
		}
		_ = p.Wait()
		p = start(t, binary, config)
	}
	stopPublishing()
	publishing.Wait()

	p.eventually(t, "every matching item", func() bool {
		for _, link := range want {
			if !s.has(link) {
				return false
			}
		}
		return true
	})
	_ = p.Process.Signal(syscall.SIGTERM)
	if err := p.Wait(); err != nil {
		t.Errorf("stopping: %v\n%s", err, p.log)
	}
	report(t, o, s, want, kills)
}

// publishOn publishes over all feeds until told to stop, and lists the links of
// what should be alerted.
func (o *origin) publishOn(ctx context.Context, feeds int) (want []string) {
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return want
		case <-time.After(time.Duration(20+rand.IntN(60)) * time.Millisecond):
		}
		it := item(fmt.Sprintf("new%d", n), n%3 != 0)
		o.publish(fmt.Sprintf("/feed%d.xml", n%feeds), it)
		if n%3 != 0 {
			want = append(want, it.Link)
		}
	}
}

// baselined asks the daemon how many feeds it has read.
func baselined(t *testing.T, binary, config string) int {
	out, err := exec.CommandContext(t.Context(), binary, "status", "--json", "--config", config).Output()
	if err != nil {
		return 0 // Not up yet.
	}
	var st struct{ Feeds []struct{ Health string } }
	if err := json.Unmarshal(out, &st); err != nil {
		t.Fatalf("status --json: %v\n%s", err, out)
	}
	n := 0
	for _, f := range st.Feeds {
		if f.Health == "fine" {
			n++
		}
	}
	return n
}

// report checks the sums and prints them.
func report(t *testing.T, o *origin, s *sink, want []string, kills int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.links) != len(want) {
		t.Errorf("%d items were alerted, want %d", len(s.links), len(want))
	}
	if extra := s.posts - len(s.bodies) - s.failed; extra > kills {
		t.Errorf("%d posts were repeated, more than the %d kills explain", extra, kills)
	}
	conditional, unconditional := 0, 0
	for path, f := range o.feeds {
		conditional += f.conditional
		if f.mode != byNothing {
			unconditional += f.unconditional
			if f.unconditional != 1 {
				t.Errorf("%s was asked %d times without a validator, want once", path, f.unconditional)
			}
		}
	}
	t.Logf("%d kills: %d matching items, %d alerts, %d posts (%d answered 500 on purpose); %d conditional requests, %d unconditional to feeds with validators",
		kills, len(want), len(s.bodies), s.posts, s.failed, conditional, unconditional)
}
