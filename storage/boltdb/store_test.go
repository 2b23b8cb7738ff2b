package boltdb_test

import (
	"testing"
	"time"

	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/storage/boltdb"
	"github.com/feedwatch/feedwatch/storage/storagetest"
)

func TestStoreKeepsItsPromises(t *testing.T) {
	storagetest.Test(t, openStore)
}

func openStore(t *testing.T, dir string) storage.Store {
	t.Helper()
	s, err := boltdb.Open(t.Context(), dir, boltdb.Options{Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return s
}
