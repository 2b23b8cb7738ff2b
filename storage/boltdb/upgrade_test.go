package boltdb_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"

	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/storage/boltdb"
)

// layout1 puts a store of the first layout into a directory. It was made by the
// last version that wrote it: feed 0 has three items, of whose alerts one was
// delivered, one is under way and one waits; a lease on feed 1 was left behind;
// and feed 2 is watched no more.
func layout1(t *testing.T, dir string) (database []byte) {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "layout1.db.gz"))
	ok(t, err)
	defer func() { ok(t, f.Close()) }()
	z, err := gzip.NewReader(f)
	ok(t, err)
	database, err = io.ReadAll(z)
	ok(t, err)
	ok(t, os.WriteFile(filepath.Join(dir, "feedwatch.db"), database, 0o600))
	return database
}

func TestAStoreOfAFormerLayoutIsBroughtUpAndLosesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	layout1(t, dir)
	s := openStore(t, dir)
	defer func() { ok(t, s.Close()) }()
	checkLayout1(t, s)
	stats, err := s.Stats(t.Context())
	ok(t, err)
	if stats.Schema != boltdb.Schema || stats.Feeds != 2 || stats.Items != 3 || stats.Identities != 3 {
		t.Errorf("stats %+v", stats)
	}
	story := storage.Story{ID: "s", Last: t0}
	f, err := s.Take(t.Context(), feedURL(0), t0.Add(24*time.Hour), time.Minute)
	ok(t, err)
	_, err = s.Commit(t.Context(), storage.Poll{Feed: f, Stories: []storage.Story{story}})
	ok(t, err)
	_, err = s.Story(t.Context(), "s")
	ok(t, err)
}

func checkLayout1(t *testing.T, s storage.Store) {
	t.Helper()
	var titles []string
	for i, err := range s.Items(t.Context(), storage.ItemQuery{}) {
		ok(t, err)
		titles = append(titles, i.Title)
		known, err := s.Seen(t.Context(), feedURL(0), []storage.Key{key(2 - len(titles) + 1)})
		ok(t, err)
		if known[0] != (storage.Known{Item: i.ID}) {
			t.Errorf("%s is known as %+v", i.Title, known[0])
		}
	}
	if diff := cmp.Diff([]string{"Item 2", "Item 1", "Item 0"}, titles); diff != "" {
		t.Errorf("items (-want +got):\n%s", diff)
	}
	var states []storage.State
	for d, err := range s.Deliveries(t.Context(), storage.DeliveryQuery{}) {
		ok(t, err)
		states = append(states, d.State)
	}
	if diff := cmp.Diff([]storage.State{storage.Pending, storage.Pending, storage.Delivered}, states); diff != "" {
		t.Errorf("deliveries (-want +got):\n%s", diff)
	}
	due, err := s.Due(t.Context(), t0.Add(2*time.Hour), time.Minute, 9)
	ok(t, err)
	var urls, titled []string
	for _, f := range due.Feeds {
		urls, titled = append(urls, f.URL), append(titled, f.Title+f.Validators.ETag)
	}
	if diff := cmp.Diff([]string{feedURL(0), feedURL(1)}, urls); diff != "" {
		t.Errorf("due (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{`News 0"1"`, ""}, titled); diff != "" {
		t.Errorf("feeds (-want +got):\n%s", diff)
	}
}

func TestACopyPutAsideIsTheStoreAsItWas(t *testing.T) {
	t.Parallel()
	dir, other := t.TempDir(), t.TempDir()
	layout1(t, dir)
	ok(t, openStore(t, dir).Close())
	ok(t, boltdb.Restore(t.Context(), other, filepath.Join(dir, "feedwatch.db.layout1"), boltdb.Options{}))
	db, err := bolt.Open(filepath.Join(other, "feedwatch.db"), 0o600, nil)
	ok(t, err)
	ok(t, db.View(func(tx *bolt.Tx) error {
		if n := tx.Bucket([]byte("meta")).Get([]byte("schema")); !bytes.Equal(n, []byte{0, 0, 0, 1}) {
			t.Errorf("the copy has layout %v", n)
		}
		return nil
	}))
	ok(t, db.Close())
	s := openStore(t, other)
	checkLayout1(t, s)
	ok(t, s.Close())
}

func TestAStoreOfWhichNoCopyCanBePutAsideIsLeftAsItWas(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	before := layout1(t, dir)
	ok(t, os.MkdirAll(filepath.Join(dir, "feedwatch.db.layout1", "in the way"), 0o700))
	if _, err := boltdb.Open(t.Context(), dir, boltdb.Options{}); err == nil {
		t.Fatal("the store was opened without a copy of it")
	}
	after, err := os.ReadFile(filepath.Join(dir, "feedwatch.db"))
	ok(t, err)
	if !bytes.Equal(before, after) {
		t.Error("the store was changed")
	}
	ok(t, os.RemoveAll(filepath.Join(dir, "feedwatch.db.layout1")))
	s := openStore(t, dir)
	checkLayout1(t, s)
	ok(t, s.Close())
}
