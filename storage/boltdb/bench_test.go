package boltdb_test

import (
	"encoding/binary"
	"path/filepath"
	"sync"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/storage/boltdb"
)

// The benchmarks do by turns what the store does and the least that bbolt must
// do for it, with the same settings and on the same disk, and report how many
// times longer the store takes: x-floor.

// versus times ours, and reports its time as a multiple of the floor's.
func versus(b *testing.B, ours, floor func(i int)) {
	var least time.Duration
	n := 0
	for b.Loop() {
		ours(n)
		b.StopTimer()
		start := time.Now()
		floor(n)
		least += time.Since(start)
		n++
		b.StartTimer()
	}
	b.ReportMetric(float64(b.Elapsed())/float64(least), "x-floor")
}

func benchStore(b *testing.B, feeds int) (*boltdb.Store, []storage.Feed) {
	b.Helper()
	s, err := boltdb.Open(b.Context(), b.TempDir(), boltdb.Options{})
	ok(b, err)
	b.Cleanup(func() { ok(b, s.Close()) })
	ok(b, watch(b.Context(), s, feeds))
	due, err := s.Due(b.Context(), t0, time.Hour, feeds)
	ok(b, err)
	return s, due.Feeds
}

func bareBolt(b *testing.B) *bolt.DB {
	b.Helper()
	db, err := bolt.Open(filepath.Join(b.TempDir(), "bare.db"), 0o600, &bolt.Options{
		PageSize: pageSize, FreelistType: bolt.FreelistMapType, NoFreelistSync: true, InitialMmapSize: 1 << 30,
	})
	ok(b, err)
	b.Cleanup(func() { ok(b, db.Close()) })
	ok(b, db.Update(func(tx *bolt.Tx) error {
		_, err := tx.CreateBucket([]byte("b"))
		return err
	}))
	return db
}

func put(n int, size int) func(tx *bolt.Tx) error {
	return func(tx *bolt.Tx) error {
		return tx.Bucket([]byte("b")).Put(key64(n), make([]byte, size))
	}
}

// BenchmarkPoll commits what a lively feed brings: 10 new items of 2 KB, among 30
// entries whose keys are looked up. The floor puts 10 values of 2.2 KB.
func BenchmarkPoll(b *testing.B) {
	s, feeds := benchStore(b, 1)
	db := bareBolt(b)
	f := feeds[0]
	versus(b, func(i int) {
		b.StopTimer()
		p := poll(f)
		for n := 10*i - 20; n < 10*i+10; n++ {
			p.Listed = append(p.Listed, key(max(n, 0)))
		}
		for n := range 10 {
			item := newItem(0, 10*i+n, 2000)
			item.Alerts = nil
			p.Items = append(p.Items, item)
		}
		b.StartTimer()
		_, err := s.Seen(b.Context(), f.URL, p.Listed)
		ok(b, err)
		_, err = s.Commit(b.Context(), p)
		ok(b, err)
	}, func(i int) {
		ok(b, db.Update(func(tx *bolt.Tx) error {
			for n := range 10 {
				ok(b, put(10*i+n, 2200)(tx))
			}
			return nil
		}))
	})
}

// BenchmarkManyPolls commits 64 polls at once, an item each. The floor is bbolt's
// own Batch, 64 at once.
func BenchmarkManyPolls(b *testing.B) {
	const feeds = 64
	s, claimed := benchStore(b, feeds)
	db := bareBolt(b)
	each := func(do func(i int)) {
		var wg sync.WaitGroup
		for i := range feeds {
			wg.Go(func() { do(i) })
		}
		wg.Wait()
	}
	versus(b, func(n int) {
		each(func(i int) {
			item := newItem(i, n, 2000)
			item.Alerts = nil
			if _, err := s.Commit(b.Context(), poll(claimed[i], item)); err != nil {
				b.Error(err)
			}
		})
	}, func(n int) {
		each(func(i int) {
			if err := db.Batch(put(n*feeds+i, 2200)); err != nil {
				b.Error(err)
			}
		})
	})
	b.ReportMetric(float64(b.N*feeds)/b.Elapsed().Seconds(), "commits/s")
}

// BenchmarkDelivery claims a delivery and settles it. The floor is two puts of 200
// bytes, a transaction each.
func BenchmarkDelivery(b *testing.B) {
	s, feeds := benchStore(b, 1)
	db := bareBolt(b)
	const batch = 500
	versus(b, func(i int) {
		if i%batch == 0 {
			b.StopTimer()
			var items []storage.NewItem
			for n := range batch {
				items = append(items, newItem(0, i+n, 500))
			}
			_, err := s.Commit(b.Context(), poll(feeds[0], items...))
			ok(b, err)
			b.StartTimer()
		}
		c, err := s.Claim(b.Context(), storage.ClaimRequest{Receiver: "desk", Now: t0.AddDate(1, 0, 0), Lease: time.Minute})
		ok(b, err)
		d := c.Deliveries[0]
		d.Attempts[0].Verdict = storage.Done
		ok(b, s.Settle(b.Context(), storage.Outcome{ID: d.Alert.ID, Attempt: d.Attempts[0]}))
	}, func(i int) {
		ok(b, db.Update(put(i, 200)))
		ok(b, db.Update(put(i, 200)))
	})
}

// BenchmarkSeen looks up 1,000 identities, half of them known, among 100,000. The
// floor gets as many values by keys in the same order from bbolt.
func BenchmarkSeen(b *testing.B) {
	s, feeds := benchStore(b, 1)
	db := bareBolt(b)
	const known = 100_000
	for from := 0; from < known; from += 5000 {
		p := storage.Poll{Feed: feeds[0], Partial: true}
		for n := from; n < from+5000; n++ {
			p.Aliases = append(p.Aliases, storage.Alias{Key: scattered(n), Item: "0123456789abcdefghijklmn"})
		}
		_, err := s.Commit(b.Context(), p)
		ok(b, err)
		ok(b, db.Update(func(tx *bolt.Tx) error {
			for _, a := range p.Aliases {
				ok(b, tx.Bucket([]byte("b")).Put(a.Key[:], make([]byte, 30)))
			}
			return nil
		}))
	}
	keys := make([]storage.Key, 1000)
	for i := range keys {
		keys[i] = scattered(known/2*(i%2*2) + i)
	}
	versus(b, func(int) {
		_, err := s.Seen(b.Context(), feeds[0].URL, keys)
		ok(b, err)
	}, func(int) {
		ok(b, db.View(func(tx *bolt.Tx) error {
			bucket := tx.Bucket([]byte("b"))
			for _, k := range keys {
				bucket.Get(k[:])
			}
			return nil
		}))
	})
}

// scattered is a key as hashes are: far from the one before it.
func scattered(n int) (k storage.Key) {
	binary.BigEndian.PutUint64(k[:], uint64(n)*0x9e3779b97f4a7c15)
	return k
}
