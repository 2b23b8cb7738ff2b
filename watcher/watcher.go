package watcher

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/watcher/deliver"
	"github.com/feedwatch/feedwatch/watcher/feed"
	"golang.org/x/sync/errgroup"
)

// Watcher is the daemon. Its methods may be called concurrently; Run once.
type Watcher struct {
	store   storage.Store
	log     *slog.Logger
	way     http.RoundTripper // out
	agent   string            // User-Agent
	out     *deliver.Deliverer
	hosts   *hosts
	metrics *metrics
	stories *stories
	buffers feed.Buffers

	infirmary *infirmary
	briefed   map[string]time.Time // receiver → up to when its newest brief tells; upkeep's own

	version string

	set     atomic.Pointer[settings]
	started time.Time
	beat    atomic.Int64  // Unix nanoseconds of the dispatcher's last round
	ready   atomic.Bool   // feeds are watched and the dispatcher runs
	opened  chan struct{} // closed when ready first becomes true
	wake    chan struct{} // tells the dispatcher that feeds may be due
}

// New checks a configuration and makes a Watcher that is not yet running. The
// store stays the caller's to close, after Run has returned.
func New(c Config) (*Watcher, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	w := &Watcher{
		store: c.Store, log: c.Log, hosts: newHosts(), stories: newStories(c.Store, c.Log, c.Grouping), version: c.Version,
		infirmary: newInfirmary(), briefed: make(map[string]time.Time),
		way: c.Transport, agent: c.UserAgent,
		started: time.Now(), wake: make(chan struct{}, 1), opened: make(chan struct{}),
	}
	w.beat.Store(w.started.UnixNano())
	w.metrics = newMetrics(w)
	var err error
	w.out, err = deliver.New(deliver.Config{
		Outbox: c.Store, Receivers: c.Receivers, Transport: c.Transport, Stdout: c.Stdout, Colour: c.Colour,
		UserAgent: c.UserAgent, Log: c.Log, Settled: w.metrics.settled,
	})
	if err != nil {
		return nil, err
	}
	w.set.Store(newSettings(c.Settings))
	return w, nil
}

// check finds what would make the settings unusable.
func (s Settings) check() error {
	if s.Rules == nil {
		return errors.New("no rules: name a pack in the configuration")
	}
	names := make(map[string]bool)
	for _, r := range s.Receivers {
		if names[r.Name] {
			return fmt.Errorf("receiver %q is configured twice", r.Name)
		}
		names[r.Name] = true
		if err := deliver.Check(r); err != nil {
			return fmt.Errorf("receiver %q: %w", r.Name, err)
		}
	}
	for _, r := range s.Rules.Rules() {
		for _, name := range r.Receivers {
			if !names[name] {
				return fmt.Errorf("rule %q sends to receiver %q, which is not configured", r.Name, name)
			}
		}
	}
	for _, r := range s.Routes {
		for _, name := range r.Receivers {
			if !names[name] {
				return fmt.Errorf("a route sends to receiver %q, which is not configured", name)
			}
		}
	}
	return nil
}

// fetcher fetches one feed within the bounds of the settings.
func (w *Watcher) fetcher(s *settings, cfg Feed) *feed.Fetcher {
	f := &feed.Fetcher{Transport: w.way, UserAgent: w.agent, MaxBytes: s.Poll.maxBytes(), Buffers: &w.buffers}
	if folder := feed.Folder(cfg.URL); folder != "" {
		f.Files = []string{folder} // The configuration names the file, and nothing else can.
	}
	return f
}

// maxBytes is the largest decoded feed that is read.
func (p Poll) maxBytes() int64 {
	if p.MaxBytes > 0 {
		return p.MaxBytes
	}
	return defaultMaxBytes
}

// Run polls and delivers until the context ends, then waits for all that it
// started: polls under way are dropped (their feeds stay due), deliveries under
// way are settled. An error means that the store failed for good.
func (w *Watcher) Run(ctx context.Context) error {
	if err := w.watch(ctx, w.set.Load()); err != nil {
		return err
	}
	stop := ctx
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return w.out.Run(ctx) })
	g.Go(func() error { return w.dispatch(ctx) })
	g.Go(func() error { return w.upkeep(ctx) })
	w.beat.Store(time.Now().UnixNano())
	w.ready.Store(true)
	close(w.opened)
	context.AfterFunc(ctx, func() { w.ready.Store(false) })
	if err := g.Wait(); stop.Err() == nil || !errors.Is(err, stop.Err()) {
		return err
	}
	return nil
}

