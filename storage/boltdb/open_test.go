package boltdb_test

import (
	"context"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/storage/boltdb"
)

func TestOpenMakesAPrivateStore(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "a", "b")
	ok(t, openStore(t, dir).Close())
	for path, mode := range map[string]os.FileMode{
		dir:                                0o700 | os.ModeDir,
		filepath.Join(dir, "feedwatch.db"): 0o600,
		filepath.Join(dir, "store.id"):     0o600,
	} {
		info, err := os.Stat(path)
		ok(t, err)
		if info.Mode() != mode {
			t.Errorf("%s has mode %v, want %v", path, info.Mode(), mode)
		}
	}
}

func TestAStoreWithoutItsMarkerGetsItBack(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ok(t, openStore(t, dir).Close())
	marker := filepath.Join(dir, "store.id")
	before, err := os.ReadFile(marker)
	ok(t, err)
	ok(t, os.Remove(marker))
	ok(t, openStore(t, dir).Close())
	after, err := os.ReadFile(marker)
	ok(t, err)
	if string(before) != string(after) {
		t.Errorf("marker %q, was %q", after, before)
	}
}

func TestASecondProcessIsToldThatTheStoreIsInUse(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cmd := child(t.Context(), "hold", dir)
	in, err := cmd.StdinPipe()
	ok(t, err)
	out, err := cmd.StdoutPipe()
	ok(t, err)
	ok(t, cmd.Start())
	said := lines(out)
	if got := <-said; got != "open" {
		t.Fatalf("child said %q", got)
	}
	_, err = boltdb.Open(t.Context(), dir, boltdb.Options{Timeout: time.Millisecond})
	if !errors.Is(err, storage.ErrInUse) || !strings.Contains(err.Error(), "feedwatch status") {
		t.Errorf("error %v", err)
	}
	// A deadline that is nearer than the timeout counts.
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err = boltdb.Open(ctx, dir, boltdb.Options{Timeout: time.Hour}); !errors.Is(err, storage.ErrInUse) {
		t.Errorf("error %v", err)
	}
	ok(t, in.Close())
	for range said { // until its end
	}
	ok(t, cmd.Wait())
	ok(t, openStore(t, dir).Close())
}

func TestOpenEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := filepath.Join(t.TempDir(), "new")
	if _, err := boltdb.Open(ctx, dir, boltdb.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("the directory was made")
	}
}

func TestAnotherLayoutIsRefusedAndLeftAsItIs(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(tx *bolt.Tx) error
		want   error
		says   string
	}{
		"newer": {func(tx *bolt.Tx) error {
			return tx.Bucket([]byte("meta")).Put([]byte("schema"), binary.BigEndian.AppendUint32(nil, boltdb.Schema+1))
		}, storage.ErrNewer, "2"},
		"no number": {func(tx *bolt.Tx) error {
			return tx.Bucket([]byte("meta")).Delete([]byte("schema"))
		}, storage.ErrDamaged, "names no layout"},
		"no UUID": {func(tx *bolt.Tx) error {
			return tx.Bucket([]byte("meta")).Delete([]byte("id"))
		}, storage.ErrDamaged, "no UUID"},
		"no table": {func(tx *bolt.Tx) error {
			return tx.DeleteBucket([]byte("seen"))
		}, storage.ErrDamaged, "seen"},
		"another program's": {func(tx *bolt.Tx) error {
			return tx.MoveBucket([]byte("meta"), tx.Bucket(nil), tx.Bucket([]byte("feed")))
		}, storage.ErrDamaged, "not one of feedwatch"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			ok(t, openStore(t, dir).Close())
			path := filepath.Join(dir, "feedwatch.db")
			db, err := bolt.Open(path, 0o600, nil)
			ok(t, err)
			ok(t, db.Update(func(tx *bolt.Tx) error { return c.change(tx) }))
			ok(t, db.Close())
			before, err := os.ReadFile(path)
			ok(t, err)
			_, err = boltdb.Open(t.Context(), dir, boltdb.Options{})
			if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("error %v", err)
			}
			after, err := os.ReadFile(path)
			ok(t, err)
			if string(before) != string(after) {
				t.Error("the file was changed")
			}
		})
	}
}
