package watcher

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/dustin/go-humanize/english"

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
	// fullRest is how long nothing is polled after the store had no room.
	fullRest = 5 * time.Second
)

// dispatcher is the loop that claims feeds and runs polls. All but polls belongs
// to the loop's own goroutine.
type dispatcher struct {
	w       *Watcher
	polls   sync.WaitGroup
	running int
	ended   chan error // a poll's error, or nil
	rest    time.Time  // nothing is claimed before this: the store had no room
	last    time.Time  // the last round
}

// dispatch claims feeds that are due and polls each in a goroutine of its own,
// no more at a time than the configuration allows, until the context ends. It
// waits for the polls it started.
func (w *Watcher) dispatch(ctx context.Context) error {
	d := &dispatcher{w: w, ended: make(chan error)}
	ctx, cancel := context.WithCancel(ctx)
	defer d.polls.Wait()
	defer cancel()
	for {
		now := time.Now()
		w.beat.Store(now.UnixNano())
		if err := d.follow(ctx, now.Round(0)); err != nil {
			return err
		}
		nap, err := d.claim(ctx, now)
		if err == nil {
			err = d.wait(ctx, nap)
		}
		if err != nil {
			return err
		}
	}
}

// clockSlack is how far a clock may be set back without a word: it is corrected
// by little all the time.
const clockSlack = time.Minute

// follow plans anew where the clock on the wall was set back. What was planned by
// the wrong time would come as much later.
func (d *dispatcher) follow(ctx context.Context, now time.Time) error {
	back := d.last.Sub(now)
	d.last = now
	if back < clockSlack {
		return nil
	}
	d.w.log.Warn("the clock was set back: polls are planned anew", "by", back.Round(time.Second))
	d.w.hosts.forgive()
	return d.judge(ctx, d.w.watch(ctx, d.w.set.Load()))
}

// claim starts a poll for each feed that is due, as far as there are places, and
// says how long nothing will happen by itself.
func (d *dispatcher) claim(ctx context.Context, now time.Time) (nap time.Duration, err error) {
	set := d.w.set.Load()
	free := set.Poll.concurrent() - d.running
	if free <= 0 {
		return maxNap, nil
	}
	if wait := d.rest.Sub(now); wait > 0 {
		return min(wait, maxNap), nil
	}
	due, err := d.w.store.Due(ctx, now, lease, free)
	if err != nil {
		return maxNap, d.judge(ctx, err)
	}
	for _, claim := range due.Feeds {
		d.running++
		d.polls.Go(func() {
			err := d.w.pollDue(ctx, set, claim)
			select {
			case d.ended <- err:
			case <-ctx.Done():
			}
		})
	}
	if due.Next.IsZero() {
		return maxNap, nil
	}
	return min(maxNap, max(due.Next.Sub(now), time.Millisecond)), nil
}

// wait returns when a poll has ended, when feeds may be due, or after the nap.
func (d *dispatcher) wait(ctx context.Context, nap time.Duration) error {
	timer := time.NewTimer(nap)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case err := <-d.ended:
		d.running--
		return d.judge(ctx, err)
	case <-d.w.wake:
	case now := <-timer.C:
		d.w.hosts.forget(now)
	}
	return nil
}

// judge sorts the errors of a store: a claim lost to another poller is nothing, nor
// are stories that others write all the time, for the feed falls due again, a full
// disk is waited out, a damaged record is told, and anything else ends the daemon,
// which its service manager then starts again from what is on disk.
func (d *dispatcher) judge(ctx context.Context, err error) error {
	switch {
	case err == nil, errors.Is(err, storage.ErrStale), errors.Is(err, storage.ErrConflict), ctx.Err() != nil:
		return nil
	case errors.Is(err, storage.ErrFull):
		if now := time.Now(); now.After(d.rest) {
			d.rest = now.Add(fullRest)
			d.w.log.Error("no room to store what was read; feeds and alerts wait until there is", "error", err)
		}
		return nil
	case errors.Is(err, storage.ErrDamaged):
		d.w.log.Error("a record in the store is damaged", "error", err)
		return nil
	}
	return fmt.Errorf("the store failed: %w", err)
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
	_, _, err := w.visit(ctx, set, claim, PollOptions{})
	return err
}

// visit polls a claimed feed, counts it and tells what it found; or, where its
// host has no turn now, puts the feed off and says until when.
func (w *Watcher) visit(ctx context.Context, set *settings, claim storage.Feed, o PollOptions) (r Report, later time.Time, err error) {
	host, enter := hostOf(set.feed(claim.URL).address(claim)), w.hosts.enter
	if o.Force {
		enter = w.hosts.force
	}
	later, ok := enter(host, time.Now(), set.Poll)
	if !ok {
		claim.Next = later
		_, err = w.store.Commit(ctx, storage.Poll{Feed: claim, Idle: true}) // Nothing was asked.
		return Report{}, later, err
	}
	r, err = w.poll(ctx, set, claim, o.Backfill)
	w.hosts.leave(host, time.Now(), set.Poll)
	if err == nil {
		w.metrics.polled(r)
		w.tell(ctx, claim, r)
	}
	return r, time.Time{}, err
}

// tell logs what a poll found: at a change, not at each poll.
func (w *Watcher) tell(ctx context.Context, before storage.Feed, r Report) {
	log := w.log.With("feed", r.Feed)
	wait := time.Until(r.Next).Round(time.Second)
	switch {
	case r.Err != nil && r.Next.Equal(never):
		if before.Gone < goneForGood {
			log.Warn("the feed is gone for good and will not be polled again, unless by hand: feedwatch poll NAME", "url", egress.RedactURL(r.URL))
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
	case r.Silent == silentRenamed:
		log.Warn(fmt.Sprintf("the feed seems to have renamed its entries: %s kept without alerts, %d would have matched", english.Plural(r.New, "item", ""), r.Matched))
	case r.Silent != "":
		log.Info(fmt.Sprintf("%s: %s, %d would have matched", r.Silent, english.Plural(r.New, "item", ""), r.Matched-r.Told), "told", r.Told)
	case r.New > 0:
		log.Info("new items", "items", r.New, "matched", r.Matched, "alerts", r.Alerts)
	case r.Err == nil:
		log.Debug("polled", "status", r.Status, "same", r.Same, "entries", r.Entries, "took", r.Took.Round(time.Millisecond), "next", wait)
	}
}
