package boltdb

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/feedwatch/feedwatch/storage"
)

// sealed is a record ready to be put.
type sealed struct{ key, value []byte }

func sealFor(table string, key []byte, r record) sealed {
	return sealed{key: key, value: seal(table, key, r)}
}

// newItem is an item of a poll, encoded before its turn to be written comes, so
// that the one who writes does little else.
type newItem struct {
	item   sealed
	seen   seenRecord
	story  string
	keys   []storage.Key
	alerts []newAlert
}

// newPoll is a poll whose records are encoded.
type newPoll struct {
	storage.Poll
	items   []newItem
	changes []newChange
}

// Commit implements [storage.Store].
func (s *Store) Commit(ctx context.Context, p storage.Poll) (receipt storage.Receipt, err error) {
	if p.Idle {
		if err := s.commitIdle(p); err != nil {
			return storage.Receipt{}, fmt.Errorf("writing a poll of the %s: %w", feedName(p.Feed.URL), err)
		}
		return storage.Receipt{}, nil
	}
	encoded, err := encodePoll(p)
	if err == nil {
		err = s.submit(ctx, &job{patient: len(p.Items) > 0, do: func(t *txn) error {
			receipt = storage.Receipt{}
			return t.commit(encoded, &receipt)
		}})
	}
	if err != nil {
		return storage.Receipt{}, fmt.Errorf("writing a poll of the %s: %w", feedName(p.Feed.URL), err)
	}
	slices.Sort(receipt.Receivers)
	return receipt, nil
}

func encodePoll(p storage.Poll) (newPoll, error) {
	items, err := encodeItems(p)
	if err != nil {
		return newPoll{}, err
	}
	changes, err := encodeChanges(p.Changes)
	if err != nil {
		return newPoll{}, err
	}
	return newPoll{p, items, changes}, checkStories(p.Stories)
}

func encodeItems(p storage.Poll) ([]newItem, error) {
	items := make([]newItem, len(p.Items))
	for i, n := range p.Items {
		if n.Item.ID == "" || len(n.Keys) == 0 {
			return nil, errors.New("an item has no ID or no key")
		}
		items[i] = newItem{
			item: sealFor(tableItem, []byte(n.Item.ID), &itemRecord{n.Item}),
			// An item that was pushed is newer than the last listing.
			seen:  seenRecord{item: n.Item.ID, day: max(dayOf(p.Feed.LastListed), dayOf(n.Item.Seen)), digest: n.Digest},
			story: n.Item.Story,
			keys:  n.Keys,
		}
		var err error
		if items[i].alerts, err = encodeAlerts(n.Alerts); err != nil {
			return nil, err
		}
	}
	return items, nil
}

func (t *txn) commit(p newPoll, receipt *storage.Receipt) error {
	if err := t.hold(p.Feed.URL, p.Feed.Epoch); err != nil {
		return err
	}
	f, err := t.feed(p.Feed.URL)
	if err != nil {
		return err
	}
	if err := t.unchanged(p.Stories); err != nil {
		return err
	}
	items, fresh, err := t.unknown(f.num, p)
	if err != nil {
		return err
	}
	for _, n := range items {
		if err := t.addItem(f.num, n, receipt); err != nil {
			return err
		}
	}
	if err := t.writeStories(p.Stories); err != nil {
		return err
	}
	today := dayOf(p.Feed.LastListed)
	for _, a := range p.Aliases {
		if err := t.learn(f.num, a.Key, seenRecord{item: a.Item, day: today, digest: a.Digest}); err != nil {
			return err
		}
	}
	for _, c := range p.changes {
		if err := t.change(f.num, c, receipt); err != nil {
			return err
		}
	}
	for _, key := range p.Listed {
		if fresh[key] {
			continue // Its day has just been written.
		}
		if err := t.markListed(f.num, key, today); err != nil {
			return err
		}
	}
	return t.commitFeed(f, p.Poll, uint64(receipt.Items))
}

// hold makes sure that a poll's claim is the newest, and stays so until the
// transaction has ended.
func (t *txn) hold(url string, epoch uint64) error {
	if err := t.schedule.hold(url, epoch); err != nil {
		return err
	}
	t.held = append(t.held, url)
	return nil
}

// unknown gives the items of a poll of which no key is known, nor was seen with an
// item before it, and all their keys. An item that is dropped although a story of the poll counts on
// it is a conflict: that story would tell of an item that isn't there.
func (t *txn) unknown(feed uint32, p newPoll) (items []newItem, fresh map[storage.Key]bool, err error) {
	fresh = make(map[storage.Key]bool)
	for _, n := range p.items {
		known := slices.ContainsFunc(n.keys, func(k storage.Key) bool { return fresh[k] || t.has(tableSeen, seenKey(feed, k)) })
		switch {
		case !known:
			items = append(items, n)
			for _, k := range n.keys {
				fresh[k] = true
			}
		case slices.ContainsFunc(p.Stories, func(s storage.Story) bool { return s.ID == n.story }):
			return nil, nil, fmt.Errorf("item %q, which story %q counts, is known by now: %w", n.item.key, n.story, storage.ErrConflict)
		}
	}
	return items, fresh, nil
}

// commitFeed writes the feed's state and ends its claim. Of a slice that is not
// the last, only its items count.
func (t *txn) commitFeed(f *feedRecord, p storage.Poll, added uint64) error {
	f.Items += added
	if p.Partial {
		if added == 0 {
			return nil
		}
		return t.storeFeed(f)
	}
	f.take(&p.Feed)
	if len(p.Listed) > 0 {
		f.listed = dayOf(p.Feed.LastListed)
	}
	if err := t.writeNotes(f); err != nil {
		return err
	}
	t.after(func() { t.schedule.plan(p.Feed.URL, p.Feed.Next, true) })
	return t.storeFeed(f)
}

// addItem writes an item with its alerts.
func (t *txn) addItem(feed uint32, n newItem, receipt *storage.Receipt) error {
	if t.has(tableItem, n.item.key) {
		return fmt.Errorf("the ID %q of a new item is taken: use storage.NewItemID", n.item.key)
	}
	if err := t.put(tableItem, n.item.key, n.item.value); err != nil {
		return err
	}
	t.added.items++
	receipt.Items++
	for i, key := range n.keys { // None is known: see unknown.
		if slices.Contains(n.keys[:i], key) {
			continue
		}
		if err := t.enter(seenKey(feed, key), n.seen); err != nil {
			return err
		}
	}
	return t.addAlerts(n.alerts, receipt)
}

// learn writes an identity unless it is known already.
func (t *txn) learn(feed uint32, key storage.Key, r seenRecord) error {
	k := seenKey(feed, key)
	if t.has(tableSeen, k) {
		return nil
	}
	return t.enter(k, r)
}

// enter writes an identity that is not known.
func (t *txn) enter(k []byte, r seenRecord) error {
	t.added.identities++
	return t.store(tableSeen, k, &r)
}

// markListed moves the day on which an identity was last listed; at most one
// write a day and identity.
func (t *txn) markListed(feed uint32, key storage.Key, day int64) error {
	k := seenKey(feed, key)
	var r seenRecord
	known, err := t.load(tableSeen, k, &r)
	if err != nil || !known || r.day >= day {
		return err
	}
	r.day = day
	return t.store(tableSeen, k, &r)
}
