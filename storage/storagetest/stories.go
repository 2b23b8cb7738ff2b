package storagetest

import (
	"errors"
	"fmt"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/feedwatch/feedwatch/storage"
)

var storyRules = []rule{
	{"a story comes back as it was, and outlives the process", checkStoryRoundTrip},
	{"a story that was written since it was read is a conflict, and nothing is written", checkConflict},
	{"of many that join a story at once all get in, one after the other", checkConcurrentJoins},
	{"an item that is known by now is a conflict where a story of the poll counts it", func(b *bench) {
		b.watch(1)
		b.poll(t0, item(1, t0))
		f := b.take(0, at(time.Hour))
		news := []storage.NewItem{told(item(2, at(time.Hour)), "s"), told(item(1, at(time.Hour)), "other")}
		p := storage.Poll{Feed: f, Items: news, Stories: []storage.Story{story("other", 0)}}
		_, err := b.store.Commit(b.Context(), p)
		b.is(err, storage.ErrConflict)
		b.equal("items", titles(b.items(storage.ItemQuery{})), []string{"title 1"})
		p.Stories[0].ID = "s"
		b.equal("receipt", b.commit(p), storage.Receipt{Items: 1})
	}},
	{"so is an item that shares a key with one before it in the poll", func(b *bench) {
		b.watch(1)
		first, second := told(item(1, t0), "s"), told(item(2, t0), "s")
		second.Keys = first.Keys
		p := storage.Poll{Feed: b.take(0, t0), Items: []storage.NewItem{first, second}, Stories: []storage.Story{story("s", 0)}}
		_, err := b.store.Commit(b.Context(), p)
		b.is(err, storage.ErrConflict)
		p.Items = p.Items[:1]
		b.equal("receipt", b.commit(p), storage.Receipt{Items: 1})
	}},
	{"a story without an ID, or given twice, is refused", func(b *bench) {
		b.watch(1)
		f := b.take(0, t0)
		for _, stories := range [][]storage.Story{{story("", 0)}, {story("s", 0), story("s", 0)}} {
			_, err := b.store.Commit(b.Context(), storage.Poll{Feed: f, Stories: stories})
			_, arranged := b.store.Arrange(b.Context(), storage.Arrangement{Removed: stories})
			if err == nil || arranged == nil || errors.Is(err, storage.ErrConflict) {
				b.Fatalf("stories %+v: errors %v, %v", stories, err, arranged)
			}
		}
	}},
	{"of a long story the first members and the newest are kept", func(b *bench) {
		b.watch(1)
		s := story("s", 0)
		s.Members = nil
		for i := range storage.KeepMembers + 50 {
			s.Members = append(s.Members, storage.Member{Item: fmt.Sprint(i)})
		}
		b.write(s)
		got := b.story("s").Members
		b.equal("members", []any{len(got), got[99].Item, got[100].Item, got[199].Item}, []any{200, "99", "150", "249"})
	}},
	{"stories come by their newest item, of the time and rule, up to the limit", checkStories},
	{"a story that moves on while stories are read is not missed nor told twice", func(b *bench) {
		b.watch(1)
		const many = 300
		var stories []storage.Story
		for i := range many {
			stories = append(stories, story(fmt.Sprint("s", i), time.Duration(i)))
		}
		b.write(stories...)
		seen := make(map[string]int)
		for s, err := range b.store.Stories(b.Context(), storage.StoryQuery{}) {
			b.ok(err)
			if seen[s.ID]++; len(seen) == 100 {
				s.Last = at(day) // newer than where the listing is
				b.write(s)
			}
		}
		b.equal("stories", []int{len(seen), seen["s200"]}, []int{many, 1})
	}},
}

// told makes an item tell a story.
func told(n storage.NewItem, story string) storage.NewItem {
	n.Item.Story = story
	return n
}

// story is one not stored yet whose newest item is so old.
func story(id string, last time.Duration) storage.Story {
	return storage.Story{ID: id, Title: "title of " + id, First: t0, Last: at(last), Tier: 1, Count: 1}
}

// write commits stories as a poll of feed 0 does.
func (b *bench) write(stories ...storage.Story) {
	b.Helper()
	b.commit(storage.Poll{Feed: b.take(0, at(1000*day)), Stories: stories})
}

func (b *bench) story(id string) storage.Story {
	b.Helper()
	s, err := b.store.Story(b.Context(), id)
	b.ok(err)
	return s
}

func (b *bench) stories(q storage.StoryQuery) (names []string) {
	b.Helper()
	for _, s := range all(b, b.store.Stories(b.Context(), q)) {
		names = append(names, s.ID)
	}
	return names
}

// sameStory compares stories but for their revisions, which are the engine's.
func (b *bench) sameStory(got, want storage.Story) {
	b.Helper()
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(storage.Story{}, "Revision")); diff != "" {
		b.Fatalf("story (-want +got):\n%s", diff)
	}
	if got.Revision == 0 {
		b.Fatal("a stored story has revision 0")
	}
}

