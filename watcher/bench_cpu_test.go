package watcher

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/mmcdole/gofeed"

	"github.com/feedwatch/feedwatch/rules"
	"github.com/feedwatch/feedwatch/seeds"
	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/storage/boltdb"
	"github.com/feedwatch/feedwatch/watcher/deliver"
	"github.com/feedwatch/feedwatch/watcher/egress"
)

// benchFeeds are the numbers of feeds to measure with. More make a benchmark long
// and its figures good: FEEDWATCH_BENCH_FEEDS=1000,10000,100000.
func benchFeeds(b *testing.B) (sizes []int) {
	b.Helper()
	text := os.Getenv("FEEDWATCH_BENCH_FEEDS")
	if text == "" {
		text = "200"
	}
	for part := range strings.SplitSeq(text, ",") {
		n, err := strconv.Atoi(part)
		if err != nil || n < 1 {
			b.Fatalf("FEEDWATCH_BENCH_FEEDS is %q: write numbers, as in 1000,10000", text)
		}
		sizes = append(sizes, n)
	}
	return sizes
}

// BenchmarkCPU counts polls a CPU-second of the whole way, with the schedule, the
// guarded dial, reading, identities, the rules of the built-in pack, stories and
// the durable commit, and those of a client in the same run that does the least
// one can do. of-bare is how near ours come to it: at 1 a poll costs what the bare
// client's does.
func BenchmarkCPU(b *testing.B) {
	for _, c := range []struct {
		name  string
		path  string
		kept  bool // connections are used again
		first bool // each poll is the first of its feed
		use   func(io.Reader) error
		check func(Report) bool
	}{
		{"304/new", "/304", false, false, ignore, func(r Report) bool { return r.Same && r.Status == http.StatusNotModified }},
		{"304/kept", "/304", true, false, ignore, func(r Report) bool { return r.Same && r.Status == http.StatusNotModified }},
		{"same/new", "/same", false, false, ignore, func(r Report) bool { return r.Same && r.Status == http.StatusOK }},
		{"same/kept", "/same", true, false, ignore, func(r Report) bool { return r.Same && r.Status == http.StatusOK }},
		{"date", "/date", false, false, parse, func(r Report) bool { return r.Entries == 20 && r.New == 0 }},
		{"onenew", "/onenew", false, false, parse, func(r Report) bool { return r.Entries == 20 && r.New == 1 }},
		{"first", "/same", false, true, parse, func(r Report) bool { return r.Entries == 20 && r.New == 20 }},
	} {
		for _, feeds := range benchFeeds(b) {
			b.Run(fmt.Sprintf("%s/feeds=%d", c.name, feeds), func(b *testing.B) {
				if c.kept && feeds > 2000 {
					b.Skip("so many connections are not kept, by either")
				}
				port := startOrigin(b)
				transport := benchTransport(c.kept)
				defer transport.CloseIdleConnections()
				bare := &http.Client{Transport: &http.Transport{
					DisableCompression: true, DisableKeepAlives: !c.kept, MaxIdleConns: 1 << 20,
				}}
				defer bare.CloseIdleConnections()
				settings := benchSettings(b, port, c.path, feeds)
				x := openBenchWorld(b, b.TempDir(), settings, transport, c.path == "/304")
				switch {
				case c.first:
				case c.path == "/304": // What polls would have said of all feeds is known.
					x.often(b)
				default:
					x.settle(b, feeds)
				}
				bareGets(b, bare, port, c.path, feeds, ignore) // Connections that are kept are made now,
				if c.kept {
					x.round(b, x.due(), feeds, c.check) // ours as well.
				}
				var ours, floor time.Duration
				polls, gets := 0, 0
				for b.Loop() {
					if c.first && polls > 0 {
						x = newBenchWorld(b, port, c.path, feeds, transport)
					}
					at := x.due()
					ours += cpuOf(func() { polls += x.round(b, at, feeds, c.check) })
					floor += cpuOf(func() { gets += bareGets(b, bare, port, c.path, feeds, c.use) })
				}
				b.ReportMetric(float64(polls)/ours.Seconds(), "polls/cpu-s")
				b.ReportMetric(float64(gets)/floor.Seconds(), "bare/cpu-s")
				b.ReportMetric(float64(polls)/ours.Seconds()/(float64(gets)/floor.Seconds()), "of-bare")
				b.ReportMetric(0, "ns/op") // It holds the bare client, too.
			})
		}
	}
}

func ignore(r io.Reader) error {
	_, err := io.Copy(io.Discard, r)
	return err
}

func parse(r io.Reader) error {
	_, err := gofeed.NewParser().Parse(r)
	return err
}

