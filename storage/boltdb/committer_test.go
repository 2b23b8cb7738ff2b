package boltdb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/feedwatch/feedwatch/storage"
)

func open1(t *testing.T, o Options) *Store {
	t.Helper()
	s, err := Open(t.Context(), t.TempDir(), o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// queue keeps the committer busy, starts the jobs, lets them queue up behind it,
// and gives their errors in order.
func queue(ctx context.Context, t *testing.T, s *Store, meanwhile func(), jobs ...func(*txn) error) []error {
	t.Helper()
	busy := make(chan struct{})
	first := make(chan error)
	go func() {
		first <- s.write(t.Context(), func(*txn) error {
			<-busy
			return nil
		})
	}()
	synctest.Wait()
	errs := make([]error, len(jobs))
	done := make(chan struct{})
	for i, do := range jobs {
		go func() {
			errs[i] = s.write(ctx, do)
			done <- struct{}{}
		}()
	}
	synctest.Wait()
	meanwhile()
	close(busy)
	for range jobs {
		<-done
	}
	if err := <-first; err != nil {
		t.Fatal(err)
	}
	return errs
}

func nothing() {}

func putMeta(key string, after error) func(*txn) error {
	return func(t *txn) error { return errors.Join(t.put(tableMeta, []byte(key), nil), after) }
}

func metaHas(t *testing.T, s *Store, key string) (has bool) {
	t.Helper()
	err := s.view(t.Context(), func(tx *txn) error {
		has = tx.has(tableMeta, []byte(key))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return has
}

func TestWritersThatWaitShareATransaction(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := open1(t, Options{})
		defer s.Close()
		transactions := make(map[int]int) // transaction → jobs
		var jobs []func(*txn) error
		for i := range 50 {
			jobs = append(jobs, func(tx *txn) error {
				transactions[tx.tx.ID()]++
				return tx.put(tableMeta, fmt.Append(nil, "x", i), nil)
			})
		}
		for _, err := range queue(t.Context(), t, s, nothing, jobs...) {
			if err != nil {
				t.Fatal(err)
			}
		}
		if len(transactions) != 1 {
			t.Errorf("transactions and their jobs: %v", transactions)
		}
	})
}

func TestAWriterThatFailsDoesNotFailTheOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := open1(t, Options{})
		defer s.Close()
		boom := errors.New("boom")
		errs := queue(t.Context(), t, s, nothing,
			putMeta("a", nil),
			putMeta("b", boom),
			func(*txn) error { return storage.ErrStale },
			putMeta("c", nil),
			putMeta("d", boom),
		)
		for i, want := range []error{nil, boom, storage.ErrStale, nil, boom} {
			if !errors.Is(errs[i], want) {
				t.Errorf("job %d: error %v, want %v", i, errs[i], want)
			}
		}
		for key, want := range map[string]bool{"a": true, "b": false, "c": true, "d": false} {
			if metaHas(t, s, key) != want {
				t.Errorf("%s is written: %v", key, !want)
			}
		}
	})
}

func TestAContextThatEndsTakesAWriterOutOfTheQueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := open1(t, Options{})
		defer s.Close()
		ctx, cancel := context.WithCancel(t.Context())
		giveUp := func() {
			cancel()
			synctest.Wait()
		}
		errs := queue(ctx, t, s, giveUp, putMeta("a", nil))
		if !errors.Is(errs[0], context.Canceled) || metaHas(t, s, "a") {
			t.Errorf("error %v", errs[0])
		}
	})
}

func TestAWriterWhoseTurnHasComeIsWaitedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := open1(t, Options{})
		defer s.Close()
		ctx, cancel := context.WithCancel(t.Context())
		err := s.write(ctx, func(tx *txn) error {
			cancel()
			return tx.put(tableMeta, []byte("a"), nil)
		})
		if err != nil || !metaHas(t, s, "a") {
			t.Errorf("error %v", err)
		}
	})
}

func TestCloseWaitsForWritersUnderWay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := open1(t, Options{})
		closed := make(chan error, 1)
		errs := queue(t.Context(), t, s, func() { go func() { closed <- s.Close() }() }, putMeta("a", nil))
		if errs[0] != nil {
			t.Error(errs[0])
		}
		if err := <-closed; err != nil {
			t.Error(err)
		}
	})
}

func TestAFailedWriteIsForGood(t *testing.T) {
	t.Parallel()
	var file *os.File
	s := open1(t, Options{openFile: func(name string, flag int, mode os.FileMode) (f *os.File, err error) {
		file, err = os.OpenFile(name, flag, mode)
		return file, err
	}})
	feeds := []storage.Watched{{URL: "https://a.example/"}}
	if err := s.Watch(t.Context(), feeds); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil { // the disk goes away
		t.Fatal(err)
	}
	for range 2 {
		if err := s.Watch(t.Context(), nil); !errors.Is(err, storage.ErrFailed) || !errors.Is(err, os.ErrClosed) {
			t.Errorf("error %v", err)
		}
	}
	if stats, err := s.Stats(t.Context()); err != nil || stats.Feeds != 1 {
		t.Errorf("reading gave %+v, %v", stats, err)
	}
	if s.Close() == nil {
		t.Error("closing a file that is gone gave no error")
	}
}

