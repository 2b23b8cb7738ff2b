package boltdb

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/feedwatch/feedwatch/storage"
)

// Arrange implements [storage.Store].
func (s *Store) Arrange(ctx context.Context, a storage.Arrangement) (receipt storage.Receipt, err error) {
	alerts, err := encodeAlerts(a.Alerts)
	if err == nil {
		err = checkStories(a.Stories, a.Removed)
	}
	if err == nil {
		err = s.write(ctx, func(t *txn) error {
			receipt = storage.Receipt{}
			if err := t.arrange(a); err != nil {
				return err
			}
			return t.addAlerts(alerts, &receipt)
		})
	}
	if err != nil {
		return storage.Receipt{}, fmt.Errorf("arranging stories: %w", err)
	}
	slices.Sort(receipt.Receivers)
	return receipt, nil
}

func (t *txn) arrange(a storage.Arrangement) error {
	if err := t.unchanged(slices.Concat(a.Stories, a.Removed)); err != nil {
		return err
	}
	if err := t.reachable(a); err != nil {
		return err
	}
	stories, err := t.inherit(a)
	if err != nil {
		return err
	}
	for _, s := range a.Removed {
		if err := t.removeStory(s.ID); err != nil {
			return err
		}
	}
	if err := t.writeStories(stories); err != nil {
		return err
	}
	for _, item := range slices.Sorted(maps.Keys(a.Moved)) {
		if err := t.moveItem(item, a.Moved[item]); err != nil {
			return err
		}
	}
	return nil
}

// reachable gives ErrUnknown where an item is to move to a story that will not be
// there.
func (t *txn) reachable(a storage.Arrangement) error {
	is := func(id string) func(storage.Story) bool {
		return func(s storage.Story) bool { return s.ID == id }
	}
	for _, id := range a.Moved {
		written := slices.ContainsFunc(a.Stories, is(id))
		stays := t.has(tableStory, []byte(id)) && !slices.ContainsFunc(a.Removed, is(id))
		if !written && !stays {
			return fmt.Errorf("story %q: %w", id, storage.ErrUnknown)
		}
	}
	return nil
}

// inherit gives the stories to be written: one into which another is merged takes
// over what had been merged into that.
func (t *txn) inherit(a storage.Arrangement) ([]storage.Story, error) {
	past := make(map[string][]string) // ID of a story to be removed → what was merged into it
	for _, s := range a.Removed {
		r, err := t.story(s.ID)
		if err != nil {
			return nil, err
		}
		if r != nil {
			past[s.ID] = r.Was
		}
	}
	stories := slices.Clone(a.Stories)
	for i := range stories {
		s := &stories[i]
		for _, id := range s.Was {
			for _, older := range past[id] {
				if !slices.Contains(s.Was, older) {
					s.Was = append(slices.Clip(s.Was), older)
				}
			}
		}
	}
	return stories, nil
}

func (t *txn) moveItem(id, story string) error {
	var r itemRecord
	known, err := t.load(tableItem, []byte(id), &r)
	if err != nil || !known || r.Story == story {
		return err
	}
	r.Story = story
	return t.store(tableItem, []byte(id), &r)
}
