package watcher_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mmcdole/gofeed"

	"github.com/feedwatch/feedwatch/rules"
	"github.com/feedwatch/feedwatch/storage/boltdb"
	"github.com/feedwatch/feedwatch/watcher"
	"github.com/feedwatch/feedwatch/watcher/deliver"
	"github.com/feedwatch/feedwatch/watcher/egress"
)

// A poll is two transactions, the claim and the commit, and bbolt syncs twice in
// each: four syncs of the disk that a bare request does without. They dominate,
// and polls that run side by side share them. So each benchmark runs for one
// feed and for a round of 32 (each on a server of its own, as feeds are), and
// compares a round with two floors measured in the same run: the same requests
// bare (x-bare), and those plus four syncs of a page (x-bare+sync).

// roundSizes are how many feeds a round polls.
var roundSizes = []int{1, 32}

func BenchmarkPollUnchanged304(b *testing.B) {
	doc := listing(0, 30)
	benchmarkRounds(b, bench{
		answer: func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("ETag", `"a"`)
			if r.Header.Get("If-None-Match") == `"a"` {
				w.WriteHeader(http.StatusNotModified)
				return
			}
			_, _ = w.Write(doc)
		},
		bare:  func(b *testing.B, body []byte) {},
		check: func(r watcher.Report) bool { return r.Same && r.Status == http.StatusNotModified },
	})
}

func BenchmarkPollUnchangedBody(b *testing.B) {
	doc := listing(0, 30)
	benchmarkRounds(b, bench{
		answer: func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(doc) },
		bare:   func(b *testing.B, body []byte) {},
		check:  func(r watcher.Report) bool { return r.Same && r.Status == http.StatusOK },
	})
}

// BenchmarkPollTenNew polls listings of thirty entries of which ten are new and
// match a rule, so that ten items and ten alerts are stored.
func BenchmarkPollTenNew(b *testing.B) {
	var round int
	doc := listing(0, 30)
	benchmarkRounds(b, bench{
		before: func() { round++; doc = listing(10*round, 30) },
		answer: func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(doc) },
		bare: func(b *testing.B, body []byte) {
			if _, err := gofeed.NewParser().Parse(bytes.NewReader(body)); err != nil {
				b.Error(err)
			}
		},
		check: func(r watcher.Report) bool { return r.New == 10 && r.Alerts == 10 },
	})
}

// listing is a feed of n entries as newspapers publish them, the newest of
// which has the number first+n.
func listing(first, n int) []byte {
	var b bytes.Buffer
	b.WriteString(`<rss version="2.0"><channel><title>News</title><link>https://news.example/</link>`)
	for i := first + n; i > first; i-- {
		fmt.Fprintf(&b, `<item><title>OpenAI and Microsoft, part %d</title><link>https://news.example/%d</link><guid isPermaLink="false">n%d</guid><category>Business</category><description><![CDATA[%s]]></description></item>`,
			i, i, i, strings.Repeat(`<p>The company said on Tuesday that demand had grown faster than it could build.</p>`, 6))
	}
	b.WriteString(`</channel></rss>`)
	return b.Bytes()
}

// bench is one benchmark: what servers answer, what is done with an answer
// without feedwatch, and whether a report shows what was to be measured.
type bench struct {
	before func() // each round; nil: nothing
	answer http.HandlerFunc
	bare   func(b *testing.B, body []byte)
	check  func(watcher.Report) bool
}

func benchmarkRounds(b *testing.B, c bench) {
	for _, n := range roundSizes {
		b.Run(fmt.Sprintf("feeds=%d", n), func(b *testing.B) { c.run(b, n) })
	}
}

func (c bench) run(b *testing.B, feeds int) {
	urls := make([]string, feeds)
	for i := range urls {
		server := httptest.NewServer(c.answer)
		b.Cleanup(server.Close)
		urls[i] = server.URL + "/feed.xml"
	}
	transport := egress.Transport(egress.Policy{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	b.Cleanup(transport.CloseIdleConnections)
	dir := b.TempDir()
	w := benchWatcher(b, dir, urls, transport)
	disk, err := os.Create(filepath.Join(dir, "sync"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = disk.Close() })
	round(b, w, nil) // The first listing.

	var ours, bare, syncs time.Duration
	for b.Loop() {
		if c.before != nil {
			c.before()
		}
		start := time.Now()
		round(b, w, c.check)
		ours += time.Since(start)
		start = time.Now()
		bareRound(b, urls, transport, c.bare)
		bare += time.Since(start)
		start = time.Now()
		syncFourTimes(b, disk)
		syncs += time.Since(start)
	}
	b.ReportMetric(float64(ours.Microseconds())/float64(b.N*feeds), "us/poll")
	b.ReportMetric(float64(ours)/float64(bare), "x-bare")
	b.ReportMetric(float64(ours)/float64(bare+syncs), "x-bare+sync")
	b.ReportMetric(0, "ns/op") // It holds the floors, too.
}

// benchWatcher makes a Watcher over the store that the daemon would open.
func benchWatcher(b *testing.B, dir string, urls []string, transport *http.Transport) *watcher.Watcher {
	b.Helper()
	store, err := boltdb.Open(context.Background(), dir, boltdb.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = store.Close() })
	p, err := rules.Parse("pack.yaml", []byte(pack))
	if err != nil {
		b.Fatal(err)
	}
	set, err := rules.Compile(p)
	if err != nil {
		b.Fatal(err)
	}
	c := watcher.Config{
		Store: store, Transport: transport, UserAgent: "feedwatch/bench",
		Settings: watcher.Settings{
			Rules:     set,
			Receivers: []deliver.Receiver{{Name: "out", Kind: "stdout"}}, // Nothing is sent: that is not the poll.
			Poll:      watcher.Poll{HostGap: time.Nanosecond, Concurrent: len(urls)},
		},
	}
	for i, url := range urls {
		c.Feeds = append(c.Feeds, watcher.Feed{URL: url, Name: fmt.Sprint("f", i)})
	}
	w, err := watcher.New(c)
	if err != nil {
		b.Fatal(err)
	}
	return w
}

func round(b *testing.B, w *watcher.Watcher, check func(watcher.Report) bool) {
	reports, err := w.PollNow(context.Background(), watcher.PollOptions{Force: true})
	if err != nil {
		b.Fatal(err)
	}
	for _, r := range reports {
		if r.Err != nil || check != nil && !check(r) {
			b.Fatalf("%+v", r)
		}
	}
}

// bareRound makes the requests of a round with net/http and nothing else, side
// by side as a round does.
func bareRound(b *testing.B, urls []string, transport *http.Transport, use func(*testing.B, []byte)) {
	client := &http.Client{Transport: transport}
	var gets sync.WaitGroup
	for _, url := range urls {
		gets.Go(func() {
			req, err := http.NewRequest(http.MethodGet, url, nil)
			if err != nil {
				b.Error(err)
				return
			}
			req.Header.Set("If-None-Match", `"a"`)
			resp, err := client.Do(req)
			if err != nil {
				b.Error(err)
				return
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			if err != nil {
				b.Error(err)
				return
			}
			use(b, body)
		})
	}
	gets.Wait()
}

// syncFourTimes is the least that four syncs cost here: a page is written each
// time, or there would be nothing to sync.
func syncFourTimes(b *testing.B, disk *os.File) {
	page := make([]byte, 4096)
	for range 4 {
		if _, err := disk.WriteAt(page, 0); err != nil {
			b.Fatal(err)
		}
		if err := disk.Sync(); err != nil {
			b.Fatal(err)
		}
	}
}