func checkStoryRoundTrip(b *bench) {
	b.watch(1)
	s := storage.Story{
		ID: "s", Title: "Näws", First: t0, Last: at(time.Hour), Tier: 2, Count: 3,
		Outlets: []storage.Outlet{{Name: "one", Tier: 2, At: t0, Item: "i", Title: "T", Link: "https://a.example/"}, {Name: "two"}},
		Members: []storage.Member{{Item: "i", Outlet: "one", At: t0}, {Item: "j", Outlet: "two", At: at(1), Why: "same title"}},
		Hits: []storage.Hit{{
			Match: storage.Match{Rule: "r", Revision: "v", Severity: "high", Spans: []storage.Span{{Field: "title", Start: 1, End: 2, Text: "x"}}},
			Item:  "i", Tags: []string{"ai"},
		}},
		Told:   []storage.Told{{Receiver: "desk", Delivery: "fw_1", Rules: []string{"r"}, Outlets: 1, Items: 2}},
		Pinned: true, Was: []string{"gone"},
	}
	b.commit(storage.Poll{Feed: b.take(0, t0), Items: []storage.NewItem{told(item(1, t0), "s")}, Stories: []storage.Story{s}})
	b.reopen()
	b.sameStory(b.story("s"), s)
	b.sameStory(b.story("gone"), s)
	b.equal("listed", b.stories(storage.StoryQuery{}), []string{"s"})
	b.equal("story of the item", b.items(storage.ItemQuery{})[0].Story, "s")
	_, err := b.store.Story(b.Context(), "none")
	b.is(err, storage.ErrUnknown)
}

func checkConflict(b *bench) {
	b.watch(1)
	b.write(story("s", 0), story("quiet", 0))
	read := b.story("s")
	newer := read
	newer.Count = 2
	b.write(newer)
	f := b.take(0, at(2000*day))
	missing := story("none", 0)
	missing.Revision = 1
	for _, s := range []storage.Story{read, story("s", 0), missing} {
		quiet := b.story("quiet")
		quiet.Count = 99
		_, err := b.store.Commit(b.Context(), storage.Poll{
			Feed: f, Stories: []storage.Story{quiet, s}, Items: []storage.NewItem{item(1, t0, alert("r", "s"))},
		})
		b.is(err, storage.ErrConflict)
	}
	b.sameStory(b.story("s"), newer)
	b.equal("the other story", b.story("quiet").Count, 1)
	b.equal("written", len(b.items(storage.ItemQuery{}))+len(b.deliveries(storage.DeliveryQuery{})), 0)
	b.equal("known", b.seen(0, key(1)), []string{""})
	b.commit(storage.Poll{Feed: f, Stories: []storage.Story{b.story("s")}}) // the claim still holds
}

// checkConcurrentJoins lets many feeds join one story at once: each must count.
func checkConcurrentJoins(b *bench) {
	const feeds = 20
	b.watch(feeds)
	errs := make(chan error)
	for i, f := range b.due(t0, feeds).Feeds {
		go func() { errs <- join(b, f, told(item(i, at(time.Duration(i))), "s")) }()
	}
	var failed error
	for range feeds {
		failed = errors.Join(failed, <-errs)
	}
	b.ok(failed)
	s := b.story("s")
	b.equal("members", []int{s.Count, len(s.Members)}, []int{feeds, feeds})
}

// join commits an item that joins a story, as often as another is faster.
func join(b *bench, f storage.Feed, n storage.NewItem) error {
	for {
		s, err := b.store.Story(b.Context(), n.Item.Story)
		if errors.Is(err, storage.ErrUnknown) {
			s, err = storage.Story{ID: n.Item.Story, First: n.Item.Seen}, nil
		}
		if err != nil {
			return err
		}
		s.Count++
		s.Members = append(s.Members, storage.Member{Item: n.Item.ID})
		_, err = b.store.Commit(b.Context(), storage.Poll{Feed: f, Items: []storage.NewItem{n}, Stories: []storage.Story{s}})
		if !errors.Is(err, storage.ErrConflict) {
			return err
		}
	}
}

func checkStories(b *bench) {
	b.watch(1)
	one, two, three := story("one", time.Second), story("two", time.Hour), story("three", time.Minute)
	one.Hits = []storage.Hit{{Match: storage.Match{Rule: "x"}}, {Match: storage.Match{Rule: "y"}}}
	two.Hits = one.Hits[1:]
	b.write(one, two, three)
	for _, q := range []struct {
		query storage.StoryQuery
		want  []string
	}{
		{storage.StoryQuery{}, []string{"two", "three", "one"}},
		{storage.StoryQuery{Limit: 2}, []string{"two", "three"}},
		{storage.StoryQuery{Since: at(time.Minute)}, []string{"two", "three"}},
		{storage.StoryQuery{Since: at(time.Minute + 1)}, []string{"two"}},
		{storage.StoryQuery{Rule: "y"}, []string{"two", "one"}},
		{storage.StoryQuery{Rule: "y", Limit: 1}, []string{"two"}},
		{storage.StoryQuery{Rule: "x"}, []string{"one"}},
		{storage.StoryQuery{Rule: "z"}, nil},
	} {
		b.equal("stories", b.stories(q.query), q.want)
	}
	one = b.story("one")
	one.Last = at(2 * time.Hour)
	b.write(one)
	b.equal("after one goes on", b.stories(storage.StoryQuery{}), []string{"one", "two", "three"})
}
