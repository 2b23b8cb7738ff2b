package boltdb

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"math"
	"time"

	"github.com/feedwatch/feedwatch/storage"
)

// pruneRows is how many records one transaction removes: few enough that a poll
// or a claim waits some milliseconds for it.
const pruneRows = 512

// Prune implements [storage.Store].
func (s *Store) Prune(ctx context.Context, r storage.Retention) (storage.Pruned, error) {
	var p storage.Pruned
	err := errors.Join(
		s.pruneItems(ctx, r.Items, &p),
		s.pruneStories(ctx, r.Items, &p),
		s.pruneDeliveries(ctx, r.Deliveries, &p),
		s.pruneFeeds(ctx, r, &p),
	)
	return p, err
}

func (s *Store) pruneItems(ctx context.Context, before time.Time, p *storage.Pruned) error {
	if before.IsZero() {
		return nil
	}
	until := []byte(storage.ItemIDFrom(before))
	for {
		var n int
		err := s.write(ctx, func(t *txn) error {
			keys := t.keysBefore(tableItem, until)
			n = len(keys)
			t.added.items -= int64(n)
			return t.deleteAll(tableItem, keys)
		})
		if err != nil {
			return err
		}
		p.Items += n
		if n < pruneRows {
			return nil
		}
	}
}