// watch tells the store which feeds to hand out, and plans again when each is
// due, so that a changed schedule counts at once and an unchanged one changes
// nothing.
func (w *Watcher) watch(ctx context.Context, set *settings) error {
	list, place := make([]storage.Watched, len(set.Feeds)), make(map[string]int, len(set.Feeds))
	for i, cfg := range set.Feeds {
		list[i].URL, place[cfg.URL] = cfg.URL, i
	}
	now := time.Now().Round(0)
	fresh := len(list)
	// Feeds are planned as they are read: a hundred thousand of them at once, with
	// the records of their last readings, would take gigabytes.
	for f, err := range w.store.Feeds(ctx) {
		if err != nil {
			return fmt.Errorf("reading the feeds' state: %w", err)
		}
		i, ok := place[f.URL]
		f = rewound(f, now)
		if f.HostRest.After(now) {
			w.hosts.pause(hostOf(set.feed(f.URL).address(f)), f.HostRest)
		}
		if ok && !f.LastPoll.IsZero() {
			list[i].Replan = set.plan(set.Feeds[i], f)
			fresh--
		}
	}
	// A thousand new feeds must not be asked in one moment, nor the last of very
	// many only tomorrow.
	gap := min(firstGap, defaultInterval/time.Duration(max(fresh, 1)))
	first := now
	for i := range list {
		if list[i].Replan.IsZero() {
			list[i].First = first
			first = first.Add(gap)
		}
	}
	if err := w.store.Watch(ctx, list); err != nil {
		return fmt.Errorf("watching the feeds: %w", err)
	}
	return nil
}

// firstGap parts the first polls of feeds never seen before.
const firstGap = 150 * time.Millisecond

// Reload exchanges the settings: feeds, rules, receivers and routes that were
// added, changed or removed take effect at the next poll or delivery; nothing
// stored is lost. On an error all stays as it was.
func (w *Watcher) Reload(ctx context.Context, s Settings) error {
	if err := s.check(); err != nil {
		return err
	}
	old, set := w.set.Load(), newSettings(s)
	if err := w.out.Reload(s.Receivers); err != nil {
		return err
	}
	if err := w.watch(ctx, set); err != nil {
		return errors.Join(err, w.out.Reload(old.Receivers))
	}
	w.set.Store(set)
	w.wakeDispatcher()
	return nil
}

func (w *Watcher) wakeDispatcher() {
	select {
	case w.wake <- struct{}{}:
	default: // It will look anyway.
	}
}

// Ready is closed once Run watches feeds.
func (w *Watcher) Ready() <-chan struct{} { return w.opened }

// Reloaded notes for the metrics whether the configuration that was last tried
// was taken.
func (w *Watcher) Reloaded(ok bool) { w.metrics.reloaded(ok) }

// Outbox lists deliveries, newest first.
func (w *Watcher) Outbox(ctx context.Context, q storage.DeliveryQuery) ([]storage.Delivery, error) {
	var list []storage.Delivery
	for d, err := range w.store.Deliveries(ctx, q) {
		if err != nil {
			return nil, err
		}
		list = append(list, d)
	}
	return list, nil
}

// Replay makes dead letters due again: those with the ids, those to the receiver,
// or with neither all of them. It says how many.
func (w *Watcher) Replay(ctx context.Context, receiver string, ids []string) (int, error) {
	n, err := w.store.Replay(ctx, receiver, ids, time.Now())
	if err == nil {
		w.out.Wake(w.set.Load().receivers...)
	}
	return n, err
}

// Drain delivers what is due now, once each, without Run: for one-shot commands.
func (w *Watcher) Drain(ctx context.Context) error { return w.out.Drain(ctx) }

// TestSend sends a test alert to a receiver at once, past the outbox.
func (w *Watcher) TestSend(ctx context.Context, receiver string) (storage.Attempt, error) {
	return w.out.Try(ctx, receiver)
}

// Alive returns nil while the dispatcher makes its rounds and the store answers:
// what a watchdog should ask.
func (w *Watcher) Alive(ctx context.Context) error {
	if late := time.Since(time.Unix(0, w.beat.Load())); late > 3*maxNap {
		return fmt.Errorf("the dispatcher has not made a round for %v", late.Round(time.Second))
	}
	if _, err := w.store.Stats(ctx); err != nil {
		return fmt.Errorf("the store does not answer: %w", err)
	}
	return nil
}
