package watcher_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/watcher"
)

func TestMergedStoriesAreToldAsOneAndStayMerged(t *testing.T) {
	x := newPress(t, 4, nil)
	x.publish("outlet-1", tellings[0])
	x.publish("outlet-2", "Azure falls over for a day in Frankfurt")
	x.poll(watcher.PollOptions{})
	ids := storyIDs(x)
	if len(ids) != 2 {
		t.Fatalf("stories %v, want two", ids)
	}
	merged, err := x.w.MergeStories(x.Context(), ids[0], ids[1:])
	if err != nil {
		t.Fatal(err)
	}
	if merged.Count != 2 || len(merged.Hits) != 2 || !merged.Pinned {
		t.Errorf("merged: %+v", merged)
	}
	if _, err := x.w.MergeStories(x.Context(), ids[1], ids[:1]); err == nil || !strings.Contains(err.Error(), "one story already") {
		t.Errorf("merging again gave %v", err)
	}
	x.publish("outlet-3", tellings[2])
	x.poll(watcher.PollOptions{})
	x.restart()
	x.publish("outlet-4", "Azure in Frankfurt falls over for a whole day")
	x.poll(watcher.PollOptions{})
	st := x.only()
	if st.Count != 4 || st.ID != ids[0] {
		t.Errorf("after all four the story is %+v", st)
	}
	if got, want := x.kinds(), []string{"first", "first", "follow-up", "follow-up"}; !slices.Equal(got, want) {
		t.Errorf("receivers heard %v, want %v", got, want)
	}
	for _, id := range ids {
		if same, err := x.w.Story(x.Context(), id); err != nil || same.ID != st.ID {
			t.Errorf("story %s is %s (%v), want %s", id, same.ID, err, st.ID)
		}
	}
}

func TestHeldAlertGoesOutWhenAPersonMergesWhatMeetsItsCondition(t *testing.T) {
	const held = `
rules:
  - {name: partnership, query: 'OpenAI', min_outlets: 2}
  - {name: cloud, query: 'Frankfurt'}
`
	const merger = "OpenAI buys a maker of chips"
	for _, tt := range []struct {
		name   string
		first  string // outlet-1's
		after  time.Duration
		before []string
		want   []string
	}{
		{"a receiver that knew nothing", merger, time.Hour, nil, []string{"first"}},
		{"a receiver that knew of another rule", "Frankfurt bank raises pay", time.Hour, []string{"first"}, []string{"first", "follow-up"}},
		{"a story that is closed", merger, 100 * time.Hour, nil, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				x := newPress(t, 2, func(c *watcher.Config) { c.Rules = mustRules(t, held) })
				x.publish("outlet-1", tt.first)
				x.publish("outlet-2", "A harbour strike ends with OpenAI as the judge")
				x.poll(watcher.PollOptions{})
				if got := x.kinds(); !slices.Equal(got, tt.before) {
					t.Fatalf("before the merging receivers heard %v, want %v", got, tt.before)
				}
				time.Sleep(tt.after)
				ids := storyIDs(x)
				if _, err := x.w.MergeStories(x.Context(), ids[0], ids[1:]); err != nil {
					t.Fatal(err)
				}
				x.poll(watcher.PollOptions{})
				if got := x.kinds(); !slices.Equal(got, tt.want) {
					t.Errorf("receivers heard %v, want %v", got, tt.want)
				}
				x.store.Close()
			})
		})
	}
}

func storyIDs(x *press) (ids []string) {
	x.Helper()
	for st, err := range x.w.Stories(x.Context(), storage.StoryQuery{}) {
		if err != nil {
			x.Fatal(err)
		}
		if len(st.Hits) > 0 {
			ids = append(ids, st.ID)
		}
	}
	slices.Sort(ids)
	return ids
}

func TestSplitStoryGoesItsOwnWay(t *testing.T) {
	x := newPress(t, 4, nil)
	for i := range 3 {
		x.publish(outletName(i), tellings[i])
		x.poll(watcher.PollOptions{})
	}
	old := x.only()
	second := old.Members[1].Item
	for what, items := range map[string][]string{
		"has no item":        {"nosuch"},
		"nothing would be":   {old.Members[0].Item, second, old.Members[2].Item},
		"no items are named": nil,
	} {
		if _, err := x.w.SplitStory(x.Context(), old.ID, items); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("splitting off %v gave %v, want an error with %q", items, err, what)
		}
	}
	split, err := x.w.SplitStory(x.Context(), old.ID, []string{second})
	if err != nil {
		t.Fatal(err)
	}
	x.restart()
	rest, err := x.w.Story(x.Context(), old.ID)
	if err != nil || rest.Count != 2 || len(rest.Outlets) != 2 || len(rest.Told) != 1 {
		t.Errorf("what is left: %+v, %v", rest, err)
	}
	own, err := x.w.Story(x.Context(), second)
	if err != nil || own.ID != split.ID || own.Count != 1 || len(own.Hits) != 1 || len(own.Told) != 0 {
		t.Errorf("what was split off: %+v, %v", own, err)
	}
	if rest.Hits[0].Item == second {
		t.Error("the hit went with the item, yet stays")
	}
	x.publish("outlet-4", tellings[1]) // The very words of the one that was split off.
	x.poll(watcher.PollOptions{})
	if own, err = x.w.Story(x.Context(), second); err != nil || own.Count != 2 {
		t.Errorf("a telling of what was split off did not join it: %+v, %v", own, err)
	}
	if got, want := x.kinds(), []string{"first", "follow-up", "follow-up", "first"}; !slices.Equal(got, want) {
		t.Errorf("receivers heard %v, want %v", got, want)
	}
}
