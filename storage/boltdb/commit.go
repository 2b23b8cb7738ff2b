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
	keys   []storage.Key
	alerts []newAlert
}

type newAlert struct {
	id, receiver    string
	alert, delivery sealed
	due, open       []byte
}

// Commit implements [storage.Store].
func (s *Store) Commit(ctx context.Context, p storage.Poll) (storage.Receipt, error) {
	items, err := encodeItems(p)
	if err != nil {
		return storage.Receipt{}, fmt.Errorf("writing a poll of the %s: %w", feedName(p.Feed.URL), err)
	}
	var receipt storage.Receipt
	err = s.write(ctx, func(t *txn) error {
		receipt = storage.Receipt{}
		return t.commit(p, items, &receipt)
	})
	if err != nil {
		return storage.Receipt{}, fmt.Errorf("writing a poll of the %s: %w", feedName(p.Feed.URL), err)
	}
	slices.Sort(receipt.Receivers)
	return receipt, nil
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
			seen: seenRecord{item: n.Item.ID, day: max(dayOf(p.Feed.LastListed), dayOf(n.Item.Seen))},
			keys: n.Keys,
		}
		for _, a := range n.Alerts {
			encoded, err := encodeAlert(a)
			if err != nil {
				return nil, err
			}
			items[i].alerts = append(items[i].alerts, encoded)
		}
	}
	return items, nil
}

func encodeAlert(a storage.Alert) (newAlert, error) {
	if a.Receiver == "" {
		return newAlert{}, errors.New("an alert has no receiver")
	}
	if a.ID != storage.DeliveryID(a.Once) {
		return newAlert{}, fmt.Errorf("the ID %q of an alert is not derived from its once-key: use storage.DeliveryID", a.ID)
	}
	d := deliveryRecord{receiver: a.Receiver, created: a.Created, state: storage.Pending, due: a.Created}
	return newAlert{
		id: a.ID, receiver: a.Receiver,
		alert:    sealFor(tableAlert, alertKey(a.Created, a.ID), &alertRecord{a}),
		delivery: sealFor(tableDelivery, []byte(a.ID), &d),
		due:      queueKey(a.Receiver, d.due, a.ID),
		open:     queueKey(a.Receiver, a.Created, a.ID),
	}, nil
}

func (t *txn) commit(p storage.Poll, items []newItem, receipt *storage.Receipt) error {
	f, err := t.feed(p.Feed.URL)
	if err != nil {
		return err
	}
	if f.Epoch != p.Feed.Epoch {
		return storage.ErrStale
	}
	for _, n := range items {
		if err := t.addItem(f.num, n, receipt); err != nil {
			return err
		}
	}
	today := dayOf(p.Feed.LastListed)
	for _, a := range p.Aliases {
		if err := t.learn(f.num, a.Key, seenRecord{item: a.Item, day: today}); err != nil {
			return err
		}
	}
	for _, key := range p.Listed {
		if err := t.markListed(f.num, key, today); err != nil {
			return err
		}
	}
	return t.commitFeed(f, p, uint64(receipt.Items))
}

// commitFeed writes the feed's state and ends its claim. Of a slice that is not
// the last, only its items count.
func (t *txn) commitFeed(f *feedRecord, p storage.Poll, added uint64) error {
	f.Items += added
	if p.Partial {
		if added == 0 {
			return nil
		}
		return t.store(tableFeed, []byte(f.URL), f)
	}
	r := feedRecord{Feed: p.Feed, num: f.num, listed: f.listed}
	r.Watched, r.Items = f.Watched, f.Items
	if len(p.Listed) > 0 {
		r.listed = dayOf(p.Feed.LastListed)
	}
	return t.moveFeed(f, func() { *f = r })
}

// addItem writes an item with its alerts, unless one of its keys is known.
func (t *txn) addItem(feed uint32, n newItem, receipt *storage.Receipt) error {
	for _, key := range n.keys {
		if t.has(tableSeen, seenKey(feed, key)) {
			return nil
		}
	}
	if t.has(tableItem, n.item.key) {
		return fmt.Errorf("the ID %q of a new item is taken: use storage.NewItemID", n.item.key)
	}
	if err := t.put(tableItem, n.item.key, n.item.value); err != nil {
		return err
	}
	t.added.items++
	receipt.Items++
	for _, key := range n.keys {
		if err := t.learn(feed, key, n.seen); err != nil {
			return err
		}
	}
	for _, a := range n.alerts {
		if err := t.addAlert(a, receipt); err != nil {
			return err
		}
	}
	return nil
}

// addAlert puts an alert into the outbox, unless its once-key is taken.
func (t *txn) addAlert(a newAlert, receipt *storage.Receipt) error {
	if t.has(tableDelivery, a.delivery.key) {
		return nil
	}
	r, err := t.receiver(a.receiver)
	if err != nil {
		return err
	}
	r.pending++
	receipt.Alerts++
	if !slices.Contains(receipt.Receivers, a.receiver) {
		receipt.Receivers = append(receipt.Receivers, a.receiver)
	}
	return errors.Join(
		t.put(tableAlert, a.alert.key, a.alert.value),
		t.put(tableDelivery, a.delivery.key, a.delivery.value),
		t.put(tableDue, a.due, nil),
		t.put(tableOpen, a.open, nil),
	)
}

// learn writes an identity unless it is known already.
func (t *txn) learn(feed uint32, key storage.Key, r seenRecord) error {
	k := seenKey(feed, key)
	if t.has(tableSeen, k) {
		return nil
	}
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
