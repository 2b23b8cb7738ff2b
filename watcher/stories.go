package watcher

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/watcher/story"
)

// storyWindow is how long a story may be silent and still be joined.
const storyWindow = 72 * time.Hour

// stories says which story an item tells, and keeps apart the polls that write
// the same one.
//
// Placing is quick and goes under one lock; committing is slow and does not. A
// poll that has placed its items holds their stories until they are committed, and
// waits for the polls that held one of them before: for those only, and as they
// came, so that none waits in a ring.
type stories struct {
	store storage.Store
	log   *slog.Logger

	mu     sync.Mutex
	group  *story.Grouper
	loaded bool
	held   map[string]chan struct{} // story → closed when its newest holder is done
	joins  map[string]string        // story → the one that it is part of, as the store is still to learn
}

func newStories(store storage.Store, log *slog.Logger, c story.Config) *stories {
	c.Window = storyWindow
	return &stories{store: store, log: log, held: make(map[string]chan struct{}), joins: make(map[string]string), group: story.New(c)}
}

// hold is a claim on stories, to be released.
type hold struct {
	of   *stories
	ids  []string
	done chan struct{}
}

// place says for each arrival which story it joins or founds, and holds those
// stories once all earlier polls have committed what they had for them. Stories
// that an arrival shows to be one are made one in the store before it is told of.
func (s *stories) place(ctx context.Context, arrivals []arrival, now time.Time) (*hold, error) {
	s.mu.Lock()
	if err := s.load(ctx, now); err != nil {
		s.mu.Unlock()
		return nil, fmt.Errorf("reading the stories of the last days: %w", err)
	}
	var ids []string
	for i := range arrivals {
		a := &arrivals[i]
		item := &a.item.Item
		if text := textOf(item); text.At.After(now.Add(-storyWindow)) {
			p := s.group.Place(text)
			item.Story, a.why = p.Story, p.Why
			for _, id := range p.Joins {
				s.joins[id] = p.Story
			}
			ids = append(ids, p.Joins...)
		}
	}
	for i := range arrivals {
		item := &arrivals[i].item.Item
		item.Story = joinedInto(s.joins, item.Story)
		ids = append(ids, item.Story)
	}
	h, before := s.take(ids)
	s.mu.Unlock()
	await(before)
	if err := s.unite(ctx, arrivals); err != nil {
		s.withdraw(arrivals)
		h.release()
		return nil, err
	}
	return h, nil
}

// joinedInto follows joins to their end.
func joinedInto(joins map[string]string, id string) string {
	for joins[id] != "" {
		id = joins[id]
	}
	return id
}

// unite makes stories one in the store that are part of those of the arrivals,
// which are held. Those of which it has nothing yet are of the arrivals only, and
// will be one from the start. What fails is tried again with the next item.
func (s *stories) unite(ctx context.Context, arrivals []arrival) error {
	joins := s.joinsOf(arrivals)
	for _, from := range slices.Sorted(maps.Keys(joins)) {
		into := joins[from]
		var err error
		for range rearrangements {
			if err = s.merge(ctx, from, into); !errors.Is(err, storage.ErrConflict) {
				break // Otherwise a person has arranged one of them meanwhile.
			}
		}
		if err != nil && !errors.Is(err, storage.ErrUnknown) {
			return fmt.Errorf("making one story of two: %w", err)
		}
		s.mu.Lock()
		delete(s.joins, from)
		s.mu.Unlock()
		for i := range arrivals {
			a := &arrivals[i]
			a.stored = a.stored || err == nil && a.item.Item.Story == into
		}
	}
	return nil
}

// joinsOf are the joins that end in a story of the arrivals.
func (s *stories) joinsOf(arrivals []arrival) map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	joins := make(map[string]string)
	for from := range s.joins {
		into := joinedInto(s.joins, from)
		if slices.ContainsFunc(arrivals, func(a arrival) bool { return a.item.Item.Story == into }) {
			joins[from] = into
		}
	}
	return joins
}

// merge makes one story part of another, which may be founded by an arrival that
// is to be committed. ErrUnknown where the store has nothing of the first.
func (s *stories) merge(ctx context.Context, from, into string) error {
	other, err := s.find(ctx, from)
	if err != nil {
		return err
	}
	st, err := s.find(ctx, into)
	switch {
	case errors.Is(err, storage.ErrUnknown):
		st, err = other, nil
		st.ID, st.Revision, st.Was = into, 0, append(slices.Clone(other.Was), other.ID)
	case err == nil && st.ID != other.ID:
		st = mergedWith(st, other)
	}
	if err != nil || st.ID == other.ID {
		return err
	}
	a := storage.Arrangement{Stories: []storage.Story{st}, Moved: make(map[string]string)}
	if other.Revision != 0 {
		a.Removed = []storage.Story{other}
	}
	for _, m := range other.Members {
		a.Moved[m.Item] = st.ID
	}
	_, err = s.store.Arrange(ctx, a)
	return err
}

// hold holds stories that a person wants to arrange.
func (s *stories) hold(ids []string) *hold {
	s.mu.Lock()
	h, before := s.take(ids)
	s.mu.Unlock()
	await(before)
	return h
}

