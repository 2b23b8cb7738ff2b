package boltdb

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/feedwatch/feedwatch/storage"
)

// Seen implements [storage.Store].
func (s *Store) Seen(ctx context.Context, url string, keys []storage.Key) (known []storage.Known, err error) {
	err = s.view(ctx, func(t *txn) error {
		known = make([]storage.Known, len(keys))
		if !t.has(tableFeed, []byte(url)) {
			return nil
		}
		f, err := t.feed(url)
		if err != nil {
			return err
		}
		for i, key := range keys {
			var r seenRecord
			if _, err := t.load(tableSeen, seenKey(f.num, key), &r); err != nil {
				return err
			}
			known[i] = storage.Known{Item: r.item, Digest: r.digest}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return known, nil
}

// Item implements [storage.Store].
func (s *Store) Item(ctx context.Context, id string) (storage.Item, error) {
	var r itemRecord
	err := s.view(ctx, func(t *txn) error {
		known, err := t.load(tableItem, []byte(id), &r)
		if err == nil && !known {
			err = fmt.Errorf("item %q: %w", id, storage.ErrUnknown)
		}
		return err
	})
	if err != nil {
		return storage.Item{}, err
	}
	return r.Item, nil
}

// Items implements [storage.Store].
func (s *Store) Items(ctx context.Context, q storage.ItemQuery) iter.Seq2[storage.Item, error] {
	// IDs tell milliseconds, the query tells nanoseconds: the scan takes in
	// the milliseconds at both ends, and the item's own time decides.
	from := storage.ItemIDFrom(q.Since)
	return rows(ctx, s, q.Limit, func(t *txn, after []byte, p *page[storage.Item]) error {
		if after == nil && !q.Until.IsZero() {
			after = []byte(storage.ItemIDFrom(q.Until.Add(time.Millisecond)))
		}
		c := t.bucket(tableItem).Cursor()
		for k, v := previous(c, after); p.room(k); k, v = c.Prev() {
			if string(k) < from {
				p.end()
				return nil
			}
			var r itemRecord
			if err := unseal(tableItem, k, v, &r); err != nil {
				return err
			}
			if wantsItem(q, &r.Item) {
				p.add(r.Item)
			}
		}
		return nil
	})
}

func wantsItem(q storage.ItemQuery, i *storage.Item) bool {
	return !i.Seen.Before(q.Since) &&
		(q.Until.IsZero() || i.Seen.Before(q.Until)) &&
		(q.Feed == "" || i.Feed == q.Feed)
}
