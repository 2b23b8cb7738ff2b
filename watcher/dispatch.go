package watcher

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/watcher/egress"
)

const (
	// lease is how long a claimed feed is kept from other pollers; a poll ends
	// long before it.
	lease = 5 * time.Minute
	// maxNap bounds how long the dispatcher sleeps, so that a clock that jumps
	// or a feed that falls due early is noticed.
	maxNap = 10 * time.Second
	// fullNap is the rest after the store had no room.
	fullNap = 5 * time.Second
)

// dispatch claims feeds that are due and polls each in a goroutine of its own,
// no more at a time than the configuration allows, until the context ends. It
// waits for the polls it started.
func (w *Watcher) dispatch(ctx context.Context) error {
	var (
		polls   sync.WaitGroup
		running int
		ended   = make(chan error)
	)
	ctx, cancel := context.WithCancel(ctx)
	defer polls.Wait()
	defer cancel()
	for {
		set := w.set.Load()
		now := time.Now()
		w.beat.Store(now.UnixNano())
		nap := maxNap
		if free := set.Poll.concurrent() - running; free > 0 {
			due, err := w.store.Due(ctx, now, lease, free)
			if err = w.storeFailed(ctx, err); err != nil {
				return err
			}
			if !due.Next.IsZero() {
				nap = min(nap, max(due.Next.Sub(now), time.Millisecond))
			}
			for _, claim := range due.Feeds {
				running++
				polls.Go(func() {
					err := w.pollDue(ctx, set, claim)
					select {
					case ended <- err:
					case <-ctx.Done():
					}
				})
			}
		}
		timer := time.NewTimer(nap)
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case err := <-ended:
			running--
			if err := w.storeFailed(ctx, err); err != nil {
				return err
			}
		case <-w.wake:
		case <-timer.C:
			w.hosts.forget(now)
		}
		timer.Stop()
	}
}

// concurrent is how many polls may run at a time.
func (p Poll) concurrent() int {
	if p.Concurrent > 0 {
		return p.Concurrent
	}
	return defaultConcurrent
}

// pollDue polls a feed that fell due, or puts it off where its host has no turn
// to give.
func (w *Watcher) pollDue(ctx context.Context, set *settings, claim storage.Feed) error {
	host := hostOf(claim.URL)
	later, ok := w.hosts.enter(host, time.Now(), set.Poll)
	if !ok {
		claim.Next = later
		_, err := w.store.Commit(ctx, storage.Poll{Feed: claim})
		return err
	}
	r, err := w.poll(ctx, set, claim, 0)
	w.hosts.leave(host, time.Now(), set.Poll)
	if err != nil {
		return err
	}
	w.metrics.polled(r)
	w.tell(ctx, claim, r)
	return nil
}

// storeFailed sorts the errors of a poll: a claim lost to another poller is
// nothing, a full disk is waited out, a damaged record is told, and anything
// else ends the daemon, which systemd then starts again from what is on disk.
func (w *Watcher) storeFailed(ctx context.Context, err error) error {
	switch {
	case err == nil, errors.Is(err, storage.ErrStale), ctx.Err() != nil:
		return nil
	case errors.Is(err, storage.ErrFull):
		w.log.Error("no room to store what was read; feeds and alerts wait until there is", "error", err)
		select {
		case <-time.After(fullNap):
		case <-ctx.Done():
		}
		return nil
	case errors.Is(err, storage.ErrDamaged):
		w.log.Error("a record in the store is damaged", "error", err)
		return nil
	}
	return fmt.Errorf("the store failed: %w", err)
}

// tell logs what a poll found: at a change, not at each poll.
func (w *Watcher) tell(ctx context.Context, before storage.Feed, r Report) {
	log := w.log.With("feed", r.Feed)
	wait := time.Until(r.Next).Round(time.Second)
	switch {
	case r.Err != nil && r.Next.Equal(never):
		if before.Gone < goneForGood {
			log.Warn("the feed is gone for good and will not be polled again", "url", egress.RedactURL(r.URL))
		}
	case r.Err != nil:
		level := slog.LevelWarn
		if before.Failures > 0 {
			level = slog.LevelDebug
		}
		log.Log(ctx, level, "the feed can't be read", "error", egress.Redact(r.Err), "next", wait)
	case before.Failures > 0:
		log.Info("the feed can be read again", "failures", before.Failures)
	}
	switch {
	case r.Silent != "":
		log.Info(fmt.Sprintf("%s: %d items, %d would have matched", r.Silent, r.New, r.Matched), "alerts", r.Alerts)
	case r.New > 0:
		log.Info("new items", "items", r.New, "matched", r.Matched, "alerts", r.Alerts)
	case r.Err == nil:
		log.Debug("polled", "status", r.Status, "same", r.Same, "entries", r.Entries, "took", r.Took.Round(time.Millisecond), "next", wait)
	}
}

