package watcher_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/watcher"
)

const (
	onTopic  = "OpenAI and Microsoft talk"
	onTopic2 = "Microsoft signs with OpenAI again"
	offTopic = "Weather stays fair"
)

func TestFirstPollIsSilentAndSaysWhatWouldHaveMatched(t *testing.T) {
	x := newWorld(t, nil)
	x.web.serve(feedURL, rss(entry{id: "2", title: onTopic}, entry{id: "1", title: offTopic}))
	r := x.poll(watcher.PollOptions{})
	if r.Silent != "baseline" || r.New != 2 || r.Matched != 1 || r.Alerts != 0 {
		t.Errorf("report = %+v, want a silent baseline of 2 items with 1 match", r)
	}
	if told := x.told(); len(told) != 0 {
		t.Errorf("told %q, want silence", told)
	}
}

func TestBackfillTellsTheNewestThatMatch(t *testing.T) {
	x := newWorld(t, nil)
	now := time.Now()
	x.web.serve(feedURL, rss(
		entry{"4", offTopic, now}, entry{"3", "OpenAI, Microsoft: three", now.Add(-time.Hour)},
		entry{"2", "OpenAI, Microsoft: two", now.Add(-2 * time.Hour)}, entry{"1", "OpenAI, Microsoft: one", now.Add(-3 * time.Hour)},
	))
	r := x.poll(watcher.PollOptions{Backfill: 2})
	want := []string{"OpenAI, Microsoft: two", "OpenAI, Microsoft: three"}
	if diff := cmp.Diff(want, x.told()); diff != "" || r.Alerts != 2 {
		t.Errorf("told (-want +got), %d alerts:\n%s", r.Alerts, diff)
	}
}

func TestNewItemIsToldOnceHoweverOftenItIsListed(t *testing.T) {
	x := newWorld(t, nil)
	x.web.serve(feedURL, rss(entry{id: "1", title: offTopic}))
	x.poll(watcher.PollOptions{})
	x.web.serve(feedURL, rss(entry{id: "2", title: onTopic}, entry{id: "1", title: offTopic}))
	x.poll(watcher.PollOptions{})
	// The feed changes without a new entry, then is read after a restart.
	x.web.serve(feedURL, rss(entry{id: "1", title: offTopic}, entry{id: "2", title: onTopic + " still"}))
	x.poll(watcher.PollOptions{})
	x.restart()
	x.poll(watcher.PollOptions{})
	if diff := cmp.Diff([]string{onTopic}, x.told()); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

func TestItemsAreToldOldestFirst(t *testing.T) {
	x := newWorld(t, nil)
	x.web.serve(feedURL, rss(entry{id: "0", title: offTopic}))
	x.poll(watcher.PollOptions{})
	var entries []entry
	var want []string
	for i := range 9 {
		e := entry{id: fmt.Sprint("n", i), title: fmt.Sprintf("OpenAI and Microsoft, part %d", i)}
		entries = append([]entry{e}, entries...)
		want = append(want, e.title)
	}
	x.web.serve(feedURL, rss(entries...))
	x.poll(watcher.PollOptions{})
	if diff := cmp.Diff(want, x.told()); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

func TestSilentListings(t *testing.T) {
	now := time.Now()
	listing := func(prefix string, dated time.Time) (list []entry) {
		for i := range 10 {
			list = append(list, entry{fmt.Sprint(prefix, i), fmt.Sprintf("OpenAI and Microsoft %s %d", prefix, i), dated})
			if !dated.IsZero() {
				dated = dated.Add(time.Minute) // One date for all would not be believed.
			}
		}
		return list
	}
	for _, tt := range []struct {
		rule   string
		second []entry
		silent string
		alerts int
	}{
		{"a feed that renames everything is taken in silence", listing("renamed", now.Add(-48*time.Hour)), "renamed", 0},
		{"a busy day is not mistaken for a renaming", listing("busy", now.Add(time.Minute)), "", 10},
		{"nor is one that came before the last listing was read", listing("late", now.Add(-24*time.Hour)), "", 10},
		{"undated entries are news", listing("undated", time.Time{}), "", 10},
		{"what is dated long ago is kept without an alert", listing("old", now.Add(-60*24*time.Hour))[:3], "", 0},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			x := newWorld(t, nil)
			x.web.serve(feedURL, rss(listing("first", now.Add(-48*time.Hour))...))
			x.poll(watcher.PollOptions{})
			x.web.serve(feedURL, rss(tt.second...))
			r := x.poll(watcher.PollOptions{})
			if r.Silent != tt.silent || r.Alerts != tt.alerts || r.New != len(tt.second) {
				t.Errorf("silent %q, %d alerts, %d new; want %q, %d, %d", r.Silent, r.Alerts, r.New, tt.silent, tt.alerts, len(tt.second))
			}
		})
	}
}

func TestEntryThatChangesItsIDIsTheSameItem(t *testing.T) {
	x := newWorld(t, nil)
	x.web.serve(feedURL, rss(entry{id: "1", title: offTopic}))
	x.poll(watcher.PollOptions{})
	list := func(guid string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/rss+xml")
			fmt.Fprintf(w, `<rss version="2.0"><channel><item><title>%s</title><guid isPermaLink="false">%s</guid><link>https://news.example/a</link></item></channel></rss>`, onTopic, guid)
		}
	}
	for _, guid := range []string{"a", "b", "c"} {
		x.web.serve(feedURL, list(guid))
		x.poll(watcher.PollOptions{})
	}
	if told := x.told(); len(told) != 1 {
		t.Errorf("told %q, want one alert", told)
	}
}