func TestNoTransactionIsHeldWhileASequenceIsRead(t *testing.T) {
	t.Parallel()
	s := open1(t, Options{})
	defer s.Close()
	var feeds []storage.Watched
	for i := range 2 * pageRows {
		feeds = append(feeds, storage.Watched{URL: fmt.Sprintf("https://a.example/%04d", i)})
	}
	if err := s.Watch(t.Context(), feeds); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, err := range s.Feeds(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if open := s.db.Stats().OpenTxN; open != 0 {
			t.Fatalf("row %d: %d transactions are open", n, open)
		}
		n++
	}
	if n != len(feeds) {
		t.Errorf("%d feeds, want %d", n, len(feeds))
	}
}

func TestAnIdleStoreWritesNothing(t *testing.T) {
	t.Parallel()
	s := open1(t, Options{})
	defer s.Close()
	url, now := "https://a.example/", time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	feeds := []storage.Watched{{URL: url, First: now}}
	if err := s.Watch(t.Context(), feeds); err != nil {
		t.Fatal(err)
	}
	before := lastTransaction(t, s)
	_, due := s.Due(t.Context(), now.Add(-1), time.Minute, 9)
	_, claim := s.Claim(t.Context(), storage.ClaimRequest{Receiver: "r", Now: now})
	_, prune := s.Prune(t.Context(), storage.Retention{Now: now, Items: now, Deliveries: now, Identities: 1})
	err := errors.Join(due, claim, prune, s.Watch(t.Context(), feeds))
	if err != nil {
		t.Fatal(err)
	}
	if after := lastTransaction(t, s); after != before {
		t.Errorf("%d transactions were committed", after-before)
	}
}

func lastTransaction(t *testing.T, s *Store) (id int) {
	t.Helper()
	err := s.view(t.Context(), func(tx *txn) error {
		id = tx.tx.ID()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestErrorsOfAFullDiskAreTold(t *testing.T) {
	for _, c := range []struct {
		err  error
		full bool
	}{
		{&os.PathError{Op: "write", Path: "x", Err: fullErrors()[0]}, true},
		{&os.PathError{Op: "sync", Path: "x", Err: fullErrors()[0]}, false},
		{&os.PathError{Op: "write", Path: "x", Err: os.ErrClosed}, false},
		{errors.New("file resize error: truncate x: " + fullErrors()[2].Error()), true},
		{errors.New("file resize error: truncate x: " + os.ErrClosed.Error()), false},
		{errors.New("file sync error: sync x: " + fullErrors()[0].Error()), false},
	} {
		if full(c.err) != c.full {
			t.Errorf("%v: full is %v", c.err, !c.full)
		}
	}
	if err := noRoom(fullErrors()[0]); !errors.Is(err, storage.ErrFull) || !strings.Contains(err.Error(), "make room") {
		t.Errorf("error %v", err)
	}
}

// batches runs patient jobs where two came together of late, and gives how many
// were in each transaction. The job after, if any, comes a moment after the first.
func batches(t *testing.T, s *Store, jobs int, apart time.Duration, after *job) (sizes []int) {
	t.Helper()
	of := make(map[int]int) // transaction → jobs
	var order []int
	do := func(tx *txn) error {
		if of[tx.tx.ID()]++; of[tx.tx.ID()] == 1 {
			order = append(order, tx.tx.ID())
		}
		return tx.put(tableMeta, fmt.Append(nil, "x", of[tx.tx.ID()]), nil)
	}
	s.committer.siblings = 2
	errs := make(chan error)
	for i := range jobs {
		go func() {
			time.Sleep(time.Duration(i) * apart)
			errs <- s.submit(t.Context(), &job{patient: true, do: do})
		}()
	}
	if after != nil {
		jobs++
		go func() {
			time.Sleep(time.Millisecond)
			after.do = do
			errs <- s.submit(t.Context(), after)
		}()
	}
	for range jobs {
		if err := <-errs; err != nil {
			t.Fatal(err)
		}
	}
	for _, id := range order {
		sizes = append(sizes, of[id])
	}
	return sizes
}

func TestPatientWritersWaitForAsManyAsCameOfLate(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		jobs  int
		apart time.Duration
		after *job
		want  []int
	}{
		"a sibling that comes in time":        {2, siblingWait / 2, nil, []int{2}},
		"one that comes too late":             {2, 2 * siblingWait, nil, []int{1, 1}},
		"no more than came of late":           {3, siblingWait / 4, nil, []int{2, 1}},
		"one in a hurry is not made to wait":  {1, 0, &job{}, []int{2}},
		"as many as came are not kept longer": {1, 0, &job{patient: true}, []int{2}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := open1(t, Options{})
				defer s.Close()
				if got := batches(t, s, c.jobs, c.apart, c.after); !slices.Equal(got, c.want) {
					t.Errorf("transactions of %v, want %v", got, c.want)
				}
			})
		})
	}
}

func TestALonePatientWriterWaitsForNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := open1(t, Options{})
		defer s.Close()
		start := time.Now()
		for i := range 3 {
			if err := s.submit(t.Context(), &job{patient: true, do: putMeta(fmt.Sprint("x", i), nil)}); err != nil {
				t.Fatal(err)
			}
		}
		if waited := time.Since(start); waited != 0 {
			t.Errorf("it waited %v", waited)
		}
	})
}