// PollOptions say how a round by hand differs from a scheduled poll.
type PollOptions struct {
	URL      string // only this feed; "" means all
	Force    bool   // poll also what asked to be left alone or was polled just now
	Backfill int    // of a first listing, alert the newest so many that match
	Progress func(done, total int)
}

// PollNow polls the watched feeds once, due or not, and returns a report for
// each, in the order of the configuration. Unless forced, a feed whose server
// asked for a pause, or that was polled within its shortest interval, is left
// alone; its report says so. It must not run beside Run's dispatcher on another
// Watcher over the same store.
func (w *Watcher) PollNow(ctx context.Context, o PollOptions) ([]Report, error) {
	set := w.set.Load()
	feeds := set.Feeds
	if o.URL != "" {
		feeds = slices.DeleteFunc(slices.Clone(feeds), func(f Feed) bool { return f.URL != o.URL && f.Name != o.URL })
		if len(feeds) == 0 {
			return nil, fmt.Errorf("no feed %q is configured: %w", o.URL, storage.ErrUnknown)
		}
	}
	if !w.ready.Load() {
		if err := w.watch(ctx, set); err != nil {
			return nil, err
		}
	}
	return w.round(ctx, set, feeds, o)
}

// round polls the feeds, so many at a time, and waits for all of them.
func (w *Watcher) round(ctx context.Context, set *settings, feeds []Feed, o PollOptions) ([]Report, error) {
	var (
		reports = make([]Report, len(feeds))
		failed  = make([]error, len(feeds))
		places  = make(chan struct{}, set.Poll.concurrent())
		polls   sync.WaitGroup
		mu      sync.Mutex
		done    int
	)
	for i, f := range feeds {
		polls.Go(func() {
			places <- struct{}{}
			defer func() { <-places }()
			reports[i], failed[i] = w.pollByHand(ctx, set, f, o)
			mu.Lock()
			defer mu.Unlock()
			if done++; o.Progress != nil {
				o.Progress(done, len(feeds))
			}
		})
	}
	polls.Wait()
	return reports, errors.Join(failed...)
}

// pollByHand polls one feed when its host has a turn for it.
func (w *Watcher) pollByHand(ctx context.Context, set *settings, cfg Feed, o PollOptions) (Report, error) {
	for {
		claim, err := w.store.Take(ctx, cfg.URL, time.Now(), lease)
		if err != nil {
			return Report{Feed: cfg.Name, URL: cfg.URL, Err: err}, nil
		}
		host := hostOf(cfg.URL)
		until := latest(claim.NotBefore, claim.LastPoll.Add(set.Poll.minIntervalOf(cfg)), w.hosts.pausedUntil(host))
		if !o.Force && until.After(time.Now()) {
			return w.leftAlone(ctx, set, cfg, claim, until)
		}
		enter := w.hosts.enter
		if o.Force {
			enter = w.hosts.force
		}
		later, ok := enter(host, time.Now(), set.Poll)
		if ok {
			r, err := w.poll(ctx, set, claim, o.Backfill)
			w.hosts.leave(host, time.Now(), set.Poll)
			return r, err
		}
		claim.Next = later
		if _, err := w.store.Commit(ctx, storage.Poll{Feed: claim}); err != nil {
			return Report{}, err
		}
		select {
		case <-time.After(time.Until(later)):
		case <-ctx.Done():
			return Report{}, ctx.Err()
		}
	}
}

// leftAlone gives a claim back unused.
func (w *Watcher) leftAlone(ctx context.Context, set *settings, cfg Feed, claim storage.Feed, until time.Time) (Report, error) {
	claim.Next = set.Poll.plan(cfg, claim)
	_, err := w.store.Commit(ctx, storage.Poll{Feed: claim})
	return Report{
		Feed: cfg.Name, URL: cfg.URL, Next: claim.Next,
		Err: fmt.Errorf("left alone until %s, as its server or min_interval asks (--force polls it all the same)", until.UTC().Format(time.RFC3339)),
	}, err
}