// stubborn fails commits while refuse is set, before anything is written.
type stubborn struct {
	storage.Store
	refuse bool
}

func (s *stubborn) Commit(ctx context.Context, p storage.Poll) (storage.Receipt, error) {
	if s.refuse {
		return storage.Receipt{}, storage.ErrFull
	}
	return s.Store.Commit(ctx, p)
}

func TestValidatorsMoveOnlyWithTheCommit(t *testing.T) {
	x := newWorld(t, nil)
	store := &stubborn{Store: x.store}
	x.config.Store = store
	var err error
	if x.w, err = watcher.New(x.config); err != nil {
		t.Fatal(err)
	}
	x.web.serve(feedURL, rss(entry{id: "1", title: offTopic}))
	x.poll(watcher.PollOptions{})
	x.web.serve(feedURL, rss(entry{id: "2", title: onTopic}, entry{id: "1", title: offTopic}))
	store.refuse = true
	if _, err := x.w.PollNow(t.Context(), watcher.PollOptions{Force: true}); !errors.Is(err, storage.ErrFull) {
		t.Fatalf("a poll without room gave %v, want ErrFull", err)
	}
	store.refuse = false
	x.restart() // The claim of the failed poll ends with the process.
	if r := x.poll(watcher.PollOptions{}); r.Err != nil {
		t.Fatal(r.Err)
	}
	rs := x.web.to(feedURL)
	if a, b := rs[1].Header.Get("If-None-Match"), rs[2].Header.Get("If-None-Match"); a == "" || a != b {
		t.Errorf("the poll after the failed commit sent %q, want the validator of the one before, %q", b, a)
	}
	if diff := cmp.Diff([]string{onTopic}, x.told()); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

func TestLargeListingInSlicesLosesNothing(t *testing.T) {
	x := newWorld(t, nil)
	x.web.serve(feedURL, rss(entry{id: "1", title: offTopic}))
	x.poll(watcher.PollOptions{})
	var entries []entry
	for i := range 1300 {
		entries = append(entries, entry{id: fmt.Sprint("n", i), title: fmt.Sprintf("OpenAI and Microsoft %d", i)})
	}
	x.web.serve(feedURL, rss(entries...))
	if reports, err := x.w.PollNow(t.Context(), watcher.PollOptions{Force: true}); err != nil || reports[0].New != 1300 || reports[0].Alerts != 1300 {
		t.Fatalf("%+v, %v; want 1300 items and 1300 alerts", reports, err)
	}
	ids := make(map[string]bool)
	for d, err := range x.store.Deliveries(t.Context(), storage.DeliveryQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		ids[d.Alert.ID] = true
	}
	if len(ids) != 1300 {
		t.Errorf("%d different alerts in the outbox, want 1300", len(ids))
	}
}

func TestBadFeedLeavesWhatWasThere(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"404":   status(http.StatusNotFound),
		"500":   status(http.StatusInternalServerError),
		"empty": status(http.StatusOK),
		"html": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, "<!doctype html><html><body>log in</body></html>")
		},
		"no host": nil,
	} {
		t.Run(name, func(t *testing.T) {
			x := newWorld(t, nil)
			x.web.serve(feedURL, rss(entry{id: "1", title: offTopic}))
			x.poll(watcher.PollOptions{})
			x.web.serve(feedURL, answer)
			if r := x.poll(watcher.PollOptions{}); r.Err == nil {
				t.Fatal("the poll went well, want an error")
			}
			x.web.serve(feedURL, rss(entry{id: "2", title: onTopic}, entry{id: "1", title: offTopic}))
			if r := x.poll(watcher.PollOptions{}); r.New != 1 || r.Silent != "" {
				t.Errorf("after the error: %+v, want the one new item", r)
			}
			if rs := x.web.to(feedURL); rs[1].Header.Get("If-None-Match") != rs[2].Header.Get("If-None-Match") {
				t.Error("the validators were lost to an error")
			}
		})
	}
}

func TestNewValidatorOfAnUnchangedBodyIsSentNext(t *testing.T) {
	x := newWorld(t, nil)
	tag := ""
	x.web.serve(feedURL, func(w http.ResponseWriter, _ *http.Request) {
		if tag != "" {
			w.Header().Set("ETag", tag)
		}
		fmt.Fprint(w, `<rss version="2.0"><channel><item><title>One</title><guid>1</guid></item></channel></rss>`)
	})
	for _, tag = range []string{"", `"a"`, `W/"b"`, `"b"`} {
		x.poll(watcher.PollOptions{})
	}
	var sent []string
	for _, r := range x.web.to(feedURL) {
		sent = append(sent, r.Header.Get("If-None-Match"))
	}
	if diff := cmp.Diff([]string{"", "", `"a"`, `W/"b"`}, sent); diff != "" {
		t.Errorf("validators sent (-want +got):\n%s", diff)
	}
}
