package boltdb_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/storage/boltdb"
)

func TestAFullDiskStopsWritingUntilThereIsRoom(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=8m"); err != nil {
		t.Skipf("no small disk can be mounted here: %v", err)
	}
	defer func() { ok(t, syscall.Unmount(dir, 0)) }()
	ballast := filepath.Join(dir, "ballast")
	ok(t, os.WriteFile(ballast, make([]byte, 2<<20), 0o600))
	s, err := boltdb.Open(t.Context(), dir, boltdb.Options{})
	ok(t, err)
	ok(t, watch(t.Context(), s, 1))
	n := fillUp(t, s)
	checkReadable(t, s, n)
	ok(t, s.Close())
	s, err = boltdb.Open(t.Context(), dir, boltdb.Options{})
	ok(t, err)
	defer func() { ok(t, s.Close()) }()
	checkReadable(t, s, n)
	if err := fill(t.Context(), s, n, n+100, 20000); !errors.Is(err, storage.ErrFull) {
		t.Fatalf("error %v after opening anew", err)
	}
	ok(t, os.Remove(ballast))
	f, err := s.Take(t.Context(), feedURL(0), t0.AddDate(0, 0, 1), 1) // the lease of the failed poll is over
	ok(t, err)
	_, err = s.Commit(t.Context(), poll(f, newItem(0, n, 20000)))
	ok(t, err)
	checkReadable(t, s, n+1)
}
