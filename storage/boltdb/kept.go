package boltdb

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/feedwatch/feedwatch/storage"
)

const (
	// idleDelay is how long a poll that found nothing is kept back at most, and
	// with it how much of the past a kill undoes.
	idleDelay = 250 * time.Millisecond
	// maxKept bounds how many are kept back, and with it the memory that they
	// take and how long the transaction that writes them makes others wait.
	maxKept = 1024
)

// kept are polls that found nothing and are not written yet: the states of their
// feeds, in the order in which they came. Each holds its feed in the schedule. It is
// safe for concurrent use.
type kept struct {
	some chan struct{} // has something when the first was kept
	many chan struct{} // has something when no more should be

	mu      sync.Mutex
	feeds   []storage.Feed
	writing bool           // those that came before are on their way to the disk
	spare   []storage.Feed // memory for the next ones
	err     error          // why those before them were not written, until somebody is told
}

func newKept() *kept {
	return &kept{some: make(chan struct{}, 1), many: make(chan struct{}, 1)}
}

// add keeps a poll. Its error is that of polls before it, about which nobody
// could be told: then it is not kept either.
func (k *kept) add(f storage.Feed) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.failureLocked(); err != nil {
		return err
	}
	k.feeds = append(k.feeds, f)
	switch len(k.feeds) {
	case 1:
		signal(k.some)
	case maxKept:
		signal(k.many)
	}
	return nil
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // It is not yet heard.
	}
}

// take gives the polls that are to be written.
func (k *kept) take() []storage.Feed {
	k.mu.Lock()
	defer k.mu.Unlock()
	feeds := k.feeds
	k.feeds, k.spare = k.spare, nil
	k.writing = len(feeds) > 0
	return feeds
}

// recycle takes back the memory that take gave.
func (k *kept) recycle(feeds []storage.Feed) {
	clear(feeds)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.spare, k.writing = feeds[:0], false
}

// any says whether something is kept back, or on its way to the disk.
func (k *kept) any() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.feeds) > 0 || k.writing
}

// fail notes why polls that were kept are not written.
func (k *kept) fail(err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.err = err
}

// failure gives what was noted, and forgets it unless it is for good.
func (k *kept) failure() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.failureLocked()
}

func (k *kept) failureLocked() error {
	err := k.err
	if !errors.Is(err, storage.ErrFailed) {
		k.err = nil
	}
	return err
}

// commitIdle keeps a poll that found nothing.
func (s *Store) commitIdle(p storage.Poll) error {
	s.life.RLock()
	defer s.life.RUnlock()
	if s.closed {
		return errClosed
	}
	if p.Partial || len(p.Listed)+len(p.Aliases)+len(p.Items)+len(p.Changes)+len(p.Stories) > 0 {
		return errors.New("a poll that brings something is not idle")
	}
	if err := s.schedule.keep(p.Feed.URL, p.Feed.Epoch, p.Feed.Next); err != nil {
		return err
	}
	if err := s.committer.kept.add(p.Feed); err != nil {
		s.schedule.letGo(p.Feed.URL)
		return err
	}
	return nil
}

// writeKept writes what is kept back by now, if anything is. Where it can't be
// written, the next idle poll is told.
func (s *Store) writeKept(ctx context.Context) {
	if s.committer.kept.any() {
		_ = s.write(ctx, func(*txn) error { return nil })
	}
}

// commitIdle writes a poll that found nothing.
func (t *txn) commitIdle(is *storage.Feed) error {
	f, err := t.feed(is.URL)
	if err != nil {
		return err
	}
	f.take(is)
	return t.storeFeed(f)
}

// settleKept lets polls go that were written, or that could not be. Their feeds
// have their next times in memory either way, so that none is polled early while
// this process lives.
func (c *committer) settleKept(idle []storage.Feed) {
	for i := range idle {
		c.schedule.letGo(idle[i].URL)
	}
	c.kept.recycle(idle)
}