// pruneStories removes the stories whose newest item has gone, and with it all of
// them. A story that an item joins meanwhile is not among the oldest any more.
func (s *Store) pruneStories(ctx context.Context, before time.Time, p *storage.Pruned) error {
	if before.IsZero() {
		return nil
	}
	until := appendTime(nil, before.Truncate(time.Millisecond)) // as finely as items' IDs tell it
	for {
		var n int
		err := s.write(ctx, func(t *txn) error {
			keys := t.keysBefore(tableLatest, until)
			n = len(keys)
			for _, k := range keys {
				_, id := cutTime(k)
				if err := t.removeStory(id); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		p.Stories += n
		if n < pruneRows {
			return nil
		}
	}
}

// keysBefore gives the first keys of a table that sort before another.
func (t *txn) keysBefore(table string, until []byte) (keys [][]byte) {
	c := t.bucket(table).Cursor()
	for k, _ := c.First(); k != nil && bytes.Compare(k, until) < 0 && len(keys) < pruneRows; k, _ = c.Next() {
		keys = append(keys, bytes.Clone(k))
	}
	return keys
}

func (t *txn) deleteAll(table string, keys [][]byte) error {
	for _, k := range keys {
		if err := t.delete(table, k); err != nil {
			return err
		}
	}
	return nil
}

// pruneDeliveries removes deliveries that are over, and with their records their
// once-keys. Those that still wait are passed over.
func (s *Store) pruneDeliveries(ctx context.Context, before time.Time, p *storage.Pruned) error {
	if before.IsZero() {
		return nil
	}
	until := appendTime(nil, before)
	var after []byte
	for {
		var ids []string
		var n int
		err := s.view(ctx, func(t *txn) error {
			c := t.bucket(tableAlert).Cursor()
			k, _ := next(c, after)
			for ; k != nil && bytes.Compare(k, until) < 0 && len(ids) < pruneRows; k, _ = c.Next() {
				_, id := cutTime(k)
				ids = append(ids, id)
				after = append(after[:0], k...)
			}
			return nil
		})
		if err != nil || len(ids) == 0 {
			return err
		}
		err = s.write(ctx, func(t *txn) (err error) {
			n, err = t.forgetDeliveries(ids)
			return err
		})
		if err != nil {
			return err
		}
		p.Deliveries += n
	}
}

func (t *txn) forgetDeliveries(ids []string) (n int, err error) {
	for _, id := range ids {
		d, err := t.delivery(id)
		if errors.Is(err, storage.ErrUnknown) || err == nil && d.waits() {
			continue
		}
		if err != nil {
			return 0, err
		}
		receiver, err := t.receiver(d.receiver)
		if err != nil {
			return 0, err
		}
		n++
		*receiver.count(d.state)--
		err = errors.Join(t.delete(tableAlert, alertKey(d.created, id)), t.delete(tableDelivery, []byte(id)))
		if err != nil {
			return 0, err
		}
	}
	return n, nil
}

// pruneFeeds removes feeds that nobody watches any more, and identities that
// their feed has long stopped to list or that have no feed. A feed goes before
// its identities, so that one that is watched anew meanwhile begins with none
// rather than with half of them. Which numbers have identities is asked first: a
// feed that comes later is not taken for one that is gone.
func (s *Store) pruneFeeds(ctx context.Context, r storage.Retention, p *storage.Pruned) error {
	if r.Identities <= 0 {
		return nil
	}
	nums, err := s.feedsWithKeys(ctx)
	if err != nil {
		return err
	}
	const day = 24 * time.Hour
	days := int64((r.Identities + day - 1) / day)
	keep := make(map[uint32]int64) // feed number → first day that is kept
	for f, err := range s.feedRecords(ctx, func(*txn, *feedRecord) error { return nil }) {
		if err != nil {
			return err
		}
		gone, err := s.forgetFeed(ctx, &f, r)
		switch {
		case err != nil:
			return err
		case gone:
			p.Feeds++
		default:
			keep[f.num] = f.listed - days
		}
	}
	for _, num := range nums {
		first, known := keep[num]
		if !known {
			first = everyDay
		}
		if err := s.forgetKeys(ctx, num, first, p); err != nil {
			return err
		}
	}
	return nil
}

// everyDay is later than the day of any identity.
const everyDay = 1 << 62

// feedsWithKeys gives the numbers that have identities, each by one look.
func (s *Store) feedsWithKeys(ctx context.Context) (nums []uint32, err error) {
	for num, err := range rows(ctx, s, 0, func(t *txn, after []byte, p *page[uint32]) error {
		c := t.bucket(tableSeen).Cursor()
		for k, _ := c.Seek(after); p.room(k); {
			if len(k) < 4 {
				return damaged(tableSeen, k, "its key is too short")
			}
			num := binary.BigEndian.Uint32(k)
			p.add(num)
			if num == math.MaxUint32 {
				p.end()
				return nil
			}
			p.last = seenPrefix(num + 1)
			k, _ = c.Seek(p.last)
		}
		return nil
	}) {
		if err != nil {
			return nil, err
		}
		nums = append(nums, num)
	}
	return nums, nil
}

// forgetFeed removes the record of a feed that nobody watches, has polled lately
// or polls now, and says whether it did.
func (s *Store) forgetFeed(ctx context.Context, f *feedRecord, r storage.Retention) (gone bool, err error) {
	abandoned := func(f *feedRecord) bool {
		return !f.Watched && f.LastPoll.Before(r.Now.Add(-r.Identities)) && s.schedule.idle(f.URL, r.Now)
	}
	if !abandoned(f) {
		return false, nil
	}
	err = s.write(ctx, func(t *txn) error {
		gone = false
		is, err := t.feed(f.URL)
		if err != nil || !abandoned(is) { // it may be watched anew by now
			return err
		}
		gone = true
		t.after(func() { t.schedule.remove(f.URL) })
		return errors.Join(
			t.delete(tableFeed, []byte(f.URL)),
			t.delete(tableNote, noteKey(f.num, noteRhythm)),
			t.delete(tableNote, noteKey(f.num, noteEntry)),
		)
	})
	if errors.Is(err, storage.ErrUnknown) {
		return true, nil // another Prune was faster
	}
	return gone, err
}

// forgetKeys removes the identities of a feed that were last listed before a day.
// It reads in pages and writes only where there is something to remove.
func (s *Store) forgetKeys(ctx context.Context, feed uint32, day int64, p *storage.Pruned) error {
	prefix := seenPrefix(feed)
	stale := rows(ctx, s, 0, func(t *txn, after []byte, p *page[[]byte]) error {
		if after == nil {
			after = prefix
		}
		c := t.bucket(tableSeen).Cursor()
		for k, v := next(c, after); p.room(k); k, v = c.Next() {
			if !bytes.HasPrefix(k, prefix) {
				p.end()
				return nil
			}
			var r seenRecord
			if err := unseal(tableSeen, k, v, &r); err != nil {
				return err
			}
			if r.day < day {
				p.add(bytes.Clone(k))
			}
		}
		return nil
	})
	var keys [][]byte
	for k, err := range stale {
		if err != nil {
			return err
		}
		if keys = append(keys, k); len(keys) == pruneRows {
			if err := s.deleteKeys(ctx, keys, day, p); err != nil {
				return err
			}
			keys = keys[:0]
		}
	}
	return s.deleteKeys(ctx, keys, day, p)
}

// deleteKeys removes identities unless they were listed since they were read.
func (s *Store) deleteKeys(ctx context.Context, keys [][]byte, day int64, p *storage.Pruned) error {
	if len(keys) == 0 {
		return nil
	}
	var n int
	err := s.write(ctx, func(t *txn) error {
		n = 0
		for _, k := range keys {
			var r seenRecord
			known, err := t.load(tableSeen, k, &r)
			if err != nil {
				return err
			}
			if !known || r.day >= day {
				continue
			}
			n++
			if err := t.delete(tableSeen, k); err != nil {
				return err
			}
		}
		t.added.identities -= int64(n)
		return nil
	})
	if err != nil {
		return err
	}
	p.Identities += n
	return nil
}
