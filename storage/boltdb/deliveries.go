package boltdb

import (
	"context"
	"errors"
	"iter"
	"slices"
	"time"

	"github.com/feedwatch/feedwatch/storage"
)

// Replay implements [storage.Store].
func (s *Store) Replay(ctx context.Context, receiver string, ids []string, now time.Time) (int, error) {
	var dead []string
	for d, err := range s.Deliveries(ctx, storage.DeliveryQuery{Receiver: receiver, State: storage.Dead}) {
		if err != nil {
			return 0, err
		}
		if len(ids) == 0 || slices.Contains(ids, d.Alert.ID) {
			dead = append(dead, d.Alert.ID)
		}
	}
	total := 0
	for chunk := range slices.Chunk(dead, pageRows) {
		var n int
		err := s.write(ctx, func(t *txn) (err error) {
			n, err = t.replay(chunk, now)
			return err
		})
		if err != nil {
			return total, err
		}
		total += n
	}
	return total, nil
}

func (t *txn) replay(ids []string, now time.Time) (n int, err error) {
	for _, id := range ids {
		d, err := t.delivery(id)
		if errors.Is(err, storage.ErrUnknown) || err == nil && d.state != storage.Dead {
			continue // it was pruned or replayed meanwhile
		}
		if err != nil {
			return 0, err
		}
		n++
		if err := t.moveDelivery(id, d, func() { d.state, d.due = storage.Pending, now }); err != nil {
			return 0, err
		}
	}
	return n, nil
}

// Deliveries implements [storage.Store].
func (s *Store) Deliveries(ctx context.Context, q storage.DeliveryQuery) iter.Seq2[storage.Delivery, error] {
	return rows(ctx, s, q.Limit, func(t *txn, after []byte, p *page[storage.Delivery]) error {
		c := t.bucket(tableAlert).Cursor()
		for k, v := previous(c, after); p.room(k); k, v = c.Prev() {
			_, id := cutTime(k)
			d, err := t.delivery(id)
			if err != nil {
				return err
			}
			if q.Receiver != "" && q.Receiver != d.receiver || q.State != "" && q.State != d.state {
				continue
			}
			var a alertRecord
			if err := unseal(tableAlert, k, v, &a); err != nil {
				return err
			}
			p.add(d.public(a.Alert))
		}
		return nil
	})
}
