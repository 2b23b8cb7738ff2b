package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/feedwatch/feedwatch/watcher"
)

// ailingFeeds are feeds by path, with what feeds check shall say of them.
var ailingFeeds = []struct {
	path, state, says string
	serve             func(w http.ResponseWriter)
}{
	{"/captcha", "broken", "not a feed", func(w http.ResponseWriter) { fmt.Fprint(w, "<html>Are you human?</html>") }},
	{"/challenge", "broken", "blocked by a challenge", func(w http.ResponseWriter) {
		w.Header().Set("Cf-Mitigated", "challenge")
		w.WriteHeader(http.StatusForbidden)
	}},
	{"/forbidden", "broken", "blocked (403)", func(w http.ResponseWriter) { w.WriteHeader(http.StatusForbidden) }},
	{"/gone", "broken", "gone", func(w http.ResponseWriter) { w.WriteHeader(http.StatusGone) }},
	{"/large", "broken", "too large", func(w http.ResponseWriter) { fmt.Fprint(w, "<rss>"+strings.Repeat(" ", 200_000)) }},
	{"/login", "broken", "wants a login", func(w http.ResponseWriter) { w.WriteHeader(http.StatusUnauthorized) }},
	{"/missing", "broken", "not found", func(w http.ResponseWriter) { w.WriteHeader(http.StatusNotFound) }},
	{"/other", "broken", "not a feed", func(w http.ResponseWriter) { fmt.Fprint(w, "<urlset/>") }},
	{"/rest", "broken", "asks for rest", func(w http.ResponseWriter) { w.WriteHeader(http.StatusTooManyRequests) }},
	{"/server", "broken", "server error", func(w http.ResponseWriter) { w.WriteHeader(http.StatusBadGateway) }},
	{"/empty", "ailing", "it lists no entries", func(w http.ResponseWriter) { fmt.Fprint(w, "<rss><channel/></rss>") }},
	{"/moved", "ailing", "moved for good", func(w http.ResponseWriter) {
		w.Header().Set("Location", "/fine")
		w.WriteHeader(http.StatusMovedPermanently)
	}},
	{"/stale", "ailing", "stale: its newest item is from", func(w http.ResponseWriter) { fmt.Fprint(w, datedFeed(time.Now().AddDate(-1, 0, 0))) }},
	{"/bare", "ok", "no dates", func(w http.ResponseWriter) {
		fmt.Fprint(w, "<rss><channel><item><title>a</title></item></channel></rss>")
	}},
	{"/fine", "ok", "", func(w http.ResponseWriter) { fmt.Fprint(w, datedFeed(time.Now())) }},
}

func datedFeed(t time.Time) string {
	return "<rss version='2.0'><channel><title>t</title><item><title>a</title><guid>1</guid><pubDate>" + t.UTC().Format(time.RFC1123) + "</pubDate></item></channel></rss>"
}

// checkOrigin serves the ailing feeds, and counts the most requests at a time.
func checkOrigin(t *testing.T) (config string, most *atomic.Int32) {
	t.Helper()
	var now, peak atomic.Int32
	mux := http.NewServeMux()
	var lines strings.Builder
	for _, f := range ailingFeeds {
		mux.HandleFunc(f.path, func(w http.ResponseWriter, _ *http.Request) {
			if f.path == "/large" { // The asker leaves before this one ends.
				f.serve(w)
				return
			}
			if n := now.Add(1); n > peak.Load() {
				peak.Store(n)
			}
			f.serve(w)
			now.Add(-1)
		})
	}
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	for _, f := range ailingFeeds {
		fmt.Fprintf(&lines, "  - {url: '%s%s', name: %s}\n", s.URL, f.path, f.path[1:])
	}
	config = filepath.Join(t.TempDir(), "feedwatch.yaml")
	text := "state: state\npacks: []\nnetwork: {allow: [127.0.0.0/8]}\npoll: {host_gap: 1ms, max_bytes: 100kB}\nfeeds:\n" + lines.String()
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return config, &peak
}

