package watcher

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/feedwatch/feedwatch/storage"
)

// Stories yields the stories that have more to them than one item that no rule
// matches, those with the newest item first. A sequence ends with its first error.
func (w *Watcher) Stories(ctx context.Context, q storage.StoryQuery) iter.Seq2[storage.Story, error] {
	return w.store.Stories(ctx, q)
}

// Story gives one story by its ID, that of a story merged into it, or that of an
// item that tells it. ErrUnknown where there is none.
func (w *Watcher) Story(ctx context.Context, id string) (storage.Story, error) {
	st, err := w.stories.find(ctx, id)
	if !errors.Is(err, storage.ErrUnknown) {
		return st, err
	}
	item, err := w.store.Item(ctx, id)
	if errors.Is(err, storage.ErrUnknown) {
		return storage.Story{}, fmt.Errorf("no story and no item has the ID %q (feedwatch stories lists them): %w", id, storage.ErrUnknown)
	}
	if err != nil {
		return storage.Story{}, err
	}
	return w.stories.find(ctx, item.Story)
}

// MergeStories puts the items of other stories into one, by a person's word, and
// gives it. What receivers were told stays told: they hear follow-ups of the whole.
// An alert that was held for what only the whole has goes out.
func (w *Watcher) MergeStories(ctx context.Context, into string, others []string) (storage.Story, error) {
	var merged storage.Story
	err := w.arranging(ctx, append([]string{into}, others...), func(all []storage.Story) (storage.Arrangement, error) {
		merged = all[0]
		a := storage.Arrangement{Moved: make(map[string]string)}
		for _, other := range all[1:] {
			if other.ID == merged.ID || slices.Contains(merged.Was, other.ID) {
				continue
			}
			merged = mergedWith(merged, other)
			if other.Revision != 0 {
				a.Removed = append(a.Removed, other)
			}
			for _, m := range other.Members {
				a.Moved[m.Item] = merged.ID
			}
		}
		if len(a.Moved) == 0 {
			return a, errors.New("these are one story already")
		}
		merged.Pinned = true
		var err error
		if a.Alerts, err = w.metByMerging(ctx, &merged, all); err != nil {
			return a, err
		}
		a.Stories = []storage.Story{merged}
		return a, nil
	})
	return merged, err
}

// metByMerging are the alerts about a story that were held back in each of its
// parts and are due in the whole, unless it has been closed. It writes into the
// story what receivers know by them.
func (w *Watcher) metByMerging(ctx context.Context, merged *storage.Story, parts []storage.Story) ([]storage.Alert, error) {
	set, now := w.set.Load(), time.Now()
	if now.Sub(merged.Last) > storyWindow {
		return nil, nil
	}
	item, err := w.store.Item(ctx, merged.Members[len(merged.Members)-1].Item)
	if err != nil && !errors.Is(err, storage.ErrUnknown) {
		return nil, err
	}
	t := telling{set: set, story: merged, item: item, fetch: storage.Fetch{At: item.Seen}, recall: func(id string) (storage.Item, error) {
		return w.store.Item(ctx, id)
	}}
	due := set.byReceiver(merged, set.ofStories(merged.Hits))
	for i := range parts {
		for name, hits := range set.byReceiver(&parts[i], set.ofStories(parts[i].Hits)) {
			due[name] = slices.DeleteFunc(due[name], func(h storage.Hit) bool {
				return slices.ContainsFunc(hits, func(before storage.Hit) bool { return before.Rule == h.Rule })
			})
		}
	}
	return t.met(due, now)
}

// mergedWith is a story with all of another.
func mergedWith(st, other storage.Story) storage.Story {
	st.Count += other.Count
	st.Tier = min(st.Tier, other.Tier)
	if other.First.Before(st.First) {
		st.First = other.First
	}
	if other.Last.After(st.Last) {
		st.Last = other.Last
	}
	st.Outlets = slices.Clone(st.Outlets)
	for _, o := range other.Outlets {
		if have := st.Outlet(o.Name); have == nil {
			st.Outlets = append(st.Outlets, o)
		} else if o.At.Before(have.At) {
			*have = o
		}
	}
	slices.SortStableFunc(st.Outlets, func(a, b storage.Outlet) int { return a.At.Compare(b.At) })
	st.Members = slices.Concat(st.Members, other.Members)
	slices.SortStableFunc(st.Members, func(a, b storage.Member) int { return a.At.Compare(b.At) })
	st.Members = storage.TrimMembers(st.Members)
	st.Hits = slices.Clone(st.Hits)
	for _, h := range other.Hits {
		if !slices.ContainsFunc(st.Hits, func(have storage.Hit) bool { return have.Rule == h.Rule }) {
			st.Hits = append(st.Hits, h)
		}
	}
	st.Told = slices.Clone(st.Told)
	for _, t := range other.Told {
		have := st.ToldTo(t.Receiver)
		if have == nil {
			st.Told = append(st.Told, t)
			continue
		}
		have.Rules = slices.Concat(have.Rules, t.Rules)
		slices.Sort(have.Rules)
		have.Rules = slices.Compact(have.Rules)
	}
	for i := range st.Told { // What is in the story by now is told, or was never to be.
		st.Told[i].Outlets, st.Told[i].Items = len(st.Outlets), st.Count
	}
	st.Was = append(slices.Clone(st.Was), other.ID)
	return st
}

