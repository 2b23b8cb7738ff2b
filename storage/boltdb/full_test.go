package boltdb_test

import (
	"errors"
	"testing"
	"time"

	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/storage/boltdb"
)

func TestAFullQuotaStopsWritingUntilThereIsRoom(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	opts := boltdb.Options{MaxSize: 40 << 20}
	s, err := boltdb.Open(t.Context(), dir, opts)
	ok(t, err)
	ok(t, watch(t.Context(), s, 1))
	n := fillUp(t, s)
	stats, err := s.Stats(t.Context())
	ok(t, err)
	if stats.Size > opts.MaxSize {
		t.Errorf("the file has %d bytes, the limit is %d", stats.Size, opts.MaxSize)
	}
	checkReadable(t, s, n)
	ok(t, s.Close())
	s, err = boltdb.Open(t.Context(), dir, opts)
	ok(t, err)
	checkReadable(t, s, n)
	_, err = s.Prune(t.Context(), storage.Retention{Items: t0.Add(time.Duration(n) * time.Second)})
	ok(t, err)
	ok(t, fill(t.Context(), s, n, n+100, 20000))
	ok(t, s.Close())
}

// fillUp commits items until there is no room, twice, and says how many there are.
func fillUp(t *testing.T, s *boltdb.Store) (n int) {
	t.Helper()
	const size = 20000
	for {
		err := fill(t.Context(), s, n, n+100, size)
		if err == nil {
			n += 100
			continue
		}
		if again := fill(t.Context(), s, n, n+100, size); !isFull(err) || !isFull(again) {
			t.Fatalf("errors %v; %v", err, again)
		}
		return n
	}
}

// isFull says whether an error is that of a full store, or of a feed that could
// not be given back in one.
func isFull(err error) bool {
	return errors.Is(err, storage.ErrFull) || errors.Is(err, storage.ErrBusy)
}

func checkReadable(t *testing.T, s *boltdb.Store, n int) {
	t.Helper()
	got := 0
	for _, err := range s.Items(t.Context(), storage.ItemQuery{}) {
		ok(t, err)
		got++
	}
	if got != n {
		t.Errorf("%d items, want %d", got, n)
	}
}

func TestFreedPagesAreUsedAgain(t *testing.T) {
	t.Parallel()
	s, err := boltdb.Open(t.Context(), t.TempDir(), boltdb.Options{})
	ok(t, err)
	defer func() { ok(t, s.Close()) }()
	ok(t, watch(t.Context(), s, 1))
	const items = 3000
	var size int64
	for round := range 3 {
		ok(t, fill(t.Context(), s, round*items, (round+1)*items, 10000))
		stats, err := s.Stats(t.Context())
		ok(t, err)
		if round > 0 && stats.Size > size {
			t.Errorf("round %d: the file grew from %d bytes to %d", round, size, stats.Size)
		}
		size = stats.Size
		p, err := s.Prune(t.Context(), storage.Retention{Items: t0.Add(time.Duration((round+1)*items) * time.Second)})
		ok(t, err)
		if p.Items != items {
			t.Errorf("%d items were pruned, want %d", p.Items, items)
		}
		stats, err = s.Stats(t.Context())
		ok(t, err)
		if stats.Free < int64(items)*10000 {
			t.Errorf("after pruning %d of %d bytes are free", stats.Free, stats.Size)
		}
	}
}
