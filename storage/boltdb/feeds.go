package boltdb

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/feedwatch/feedwatch/storage"
)

// Watch implements [storage.Store]. Feeds that need no change are not written.
func (s *Store) Watch(ctx context.Context, feeds []storage.Watched) error {
	return s.write(ctx, func(t *txn) error { return t.watch(feeds) })
}

func (t *txn) watch(feeds []storage.Watched) error {
	wanted := make(map[string]bool, len(feeds))
	for _, w := range feeds {
		wanted[w.URL] = true
	}
	changed, err := t.feedsToChange(wanted)
	if err != nil {
		return err
	}
	for _, f := range changed {
		if err := t.setWatched(f, !f.Watched); err != nil {
			return err
		}
	}
	for _, w := range feeds {
		if err := t.watchFeed(w); err != nil {
			return err
		}
	}
	return nil
}

// watchFeed enters a feed never seen before, or plans one that was seen anew.
func (t *txn) watchFeed(w storage.Watched) error {
	if t.has(tableFeed, []byte(w.URL)) {
		f, err := t.feed(w.URL)
		if err != nil || w.Replan.IsZero() || f.Next.Equal(w.Replan) {
			return err
		}
		return t.moveFeed(f, func() { f.Next = w.Replan })
	}
	num, err := t.bucket(tableFeed).NextSequence()
	if err != nil {
		return err
	}
	return t.setWatched(&feedRecord{num: uint32(num), Feed: storage.Feed{URL: w.URL, Next: w.First}}, true)
}

// feedsToChange gives the feeds that are watched and should not be, or the other
// way about. Nothing is changed while the cursor runs, because bbolt's forbids it.
func (t *txn) feedsToChange(wanted map[string]bool) (changed []*feedRecord, err error) {
	c := t.bucket(tableFeed).Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		f, err := unsealFeed(k, v)
		if err != nil {
			return nil, err
		}
		if f.Watched != wanted[f.URL] {
			changed = append(changed, f)
		}
	}
	return changed, nil
}

func (t *txn) setWatched(f *feedRecord, watched bool) error {
	if watched {
		t.added.watched++
	} else {
		t.added.watched--
	}
	return t.moveFeed(f, func() { f.Watched = watched })
}

// moveFeed changes a feed, writes it, and keeps its place in next right.
func (t *txn) moveFeed(f *feedRecord, change func()) error {
	before := nextKey(f.due(), f.URL)
	change()
	after := nextKey(f.due(), f.URL)
	if !f.Watched || !bytes.Equal(before, after) {
		if err := t.delete(tableNext, before); err != nil {
			return err
		}
	}
	if f.Watched {
		if err := t.put(tableNext, after, nil); err != nil {
			return err
		}
	}
	return t.store(tableFeed, []byte(f.URL), f)
}

func unsealFeed(key, raw []byte) (*feedRecord, error) {
	f := &feedRecord{Feed: storage.Feed{URL: string(key)}}
	return f, unseal(tableFeed, key, raw, f)
}

// feed reads a feed. ErrUnknown where there is none.
func (t *txn) feed(url string) (*feedRecord, error) {
	raw := t.bucket(tableFeed).Get([]byte(url))
	if raw == nil {
		return nil, fmt.Errorf("%s: %w", feedName(url), storage.ErrUnknown)
	}
	return unsealFeed([]byte(url), raw)
}

// Due implements [storage.Store]. Where nothing is due nothing is written.
func (s *Store) Due(ctx context.Context, now time.Time, lease time.Duration, n int) (due storage.Due, err error) {
	var urls []string
	err = s.view(ctx, func(t *txn) error {
		urls, due.Next = t.dueFeeds(now, n)
		return nil
	})
	if err != nil || len(urls) == 0 {
		return due, err
	}
	err = s.write(ctx, func(t *txn) (err error) {
		due, err = t.claimFeeds(now, lease, n)
		return err
	})
	if err != nil {
		return storage.Due{}, err
	}
	return due, nil
}

// dueFeeds gives up to n feeds whose time has come and when the one after them
// is due.
func (t *txn) dueFeeds(now time.Time, n int) (urls []string, next time.Time) {
	c := t.bucket(tableNext).Cursor()
	for k, _ := c.First(); k != nil; k, _ = c.Next() {
		at, url := cutTime(k)
		if len(urls) >= n || at.After(now) {
			return urls, at
		}
		urls = append(urls, url)
	}
	return urls, time.Time{}
}

func (t *txn) claimFeeds(now time.Time, lease time.Duration, n int) (storage.Due, error) {
	urls, next := t.dueFeeds(now, n)
	due := storage.Due{Feeds: make([]storage.Feed, 0, len(urls)), Next: next}
	for _, url := range urls {
		f, err := t.feed(url)
		if err != nil {
			return storage.Due{}, err
		}
		if err := t.claimFeed(f, now.Add(lease)); err != nil {
			return storage.Due{}, err
		}
		due.Feeds = append(due.Feeds, f.Feed)
	}
	return due, nil
}

func (t *txn) claimFeed(f *feedRecord, until time.Time) error {
	if err := t.readNotes(f); err != nil {
		return err
	}
	return t.moveFeed(f, func() {
		f.Epoch++
		f.lease = until
	})
}

// Take implements [storage.Store].
func (s *Store) Take(ctx context.Context, url string, now time.Time, lease time.Duration) (feed storage.Feed, err error) {
	err = s.write(ctx, func(t *txn) error {
		f, err := t.feed(url)
		switch {
		case err != nil:
			return err
		case !f.Watched:
			return fmt.Errorf("%s is not watched: %w", feedName(url), storage.ErrUnknown)
		case f.lease.After(now):
			return fmt.Errorf("%s: %w", feedName(url), storage.ErrBusy)
		}
		err = t.claimFeed(f, now.Add(lease))
		feed = f.Feed
		return err
	})
	if err != nil {
		return storage.Feed{}, err
	}
	return feed, nil
}

// releaseFeeds makes feeds that were being polled due at their own time again.
// It looks at all feeds, because one that is not watched any more is in no index
// but may be watched again.
func (t *txn) releaseFeeds() error {
	var leased []*feedRecord
	c := t.bucket(tableFeed).Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		f, err := unsealFeed(k, v)
		if err != nil {
			return err
		}
		if !f.lease.IsZero() {
			leased = append(leased, f)
		}
	}
	for _, f := range leased {
		if err := t.moveFeed(f, func() { f.lease = time.Time{} }); err != nil {
			return err
		}
	}
	return nil
}

// Feeds implements [storage.Store].
func (s *Store) Feeds(ctx context.Context) iter.Seq2[storage.Feed, error] {
	return func(yield func(storage.Feed, error) bool) {
		for f, err := range s.feedRecords(ctx, (*txn).readNotes) {
			if !yield(f.Feed, err) {
				return
			}
		}
	}
}

// feedRecords yields the records of all feeds, after it has done something with
// each.
func (s *Store) feedRecords(ctx context.Context, do func(*txn, *feedRecord) error) iter.Seq2[feedRecord, error] {
	return rows(ctx, s, 0, func(t *txn, after []byte, p *page[feedRecord]) error {
		c := t.bucket(tableFeed).Cursor()
		for k, v := next(c, after); p.room(k); k, v = c.Next() {
			f, err := unsealFeed(k, v)
			if err != nil {
				return err
			}
			if err := do(t, f); err != nil {
				return err
			}
			p.add(*f)
		}
		return nil
	})
}
