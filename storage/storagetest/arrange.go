package storagetest

import (
	"time"

	"github.com/feedwatch/feedwatch/storage"
)

var arrangeRules = []rule{
	{"a story that was merged into another is found by its ID, and by theirs that it had been", checkMerge},
	{"a story that is split off again is its own, and the other no longer answers for it", func(b *bench) {
		b.merged("a", "b")
		whole, part := b.story("b"), story("a", 0)
		whole.Was = nil
		b.arrange(storage.Arrangement{Stories: []storage.Story{whole, part}, Moved: map[string]string{b.itemOf("a"): "a"}})
		b.sameStory(b.story("a"), part)
		b.equal("item", b.item('a').Story, "a")
		b.arrange(storage.Arrangement{Removed: []storage.Story{b.story("a")}})
		_, err := b.store.Story(b.Context(), "a")
		b.is(err, storage.ErrUnknown)
	}},
	{"a story that comes again does not get a revision that it had", func(b *bench) {
		b.watch(1)
		b.write(story("s", 0))
		old := b.story("s")
		b.arrange(storage.Arrangement{Removed: []storage.Story{old}})
		b.write(story("s", 0))
		b.refused(storage.Arrangement{Stories: []storage.Story{old}}, storage.ErrConflict)
	}},
	{"an arrangement that is in conflict, or that moves an item to nowhere, changes nothing", func(b *bench) {
		b.watch(1)
		b.commit(storage.Poll{Feed: b.take(0, t0), Items: []storage.NewItem{told(item(1, t0), "a")}, Stories: []storage.Story{story("a", 0), story("b", 0)}})
		one, two := b.story("a"), b.story("b")
		moved := map[string]string{b.itemOf("a"): "b"}
		b.write(two)
		for want, a := range map[error]storage.Arrangement{
			storage.ErrConflict: {Stories: []storage.Story{two}, Removed: []storage.Story{one}, Moved: moved},
			storage.ErrUnknown:  {Removed: []storage.Story{b.story("b")}, Moved: moved},
		} {
			a.Alerts = []storage.Alert{alert("r", "told")}
			b.refused(a, want)
		}
		b.refused(storage.Arrangement{Stories: []storage.Story{one}, Removed: []storage.Story{two}}, storage.ErrConflict)
		b.equal("story", b.story("a").Revision, one.Revision)
		b.equal("item", b.items(storage.ItemQuery{})[0].Story, "a")
		b.equal("outbox", len(b.deliveries(storage.DeliveryQuery{})), 0)
	}},
	{"an arrangement and what receivers hear because of it are written together, and said once", func(b *bench) {
		b.watch(1)
		b.write(story("s", 0))
		for _, want := range []storage.Receipt{{Alerts: 1, Receivers: []string{"r"}}, {}} {
			b.equal("receipt", b.arrange(storage.Arrangement{
				Stories: []storage.Story{b.story("s")}, Alerts: []storage.Alert{alert("r", "told")},
			}), want)
		}
		b.reopen()
		b.equal("outbox", len(b.deliveries(storage.DeliveryQuery{})), 1)
	}},
	{"an item that was pruned is passed over", func(b *bench) {
		b.watch(1)
		b.write(story("s", 0))
		b.arrange(storage.Arrangement{Moved: map[string]string{"gone": "s"}})
		b.equal("items", len(b.items(storage.ItemQuery{})), 0)
	}},
	{"an arrangement outlives the process", func(b *bench) {
		b.merged("a", "b")
		b.reopen()
		b.equal("story", b.story("a").ID, "b")
		b.equal("items", []string{b.item('a').Story, b.item('b').Story}, []string{"b", "b"})
	}},
}

func (b *bench) arrange(a storage.Arrangement) storage.Receipt {
	b.Helper()
	r, err := b.store.Arrange(b.Context(), a)
	b.ok(err)
	return r
}

func (b *bench) refused(a storage.Arrangement, want error) {
	b.Helper()
	_, err := b.store.Arrange(b.Context(), a)
	b.is(err, want)
}

// itemOf is the ID of the one item of a story that merged makes.
func (b *bench) itemOf(story string) string { return item(int(story[0]), t0).Item.ID }

// merged makes the stories, each with an item, and merges each but the last into
// the one after it.
func (b *bench) merged(ids ...string) {
	b.Helper()
	b.watch(1)
	p := storage.Poll{Feed: b.take(0, t0)}
	for _, id := range ids {
		p.Items = append(p.Items, told(item(int(id[0]), t0), id))
		p.Stories = append(p.Stories, story(id, 0))
	}
	b.commit(p)
	for i, id := range ids[1:] {
		from, into := b.story(ids[i]), b.story(id)
		into.Was = append(into.Was, from.ID)
		into.Last = at(time.Hour)
		a := storage.Arrangement{Stories: []storage.Story{into}, Removed: []storage.Story{from}, Moved: make(map[string]string)}
		for _, older := range ids[:i+1] {
			a.Moved[b.itemOf(older)] = id
		}
		b.arrange(a)
	}
}

func checkMerge(b *bench) {
	b.merged("a", "b", "c")
	for _, id := range []string{"a", "b", "c"} {
		s := b.story(id)
		b.equal(id, []any{s.ID, s.Was}, []any{"c", []string{"b", "a"}})
	}
	b.equal("stories", b.stories(storage.StoryQuery{}), []string{"c"})
	for _, i := range b.items(storage.ItemQuery{}) {
		b.equal("story of an item", i.Story, "c")
	}
	b.equal("pruned", b.prune(storage.Retention{Now: at(day), Items: at(day)}), storage.Pruned{Items: 3, Stories: 1})
	for _, id := range []string{"a", "b", "c"} {
		_, err := b.store.Story(b.Context(), id)
		b.is(err, storage.ErrUnknown)
	}
}
