package boltdb_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/storage/boltdb"
)

// content is all that can be asked of a store, sizes aside.
func content(t *testing.T, s storage.Store) (all []any) {
	t.Helper()
	for f, err := range s.Feeds(t.Context()) {
		ok(t, err)
		all = append(all, f)
	}
	for i, err := range s.Items(t.Context(), storage.ItemQuery{}) {
		ok(t, err)
		all = append(all, i)
	}
	for d, err := range s.Deliveries(t.Context(), storage.DeliveryQuery{}) {
		ok(t, err)
		all = append(all, d)
	}
	stats, err := s.Stats(t.Context())
	ok(t, err)
	stats.Size, stats.Free = 0, 0
	return append(all, stats)
}

// filled is a store with 300 items, ten of them in the outbox.
func filled(t *testing.T, dir string) *boltdb.Store {
	t.Helper()
	s, err := boltdb.Open(t.Context(), dir, boltdb.Options{})
	ok(t, err)
	ok(t, watch(t.Context(), s, 1))
	ok(t, fill(t.Context(), s, 0, 290, 2000))
	for n := 290; n < 300; n++ {
		f, err := s.Take(t.Context(), feedURL(0), t0, time.Minute)
		ok(t, err)
		_, err = s.Commit(t.Context(), poll(f, newItem(0, n, 2000)))
		ok(t, err)
	}
	return s
}

func TestABackupRestoresTheStoreItWasMadeOf(t *testing.T) {
	t.Parallel()
	dir, file := t.TempDir(), filepath.Join(t.TempDir(), "backup.db")
	s := filled(t, dir)
	want := content(t, s)
	ok(t, s.Backup(t.Context(), file))
	ok(t, fill(t.Context(), s, 300, 400, 2000)) // is not in the backup
	if err := boltdb.Restore(t.Context(), dir, file, boltdb.Options{Timeout: time.Millisecond}); !errors.Is(err, storage.ErrInUse) {
		t.Fatalf("restoring an open store: error %v", err)
	}
	ok(t, s.Close())
	ok(t, boltdb.Restore(t.Context(), dir, file, boltdb.Options{}))
	s = openStore(t, dir).(*boltdb.Store)
	if diff := cmp.Diff(want, content(t, s)); diff != "" {
		t.Errorf("after restoring (-want +got):\n%s", diff)
	}
	ok(t, fill(t.Context(), s, 300, 400, 2000))
	ok(t, s.Close())
	if _, err := os.Stat(filepath.Join(dir, "feedwatch.db.replaced")); err != nil {
		t.Errorf("the database that was replaced: %v", err)
	}
}

func TestABackupRestoresALostOrDamagedStore(t *testing.T) {
	t.Parallel()
	other, file := t.TempDir(), filepath.Join(t.TempDir(), "backup.db")
	s := filled(t, other)
	want := content(t, s)
	ok(t, s.Backup(t.Context(), file))
	ok(t, s.Close())
	for name, spoil := range map[string]func(path string) error{
		"missing":         os.Remove,
		"empty":           func(path string) error { return os.Truncate(path, 0) },
		"cut off":         func(path string) error { return os.Truncate(path, 6000) },
		"another's store": func(string) error { return nil },
		"no directory":    func(path string) error { return os.RemoveAll(filepath.Dir(path)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			ok(t, openStore(t, dir).Close())
			ok(t, spoil(filepath.Join(dir, "feedwatch.db")))
			ok(t, boltdb.Restore(t.Context(), dir, file, boltdb.Options{}))
			s := openStore(t, dir)
			if diff := cmp.Diff(want, content(t, s)); diff != "" {
				t.Errorf("after restoring (-want +got):\n%s", diff)
			}
			ok(t, s.Close())
		})
	}
}

func TestWhatIsNoBackupIsNotRestored(t *testing.T) {
	t.Parallel()
	dir, file := t.TempDir(), filepath.Join(t.TempDir(), "backup.db")
	ok(t, filled(t, dir).Close())
	path := filepath.Join(dir, "feedwatch.db")
	before, err := os.ReadFile(path)
	ok(t, err)
	for name, bad := range map[string][]byte{
		"garbage": bytes.Repeat([]byte("garbage "), 3000),
		"cut off": before[:used(before)*pageSize/2],
		"empty":   nil,
	} {
		ok(t, os.WriteFile(file, bad, 0o600))
		err := boltdb.Restore(t.Context(), dir, file, boltdb.Options{})
		if !errors.Is(err, storage.ErrDamaged) || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if err := boltdb.Restore(t.Context(), dir, file+".not", boltdb.Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing: error %v", err)
	}
	after, err := os.ReadFile(path)
	ok(t, err)
	if !bytes.Equal(before, after) {
		t.Error("the database was changed")
	}
}

func TestCompactGivesBackWhatIsFreeAndKeepsTheRest(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := filled(t, dir)
	ok(t, fill(t.Context(), s, 300, 3000, 10000))
	_, err := s.Prune(t.Context(), storage.Retention{Items: t0.Add(2990 * time.Second)})
	ok(t, err)
	want := content(t, s)
	if _, _, err := boltdb.Compact(t.Context(), dir, boltdb.Options{Timeout: time.Millisecond}); !errors.Is(err, storage.ErrInUse) {
		t.Fatalf("compacting an open store: error %v", err)
	}
	ok(t, s.Close())
	before, after, err := boltdb.Compact(t.Context(), dir, boltdb.Options{})
	ok(t, err)
	if before < 3000*10000 || after > 2<<20 {
		t.Errorf("compacted from %d bytes to %d", before, after)
	}
	s = openStore(t, dir).(*boltdb.Store)
	if diff := cmp.Diff(want, content(t, s)); diff != "" {
		t.Errorf("after compacting (-want +got):\n%s", diff)
	}
	ok(t, watch(t.Context(), s, 2)) // a new feed does not get the number of an old
	known, err := s.Seen(t.Context(), feedURL(1), []storage.Key{key(0)})
	ok(t, err)
	if known[0].Item != "" {
		t.Error("a new feed knows what another listed")
	}
	ok(t, s.Close())
}
