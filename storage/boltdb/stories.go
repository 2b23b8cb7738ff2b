package boltdb

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/feedwatch/feedwatch/storage"
)

// Story implements [storage.Store].
func (s *Store) Story(ctx context.Context, id string) (story storage.Story, err error) {
	err = s.view(ctx, func(t *txn) error {
		r, err := t.story(id)
		if err == nil && r == nil {
			r, err = t.successor(id)
		}
		if err == nil && r == nil {
			err = fmt.Errorf("story %q: %w", id, storage.ErrUnknown)
		}
		if err == nil {
			story = r.Story
		}
		return err
	})
	return story, err
}

// story reads a story, nil where there is none of that ID.
func (t *txn) story(id string) (*storyRecord, error) {
	r := &storyRecord{storage.Story{ID: id}}
	known, err := t.load(tableStory, []byte(id), r)
	if err != nil || !known {
		return nil, err
	}
	return r, nil
}

// successor reads the story into which another was merged, nil where there is
// none. One look is enough, since a story takes over what the other had been.
func (t *txn) successor(id string) (*storyRecord, error) {
	var was wasRecord
	known, err := t.load(tableWas, []byte(id), &was)
	if err != nil || !known {
		return nil, err
	}
	return t.story(was.story)
}

// Stories implements [storage.Store].
func (s *Store) Stories(ctx context.Context, q storage.StoryQuery) iter.Seq2[storage.Story, error] {
	return rows(ctx, s, q.Limit, func(t *txn, after []byte, p *page[storage.Story]) error {
		c := t.bucket(tableLatest).Cursor()
		for k, _ := previous(c, after); p.room(k); k, _ = c.Prev() {
			last, id := cutTime(k)
			if last.Before(q.Since) {
				p.end()
				return nil
			}
			r, err := t.story(id)
			if err == nil && r == nil {
				err = damaged(tableStory, []byte(id), "it is missing")
			}
			if err != nil {
				return err
			}
			if q.Rule == "" || slices.ContainsFunc(r.Hits, func(h storage.Hit) bool { return h.Rule == q.Rule }) {
				p.add(r.Story)
			}
		}
		return nil
	})
}

// checkStories says what is wrong with stories that no store should be given,
// before they get as far as the disk.
func checkStories(stories ...[]storage.Story) error {
	given := make(map[string]bool)
	for _, s := range slices.Concat(stories...) {
		if s.ID == "" || given[s.ID] {
			return fmt.Errorf("story %q has no ID, or is given twice", s.ID)
		}
		given[s.ID] = true
	}
	return nil
}

// unchanged gives ErrConflict where one of the stories was written since it was
// read. It comes before all writes, so that a poll that must be decided anew does
// not hold up the others in its transaction.
func (t *txn) unchanged(stories []storage.Story) error {
	for _, s := range stories {
		r, err := t.story(s.ID)
		if err != nil {
			return err
		}
		if r == nil && s.Revision != 0 || r != nil && r.Revision != s.Revision {
			return fmt.Errorf("story %q: %w", s.ID, storage.ErrConflict)
		}
	}
	return nil
}

func (t *txn) writeStories(stories []storage.Story) error {
	for _, s := range stories {
		if err := t.writeStory(s); err != nil {
			return err
		}
	}
	return nil
}

// writeStory writes a story under a new revision and keeps its place in latest,
// and what it was, right. Revisions are counted over all stories: one that is
// removed and comes again does not get those that it had.
func (t *txn) writeStory(s storage.Story) error {
	old, err := t.story(s.ID)
	if err != nil {
		return err
	}
	if s.Revision, err = t.bucket(tableStory).NextSequence(); err != nil {
		return err
	}
	s.Members = storage.TrimMembers(s.Members)
	if old != nil {
		if err := t.forgetWas(old, s.Was); err != nil {
			return err
		}
	}
	for _, id := range s.Was {
		if err := t.store(tableWas, []byte(id), &wasRecord{s.ID}); err != nil {
			return err
		}
	}
	if old != nil && !old.Last.Equal(s.Last) {
		if err := t.delete(tableLatest, latestKey(old.Last, s.ID)); err != nil {
			return err
		}
	}
	if old == nil || !old.Last.Equal(s.Last) {
		if err := t.put(tableLatest, latestKey(s.Last, s.ID), nil); err != nil {
			return err
		}
	}
	return t.store(tableStory, []byte(s.ID), &storyRecord{s})
}

// forgetWas removes the names by which a story is found and will not be any more.
func (t *txn) forgetWas(r *storyRecord, keep []string) error {
	for _, id := range r.Was {
		if slices.Contains(keep, id) {
			continue
		}
		var was wasRecord
		known, err := t.load(tableWas, []byte(id), &was)
		if err == nil && known && was.story == r.ID {
			err = t.delete(tableWas, []byte(id))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// removeStory removes a story, where there is one, and the names of those merged
// into it.
func (t *txn) removeStory(id string) error {
	r, err := t.story(id)
	if err != nil || r == nil {
		return err
	}
	if err := t.forgetWas(r, nil); err != nil {
		return err
	}
	if err := t.delete(tableLatest, latestKey(r.Last, id)); err != nil {
		return err
	}
	return t.delete(tableStory, []byte(id))
}
