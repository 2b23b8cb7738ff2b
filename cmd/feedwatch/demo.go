package main

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/feedwatch/feedwatch/rules"
	"github.com/feedwatch/feedwatch/seeds"
	"github.com/feedwatch/feedwatch/watcher"
	"github.com/feedwatch/feedwatch/watcher/deliver"
)

// demoCommand shows the program at work without a network: it serves feeds made
// of the seeded briefs on loopback and runs the real daemon on them.
type demoCommand struct {
	For    time.Duration `help:"Stop after this long instead of at Ctrl-C." placeholder:"DURATION"`
	Listen string        `help:"Address of the status page." default:"127.0.0.1:0"`
}

const (
	demoPoll    = time.Second             // the demo's feeds are its own: they may be asked often
	demoPublish = 1500 * time.Millisecond // from one brief to the next
)

// Run implements the verb.
func (c *demoCommand) Run(ctx context.Context, p *program) error {
	if c.For > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.For)
		defer cancel()
	}
	briefs, err := seeds.Briefs()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "feedwatch-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	stand := newStand(briefs)
	g, ctx := errgroup.WithContext(ctx)
	serve(ctx, g, l, stand)
	g.Go(func() error { return c.watch(ctx, p, dir, stand.outlets("http://"+l.Addr().String())) })
	g.Go(func() error { stand.publish(ctx); return nil })
	if err := g.Wait(); !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}

// watch runs the daemon on the outlets' feeds.
func (c *demoCommand) watch(ctx context.Context, p *program, dir string, feeds []watcher.Feed) error {
	set, err := demoRules()
	if err != nil {
		return err
	}
	every, err := watcher.ParseSchedule("@every 1s", demoPoll)
	if err != nil {
		return err
	}
	cfg := &config{
		State: dir, StatusListen: c.Listen,
		Network: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
		Settings: watcher.Settings{
			Rules: set, Feeds: feeds,
			Receivers: []deliver.Receiver{{Name: "terminal", Kind: "stdout"}},
			Poll:      watcher.Poll{Schedule: every, MinInterval: demoPoll, HostGap: 20 * time.Millisecond},
		},
	}
	d, err := p.build(ctx, cfg, newLogger(p.stderr, logOptions{}), func() (*config, error) { return cfg, nil })
	if err != nil {
		return err
	}
	fmt.Fprintf(p.stderr, "%s tell one story. Their first listing is taken in silence; then each publishes. Ctrl-C ends it.\n", plural(len(feeds), "outlet"))
	return errors.Join(d.run(ctx), d.store.Close())
}

// demoRules is the built-in pack.
func demoRules() (*rules.Set, error) {
	pack, err := rules.Parse(seeds.PackName, seeds.Pack())
	if err != nil {
		return nil, err
	}
	return rules.Compile(pack)
}

// stand is a news stand: a feed an outlet, served over HTTP with validators, as
// good outlets do, and without, as others do.
type stand struct {
	mu     sync.Mutex
	feeds  map[string][]seeds.Brief // path → what the outlet has published, newest first
	queue  []seeds.Brief            // still to be published
	titles map[string]string        // path → the outlet's name
}

// newStand fills each outlet with what is off the topic; the rest waits.
func newStand(briefs []seeds.Brief) *stand {
	s := &stand{feeds: make(map[string][]seeds.Brief), titles: make(map[string]string)}
	var old []seeds.Brief
	for _, b := range briefs {
		if len(b.Triggers) == 0 {
			old = append(old, b)
			continue
		}
		s.titles[outletPath(b)] = b.Outlet
		s.queue = append(s.queue, b)
	}
	for path := range s.titles {
		s.feeds[path] = old
	}
	return s
}

func outletPath(b seeds.Brief) string {
	return "/" + strings.ReplaceAll(strings.ToLower(b.Outlet), " ", "-") + ".xml"
}

// outlets are the feeds to watch.
func (s *stand) outlets(origin string) []watcher.Feed {
	s.mu.Lock()
	defer s.mu.Unlock()
	var feeds []watcher.Feed
	for path := range s.titles {
		feeds = append(feeds, watcher.Feed{
			URL: origin + path, Name: strings.TrimSuffix(path[1:], ".xml"), Tier: 2, Tags: []string{"demo"}, Language: "en",
		})
	}
	slices.SortFunc(feeds, func(a, b watcher.Feed) int { return strings.Compare(a.URL, b.URL) })
	return feeds
}

// publish puts out one brief after another, dated now, until none is left.
func (s *stand) publish(ctx context.Context) {
	for s.waiting() {
		select {
		case <-time.After(demoPublish):
			s.publishNext(time.Now())
		case <-ctx.Done():
			return
		}
	}
}

func (s *stand) waiting() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.queue) > 0
}

func (s *stand) publishNext(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.queue[0]
	b.Published = now
	s.queue = s.queue[1:]
	path := outletPath(b)
	s.feeds[path] = append([]seeds.Brief{b}, s.feeds[path]...)
}

// rss is the document of one outlet.
type rss struct {
	XMLName xml.Name  `xml:"rss"`
	Version string    `xml:"version,attr"`
	Title   string    `xml:"channel>title"`
	Items   []rssItem `xml:"channel>item"`
}

type rssItem struct {
	Title       string `xml:"title"`
	Link        string `xml:"link"`
	GUID        string `xml:"guid"`
	Description string `xml:"description"`
	PubDate     string `xml:"pubDate"`
}

// ServeHTTP implements http.Handler.
func (s *stand) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	published, known := s.feeds[r.URL.Path], s.titles[r.URL.Path]
	s.mu.Unlock()
	if known == "" {
		http.NotFound(w, r)
		return
	}
	if len(known)%2 == 0 { // Every other outlet gives no validators.
		tag := fmt.Sprintf(`"%d"`, len(published))
		w.Header().Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	doc := rss{Version: "2.0", Title: known}
	for _, b := range published {
		doc.Items = append(doc.Items, rssItem{
			Title: b.Title, Link: b.Link, GUID: b.Link, PubDate: b.Published.UTC().Format(time.RFC1123Z),
			Description: "<p>" + strings.ReplaceAll(b.Text, "\n\n", "</p>\n<p>") + "</p>",
		})
	}
	w.Header().Set("Content-Type", "application/rss+xml")
	_ = xml.NewEncoder(w).Encode(doc) // An error here is a reader who left.
}
