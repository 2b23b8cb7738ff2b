package storagetest_test

import (
	"errors"
	"testing"
	"time"

	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/storage/boltdb"
	"github.com/feedwatch/feedwatch/storage/storagetest"
)

var errDisk = errors.New("the disk is gone")

func open(t *testing.T, dir string) storage.Store {
	t.Helper()
	s, err := boltdb.Open(t.Context(), dir, boltdb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A store that never fails must pass as what it stands for.
func TestAFailingStoreThatNeverFailsKeepsAllPromises(t *testing.T) {
	storagetest.Rules(t, func(t *testing.T, dir string) storage.Store {
		return &storagetest.Failing{Store: open(t, dir)}
	})
}

func TestACallFailsBeforeOrAfterTheStoreDidIt(t *testing.T) {
	s := &storagetest.Failing{Store: open(t, t.TempDir())}
	defer s.Close()
	watch := func(url string) error {
		return s.Watch(t.Context(), []storage.Watched{{URL: url}})
	}
	watched := func() (url string) {
		for f, err := range s.Feeds(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if f.Watched {
				url = f.URL
			}
		}
		return url
	}
	s.Before = storagetest.At("Watch", 2, errDisk)
	for i, want := range []error{nil, errDisk, nil} {
		url := string(rune('a' + i))
		if err := watch(url); !errors.Is(err, want) {
			t.Errorf("call %d: error %v, want %v", i+1, err, want)
		}
		if done := watched() == url; done != (want == nil) {
			t.Errorf("call %d: the store did it: %v", i+1, done)
		}
	}
	s.Before, s.After = nil, storagetest.At("Watch", -4, errDisk)
	for _, url := range []string{"x", "y"} {
		if err := watch(url); !errors.Is(err, errDisk) || watched() != url {
			t.Errorf("error %v, and the store watches %q", err, watched())
		}
	}
	if n := s.Calls("Watch"); n != 5 {
		t.Errorf("%d calls", n)
	}
}

func TestASequenceAndAnAnswerFailToo(t *testing.T) {
	s := &storagetest.Failing{Store: open(t, t.TempDir())}
	defer s.Close()
	s.Before = func(string, int) error { return errDisk }
	n := 0
	for _, err := range s.Items(t.Context(), storage.ItemQuery{}) {
		if n++; !errors.Is(err, errDisk) {
			t.Errorf("error %v", err)
		}
	}
	if n != 1 {
		t.Errorf("%d rows", n)
	}
	if _, err := s.Due(t.Context(), time.Time{}, 0, 1); !errors.Is(err, errDisk) {
		t.Errorf("error %v", err)
	}
	s.Before = nil
}
