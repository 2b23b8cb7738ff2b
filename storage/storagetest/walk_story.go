package storagetest

import (
	"fmt"
	"maps"
	"slices"

	"pgregory.net/rapid"

	"github.com/feedwatch/feedwatch/storage"
)

// joined draws stories that a poll writes, some by an older state of them. The
// walk founds none under the ID of one that was merged: IDs are never used twice.
func (w *walk) joined(rt *rapid.T) (stories []storage.Story) {
	for i := range walkStories {
		id := fmt.Sprint(i)
		if s, stored := w.model.stories[id]; rapid.Bool().Draw(rt, "joined") && (stored || w.successor(id) == "") {
			s.ID, s.Last, s.Count = id, w.now, s.Count+1
			s.Hits = append(slices.Clip(s.Hits), storage.Hit{Item: fmt.Sprint(s.Count)})
			stories = append(stories, w.aged(rt, s))
		}
	}
	return stories
}

// aged gives a story as it is, or as somebody has it who read it too early.
func (w *walk) aged(rt *rapid.T, s storage.Story) storage.Story {
	if rapid.IntRange(0, 9).Draw(rt, "aged") == 0 {
		s.Revision = rapid.Uint64Range(0, s.Revision+1).Draw(rt, "revision")
	}
	return s
}

// successor is the ID of the story into which another was merged, or "".
func (w *walk) successor(id string) string {
	for _, s := range w.model.stories {
		if slices.Contains(s.Was, id) {
			return s.ID
		}
	}
	return ""
}

// adopt takes over the revisions under which an engine wrote stories.
func (w *walk) adopt(stories []storage.Story) {
	for _, s := range stories {
		got, err := w.store.Story(w.Context(), s.ID)
		w.ok(err)
		if got.Revision == 0 || w.written[got.Revision] {
			w.Fatalf("story %s was written as revision %d, which it, or another, had", s.ID, got.Revision)
		}
		w.written[got.Revision] = true
		s = w.model.stories[s.ID]
		s.Revision = got.Revision
		w.model.stories[s.ID] = s
	}
}

func (w *walk) change(rt *rapid.T) storage.Change {
	c := storage.Change{
		Item: "none", Digest: rapid.Uint64().Draw(rt, "digest"), Keys: []storage.Key{key(rapid.IntRange(0, walkKeys-1).Draw(rt, "key"))},
		Title: rapid.SampledFrom([]string{"a", "b"}).Draw(rt, "title"), Updated: w.now, At: w.now,
	}
	if len(w.model.items) > 0 && rapid.Bool().Draw(rt, "stored") {
		c.Item = rapid.SampledFrom(slices.Sorted(maps.Keys(w.model.items))).Draw(rt, "item")
	}
	c.Alerts = w.alerts(rt, w.model.items[c.Item])
	return c
}

// merge merges a story into another.
func (w *walk) merge(rt *rapid.T) {
	if len(w.model.stories) < 2 {
		rt.Skip("nothing can be merged")
	}
	ids := rapid.Permutation(slices.Sorted(maps.Keys(w.model.stories))).Draw(rt, "stories")
	into, from := w.model.stories[ids[0]], w.model.stories[ids[1]]
	into.Was = append(slices.Clip(into.Was), from.ID)
	w.arrange(rt, storage.Arrangement{
		Stories: []storage.Story{w.aged(rt, into)}, Removed: []storage.Story{w.aged(rt, from)},
		Moved: w.moves(rt, from.ID, into.ID), Alerts: w.alerts(rt, storage.Item{}),
	})
}

// split makes a story of its own of one that was merged into another.
func (w *walk) split(rt *rapid.T) {
	for _, id := range slices.Sorted(maps.Keys(w.model.stories)) {
		whole := w.model.stories[id]
		if len(whole.Was) == 0 {
			continue
		}
		part := storage.Story{ID: whole.Was[0], Last: w.now}
		whole.Was = slices.Clone(whole.Was[1:])
		if len(whole.Was) == 0 {
			whole.Was = nil
		}
		w.arrange(rt, storage.Arrangement{
			Stories: []storage.Story{w.aged(rt, whole), part}, Moved: w.moves(rt, whole.ID, part.ID),
		})
		return
	}
	rt.Skip("nothing was merged")
}

// moves draws items that move from a story to another.
func (w *walk) moves(rt *rapid.T, from, to string) map[string]string {
	moved := map[string]string{"none": to}
	for _, id := range slices.Sorted(maps.Keys(w.model.items)) {
		if w.model.items[id].Story == from && rapid.Bool().Draw(rt, "moves") {
			moved[id] = to
		}
	}
	return moved
}

func (w *walk) arrange(rt *rapid.T, a storage.Arrangement) {
	receipt, err := w.store.Arrange(rt.Context(), a)
	want, refused := w.model.arrange(a)
	if refused != nil {
		w.is(err, refused)
		return
	}
	w.ok(err)
	slices.Sort(want.Receivers)
	w.equal("receipt", receipt, want)
	w.adopt(a.Stories)
}

// compareStories asks for all stories, by the IDs too of those merged into them.
func (w *walk) compareStories() {
	stored := all(w.bench, w.store.Stories(w.Context(), storage.StoryQuery{}))
	if !slices.IsSortedFunc(stored, func(a, b storage.Story) int { return b.Last.Compare(a.Last) }) {
		w.Fatalf("stories are not in order: %+v", stored)
	}
	byID := make(map[string]storage.Story)
	for _, s := range stored {
		byID[s.ID] = s
		for _, id := range append(slices.Clone(s.Was), s.ID) {
			w.equal("story "+id, w.story(id), s)
		}
	}
	w.equal("stories", byID, w.model.stories)
}
