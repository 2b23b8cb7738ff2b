package boltdb

import (
	"bytes"
	"context"
	"iter"

	bolt "go.etcd.io/bbolt"
)

const (
	pageRows   = 256  // yielded from one transaction at most
	pageVisits = 8192 // looked at in one transaction at most
)

// page is what one transaction reads of a table. Where a transaction is held
// while the caller works, bbolt can free nothing and the file grows without end;
// so rows are copied, the transaction ends, and then they are yielded.
type page[T any] struct {
	rows   []T
	limit  int
	visits int
	last   []byte // key of the row looked at last
	more   bool   // whether the table goes on after it
}

// room says whether the row with this key, nil for the end of the table, is to
// be looked at in this transaction.
func (p *page[T]) room(key []byte) bool {
	p.more = key != nil
	if key == nil || len(p.rows) == p.limit || p.visits == pageVisits {
		return false
	}
	p.visits++
	p.last = append(p.last[:0], key...)
	return true
}

func (p *page[T]) add(row T) { p.rows = append(p.rows, row) }

// end says that the rows that follow are not wanted.
func (p *page[T]) end() { p.more = false }

// rows yields up to limit rows, 0 meaning all, page by page. read continues
// after a key, nil at the beginning. What it read before an error is yielded
// before the error.
func rows[T any](ctx context.Context, s *Store, limit int, read func(t *txn, after []byte, p *page[T]) error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var after []byte
		var memory []T // of a page's rows, which were yielded when it is used again
		for left := limit; limit == 0 || left > 0; {
			p := page[T]{limit: pageRows, rows: memory[:0]}
			if limit > 0 {
				p.limit = min(left, pageRows)
			}
			err := s.view(ctx, func(t *txn) error { return read(t, after, &p) })
			for _, row := range p.rows {
				if !yield(row, nil) {
					return
				}
			}
			if err != nil {
				var none T
				yield(none, err)
			}
			if err != nil || !p.more {
				return
			}
			after, left, memory = p.last, left-len(p.rows), p.rows
		}
	}
}

// next puts a cursor on the first key after another, nil meaning the beginning.
func next(c *bolt.Cursor, after []byte) (k, v []byte) {
	if after == nil {
		return c.First()
	}
	k, v = c.Seek(after)
	if bytes.Equal(k, after) {
		return c.Next()
	}
	return k, v
}

// previous puts a cursor on the last key before another, nil meaning the end.
func previous(c *bolt.Cursor, before []byte) (k, v []byte) {
	if before == nil {
		return c.Last()
	}
	if k, _ := c.Seek(before); k == nil {
		return c.Last()
	}
	return c.Prev()
}
