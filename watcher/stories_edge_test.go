package watcher_test

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/storage/storagetest"
	"github.com/feedwatch/feedwatch/watcher"
)

// reload exchanges the settings.
func (x *world) reload(change func(*watcher.Settings)) {
	x.Helper()
	change(&x.config.Settings)
	if err := x.w.Reload(x.Context(), x.config.Settings); err != nil {
		x.Fatal(err)
	}
}

func TestHeldAlertGoesOutThoughTheItemThatMatchedIsPruned(t *testing.T) {
	const held = `
rules:
  - {name: vow, query: 'vow', min_outlets: 3}
`
	synctest.Test(t, func(t *testing.T) {
		x := newPress(t, 3, func(c *watcher.Config) { c.Rules = mustRules(t, held) })
		x.publish("outlet-1", tellings[0]+" as a vow")
		x.poll(watcher.PollOptions{})
		time.Sleep(30 * time.Hour)
		x.publish("outlet-2", tellings[1])
		x.poll(watcher.PollOptions{})
		time.Sleep(30 * time.Hour)
		if _, err := x.store.Prune(x.Context(), storage.Retention{Now: time.Now(), Items: time.Now().Add(-48 * time.Hour)}); err != nil {
			t.Fatal(err)
		}
		x.publish("outlet-3", tellings[2])
		x.poll(watcher.PollOptions{})
		if got := x.kinds(); !slices.Equal(got, []string{"first"}) {
			t.Errorf("receivers heard %v, want the alert that was held", got)
		}
	})
}

func TestHeldAlertGoesOutWithASilentItem(t *testing.T) {
	const held = `
rules:
  - {name: partnership, query: 'OpenAI AND Microsoft', min_outlets: 3}
`
	x := newPress(t, 2, func(c *watcher.Config) { c.Rules = mustRules(t, held) })
	for i := range 2 {
		x.publish(outletName(i), tellings[i])
		x.poll(watcher.PollOptions{})
	}
	x.reload(func(s *watcher.Settings) {
		s.Feeds = append(s.Feeds, watcher.Feed{URL: pressURL("outlet-3"), Name: "outlet-3"})
	})
	x.publish("outlet-3", tellings[2])
	x.poll(watcher.PollOptions{}) // Its first listing.
	if got := x.kinds(); !slices.Equal(got, []string{"first"}) {
		t.Errorf("receivers heard %v, want the alert that was held", got)
	}
	if told := x.told(); len(told) != 1 || told[0] != tellings[0] {
		t.Errorf("told %v, want the item that matched and was not silent", told)
	}
}

func TestStoryEndsForReceiversWhoseRuleIsTakenOut(t *testing.T) {
	x := newPress(t, 4, nil)
	x.publish("outlet-1", tellings[0])
	x.poll(watcher.PollOptions{})
	x.publish("outlet-2", tellings[1])
	x.poll(watcher.PollOptions{})
	x.reload(func(s *watcher.Settings) {
		s.Rules = mustRules(t, `rules: [{name: cloud, query: Azure}]`)
	})
	x.publish("outlet-3", tellings[2])
	x.poll(watcher.PollOptions{})
	if got, want := x.kinds(), []string{"first", "follow-up"}; !slices.Equal(got, want) {
		t.Errorf("receivers heard %v, want %v and nothing of a rule that is gone", got, want)
	}
	x.reload(func(s *watcher.Settings) { // The rule comes back under another name.
		s.Rules = mustRules(t, `rules: [{name: bond, query: OpenAI AND Microsoft}]`)
	})
	x.publish("outlet-4", tellings[3])
	x.poll(watcher.PollOptions{})
	if got, want := x.kinds(), []string{"first", "follow-up", "follow-up"}; !slices.Equal(got, want) {
		t.Errorf("receivers heard %v, want %v", got, want)
	}
}

func TestFollowUpAfterASplitNamesItsOutlet(t *testing.T) {
	x := newPress(t, 4, nil)
	for i := range 3 {
		x.publish(outletName(i), tellings[i])
		x.poll(watcher.PollOptions{})
	}
	old := x.only()
	if _, err := x.w.SplitStory(x.Context(), old.ID, []string{old.Members[1].Item}); err != nil {
		t.Fatal(err)
	}
	x.publish("outlet-4", tellings[0])
	x.poll(watcher.PollOptions{})
	for d, err := range x.store.Deliveries(x.Context(), storage.DeliveryQuery{Limit: 1}) {
		if err != nil {
			t.Fatal(err)
		}
		if a := d.Alert; a.Kind != storage.FollowUp || a.Story != old.ID || len(a.Outlets) != 1 || a.Outlets[0].Name != "outlet-4" {
			t.Errorf("the follow-up is %+v", a)
		}
	}
}

