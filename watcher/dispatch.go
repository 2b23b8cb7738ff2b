package watcher

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
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

// dispatcher is the loop that claims feeds and has a crew poll them. It belongs to
// the loop's own goroutine.
type dispatcher struct {
	w    *Watcher
	crew *crew
	rest time.Time // nothing is claimed before this: the store had no room
	last time.Time // the last round
}

// dispatch claims feeds that are due and has them polled, no more at a time than
// the configuration allows, until the context ends. It waits for the polls it
// started.
func (w *Watcher) dispatch(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	d := &dispatcher{w: w, crew: newCrew(ctx, w.pollDue)}
	defer d.handBack()
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

// handBack waits for the polls under way and ends the claims of feeds that wait for
// one, so that they are as due as they were.
func (d *dispatcher) handBack() {
	for _, claim := range d.crew.wait() {
		// Otherwise the lease ends it.
		_, _ = d.w.store.Commit(context.Background(), storage.Poll{Feed: claim, Idle: true})
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
	most := d.w.set.Load().Poll.concurrent()
	d.crew.start(most)
	// A few feeds are claimed ahead, and several at a time: asking for each costs
	// as much as a tenth of its poll.
	free := 2*most - d.crew.size()
	if free < max(most/2, 1) {
		return maxNap, nil
	}
	if wait := d.rest.Sub(now); wait > 0 {
		return min(wait, maxNap), nil
	}
	due, err := d.w.store.Due(ctx, now, lease, free)
	if err != nil {
		return maxNap, d.judge(ctx, err)
	}
	d.crew.add(due.Feeds...)
	d.crew.start(most)
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
	case err := <-d.crew.ended:
		return d.crew.gather(err, func(err error) error { return d.judge(ctx, err) })
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
func (w *Watcher) pollDue(ctx context.Context, p *poll, claim storage.Feed) error {
	p.begin(w, w.set.Load(), claim, 0)
	_, _, err := p.visit(ctx, false)
	return err
}

// visit polls the feed, counts it and tells what it found; or, where its host has
// no turn now, puts the feed off and says until when.
func (p *poll) visit(ctx context.Context, force bool) (r Report, later time.Time, err error) {
	w, enter := p.w, p.w.hosts.enter
	if force {
		enter = w.hosts.force
	}
	later, ok := enter(p.host, time.Now(), p.set.Poll)
	if !ok {
		p.next.Next = later
		_, err = w.store.Commit(ctx, storage.Poll{Feed: p.next, Idle: true}) // Nothing was asked.
		return Report{}, later, err
	}
	r, err = p.run(ctx)
	w.hosts.leave(p.host, time.Now(), p.set.Poll)
	if err == nil {
		w.metrics.polled(r)
		w.tell(ctx, &p.claim, r)
	}
	return r, time.Time{}, err
}

// tell logs what a poll found: at a change, not at each poll.
func (w *Watcher) tell(ctx context.Context, before *storage.Feed, r Report) {
	if r.Err == nil && r.New == 0 && r.Silent == "" && before.Failures == 0 && !w.log.Enabled(ctx, slog.LevelDebug) {
		return // Nearly always.
	}
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
