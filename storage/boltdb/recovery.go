package boltdb

import (
	"bytes"
	"time"

	"github.com/feedwatch/feedwatch/storage"
)

// recovered is how many deliveries one success makes due, so that its
// transaction stays short.
const recovered = 200

// hear notes in a receiver's record how an attempt ended, and makes due what
// waits for a further attempt where the receiver is there again.
func (t *txn) hear(name string, r *receiverRecord, a storage.Attempt) error {
	if a.Verdict == storage.Waited {
		r.backlog = true
		return nil
	}
	r.lastError = a.Detail
	switch {
	case a.Verdict == storage.Retry:
		r.backlog = true
		return nil
	case a.Verdict != storage.Done:
		return nil
	}
	r.lastError = ""
	if !r.backlog {
		return nil
	}
	n, err := t.hasten(name, later(a.Ended, a.Started))
	r.backlog = n == recovered
	return err
}

// hasten makes due at now what a receiver's deliveries wait for after a failed
// attempt, the soonest due first, and says how many it moved.
func (t *txn) hasten(receiver string, now time.Time) (int, error) {
	ids, err := t.waitingForRetry(receiver, now)
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		d, err := t.delivery(id)
		if err != nil {
			return 0, err
		}
		if err := t.moveDelivery(id, d, func() { d.due = now.UTC() }); err != nil {
			return 0, err
		}
	}
	return len(ids), nil
}

func (t *txn) waitingForRetry(receiver string, after time.Time) (ids []string, err error) {
	prefix := queuePrefix(receiver)
	c := t.bucket(tableDue).Cursor()
	for k, v := c.Seek(queueKey(receiver, after.Add(1), "")); bytes.HasPrefix(k, prefix) && len(ids) < recovered; k, v = c.Next() {
		if bytes.Equal(v, underWay) {
			continue
		}
		_, id := cutQueue(k)
		d, err := t.delivery(id)
		if err != nil {
			return nil, err
		}
		if len(d.attempts) > 0 {
			ids = append(ids, id)
		}
	}
	return ids, nil
}
