package boltdb

import (
	"bytes"
	"context"
	"os"
	"time"

	"github.com/feedwatch/feedwatch/storage"
)

// Stats implements [storage.Store].
func (s *Store) Stats(ctx context.Context) (stats storage.Stats, err error) {
	err = s.view(ctx, func(t *txn) error {
		c, err := t.counts()
		if err != nil {
			return err
		}
		outbox, err := t.outboxStats()
		if err != nil {
			return err
		}
		stats = storage.Stats{
			Feeds: int(c.watched), Items: uint64(c.items), Identities: uint64(c.identities),
			Outbox: outbox, Schema: Schema,
		}
		return s.sizes(t, &stats)
	})
	return stats, err
}

func (t *txn) outboxStats() (map[string]storage.OutboxStats, error) {
	all := make(map[string]storage.OutboxStats)
	c := t.bucket(tableReceiver).Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		var r receiverRecord
		if err := unseal(tableReceiver, k, v, &r); err != nil {
			return nil, err
		}
		o := storage.OutboxStats{
			Pending: int(r.pending), Sending: int(r.sending),
			Delivered: uint64(r.delivered), Dead: int(r.dead), NotBefore: r.notBefore,
			Next: t.nextPending(string(k)), LastError: r.lastError,
		}
		prefix := queuePrefix(string(k))
		if k, _ := t.bucket(tableOpen).Cursor().Seek(prefix); bytes.HasPrefix(k, prefix) {
			o.Oldest, _ = cutQueue(k)
		}
		all[string(k)] = o
	}
	return all, nil
}

// nextPending is when a receiver's earliest pending delivery is due. It passes
// over those under way, of which there are few.
func (t *txn) nextPending(receiver string) time.Time {
	prefix := queuePrefix(receiver)
	c := t.bucket(tableDue).Cursor()
	for k, v := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, v = c.Next() {
		if !bytes.Equal(v, underWay) {
			at, _ := cutQueue(k)
			return at
		}
	}
	return time.Time{}
}

// sizes tells the file's length, and what of it holds nothing: pages that were
// freed, and the end of the file that was never used.
func (s *Store) sizes(t *txn, stats *storage.Stats) error {
	info, err := os.Stat(s.path)
	if err != nil {
		return err
	}
	b := s.db.Stats()
	stats.Size = info.Size()
	stats.Free = info.Size() - t.tx.Size() + int64(b.FreePageN+b.PendingPageN)*int64(s.db.Info().PageSize)
	return nil
}
