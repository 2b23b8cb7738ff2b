package watcher

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/feedwatch/feedwatch/storage"
)

// PollOptions say how a round by hand differs from a scheduled poll.
type PollOptions struct {
	URL      string // only this feed, by URL or name; "" means all
	Force    bool   // poll also what asked to be left alone or was polled just now
	Backfill int    // of each first listing, alert the newest so many that match
	Progress func(done, total int)
}

// PollNow polls the watched feeds once, due or not, and returns a report for
// each, in the order of the configuration. Unless forced, a feed whose server
// asked for a pause, or that was polled within its shortest interval, is left
// alone; its report says so. It must not run beside Run on another Watcher over
// the same store.
func (w *Watcher) PollNow(ctx context.Context, o PollOptions) ([]Report, error) {
	set := w.set.Load()
	feeds := set.Feeds
	if o.URL != "" {
		feeds = slices.DeleteFunc(slices.Clone(feeds), func(f Feed) bool { return f.URL != o.URL && f.Name != o.URL })
		if len(feeds) == 0 {
			return nil, fmt.Errorf("no feed %q is configured", o.URL)
		}
	}
	if !w.ready.Load() {
		if err := w.watch(ctx, set); err != nil {
			return nil, err
		}
	}
	r := &round{w: w, set: set, options: o, places: make(chan struct{}, set.Poll.concurrent()), total: len(feeds)}
	reports, err := r.poll(ctx, feeds)
	if err == nil && !w.ready.Load() { // Nobody else will say what there is to say of feeds.
		err = w.sayMatters(ctx, 0)
	}
	return reports, err
}

// round is one round by hand.
type round struct {
	w       *Watcher
	set     *settings
	options PollOptions
	places  chan struct{} // so many polls at a time; one that waits for its host holds none
	total   int

	mu   sync.Mutex
	done int
}

// poll polls the feeds and waits for all of them.
func (r *round) poll(ctx context.Context, feeds []Feed) ([]Report, error) {
	reports, failed := make([]Report, len(feeds)), make([]error, len(feeds))
	var polls sync.WaitGroup
	for i, f := range feeds {
		polls.Go(func() {
			reports[i], failed[i] = r.feed(ctx, f)
			r.step()
		})
	}
	polls.Wait()
	return reports, errors.Join(failed...)
}

// step tells how far the round is.
func (r *round) step() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.done++; r.options.Progress != nil {
		r.options.Progress(r.done, r.total)
	}
}

// feed polls one feed when its host has a turn for it.
func (r *round) feed(ctx context.Context, cfg Feed) (Report, error) {
	for {
		report, later, err := r.try(ctx, cfg)
		if err != nil || later.IsZero() {
			return report, err
		}
		select {
		case <-time.After(time.Until(later)):
		case <-ctx.Done():
			return Report{}, ctx.Err()
		}
	}
}

// try polls one feed, leaves it alone, or says when its host has a turn.
func (r *round) try(ctx context.Context, cfg Feed) (report Report, later time.Time, err error) {
	select {
	case r.places <- struct{}{}:
		defer func() { <-r.places }()
	case <-ctx.Done():
		return Report{}, time.Time{}, ctx.Err()
	}
	claim, err := r.w.store.Take(ctx, cfg.URL, time.Now(), lease)
	if err != nil {
		return Report{Feed: cfg.Name, URL: cfg.URL, Err: err}, time.Time{}, nil
	}
	claim = rewound(claim, time.Now())
	until := latest(claim.NotBefore, claim.LastPoll.Add(r.set.Poll.minIntervalOf(cfg)), r.w.hosts.pausedUntil(hostOf(cfg.address(claim))))
	if !r.options.Force && until.After(time.Now()) {
		claim.Next = latest(r.set.plan(cfg, claim), until)
		_, err := r.w.store.Commit(ctx, storage.Poll{Feed: claim})
		return Report{Feed: cfg.Name, URL: cfg.URL, Next: claim.Next, LeftAlone: until}, time.Time{}, err
	}
	p := new(poll)
	p.begin(r.w, r.set, claim, r.options.Backfill)
	return p.visit(ctx, r.options.Force)
}
