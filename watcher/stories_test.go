package watcher_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/feedwatch/feedwatch/seeds/lexicon"
	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/watcher"
	"github.com/feedwatch/feedwatch/watcher/deliver"
	"github.com/feedwatch/feedwatch/watcher/story"
)

// press is a world of several outlets that tell of the same things.
type press struct {
	*world
	entries map[string][]entry // outlet → what it has published
}

func newPress(t *testing.T, outlets int, change func(*watcher.Config)) *press {
	t.Helper()
	x := &press{entries: make(map[string][]entry)}
	x.world = newWorld(t, func(c *watcher.Config) {
		c.Feeds = nil
		for i := range outlets {
			name := outletName(i)
			c.Feeds = append(c.Feeds, watcher.Feed{URL: pressURL(name), Name: name, Tier: 3 - i%3})
			x.entries[name] = []entry{{id: name + "-old", title: "An old item of " + name}}
		}
		c.Grouping = story.Config{Rarity: lexicon.Rarity, Name: func(w string) bool { return !lexicon.Known(w) }}
		if change != nil {
			change(c)
		}
	})
	for name := range x.entries {
		x.serve(name)
	}
	x.poll(watcher.PollOptions{}) // the first listings, in silence
	return x
}

func outletName(i int) string { return fmt.Sprintf("outlet-%d", i+1) }

func pressURL(outlet string) string { return "https://" + outlet + ".example/feed.xml" }

func (x *press) serve(outlet string) { x.web.serve(pressURL(outlet), rss(x.entries[outlet]...)) }

// publish lets an outlet put something out.
func (x *press) publish(outlet, title string) {
	id := fmt.Sprintf("%s-%d", outlet, len(x.entries[outlet]))
	x.entries[outlet] = append([]entry{{id: id, title: title, published: time.Now()}}, x.entries[outlet]...)
	x.serve(outlet)
}

// kinds lists the kinds of what the webhook was sent, in order.
func (x *press) kinds() (kinds []string) {
	x.Helper()
	for d, err := range x.store.Deliveries(x.Context(), storage.DeliveryQuery{}) {
		if err != nil {
			x.Fatal(err)
		}
		kinds = append(kinds, string(d.Alert.Kind))
	}
	slices.Reverse(kinds)
	return kinds
}

// only gives the one story that rules have matched.
func (x *press) only() storage.Story {
	x.Helper()
	var found []storage.Story
	for st, err := range x.w.Stories(x.Context(), storage.StoryQuery{}) {
		if err != nil {
			x.Fatal(err)
		}
		if len(st.Hits) > 0 {
			found = append(found, st)
		}
	}
	if len(found) != 1 {
		x.Fatalf("%d stories have matched, want 1: %+v", len(found), found)
	}
	return found[0]
}

// tellings are one piece of news as six desks would word it.
var tellings = []string{
	"OpenAI and Microsoft agree new terms for restructuring",
	"Microsoft and OpenAI agree new terms for OpenAI restructuring",
	"New terms agreed by OpenAI and Microsoft for restructuring",
	"OpenAI, Microsoft agree to new restructuring terms",
	"OpenAI agrees new restructuring terms with Microsoft",
	"Restructuring: OpenAI and Microsoft agree new terms",
}

func TestOutletsOfOneStoryGiveOneAlertAndFollowUps(t *testing.T) {
	for _, restart := range []bool{false, true} {
		x := newPress(t, len(tellings), nil)
		for i, title := range tellings {
			x.publish(outletName(i), title)
			x.poll(watcher.PollOptions{})
			if restart {
				x.restart()
			}
		}
		want := append([]string{"first"}, slices.Repeat([]string{"follow-up"}, 5)...)
		if got := x.kinds(); !slices.Equal(got, want) {
			t.Errorf("restarts %v: receivers heard %v, want %v", restart, got, want)
		}
		st := x.only()
		if st.Count != 6 || len(st.Outlets) != 6 || st.Tier != 1 || st.Outlets[0].Name != "outlet-1" {
			t.Errorf("restarts %v: the story is %+v", restart, st)
		}
	}
}

func TestOutletsThatTellAtOnceAreOneStory(t *testing.T) {
	// All desks publish between two rounds, so that their polls run side by side
	// and write the same story in turn.
	x := newPress(t, len(tellings), nil)
	for i, title := range tellings {
		x.publish(outletName(i), title)
	}
	x.poll(watcher.PollOptions{})
	got := x.kinds()
	slices.Sort(got)
	if want := append([]string{"first"}, slices.Repeat([]string{"follow-up"}, 5)...); !slices.Equal(got, want) {
		t.Errorf("receivers heard %v, want %v", got, want)
	}
	if st := x.only(); st.Count != 6 || len(st.Outlets) != 6 {
		t.Errorf("the story is %+v", st)
	}
}

func TestItemsOfAPollThatFailedAreNoPartOfStories(t *testing.T) {
	x := newPress(t, 2, nil)
	x.publish("outlet-1", tellings[0])
	ctx, cancel := context.WithCancel(x.Context())
	x.web.serve(pressURL("outlet-1"), func(w http.ResponseWriter, r *http.Request) {
		rss(x.entries["outlet-1"]...)(w, r)
		cancel() // The answer is read; nothing can be committed any more.
	})
	if _, err := x.w.PollNow(ctx, watcher.PollOptions{URL: "outlet-1", Force: true}); !errors.Is(err, context.Canceled) {
		t.Fatalf("the poll gave %v, want it cancelled", err)
	}
	x.publish("outlet-2", tellings[1])
	x.serve("outlet-1")
	x.poll(watcher.PollOptions{})
	if got := len(x.kinds()); got != 2 {
		t.Errorf("%d alerts, want one for each outlet", got)
	}
	if st := x.only(); st.Count != 2 {
		t.Errorf("the story counts %d items, want 2", st.Count)
	}
}