// take queues for stories, and gives what to wait for.
func (s *stories) take(ids []string) (*hold, []chan struct{}) {
	h := &hold{of: s, ids: ids, done: make(chan struct{})}
	var before []chan struct{}
	for _, id := range ids {
		if other := s.held[id]; other != nil && other != h.done {
			before = append(before, other)
		}
		s.held[id] = h.done
	}
	return h, before
}

// await waits for earlier holders, who are at their commits: also where the work
// is given up meanwhile, for those who come later know of the newest holder only.
func await(before []chan struct{}) {
	for _, done := range before {
		<-done
	}
}

// release lets the next in.
func (h *hold) release() {
	h.of.mu.Lock()
	defer h.of.mu.Unlock()
	for _, id := range h.ids {
		if h.of.held[id] == h.done {
			delete(h.of.held, id)
		}
	}
	close(h.done)
}

// withdraw forgets arrivals that were placed and could not be committed.
func (s *stories) withdraw(arrivals []arrival) {
	for _, a := range arrivals {
		s.group.Remove(a.item.Item.ID)
	}
}

// arranged lets items go where a person has put them.
func (s *stories) arranged(a storage.Arrangement) {
	s.mu.Lock() // Not while the archive is being read, which may know of it or not.
	defer s.mu.Unlock()
	for item, to := range a.Moved {
		s.group.Move(item, to)
	}
	for i := range a.Stories {
		s.pin(&a.Stories[i])
	}
}

// pin puts the members of a story together and keeps it from being joined to
// another by likeness. Any of them will do for that: the first may be forgotten.
func (s *stories) pin(st *storage.Story) {
	for _, m := range st.Members {
		s.group.Move(m.Item, st.ID)
	}
}

// loadSpan is how much of the archive is in memory at a time while it is read.
const loadSpan = 6 * time.Hour

// load reads the items of the window, once, oldest first. It is put off until an
// item is to be placed, so that a start with a full archive is a quick one. What
// can't be read behind a damaged item is left out: no feed may be held up by it.
func (s *stories) load(ctx context.Context, now time.Time) error {
	if s.loaded {
		return nil
	}
	for since := now.Add(-storyWindow); !since.After(now); since = since.Add(loadSpan) {
		var texts []story.Text // newest first, as the store gives them
		var of []string
		for item, err := range s.store.Items(ctx, storage.ItemQuery{Since: since, Until: since.Add(loadSpan)}) {
			if errors.Is(err, storage.ErrDamaged) {
				s.log.Error("a record in the store is damaged: what comes now is not folded into stories of some hours", "before", since.Add(loadSpan), "error", err)
				break
			}
			if err != nil {
				return err
			}
			if text := textOf(&item); text.At.After(now.Add(-storyWindow)) {
				texts, of = append(texts, text), append(of, item.Story)
			}
		}
		for i := len(texts) - 1; i >= 0; i-- {
			s.group.Add(texts[i], of[i])
		}
	}
	for st, err := range s.store.Stories(ctx, storage.StoryQuery{Since: now.Add(-storyWindow)}) {
		if errors.Is(err, storage.ErrDamaged) {
			s.log.Error("a record in the store is damaged: stories that a person arranged may be joined to others", "error", err)
			break
		}
		if err != nil {
			return err
		}
		if st.Pinned {
			s.pin(&st)
		}
	}
	s.loaded = true
	return nil
}

// forget closes the stories that have had no item since a time: silent for the
// window, or about to be pruned. What comes then is told anew, under an ID that no
// receiver has heard of.
func (s *stories) forget(before time.Time) { s.group.Forget(before) }

// textOf is an item as grouping sees it.
func textOf(item *storage.Item) story.Text {
	at := item.Seen
	if !item.Published.IsZero() && item.Published.Before(at) {
		at = item.Published
	}
	return story.Text{
		ID: item.ID, At: at, Outlet: item.FeedName, Link: item.Link,
		Title: item.Title, Lead: item.Text, Language: item.Language,
	}
}

// read gives the story that an item joins as it was before: empty where the item
// founds it.
func (s *stories) read(ctx context.Context, a *arrival) (storage.Story, error) {
	item := &a.item.Item
	if item.Story == item.ID && !a.stored {
		return storage.Story{ID: item.ID}, nil
	}
	st, err := s.find(ctx, item.Story)
	if errors.Is(err, storage.ErrUnknown) {
		// Its founder was placed and could not be committed.
		return storage.Story{ID: item.Story}, nil
	}
	return st, err
}

// find gives a story by its ID. One that was not worth writing down yet is made of
// its only item.
func (s *stories) find(ctx context.Context, id string) (storage.Story, error) {
	st, err := s.store.Story(ctx, id)
	if !errors.Is(err, storage.ErrUnknown) {
		return st, err
	}
	item, err := s.store.Item(ctx, id)
	if err != nil {
		return storage.Story{}, err
	}
	if item.Story != id {
		return storage.Story{}, storage.ErrUnknown
	}
	return founding(&item), nil
}
