package boltdb

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/feedwatch/feedwatch/storage"
)

// Claim implements [storage.Store]. Where nothing is due nothing is written.
func (s *Store) Claim(ctx context.Context, r storage.ClaimRequest) (claimed storage.Claimed, err error) {
	var ids []string
	err = s.view(ctx, func(t *txn) (err error) {
		ids, claimed.Next, err = t.dueDeliveries(r)
		return err
	})
	if err != nil || len(ids) == 0 {
		return claimed, err
	}
	err = s.write(ctx, func(t *txn) (err error) {
		claimed, err = t.claim(r)
		return err
	})
	if err != nil {
		return storage.Claimed{}, err
	}
	return claimed, nil
}

// dueDeliveries gives the deliveries that a request may have, and when the one
// after them can be had.
func (t *txn) dueDeliveries(r storage.ClaimRequest) (ids []string, next time.Time, err error) {
	receiver, err := t.receiver(r.Receiver)
	if err != nil {
		return nil, time.Time{}, err
	}
	limit := max(1, r.Limit)
	if r.Pace > 0 {
		limit = 1
	}
	if receiver.notBefore.After(r.Now) {
		limit = 0
	}
	prefix := queuePrefix(r.Receiver)
	c := t.bucket(tableDue).Cursor()
	for k, _ := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, _ = c.Next() {
		at, id := cutQueue(k)
		if len(ids) == limit || at.After(r.Now) {
			return ids, later(at, receiver.notBefore), nil
		}
		ids = append(ids, id)
	}
	return ids, time.Time{}, nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (t *txn) claim(r storage.ClaimRequest) (storage.Claimed, error) {
	ids, next, err := t.dueDeliveries(r)
	if err != nil {
		return storage.Claimed{}, err
	}
	claimed := storage.Claimed{Next: next}
	for _, id := range ids {
		d, err := t.startAttempt(id, r.Now, r.Now.Add(r.Lease))
		if err != nil {
			return storage.Claimed{}, err
		}
		claimed.Deliveries = append(claimed.Deliveries, d)
	}
	if len(ids) > 0 && r.Pace > 0 {
		receiver, err := t.receiver(r.Receiver)
		if err != nil {
			return storage.Claimed{}, err
		}
		receiver.notBefore = later(receiver.notBefore, r.Now.Add(r.Pace))
		if !next.IsZero() {
			claimed.Next = later(next, receiver.notBefore)
		}
	}
	return claimed, nil
}

// startAttempt counts an attempt at a delivery. One that is under way has
// outlived its lease.
func (t *txn) startAttempt(id string, now, until time.Time) (storage.Delivery, error) {
	d, err := t.delivery(id)
	if err != nil {
		return storage.Delivery{}, err
	}
	a, err := t.alert(id, d)
	if err != nil {
		return storage.Delivery{}, err
	}
	thread, waits, err := t.parent(a.Parent)
	if err != nil {
		return storage.Delivery{}, err
	}
	err = t.moveDelivery(id, d, func() {
		d.interrupt()
		a := storage.Attempt{N: 1, Started: now.UTC()}
		if len(d.attempts) > 0 {
			a.N = d.newest().N + 1
		}
		d.attempts = storage.KeepAttempts(append(d.attempts, a))
		d.state, d.due = storage.Sending, until.UTC()
	})
	claimed := d.public(a)
	claimed.Thread, claimed.Waits = thread, waits
	return claimed, err
}

// parent tells, of the delivery that another hangs on, what its receiver calls it
// and whether it is still on its way.
func (t *txn) parent(id string) (ref string, waits bool, err error) {
	if id == "" {
		return "", false, nil
	}
	d, err := t.delivery(id)
	if errors.Is(err, storage.ErrUnknown) {
		return "", false, nil // it was pruned
	}
	return d.ref, d.waits(), err
}

// interrupt marks an attempt that nobody will settle any more.
func (r *deliveryRecord) interrupt() {
	if r.state == storage.Sending {
		r.newest().Verdict = storage.Interrupted
	}
}

func (r *deliveryRecord) public(a storage.Alert) storage.Delivery {
	return storage.Delivery{Alert: a, State: r.state, Due: r.due, Attempts: r.attempts, Ref: r.ref}
}

// delivery reads the record of a delivery. ErrUnknown where there is none.
func (t *txn) delivery(id string) (*deliveryRecord, error) {
	d := new(deliveryRecord)
	known, err := t.load(tableDelivery, []byte(id), d)
	if err == nil && !known {
		err = fmt.Errorf("delivery %q: %w", id, storage.ErrUnknown)
	}
	return d, err
}

func (t *txn) alert(id string, d *deliveryRecord) (storage.Alert, error) {
	var a alertRecord
	key := alertKey(d.created, id)
	known, err := t.load(tableAlert, key, &a)
	if err == nil && !known {
		err = damaged(tableAlert, key, "it is missing")
	}
	return a.Alert, err
}

// moveDelivery changes a delivery, writes it, and keeps its places in the
// indexes and its receiver's counts right.
func (t *txn) moveDelivery(id string, d *deliveryRecord, change func()) error {
	receiver, err := t.receiver(d.receiver)
	if err != nil {
		return err
	}
	waited := d.waits()
	*receiver.count(d.state)--
	if waited {
		err = t.delete(tableDue, queueKey(d.receiver, d.due, id))
	}
	change()
	*receiver.count(d.state)++
	if d.waits() {
		err = errors.Join(err, t.put(tableDue, queueKey(d.receiver, d.due, id), mark(d.state)))
	}
	open := queueKey(d.receiver, d.created, id)
	switch {
	case waited && !d.waits():
		err = errors.Join(err, t.delete(tableOpen, open))
	case !waited && d.waits():
		err = errors.Join(err, t.put(tableOpen, open, nil))
	}
	return errors.Join(err, t.store(tableDelivery, []byte(id), d))
}

// underWay is the value in due of a delivery that is Sending, so that Open finds
// these without a look at all that are pending.
var underWay = []byte{1}

func mark(s storage.State) []byte {
	if s == storage.Sending {
		return underWay
	}
	return nil
}

// Settle implements [storage.Store].
func (s *Store) Settle(ctx context.Context, o storage.Outcome) error {
	switch o.Attempt.Verdict {
	case storage.Done, storage.Retry, storage.GiveUp, storage.Waited:
	default:
		return fmt.Errorf("settling delivery %q: no attempt ends in %q", o.ID, o.Attempt.Verdict)
	}
	if err := s.write(ctx, func(t *txn) error { return t.settle(o) }); err != nil {
		return fmt.Errorf("settling delivery %q, attempt %d: %w", o.ID, o.Attempt.N, err)
	}
	return nil
}

func (t *txn) settle(o storage.Outcome) error {
	d, err := t.delivery(o.ID)
	if err != nil {
		return err
	}
	if d.state != storage.Sending || d.newest().N != o.Attempt.N {
		return storage.ErrStale
	}
	receiver, err := t.receiver(d.receiver)
	if err != nil {
		return err
	}
	receiver.notBefore = later(receiver.notBefore, o.Pause)
	if o.Attempt.Started.IsZero() {
		o.Attempt.Started = d.newest().Started
	}
	err = t.moveDelivery(o.ID, d, func() {
		*d.newest() = o.Attempt
		if o.Ref != "" {
			d.ref = o.Ref
		}
		switch o.Attempt.Verdict {
		case storage.Done:
			d.state = storage.Delivered
		case storage.GiveUp:
			d.state = storage.Dead
		case storage.Retry, storage.Waited:
			d.state, d.due = storage.Pending, o.Attempt.RetryAt
		}
	})
	if err != nil {
		return err
	}
	return t.hear(d.receiver, receiver, o.Attempt)
}

// releaseDeliveries makes deliveries that were under way due at once. The time
// of the attempt's start serves as now, since it has passed and no clock is read.
func (t *txn) releaseDeliveries() error {
	var ids []string
	c := t.bucket(tableDue).Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		if bytes.Equal(v, underWay) {
			_, id := cutQueue(k)
			ids = append(ids, id)
		}
	}
	for _, id := range ids {
		d, err := t.delivery(id)
		if err != nil {
			return err
		}
		err = t.moveDelivery(id, d, func() {
			d.interrupt()
			d.state, d.due = storage.Pending, d.newest().Started
		})
		if err != nil {
			return err
		}
	}
	return nil
}