func TestAlertHeldForOutletsGoesOutAfterARestart(t *testing.T) {
	const held = `
rules:
  - {name: partnership, query: 'OpenAI AND Microsoft', severity: high, min_outlets: 3}
`
	x := newPress(t, 4, func(c *watcher.Config) { c.Rules = mustRules(t, held) })
	for i, want := range []int{0, 0, 1, 2} {
		x.publish(outletName(i), tellings[i])
		x.poll(watcher.PollOptions{})
		if got := len(x.kinds()); got != want {
			t.Errorf("after %d outlets %d alerts, want %d", i+1, got, want)
		}
		x.restart()
	}
}

func TestStoryIsClosedAfterThreeDaysOfSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newPress(t, 4, nil)
		for i, silence := range []time.Duration{0, 40 * time.Hour, 40 * time.Hour, 73 * time.Hour} {
			time.Sleep(silence)
			x.publish(outletName(i), tellings[i])
			x.poll(watcher.PollOptions{})
		}
		if got, want := x.kinds(), []string{"first", "follow-up", "follow-up", "first"}; !slices.Equal(got, want) {
			t.Errorf("receivers heard %v, want %v", got, want)
		}
	})
}

func TestStatusShowsStoriesAndNotItems(t *testing.T) {
	x := newPress(t, 3, nil)
	for i := range 3 {
		x.publish(outletName(i), tellings[i])
		x.poll(watcher.PollOptions{})
	}
	st, err := x.w.Status(x.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(st.Recent) != 1 || st.Recent[0].Item.Title != tellings[0] || len(st.Recent[0].Outlets) != 3 {
		t.Errorf("recent: %+v", st.Recent)
	}
}

func TestChangeIsToldWhereARuleAsksForIt(t *testing.T) {
	const pack = `
rules:
  - {name: partnership, query: 'OpenAI AND Microsoft', on: [new, changed]}
  - {name: cloud, query: 'Azure'}
`
	synctest.Test(t, func(t *testing.T) {
		x := newPress(t, 1, func(c *watcher.Config) { c.Rules = mustRules(t, pack) })
		change := func(title string) {
			x.entries["outlet-1"][0].title = title
			x.serve("outlet-1")
			time.Sleep(2 * time.Hour)
			x.poll(watcher.PollOptions{})
		}
		x.publish("outlet-1", "OpenAI and Microsoft to part")
		x.poll(watcher.PollOptions{})
		change("OpenAI and Microsoft not to part")
		change("OpenAI is not to part") // What matched is gone: that is a change as well.
		change("Azure is not to part")  // cloud asks for new items only.
		if got, want := x.kinds(), []string{"first", "change", "change"}; !slices.Equal(got, want) {
			t.Fatalf("receivers heard %v, want %v", got, want)
		}
		for d, err := range x.store.Deliveries(x.Context(), storage.DeliveryQuery{Limit: 1}) {
			if err != nil {
				t.Fatal(err)
			}
			a := d.Alert
			if a.Before == nil || a.Before.Title != "OpenAI and Microsoft not to part" || a.Item.Title != "OpenAI is not to part" ||
				a.Parent == "" || len(a.Matches) != 1 || a.Matches[0].Spans != nil {
				t.Errorf("the change is told as %+v", a)
			}
		}
	})
}

func TestFollowUpsAreWhatEachReceiverWants(t *testing.T) {
	x := newPress(t, 6, func(c *watcher.Config) {
		for _, how := range []string{"each", "digest", "none"} {
			c.Receivers = append(c.Receivers, deliver.Receiver{Name: how, Kind: "webhook", URL: hookURL, Followups: how})
		}
	})
	for i := range 6 {
		x.publish(outletName(i), tellings[i])
		x.poll(watcher.PollOptions{})
	}
	heard := make(map[string]int)
	for d, err := range x.store.Deliveries(x.Context(), storage.DeliveryQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		heard[d.Alert.Receiver]++
	}
	for name, want := range map[string]int{"hook": 6, "each": 6, "digest": 3, "none": 1} { // a digest at 2 outlets and at 5
		if heard[name] != want {
			t.Errorf("%s heard %d alerts, want %d", name, heard[name], want)
		}
	}
}

func TestChangeIsToldOfAnEntryThatChangedItsID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newPress(t, 1, func(c *watcher.Config) {
			c.Rules = mustRules(t, `rules: [{name: partnership, query: OpenAI AND Microsoft, on: [new, changed]}]`)
		})
		for _, e := range []struct{ guid, title string }{
			{"a", "OpenAI and Microsoft to part"},
			{"b", "OpenAI and Microsoft to part"},
			{"b", "OpenAI and Microsoft not to part"},
		} {
			x.web.serve(pressURL("outlet-1"), func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/rss+xml")
				fmt.Fprintf(w, `<rss version="2.0"><channel><item><title>%s</title><guid isPermaLink="false">%s</guid><link>https://news.example/a</link></item></channel></rss>`, e.title, e.guid)
			})
			x.poll(watcher.PollOptions{})
			time.Sleep(25 * time.Hour) // The whole listing is read once a day.
		}
		if got, want := x.kinds(), []string{"first", "change"}; !slices.Equal(got, want) {
			t.Errorf("receivers heard %v, want %v", got, want)
		}
	})
}
