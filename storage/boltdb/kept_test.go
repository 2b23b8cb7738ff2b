package boltdb

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/feedwatch/feedwatch/storage"
)

// idlePoll commits that the feed is as it was, and due an hour later.
func idlePoll(t *testing.T, s *Store, now time.Time) error {
	t.Helper()
	f, err := s.Take(t.Context(), aFeed, now, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	f.LastPoll, f.Next = now, now.Add(time.Hour)
	_, err = s.Commit(t.Context(), storage.Poll{Feed: f, Idle: true})
	return err
}

func TestAPollThatFoundNothingIsWrittenAMomentLater(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := watching(t)
		defer s.Close()
		before := lastTransaction(t, s)
		if err := idlePoll(t, s, when); err != nil {
			t.Fatal(err)
		}
		time.Sleep(idleDelay - time.Nanosecond)
		synctest.Wait()
		if n := lastTransaction(t, s) - before; n != 0 {
			t.Errorf("%d transactions ahead of time", n)
		}
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		if n := lastTransaction(t, s) - before; n != 1 {
			t.Errorf("%d transactions", n)
		}
	})
}

func TestPollsThatFoundNothingAreWrittenWithTheNextJob(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := watching(t)
		defer s.Close()
		before := lastTransaction(t, s)
		err := errors.Join(idlePoll(t, s, when), s.write(t.Context(), putMeta("a", nil)))
		if err != nil {
			t.Fatal(err)
		}
		if n := lastTransaction(t, s) - before; n != 1 {
			t.Errorf("%d transactions", n)
		}
		if f := onDisk(t, s); !f.LastPoll.Equal(when) {
			t.Errorf("the disk has %+v", f)
		}
	})
}

func TestAsManyPollsThatFoundNothingAsAreKeptAreWrittenAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := open1(t, Options{})
		defer s.Close()
		var list []storage.Watched
		for i := range maxKept {
			list = append(list, storage.Watched{URL: fmt.Sprint(aFeed, i), First: when})
		}
		if err := s.Watch(t.Context(), list); err != nil {
			t.Fatal(err)
		}
		before := lastTransaction(t, s)
		due, err := s.Due(t.Context(), when, time.Minute, maxKept)
		for _, f := range due.Feeds {
			_, failed := s.Commit(t.Context(), storage.Poll{Feed: f, Idle: true})
			err = errors.Join(err, failed)
		}
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if n := lastTransaction(t, s) - before; n != 1 {
			t.Errorf("%d transactions", n)
		}
	})
}

// onDisk is the feed as its record stands.
func onDisk(t *testing.T, s *Store) (f storage.Feed) {
	t.Helper()
	err := s.view(t.Context(), func(tx *txn) error {
		r, err := tx.feed(aFeed)
		if err == nil {
			f = r.Feed
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// A copy of the files at a moment is what a kill at that moment leaves.
func TestAKillUndoesNoMoreThanThePollsThatFoundNothingAMomentAgo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := watching(t)
		defer s.Close()
		f, err := s.Take(t.Context(), aFeed, when, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		f.Validators, f.Next, f.Rhythm = storage.Validators{URL: aFeed, ETag: `"a"`}, when.Add(time.Minute), []byte("r")
		if _, err := s.Commit(t.Context(), storage.Poll{Feed: f}); err != nil {
			t.Fatal(err)
		}
		if err := idlePoll(t, s, when.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		now := when.Add(time.Minute + time.Second)
		if due, err := s.Due(t.Context(), now, time.Minute, 1); err != nil || len(due.Feeds) != 0 || !due.Next.Equal(when.Add(time.Minute+time.Hour)) {
			t.Errorf("while the process lives %+v, %v are due", due, err)
		}
		again := dueAfterKill(t, s, now)
		if len(again) != 1 || again[0].Validators != f.Validators || string(again[0].Rhythm) != "r" {
			t.Errorf("after a kill at once %+v is due, want the feed as it was", again)
		}
		time.Sleep(idleDelay)
		synctest.Wait()
		if again := dueAfterKill(t, s, now); len(again) != 0 {
			t.Errorf("after a kill a moment later %+v is due", again)
		}
	})
}

func dueAfterKill(t *testing.T, s *Store, now time.Time) []storage.Feed {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{databaseFile, markerFile} {
		b, err := os.ReadFile(filepath.Join(filepath.Dir(s.path), name))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	left, err := Open(t.Context(), dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer left.Close()
	due, err := left.Due(t.Context(), now, time.Minute, 9)
	if err != nil {
		t.Fatal(err)
	}
	return due.Feeds
}

func TestAPollThatBringsSomethingIsNotKeptBack(t *testing.T) {
	t.Parallel()
	s := watching(t)
	defer s.Close()
	f, err := s.Take(t.Context(), aFeed, when, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []storage.Poll{{Partial: true}, {Listed: make([]storage.Key, 1)}, {Items: make([]storage.NewItem, 1)}, {Stories: make([]storage.Story, 1)}} {
		p.Feed, p.Idle = f, true
		if _, err := s.Commit(t.Context(), p); err == nil {
			t.Errorf("%+v was taken", p)
		}
	}
}

// The poll that could not be written has been answered by then, so the next one
// hears of it; and its feed waits for its next time all the same.
func TestADiskThatFailsToTakeWhatWasKeptBackIsTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var file *os.File
		s := open1(t, Options{openFile: func(name string, flag int, mode os.FileMode) (f *os.File, err error) {
			file, err = os.OpenFile(name, flag, mode)
			return file, err
		}})
		defer s.Close()
		if err := s.Watch(t.Context(), []storage.Watched{{URL: aFeed, First: when}}); err != nil {
			t.Fatal(err)
		}
		if err := idlePoll(t, s, when); err != nil {
			t.Fatal(err)
		}
		if err := file.Close(); err != nil { // The disk goes away.
			t.Fatal(err)
		}
		time.Sleep(idleDelay)
		synctest.Wait()
		if due, err := s.Due(t.Context(), when.Add(time.Minute), time.Minute, 1); err != nil || len(due.Feeds) != 0 {
			t.Errorf("%+v, %v are due", due, err)
		}
		for range 2 {
			if err := idlePoll(t, s, when.Add(time.Hour)); !errors.Is(err, storage.ErrFailed) {
				t.Errorf("error %v", err)
			}
			s.schedule.giveBack(claimed{aFeed, s.schedule.feeds[aFeed].epoch})
		}
	})
}