func TestRuleIsNotQuietWhileNoFeedIsRead(t *testing.T) {
	for _, silence := range []struct {
		what   string
		answer http.HandlerFunc
		want   bool
	}{
		{"feeds that can't be read", status(http.StatusInternalServerError), false},
		{"feeds that have nothing", rss(entry{id: "outlet-1-old", title: "An old item of outlet-1"}), true},
	} {
		synctest.Test(t, func(t *testing.T) {
			x := newPress(t, 1, nil)
			for i := range 15 {
				time.Sleep(6 * time.Hour)
				x.publish("outlet-1", fmt.Sprintf("Azure q%[1]cv w%[1]cx k%[1]cz j%[1]cp", 'a'+i))
				x.poll(watcher.PollOptions{})
			}
			x.web.serve(pressURL("outlet-1"), silence.answer)
			x.run(60 * time.Hour)
			if got := slices.Contains(x.notices(), "silence"); got != silence.want {
				t.Errorf("%s: the rule is told to be quiet: %v", silence.what, got)
			}
			x.store.Close()
		})
	}
}

func TestStoriesThatOthersWriteAllTheTimeEndNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newPress(t, 1, nil)
		x.publish("outlet-1", tellings[0])
		x.config.Store = &storagetest.Failing{Store: x.store, Before: func(method string, n int) error {
			if method == "Commit" && n <= 15 {
				return storage.ErrConflict
			}
			return nil
		}}
		var err error
		if x.w, err = watcher.New(x.config); err != nil {
			t.Fatal(err)
		}
		x.run(2 * time.Hour)
		if got := x.kinds(); !slices.Equal(got, []string{"first"}) {
			t.Errorf("receivers heard %v, want one alert", got)
		}
		x.store.Close()
	})
}

func TestDamagedItemOfLateHoldsUpNoOthers(t *testing.T) {
	x := newPress(t, 2, nil)
	x.publish("outlet-1", tellings[0])
	x.poll(watcher.PollOptions{})
	x.restart()
	x.config.Store = &storagetest.Failing{Store: x.store, Before: storagetest.At("Items", 2, storage.ErrDamaged)}
	var err error
	if x.w, err = watcher.New(x.config); err != nil {
		t.Fatal(err)
	}
	x.publish("outlet-2", tellings[1])
	x.poll(watcher.PollOptions{})
	if got, want := x.kinds(), []string{"first", "follow-up"}; !slices.Equal(got, want) {
		t.Errorf("receivers heard %v, want %v", got, want)
	}
}

// twoThatAreOne makes two stories of one event, parted by three days of silence,
// and has an outlet publish what came between them.
func twoThatAreOne(t *testing.T, fails func(method string) error) *press {
	x := newPress(t, 4, nil)
	x.config.Store = &storagetest.Failing{Store: x.store, Before: func(method string, _ int) error { return fails(method) }}
	var err error
	if x.w, err = watcher.New(x.config); err != nil {
		t.Fatal(err)
	}
	x.publish("outlet-1", tellings[0])
	x.poll(watcher.PollOptions{})
	between := time.Now().Add(20 * time.Hour)
	time.Sleep(73 * time.Hour)
	x.publish("outlet-2", tellings[1])
	x.poll(watcher.PollOptions{})
	if got, want := x.kinds(), []string{"first", "first"}; !slices.Equal(got, want) {
		t.Fatalf("receivers heard %v, want %v", got, want)
	}
	x.entries["outlet-3"] = append([]entry{{id: "late", title: tellings[2], published: between}}, x.entries["outlet-3"]...)
	x.serve("outlet-3")
	return x
}

func TestStoriesFoundToBeOneAreShownAsOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := twoThatAreOne(t, func(string) error { return nil })
		x.poll(watcher.PollOptions{})
		if st := x.only(); st.Count != 3 {
			t.Errorf("the story is %+v", st)
		}
		st, err := x.w.Status(x.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(st.Recent) != 1 || len(st.Recent[0].Outlets) != 3 {
			t.Errorf("the status shows %d stories, want one of three outlets: %+v", len(st.Recent), st.Recent)
		}
	})
}

func TestStoriesThatCouldNotBeMadeOneAreWithTheNextItem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		full := true
		x := twoThatAreOne(t, func(method string) error {
			if full && method == "Arrange" {
				return storage.ErrFull
			}
			return nil
		})
		if _, err := x.w.PollNow(x.Context(), watcher.PollOptions{URL: "outlet-3", Force: true}); err == nil {
			t.Fatal("a full store took the stories")
		}
		full = false
		x.publish("outlet-4", tellings[3])
		x.poll(watcher.PollOptions{})
		if st := x.only(); st.Count != 4 {
			t.Errorf("the story is %+v", st)
		}
		if got, want := x.kinds(), []string{"first", "first", "follow-up", "follow-up"}; !slices.Equal(got, want) {
			t.Errorf("receivers heard %v, want %v", got, want)
		}
	})
}

