package boltdb

import (
	"container/heap"
	"sync"
	"time"

	"github.com/feedwatch/feedwatch/storage"
)

// schedule knows when each feed is due and who polls it. It is in memory, because
// a lease is worth no more than the process that holds it, and is read from the
// feeds' records by Open. It is safe for concurrent use.
//
// A commit holds its feed from the moment its claim was found to be the newest
// until its transaction has ended: who claimed the feed in between would get a
// state that is about to change.
type schedule struct {
	mu     sync.Mutex
	feeds  map[string]*slot // URL → feed
	agenda agenda           // those that are watched
}

// slot is a feed in the schedule.
type slot struct {
	url     string
	epoch   uint64    // of the newest claim
	next    time.Time // when the next poll is due, a lease aside
	lease   time.Time // end of the claim that runs; zero: none does
	place   int32     // in the agenda; -1: the feed is not watched
	commits int32     // how many hold the feed
}

// claimed is a feed that was just handed out.
type claimed struct {
	url   string
	epoch uint64
}

// due is when the feed may be handed out.
func (s *slot) due() time.Time {
	if !s.lease.IsZero() {
		return s.lease
	}
	return s.next
}

func (s *slot) watched() bool { return s.place >= 0 }

// claim claims up to n feeds whose time has come and says when the next of the
// others is due, and how many it passed over because they are being written.
func (s *schedule) claim(now, until time.Time, n int) (claims []claimed, next time.Time, passed int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var taken, held []*slot
	for len(taken) < n && len(s.agenda) > 0 && !s.agenda[0].due().After(now) {
		f := heap.Pop(&s.agenda).(*slot)
		if f.commits > 0 {
			held = append(held, f)
			continue
		}
		taken = append(taken, f)
	}
	for _, f := range held {
		heap.Push(&s.agenda, f)
	}
	if len(s.agenda) > 0 {
		next = s.agenda[0].due()
	}
	for _, f := range taken {
		claims = append(claims, f.claim(until))
		heap.Push(&s.agenda, f)
	}
	return claims, next, len(held)
}

func (s *slot) claim(until time.Time) claimed {
	s.epoch++
	s.lease = until
	return claimed{s.url, s.epoch}
}

// take claims one feed: ErrUnknown where it is not watched, ErrBusy where a lease
// on it runs or a poll of it is being written.
func (s *schedule) take(url string, now, until time.Time) (claimed, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.feeds[url]
	switch {
	case f == nil || !f.watched():
		return claimed{}, storage.ErrUnknown
	case f.lease.After(now) || f.commits > 0:
		return claimed{}, storage.ErrBusy
	}
	c := f.claim(until)
	heap.Fix(&s.agenda, int(f.place))
	return c, nil
}

// giveBack ends claims that came to nothing.
func (s *schedule) giveBack(claims ...claimed) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range claims {
		if f := s.feeds[c.url]; f != nil && f.epoch == c.epoch {
			f.lease = time.Time{}
			s.fix(f)
		}
	}
}

// hold keeps a feed from being claimed while a poll of it is written, until
// letGo. ErrUnknown where there is no such feed, ErrStale where the poll's claim
// is not the newest.
func (s *schedule) hold(url string, epoch uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := s.holdLocked(url, epoch)
	return err
}

func (s *schedule) holdLocked(url string, epoch uint64) (*slot, error) {
	f := s.feeds[url]
	switch {
	case f == nil:
		return nil, storage.ErrUnknown
	case f.epoch != epoch:
		return nil, storage.ErrStale
	}
	f.commits++
	return f, nil
}

// keep is hold and plan in one, for a poll that is written later: the feed has
// its next time at once, and is not claimed until letGo.
func (s *schedule) keep(url string, epoch uint64, next time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, err := s.holdLocked(url, epoch)
	if err != nil {
		return err
	}
	f.next, f.lease = next, time.Time{}
	s.fix(f)
	return nil
}

func (s *schedule) letGo(url string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.feeds[url]; f != nil {
		f.commits--
	}
}

// plan makes a feed due at next, and ends the claim that runs where the poll of
// that is over.
func (s *schedule) plan(url string, next time.Time, over bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.feeds[url]
	if f == nil {
		return
	}
	f.next = next
	if over {
		f.lease = time.Time{}
	}
	s.fix(f)
}

// enter adds a feed, or changes whether it is watched.
func (s *schedule) enter(url string, epoch uint64, next time.Time, watched bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.feeds[url]
	if f == nil {
		f = &slot{url: url, epoch: epoch, next: next, place: -1}
		s.feeds[url] = f
	}
	switch {
	case watched && !f.watched():
		heap.Push(&s.agenda, f)
	case !watched && f.watched():
		heap.Remove(&s.agenda, int(f.place))
	}
}

// remove forgets a feed that is not watched.
func (s *schedule) remove(url string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.feeds, url)
}

// idle says whether no lease on a feed runs and no poll of it is being written.
func (s *schedule) idle(url string, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.feeds[url]
	return f == nil || f.commits == 0 && !f.lease.After(now)
}

// differ gives the feeds that are watched and are not wanted.
func (s *schedule) differ(wanted map[string]bool) (urls []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.agenda {
		if !wanted[f.url] {
			urls = append(urls, f.url)
		}
	}
	return urls
}

// watches says whether a feed is watched, and due by the plan made anew where
// there is one.
func (s *schedule) watches(w storage.Watched) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.feeds[w.URL]
	return f != nil && f.watched() && (w.Replan.IsZero() || w.Replan.Equal(f.next))
}

func (s *schedule) fix(f *slot) {
	if f.watched() {
		heap.Fix(&s.agenda, int(f.place))
	}
}

// agenda is a heap of feeds by when they are due, the longest due first.
type agenda []*slot

func (a agenda) Len() int           { return len(a) }
func (a agenda) Less(i, j int) bool { return a[i].due().Before(a[j].due()) }

func (a agenda) Swap(i, j int) {
	a[i], a[j] = a[j], a[i]
	a[i].place, a[j].place = int32(i), int32(j)
}

// Push implements [heap.Interface].
func (a *agenda) Push(x any) {
	f := x.(*slot)
	f.place = int32(len(*a))
	*a = append(*a, f)
}

// Pop implements [heap.Interface].
func (a *agenda) Pop() any {
	old := *a
	f := old[len(old)-1]
	old[len(old)-1] = nil
	*a = old[:len(old)-1]
	f.place = -1
	return f
}