// cpuOf is what something costs this process in CPU time, the kernel's work for
// it included.
func cpuOf(do func()) time.Duration {
	runtime.GC() // Else one pays for the garbage of the other.
	before := cpuTime()
	do()
	return cpuTime() - before
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func benchTransport(kept bool) *http.Transport {
	t := egress.Transport(egress.Policy{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Conns: 1 << 20})
	t.DisableKeepAlives = !kept
	return t
}

// benchWorld is a daemon, but for its clock: a round of it polls what will be due.
type benchWorld struct {
	w     *Watcher
	store *boltdb.Store
	over  time.Time // when the last round ended
}

func benchSettings(b *testing.B, port, path string, feeds int) Settings {
	b.Helper()
	pack, err := rules.Parse(seeds.PackName, seeds.Pack())
	if err != nil {
		b.Fatal(err)
	}
	set, err := rules.Compile(pack)
	if err != nil {
		b.Fatal(err)
	}
	s := Settings{
		Rules:     set,
		Receivers: []deliver.Receiver{{Name: "out", Kind: "stdout"}}, // Nothing is sent: that is not the poll.
		Poll:      Poll{HostGap: time.Nanosecond},
	}
	for i := range feeds {
		s.Feeds = append(s.Feeds, Feed{URL: "http://" + feedHost(i) + ":" + port + path, Name: fmt.Sprint("paper", i), Tier: 2})
	}
	return s
}

func newBenchWorld(b *testing.B, port, path string, feeds int, transport http.RoundTripper) *benchWorld {
	b.Helper()
	return openBenchWorld(b, b.TempDir(), benchSettings(b, port, path, feeds), transport, false)
}

// openBenchWorld makes a daemon over a store in a directory, which may know all
// feeds already.
func openBenchWorld(b *testing.B, dir string, settings Settings, transport http.RoundTripper, known bool) *benchWorld {
	b.Helper()
	if known {
		remember(b, dir, settings)
	}
	store, err := boltdb.Open(context.Background(), dir, boltdb.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = store.Close() })
	w, err := New(Config{
		Store: store, Transport: transport, UserAgent: "feedwatch/bench", Log: slog.New(slog.DiscardHandler),
		Settings: settings,
	})
	if err != nil {
		b.Fatal(err)
	}
	if err := w.watch(context.Background(), w.set.Load()); err != nil {
		b.Fatal(err)
	}
	return &benchWorld{w: w, store: store}
}

// benchInterval is how often feeds are polled once they were polled first. It is
// waited out between two rounds, so that no round polls a feed twice.
const benchInterval = 2 * time.Second

// due is a time at which all feeds are due that were not polled by now. Those that
// were polled in a round it waits for.
func (x *benchWorld) due() time.Time {
	if x.over.IsZero() {
		return time.Now().Add(defaultInterval) // A start spreads the first polls over so long.
	}
	time.Sleep(time.Until(x.over.Add(benchInterval + benchInterval/10)))
	return time.Now()
}

// settle polls all feeds for the first time, and then often.
func (x *benchWorld) settle(b *testing.B, feeds int) {
	b.Helper()
	x.round(b, x.due(), feeds, nil)
	x.often(b)
}

// often has feeds that were polled before polled often from now on.
func (x *benchWorld) often(b *testing.B) {
	b.Helper()
	often, err := ParseSchedule("@every "+benchInterval.String(), time.Second)
	if err != nil {
		b.Fatal(err)
	}
	s := x.w.set.Load().Settings
	s.Poll.Schedule, s.Poll.MinInterval = often, time.Second
	if err := x.w.Reload(context.Background(), s); err != nil {
		b.Fatal(err)
	}
	x.over = time.Now()
}

// round does as the dispatcher does at a time: it polls all feeds that are due
// then, of which there are so many. It tells how many polls those were.
func (x *benchWorld) round(b *testing.B, at time.Time, feeds int, check func(Report) bool) (ended int) {
	b.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var polls atomic.Int64
	c := newCrew(ctx, func(ctx context.Context, p *poll, claim storage.Feed) error {
		p.begin(x.w, x.w.set.Load(), claim, 0)
		r, later, err := p.visit(ctx, false)
		switch {
		case err != nil || !later.IsZero(): // Its host had no turn: nothing was polled.
			return err
		case r.Err != nil || check != nil && !check(r):
			return fmt.Errorf("%+v", r)
		}
		polls.Add(1)
		return nil
	})
	for {
		if wanted := min(2*defaultConcurrent, feeds-int(polls.Load())) - c.size(); wanted >= defaultConcurrent/2 || c.size() == 0 {
			due, err := x.store.Due(ctx, at, lease, wanted)
			if err != nil {
				b.Fatal(err)
			}
			c.add(due.Feeds...)
		}
		c.start(defaultConcurrent)
		if c.size() == 0 {
			break
		}
		if err := c.gather(<-c.ended, func(err error) error { return err }); err != nil {
			b.Fatal(err)
		}
	}
	ended = int(polls.Load())
	if _, err := x.store.Enqueue(ctx, nil); err != nil { // Polls that found nothing are written with it.
		b.Fatal(err)
	}
	x.over = time.Now()
	if ended != feeds {
		b.Fatalf("%d polls of %d feeds", ended, feeds)
	}
	return ended
}

// bareGets asks for each feed once, side by side as the daemon does, and does with
// each body what is to be done with it.
func bareGets(b *testing.B, client *http.Client, port, path string, feeds int, use func(io.Reader) error) int {
	numbers := make(chan int)
	var workers sync.WaitGroup
	for range defaultConcurrent {
		workers.Go(func() {
			for n := range numbers {
				if err := bareGet(client, "http://"+feedHost(n)+":"+port+path+"?bare", use); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for n := range feeds {
		numbers <- n
	}
	close(numbers)
	workers.Wait()
	return feeds
}

func bareGet(client *http.Client, url string, use func(io.Reader) error) error {
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	req.Header.Set("If-None-Match", benchTag)
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusNotModified {
		return nil
	}
	return use(resp.Body)
}