func TestPersonsWordOutlastsTheItemThatItWasGivenOf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newPress(t, 6, nil)
		start := time.Now()
		x.publish("outlet-1", tellings[0])
		x.publish("outlet-2", "Azure falls over for a day in Frankfurt")
		x.poll(watcher.PollOptions{})
		ids := storyIDs(x)
		if _, err := x.w.MergeStories(x.Context(), ids[0], ids[1:]); err != nil {
			t.Fatal(err)
		}
		time.Sleep(40 * time.Hour)
		x.publish("outlet-3", tellings[1])
		x.poll(watcher.PollOptions{})
		time.Sleep(40 * time.Hour)
		x.restart()
		x.publish("outlet-4", "Seagulls steal the lunch of a mayor")
		x.poll(watcher.PollOptions{})
		time.Sleep(33 * time.Hour)
		x.publish("outlet-5", tellings[2])
		x.poll(watcher.PollOptions{})
		x.entries["outlet-6"] = append([]entry{{id: "late", title: tellings[3], published: start.Add(100 * time.Hour)}}, x.entries["outlet-6"]...)
		x.serve("outlet-6")
		x.poll(watcher.PollOptions{})
		if got := storyIDs(x); len(got) != 2 {
			t.Errorf("stories %v, want the one that a person made and another", got)
		}
	})
}

func TestStoryThatIsPrunedIsToldAnewAndNotFollowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // It is midnight; items are pruned at 3:17.
		x := newPress(t, 2, func(c *watcher.Config) { c.Retention.Items = 24 * time.Hour })
		x.publish("outlet-1", tellings[0])
		go func() {
			time.Sleep(30 * time.Hour)
			x.publish("outlet-2", tellings[1])
		}()
		x.run(32 * time.Hour)
		if got, want := x.kinds(), []string{"first", "first"}; !slices.Equal(got, want) {
			t.Errorf("receivers heard %v, want %v", got, want)
		}
		x.store.Close()
	})
}

// Whatever polls, a person and reloads do at once, stories count the items that
// say they tell them, and no receiver is told of one twice.
func TestStoriesHoldWhileAllWriteThem(t *testing.T) {
	x := newPress(t, len(tellings), nil)
	topics := []string{"Azure", "Frankfurt", "Rotterdam", "Emeryville"}
	merged, split := 0, 0
	for round := range 12 {
		for i, title := range tellings {
			x.publish(outletName(i), fmt.Sprintf("%s: %s", topics[(round+i)%len(topics)], title))
		}
		var all sync.WaitGroup
		for i := range tellings {
			all.Go(func() {
				if _, err := x.w.PollNow(t.Context(), watcher.PollOptions{URL: outletName(i), Force: true}); err != nil {
					t.Error(err)
				}
			})
		}
		all.Go(func() {
			ids := storyIDs(x)
			if len(ids) > 1 {
				if _, err := x.w.MergeStories(t.Context(), ids[0], ids[1:]); err == nil {
					merged++
				}
			}
			if st, err := x.w.Story(t.Context(), firstOf(ids)); err == nil && len(st.Members) > 2 {
				if _, err := x.w.SplitStory(t.Context(), st.ID, []string{st.Members[0].Item, st.Members[len(st.Members)-1].Item}); err == nil {
					split++
				}
			}
		})
		all.Go(func() { _ = x.w.Reload(t.Context(), x.config.Settings) })
		all.Wait()
		if round%5 == 4 {
			x.restart()
		}
	}
	x.audit()
	if merged == 0 || split == 0 {
		t.Errorf("%d mergings and %d splits show little", merged, split)
	}
}

func firstOf(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// audit compares what stories count with what items say, and alerts with both.
func (x *press) audit() {
	x.Helper()
	of := make(map[string]int)
	for item, err := range x.store.Items(x.Context(), storage.ItemQuery{}) {
		if err != nil {
			x.Fatal(err)
		}
		st, err := x.w.Story(x.Context(), item.Story)
		if err != nil {
			x.Errorf("story %s of item %s: %v", item.Story, item.ID, err)
		}
		of[st.ID]++
	}
	for id, n := range of {
		st, err := x.w.Story(x.Context(), id)
		if err != nil || st.Count != n {
			x.Errorf("story %s counts %d items, %d say they tell it (%v)", id, st.Count, n, err)
		}
	}
	items := make(map[string]int)
	for d, err := range x.store.Deliveries(x.Context(), storage.DeliveryQuery{}) {
		if err != nil {
			x.Fatal(err)
		}
		if d.Alert.Kind == storage.First || d.Alert.Kind == storage.FollowUp {
			items[d.Alert.Receiver+" "+d.Alert.Item.ID]++
		}
	}
	for item, n := range items {
		if n > 1 {
			x.Errorf("%s was told %d times", item, n)
		}
	}
}
