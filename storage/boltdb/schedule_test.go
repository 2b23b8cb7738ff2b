package boltdb

import (
	"errors"
	"testing"
	"time"

	"github.com/feedwatch/feedwatch/storage"
)

const aFeed = "https://a.example/"

// watching opens a store that watches one feed, due at when.
func watching(t *testing.T) *Store {
	t.Helper()
	s := open1(t, Options{})
	if err := s.Watch(t.Context(), []storage.Watched{{URL: aFeed, First: when}}); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAFeedWhosePollIsBeingWrittenIsNotHandedOut(t *testing.T) {
	t.Parallel()
	s := watching(t)
	defer s.Close()
	f, err := s.Take(t.Context(), aFeed, when, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	later := when.Add(time.Hour) // the lease is over
	err = s.write(t.Context(), func(tx *txn) error {
		if err := tx.hold(aFeed, f.Epoch); err != nil {
			return err
		}
		claims, next, _ := s.schedule.claim(later, later, 1)
		_, err := s.schedule.take(aFeed, later, later)
		if len(claims) != 0 || !next.Equal(when.Add(time.Minute)) || !errors.Is(err, storage.ErrBusy) || s.schedule.idle(aFeed, later) {
			t.Errorf("claims %v, next at %v, error %v", claims, next, err)
		}
		return tx.put(tableMeta, []byte("x"), nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	if due, err := s.Due(t.Context(), later, time.Minute, 1); err != nil || len(due.Feeds) != 1 || due.Feeds[0].Epoch != f.Epoch+1 {
		t.Errorf("afterwards: %+v, %v", due, err)
	}
}

func TestAPollThatCouldNotBeWrittenKeepsItsClaim(t *testing.T) {
	t.Parallel()
	s := watching(t)
	defer s.Close()
	f, err := s.Take(t.Context(), aFeed, when, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	f.Next = when.Add(time.Hour)
	boom := errors.New("boom")
	err = s.write(t.Context(), func(tx *txn) error {
		return errors.Join(tx.commit(newPoll{Poll: storage.Poll{Feed: f}}, new(storage.Receipt)), boom)
	})
	if !errors.Is(err, boom) {
		t.Fatal(err)
	}
	if _, err := s.Take(t.Context(), aFeed, when, time.Minute); !errors.Is(err, storage.ErrBusy) {
		t.Errorf("error %v", err)
	}
	if _, err := s.Commit(t.Context(), storage.Poll{Feed: f}); err != nil {
		t.Error(err)
	}
	due, err := s.Due(t.Context(), when, time.Minute, 1)
	if err != nil || len(due.Feeds) != 0 || !due.Next.Equal(f.Next) {
		t.Errorf("due %+v, %v", due, err)
	}
}

func TestAFeedThatCanNotBeReadDoesNotKeepTheOthersFromBeingPolled(t *testing.T) {
	t.Parallel()
	s := open1(t, Options{})
	defer s.Close()
	feeds := []storage.Watched{{URL: "https://a.example/", First: when}, {URL: "https://b.example/", First: when.Add(1)}, {URL: "https://c.example/", First: when.Add(2)}}
	err := errors.Join(s.Watch(t.Context(), feeds), s.write(t.Context(), func(tx *txn) error {
		return tx.put(tableFeed, []byte(feeds[1].URL), []byte("garbage"))
	}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Due(t.Context(), when.Add(9), time.Minute, 9); !errors.Is(err, storage.ErrDamaged) {
		t.Errorf("error %v", err)
	}
	due, err := s.Due(t.Context(), when.Add(9), time.Minute, 9)
	if err != nil || len(due.Feeds) != 2 || due.Feeds[0].URL != feeds[0].URL || due.Feeds[1].URL != feeds[2].URL {
		t.Errorf("due %+v, %v", due.Feeds, err)
	}
}

func TestAClaimOfAFeedWritesNothing(t *testing.T) {
	t.Parallel()
	s := watching(t)
	defer s.Close()
	before := lastTransaction(t, s)
	for i := range 3 {
		now := when.Add(time.Duration(i) * time.Hour)
		if due, err := s.Due(t.Context(), now, time.Minute, 1); err != nil || len(due.Feeds) != 1 {
			t.Fatalf("due %+v, %v", due, err)
		}
	}
	if after := lastTransaction(t, s); after != before {
		t.Errorf("%d transactions were committed", after-before)
	}
}