// SplitStory takes items out of a story, by a person's word, and makes them one of
// their own, which it gives. Nobody is told of it: what comes later is.
func (w *Watcher) SplitStory(ctx context.Context, id string, items []string) (storage.Story, error) {
	var split storage.Story
	err := w.arranging(ctx, []string{id}, func(all []storage.Story) (storage.Arrangement, error) {
		old := all[0]
		var stay, leave []storage.Member
		for _, m := range old.Members {
			if slices.Contains(items, m.Item) {
				leave = append(leave, m)
			} else {
				stay = append(stay, m)
			}
		}
		if err := checkSplit(old, items, stay, leave); err != nil {
			return storage.Arrangement{}, err
		}
		// An ID of its own, for that of its first item may be the old story's, or
		// known to receivers from before a merging.
		fresh := storage.NewItemID(time.Now(), "split\x00"+old.ID, storage.Key{})
		rest, err := w.storyOf(ctx, old.ID, stay)
		if err != nil {
			return storage.Arrangement{}, err
		}
		if split, err = w.storyOf(ctx, fresh, leave); err != nil {
			return storage.Arrangement{}, err
		}
		rest.Revision, rest.Told = old.Revision, slices.Clone(old.Told)
		for i := range rest.Told {
			rest.Told[i].Outlets = min(rest.Told[i].Outlets, len(rest.Outlets)) // What comes next is new to them.
		}
		for _, id := range old.Was { // The name of a story goes with the item that founded it.
			if slices.ContainsFunc(leave, func(m storage.Member) bool { return m.Item == id }) {
				split.Was = append(split.Was, id)
			} else {
				rest.Was = append(rest.Was, id)
			}
		}
		rest.Count += old.Count - len(old.Members) // Those that the record leaves out stay.
		a := storage.Arrangement{Stories: []storage.Story{rest, split}, Moved: make(map[string]string)}
		for _, m := range leave {
			a.Moved[m.Item] = split.ID
		}
		return a, nil
	})
	return split, err
}

func checkSplit(st storage.Story, items []string, stay, leave []storage.Member) error {
	for _, id := range items {
		if !slices.ContainsFunc(leave, func(m storage.Member) bool { return m.Item == id }) {
			return fmt.Errorf("story %s has no item %q: feedwatch stories show %s lists them", st.ID, id, st.ID)
		}
	}
	switch {
	case len(leave) == 0:
		return errors.New("no items are named to be split off")
	case len(stay) == 0:
		return fmt.Errorf("nothing would be left in story %s", st.ID)
	}
	return nil
}

// storyOf makes a story anew of the items that are still there.
func (w *Watcher) storyOf(ctx context.Context, id string, members []storage.Member) (storage.Story, error) {
	st, set := storage.Story{ID: id}, w.set.Load()
	for _, m := range members {
		item, err := w.store.Item(ctx, m.Item)
		if errors.Is(err, storage.ErrUnknown) {
			continue
		}
		if err != nil {
			return st, err
		}
		st = joined(st, &item, m.Why)
		if item.Silent == "" {
			(&telling{story: &st, item: item}).note(set.Rules.Match(ArchiveDoc(&item)))
		}
	}
	st.Pinned = true
	if st.Count == 0 {
		return st, errors.New("its items have been pruned")
	}
	return st, nil
}

// arranging holds stories, lets a person's word be put into an arrangement of
// them, and writes that down. It begins anew where they were written meanwhile.
func (w *Watcher) arranging(ctx context.Context, ids []string, arrange func([]storage.Story) (storage.Arrangement, error)) error {
	for range rearrangements {
		stories, err := w.storiesBy(ctx, ids)
		if err != nil {
			return err
		}
		held := make([]string, len(stories))
		for i := range stories {
			held[i] = stories[i].ID
		}
		if err := w.arrangeHeld(ctx, held, arrange); !errors.Is(err, storage.ErrConflict) {
			return err
		}
	}
	return fmt.Errorf("stories %s are written again and again: try once more", strings.Join(ids, ", "))
}

func (w *Watcher) arrangeHeld(ctx context.Context, ids []string, arrange func([]storage.Story) (storage.Arrangement, error)) error {
	defer w.stories.hold(ids).release()
	stories, err := w.storiesBy(ctx, ids) // as they are now
	if err != nil {
		return err
	}
	a, err := arrange(stories)
	if err != nil {
		return err
	}
	receipt, err := w.store.Arrange(ctx, a)
	if err != nil {
		return err
	}
	w.stories.arranged(a)
	w.out.Wake(receipt.Receivers...)
	return nil
}

func (w *Watcher) storiesBy(ctx context.Context, ids []string) ([]storage.Story, error) {
	stories := make([]storage.Story, len(ids))
	for i, id := range ids {
		var err error
		if stories[i], err = w.Story(ctx, id); err != nil {
			return nil, err
		}
	}
	return stories, nil
}
