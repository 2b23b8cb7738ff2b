package watcher

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	rtmetrics "runtime/metrics"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/storage/boltdb"
)

// BenchmarkWave polls feeds of one new entry, one after the other as the daemon
// does, and tells the process's most memory meanwhile beside that of a client that
// only gets and parses the same documents.
func BenchmarkWave(b *testing.B) {
	for _, feeds := range benchFeeds(b) {
		b.Run(fmt.Sprintf("feeds=%d", feeds), func(b *testing.B) {
			port := startOrigin(b)
			transport := benchTransport(false)
			bare := &http.Client{Transport: &http.Transport{DisableCompression: true, DisableKeepAlives: true}}
			var ours, floor uint64
			for b.Loop() {
				floor = peakOf(func() { bareGets(b, bare, port, "/onenew", feeds, parse) })
				x := newBenchWorld(b, port, "/onenew", feeds, transport)
				x.settle(b, feeds)
				at := x.due()
				ours = peakOf(func() { x.round(b, at, feeds, nil) })
			}
			b.ReportMetric(float64(ours)/(1<<20), "peak-MB")
			b.ReportMetric(float64(floor)/(1<<20), "bare-MB")
			b.ReportMetric(float64(ours)/float64(floor), "x-bare")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// peakOf is the most memory of this process while something is done: all that Go
// has from the system and has not given back.
func peakOf(do func()) (peak uint64) {
	debug.FreeOSMemory()
	stop := make(chan struct{})
	var sampler sync.WaitGroup
	sampler.Go(func() {
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		samples := []rtmetrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
		for {
			rtmetrics.Read(samples)
			peak = max(peak, samples[0].Value.Uint64()-samples[1].Value.Uint64())
			select {
			case <-stop:
				return
			case <-tick.C:
			}
		}
	})
	do()
	close(stop)
	sampler.Wait()
	return peak
}

// BenchmarkItemOnDisk polls feeds for the first time, twenty entries of 2 KB each,
// and tells what an item takes of the store, and what was written to the disk for
// it on the way there.
func BenchmarkItemOnDisk(b *testing.B) {
	for _, feeds := range benchFeeds(b) {
		b.Run(fmt.Sprintf("feeds=%d", feeds), func(b *testing.B) {
			port := startOrigin(b)
			var kept, written, text int64
			for b.Loop() {
				x := newBenchWorld(b, port, "/long", feeds, benchTransport(false))
				before, started := x.stats(b), diskWrites(b)
				x.round(b, x.due(), feeds, nil)
				after := x.stats(b)
				items := int64(after.Items)
				kept = (after.Size - after.Free - before.Size + before.Free) / items
				written = (diskWrites(b) - started) / items
				text = x.meanText(b)
			}
			b.ReportMetric(float64(text), "text-B/item")
			b.ReportMetric(float64(kept), "kept-B/item")
			b.ReportMetric(float64(written), "written-B/item")
			b.ReportMetric(0, "ns/op")
		})
	}
}

func (x *benchWorld) stats(b *testing.B) storage.Stats {
	b.Helper()
	st, err := x.store.Stats(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	return st
}

// meanText is how much there is to read in an item.
func (x *benchWorld) meanText(b *testing.B) int64 {
	b.Helper()
	items, bytes := 0, 0
	for it, err := range x.store.Items(context.Background(), storage.ItemQuery{Limit: 1000}) {
		if err != nil {
			b.Fatal(err)
		}
		items, bytes = items+1, bytes+len(it.Title)+len(it.Text)
	}
	return int64(bytes / max(items, 1))
}

// diskWrites is what this process has had written to disks so far.
func diskWrites(b *testing.B) int64 {
	b.Helper()
	text, err := os.ReadFile("/proc/self/io")
	if errors.Is(err, os.ErrNotExist) {
		b.Skip("this system does not count what a process writes")
	}
	if err != nil {
		b.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), "\nwrite_bytes: ")
	line, _, _ := strings.Cut(after, "\n")
	n, err := strconv.ParseInt(line, 10, 64)
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// BenchmarkStart opens a store of feeds that were all polled before, and tells how
// long the daemon takes from there to its first request, and what each feed takes
// of its memory while it waits for the next poll, with the configuration.
func BenchmarkStart(b *testing.B) {
	for _, feeds := range benchFeeds(b) {
		b.Run(fmt.Sprintf("feeds=%d", feeds), func(b *testing.B) {
			dir := b.TempDir()
			settings := benchSettings(b, "80", "/feed", feeds)
			remember(b, dir, settings)
			settings.Feeds = nil
			var wait time.Duration
			var held uint64
			for b.Loop() {
				before := liveBytes()
				settings := benchSettings(b, "80", "/feed", feeds)
				start := time.Now()
				ctx, cancel := context.WithCancel(context.Background())
				asked := &firstRequest{done: make(chan struct{})}
				store, err := boltdb.Open(ctx, dir, boltdb.Options{})
				if err != nil {
					b.Fatal(err)
				}
				w, err := New(Config{
					Store: store, Transport: asked, UserAgent: "feedwatch/bench",
					Log: slog.New(slog.DiscardHandler), Settings: settings,
				})
				if err != nil {
					b.Fatal(err)
				}
				ended := make(chan error, 1)
				go func() { ended <- w.Run(ctx) }()
				select {
				case <-asked.done:
				case <-time.After(time.Minute):
					b.Fatal("no request within a minute, though feeds are due")
				}
				wait += time.Since(start)
				held = liveBytes() - before
				cancel()
				if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
					b.Fatal(err)
				}
				if err := store.Close(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(wait.Milliseconds())/float64(b.N), "ms-to-request")
			b.ReportMetric(float64(held)/float64(feeds), "idle-B/feed")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// firstRequest is a way out that ends at the first request.
type firstRequest struct {
	once sync.Once
	done chan struct{}
}

// RoundTrip implements http.RoundTripper.
func (f *firstRequest) RoundTrip(r *http.Request) (*http.Response, error) {
	f.once.Do(func() { close(f.done) })
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func liveBytes() uint64 {
	runtime.GC()
	runtime.GC() // What finalizers held is gone with the second.
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// remember writes what a store knows of feeds after they were polled: what the
// poll of one said of it, for each. Some are due by now, others in a while.
func remember(b *testing.B, dir string, settings Settings) {
	b.Helper()
	ctx := context.Background()
	store, err := boltdb.Open(ctx, dir, boltdb.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	model, set := polledFeed(b), newSettings(settings)
	list := make([]storage.Watched, len(settings.Feeds))
	for i, f := range settings.Feeds {
		list[i] = storage.Watched{URL: f.URL, First: model.LastPoll}
	}
	if err := store.Watch(ctx, list); err != nil {
		b.Fatal(err)
	}
	due, err := store.Due(ctx, time.Now(), time.Hour, len(list))
	if err != nil {
		b.Fatal(err)
	}
	next := make(chan storage.Feed)
	var writers sync.WaitGroup
	for range 256 { // As many share a sync of the disk.
		writers.Go(func() {
			for f := range next {
				if _, err := store.Commit(ctx, storage.Poll{Feed: f}); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for i, claim := range due.Feeds {
		f := model
		f.URL, f.Epoch = claim.URL, claim.Epoch
		f.Validators.URL = f.URL
		f.LastPoll = model.LastPoll.Add(-time.Minute - defaultInterval*time.Duration(i)/time.Duration(len(list)) - maxJitter)
		f.NotBefore = f.LastPoll
		f.Next = set.plan(Feed{}, f)
		next <- f
	}
	close(next)
	writers.Wait()
}

// polledFeed is what is stored of a feed that was really polled.
func polledFeed(b *testing.B) storage.Feed {
	b.Helper()
	x := newBenchWorld(b, "80", "/feed", 1, answerer(news{entries: 20, paragraphs: 4}.bytes()))
	x.round(b, x.due(), 1, nil)
	for f, err := range x.store.Feeds(context.Background()) {
		if err != nil {
			b.Fatal(err)
		}
		return f
	}
	b.Fatal("the store knows no feed")
	return storage.Feed{}
}

// answerer is a way out that gives the same answer to everything.
type answerer []byte

// RoundTrip implements http.RoundTripper.
func (a answerer) RoundTrip(r *http.Request) (*http.Response, error) {
	h := http.Header{}
	h.Set("ETag", benchTag)
	h.Set("Last-Modified", "Mon, 09 Mar 2026 08:00:00 GMT")
	return &http.Response{
		StatusCode: http.StatusOK, Header: h, Request: r, ContentLength: int64(len(a)),
		Body: io.NopCloser(strings.NewReader(string(a))),
	}, nil
}
