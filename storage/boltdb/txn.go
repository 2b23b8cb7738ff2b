package boltdb

import (
	"fmt"
	"maps"
	"slices"

	bolt "go.etcd.io/bbolt"
)

// Items and alerts come in the order of their keys, so their pages can be filled:
// bbolt's own measure, half, leaves room for keys that come between. Identities of
// feeds that are read for the first time stand side by side, too, and most of them
// never see another: a transaction that brings many leaves less room.
const (
	orderedFill = 1.0
	bulkFill    = 0.8
	bulk        = 200 // identities
)

// txn is a transaction in terms of tables and records. Those that write also
// keep the counts, which are written once, by finish.
type txn struct {
	tx        *bolt.Tx
	schedule  *schedule                  // nil in a transaction that only reads
	tables    []table                    // those that were asked for: bbolt seeks and makes one at each asking
	writes    int                        // puts and deletes so far
	added     counts                     // to be added to the counts
	receivers map[string]*receiverChange // name → its record in this transaction
	planned   []func()                   // what the schedule learns when all this is written
	held      []string                   // URLs of the feeds that are held in the schedule until the transaction ends
}

// table is a bucket under its name.
type table struct {
	name   string
	bucket *bolt.Bucket
}

// receiverChange is a receiver's record as it was and as it is to be.
type receiverChange struct{ was, is receiverRecord }

// after has the schedule told of a change once that is on the disk.
func (t *txn) after(tell func()) { t.planned = append(t.planned, tell) }

// end tells the schedule how the transaction ended.
func (t *txn) end(written bool) {
	if written {
		for _, tell := range t.planned {
			tell()
		}
	}
	for _, url := range t.held {
		t.schedule.letGo(url)
	}
}

func (t *txn) bucket(name string) *bolt.Bucket {
	for i := range t.tables {
		if t.tables[i].name == name {
			return t.tables[i].bucket
		}
	}
	b := t.tx.Bucket([]byte(name))
	t.tables = append(t.tables, table{name, b})
	return b
}

func (t *txn) has(table string, key []byte) bool { return t.bucket(table).Get(key) != nil }

// load reads the record under a key and says whether there is one.
func (t *txn) load(table string, key []byte, r record) (bool, error) {
	raw := t.bucket(table).Get(key)
	if raw == nil {
		return false, nil
	}
	return true, unseal(table, key, raw, r)
}

func (t *txn) store(table string, key []byte, r record) error {
	return t.put(table, key, seal(table, key, r))
}

func (t *txn) put(table string, key, value []byte) error {
	t.writes++
	b := t.bucket(table)
	if table == tableItem || table == tableStory || table == tableAlert {
		b.FillPercent = orderedFill
	}
	if err := b.Put(key, value); err != nil {
		return fmt.Errorf("table %s, %s: %w", table, printable(table, key), err)
	}
	return nil
}

func (t *txn) delete(table string, key []byte) error {
	t.writes++
	if err := t.bucket(table).Delete(key); err != nil {
		return fmt.Errorf("table %s, %s: %w", table, printable(table, key), err)
	}
	return nil
}

// receiver gives a receiver's record, to read or to change. It is read once a
// transaction and, where it was changed, written by finish.
func (t *txn) receiver(name string) (*receiverRecord, error) {
	if r := t.receivers[name]; r != nil {
		return &r.is, nil
	}
	r := new(receiverChange)
	if _, err := t.load(tableReceiver, []byte(name), &r.is); err != nil {
		return nil, err
	}
	r.was = r.is
	if t.receivers == nil {
		t.receivers = make(map[string]*receiverChange)
	}
	t.receivers[name] = r
	return &r.is, nil
}

// finish writes what was kept back. The transaction can be committed then.
func (t *txn) finish() error {
	for _, name := range slices.Sorted(maps.Keys(t.receivers)) {
		r := t.receivers[name]
		if r.is == r.was {
			continue
		}
		if err := t.store(tableReceiver, []byte(name), &r.is); err != nil {
			return err
		}
	}
	if t.added == (counts{}) {
		return nil
	}
	if t.added.identities >= bulk {
		t.bucket(tableSeen).FillPercent = bulkFill
	}
	c, err := t.counts()
	if err != nil {
		return err
	}
	c.items += t.added.items
	c.identities += t.added.identities
	c.watched += t.added.watched
	return t.store(tableMeta, []byte(metaCounts), &c)
}

func (t *txn) counts() (c counts, err error) {
	_, err = t.load(tableMeta, []byte(metaCounts), &c)
	return c, err
}
