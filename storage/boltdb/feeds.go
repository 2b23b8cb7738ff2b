package boltdb

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/feedwatch/feedwatch/storage"
)

// Watch implements [storage.Store]. Feeds that need no change are not looked at on
// the disk. One Watch is under way at a time, so that each knows what the one
// before it did.
func (s *Store) Watch(ctx context.Context, feeds []storage.Watched) error {
	s.watching.Lock()
	defer s.watching.Unlock()
	return s.write(ctx, func(t *txn) error { return t.watch(feeds) })
}

func (t *txn) watch(feeds []storage.Watched) error {
	wanted := make(map[string]bool, len(feeds))
	for _, w := range feeds {
		wanted[w.URL] = true
	}
	for _, url := range t.schedule.differ(wanted) {
		f, err := t.feed(url)
		if err != nil {
			return err
		}
		if err := t.setWatched(f, false); err != nil {
			return err
		}
	}
	for _, w := range feeds {
		if t.schedule.watches(w) {
			continue
		}
		if err := t.watchFeed(w); err != nil {
			return err
		}
	}
	return nil
}

// watchFeed enters a feed never seen before, or watches one that was seen, and
// plans it anew where that is asked.
func (t *txn) watchFeed(w storage.Watched) error {
	f, err := t.feed(w.URL)
	if errors.Is(err, storage.ErrUnknown) {
		num, err := t.bucket(tableFeed).NextSequence()
		if err != nil {
			return err
		}
		return t.setWatched(&feedRecord{num: uint32(num), Feed: storage.Feed{URL: w.URL, Next: w.First}}, true)
	}
	if err != nil {
		return err
	}
	if !f.Watched {
		if err := t.setWatched(f, true); err != nil {
			return err
		}
	}
	if w.Replan.IsZero() || f.Next.Equal(w.Replan) {
		return nil
	}
	f.Next = w.Replan
	t.after(func() { t.schedule.plan(w.URL, w.Replan, false) })
	return t.storeFeed(f)
}

func (t *txn) setWatched(f *feedRecord, watched bool) error {
	if watched {
		t.added.watched++
	} else {
		t.added.watched--
	}
	f.Watched = watched
	url, epoch, next := f.URL, f.Epoch, f.Next
	t.after(func() { t.schedule.enter(url, epoch, next, watched) })
	return t.storeFeed(f)
}

func (t *txn) storeFeed(f *feedRecord) error { return t.store(tableFeed, []byte(f.URL), f) }

func unsealFeed(url string, raw []byte) (*feedRecord, error) {
	f := &feedRecord{Feed: storage.Feed{URL: url}}
	return f, unseal(tableFeed, []byte(url), raw, f)
}

// feed reads a feed. ErrUnknown where there is none.
func (t *txn) feed(url string) (*feedRecord, error) {
	raw := t.bucket(tableFeed).Get([]byte(url))
	if raw == nil {
		return nil, fmt.Errorf("%s: %w", feedName(url), storage.ErrUnknown)
	}
	return unsealFeed(url, raw)
}

// Due implements [storage.Store]. It writes nothing: a claim lives in memory, and
// its epoch is written by the poll's commit.
func (s *Store) Due(ctx context.Context, now time.Time, lease time.Duration, n int) (storage.Due, error) {
	claims, next, passed := s.schedule.claim(now, now.Add(lease), n)
	if passed > 0 { // Those whose polls were only kept back can be claimed then.
		s.writeKept(ctx)
		var more []claimed
		more, next, _ = s.schedule.claim(now, now.Add(lease), n-len(claims))
		claims = append(claims, more...)
	}
	feeds, err := s.claimed(ctx, claims)
	if err != nil {
		return storage.Due{}, err
	}
	return storage.Due{Feeds: feeds, Next: next}, nil
}

// Take implements [storage.Store].
func (s *Store) Take(ctx context.Context, url string, now time.Time, lease time.Duration) (storage.Feed, error) {
	claim, err := s.schedule.take(url, now, now.Add(lease))
	if errors.Is(err, storage.ErrBusy) { // Perhaps its poll was only kept back.
		s.writeKept(ctx)
		claim, err = s.schedule.take(url, now, now.Add(lease))
	}
	if err != nil {
		return storage.Feed{}, fmt.Errorf("%s: %w", feedName(url), err)
	}
	feeds, err := s.claimed(ctx, []claimed{claim})
	if err != nil {
		return storage.Feed{}, err
	}
	return feeds[0], nil
}

// claimed reads the feeds that were claimed. Nobody else can write them by now,
// so it is the state that the claim's poll starts from. Where one can't be read,
// that claim stands until its lease ends, lest it keep coming first, and the
// others are given back.
func (s *Store) claimed(ctx context.Context, claims []claimed) ([]storage.Feed, error) {
	feeds := slices.Grow([]storage.Feed(nil), len(claims))
	read := 0
	err := s.view(ctx, func(t *txn) error {
		for _, c := range claims {
			f, err := t.feed(c.url)
			if err == nil {
				err = t.readNotes(f)
			}
			if err != nil {
				read = len(feeds) + 1
				return err
			}
			f.Epoch = c.epoch
			feeds = append(feeds, f.Feed)
		}
		return nil
	})
	if err != nil {
		if read > 0 {
			s.schedule.giveBack(claims[:read-1]...)
		}
		s.schedule.giveBack(claims[read:]...)
		return nil, err
	}
	return feeds, nil
}

// Feeds implements [storage.Store].
func (s *Store) Feeds(ctx context.Context) iter.Seq2[storage.Feed, error] {
	return func(yield func(storage.Feed, error) bool) {
		s.writeKept(ctx)
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
			f, err := unsealFeed(string(k), v)
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