func TestCheckNamesWhatAilsEachFeed(t *testing.T) {
	config, most := checkOrigin(t)
	var out, said strings.Builder
	p := &program{env: osEnvironment(), stdout: &out, stderr: &said}
	if code := p.main(t.Context(), []string{"feeds", "check", "--config", config, "--json"}); code != 1 {
		t.Errorf("exit code %d, want 1: %s", code, &said)
	}
	if !strings.Contains(said.String(), "10 of 15 feeds can't be read") {
		t.Errorf("it says %s", &said)
	}
	var got []checkedFeed
	if err := json.Unmarshal([]byte(out.String()), &got); err != nil {
		t.Fatal(err)
	}
	if len(got) != len(ailingFeeds) {
		t.Fatalf("%d feeds, want %d", len(got), len(ailingFeeds))
	}
	for i, want := range ailingFeeds { // the worst first, else in the order of the configuration
		c := got[i]
		if c.Feed != want.path[1:] || c.State != want.state || (want.says == "") != (len(c.Ails) == 0) {
			t.Errorf("%s: %+v, want %s", want.path, c, want.state)
			continue
		}
		if len(c.Ails) > 0 && !strings.HasPrefix(c.Ails[0].What, want.says) {
			t.Errorf("%s: %q, want %q", want.path, c.Ails[0].What, want.says)
		}
		if c.State == feedBroken && c.Ails[0].Remedy == "" {
			t.Errorf("%s: no remedy", want.path)
		}
	}
	if most.Load() != 1 {
		t.Errorf("%d requests at a time to one host", most.Load())
	}
}

func TestCheckOfFeedsThatCanBeReadExitsWithSuccess(t *testing.T) {
	config, _ := checkOrigin(t)
	table := invoke(t, "feeds", "check", "--config", config, "fine", "stale")
	if lines := strings.Split(strings.TrimSpace(table), "\n"); len(lines) != 3 || !strings.HasPrefix(lines[1], "stale") || !strings.HasPrefix(lines[2], "fine") {
		t.Errorf("got\n%s", table)
	}
	p := &program{env: osEnvironment(), stdout: new(strings.Builder), stderr: new(strings.Builder)}
	if code := p.main(t.Context(), []string{"feeds", "check", "--config", config, "stael"}); code != 1 {
		t.Errorf("a feed that is not configured: exit code %d", code)
	}
}

func TestCheckTellsFailuresBelowHTTPApart(t *testing.T) {
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0) // It complains of the client.
	secure.StartTLS()
	t.Cleanup(secure.Close)
	config := filepath.Join(t.TempDir(), "feedwatch.yaml")
	text := "packs: []\nnetwork: {allow: [127.0.0.1]}\nfeeds:\n  - {url: '" + secure.URL + "/', name: certificate}\n  - {url: 'http://127.0.0.2:1/', name: private}\n  - {url: 'http://127.0.0.1:1/', name: closed}\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := loadConfig(config, osEnvironment())
	if err != nil {
		t.Fatal(err)
	}
	checked, err := checkFeeds(t.Context(), cfg, cfg.Settings.Feeds, func(int, int) {})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, c := range checked {
		got[c.Feed], _, _ = strings.Cut(c.Ails[0].What, ":")
	}
	for name, err := range map[string]error{
		"no host": fmt.Errorf("x: %w", &net.DNSError{Name: "a.example", IsNotFound: true}),
		"DNS":     &net.DNSError{Err: "server misbehaving", IsTemporary: true},
		"late":    fmt.Errorf("x: %w", context.DeadlineExceeded),
		"else":    errors.New("connection reset"),
	} {
		got[name], _, _ = strings.Cut(whyBroken(watcher.Feed{}, err).What, ":")
	}
	want := map[string]string{
		"certificate": "certificate", "private": "its address is private", "closed": "can't be reached",
		"no host": "DNS", "DNS": "DNS", "late": "too slow", "else": "can't be reached",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
