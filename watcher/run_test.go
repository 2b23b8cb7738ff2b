package watcher_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/watcher"
	"github.com/feedwatch/feedwatch/watcher/deliver"
)

// run runs the daemon for a while of fake time and stops it; before a second run
// it is started anew.
func (x *world) run(d time.Duration) {
	x.Helper()
	if x.ran {
		x.restart()
	}
	x.ran = true
	ctx, cancel := context.WithTimeout(x.Context(), d)
	defer cancel()
	if err := x.w.Run(ctx); err != nil && ctx.Err() == nil {
		x.Fatal(err)
	}
}

// gaps are the times between requests to a URL.
func (w *web) gaps(url string) (gaps []time.Duration) {
	rs := w.to(url)
	for i := 1; i < len(rs); i++ {
		gaps = append(gaps, rs[i].At.Sub(rs[i-1].At))
	}
	return gaps
}

func TestDayOfPollsIsNeverEarlyAndSurvivesRestarts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, nil)
		x.web.serve(feedURL, rss(entry{id: "1", title: offTopic}))
		for range 10 {
			x.run(140 * time.Minute)
		}
		gaps := x.web.gaps(feedURL)
		for _, g := range gaps {
			if g < 15*time.Minute || g > 17*time.Minute {
				t.Errorf("a poll %v after the one before, want 15 to 16.5 minutes", g)
			}
		}
		if len(gaps) < 80 {
			t.Errorf("%d polls in a day, want some 85", len(gaps))
		}
		if rs := x.web.to(feedURL); rs[0].Header.Get("If-None-Match") != "" || rs[1].Header.Get("If-None-Match") == "" {
			t.Error("want the first request without a validator and all others with one")
		}
		x.store.Close()
	})
}

func TestFailingFeedIsToldOnceAndBacksOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, nil) // Nobody answers at feedURL: there is no network.
		x.run(48 * time.Hour)
		gaps := x.web.gaps(feedURL)
		for i := 1; i < len(gaps); i++ {
			if gaps[i] < gaps[i-1] && gaps[i] < 24*time.Hour {
				t.Errorf("gaps %v, want them to grow up to a day", gaps)
			}
		}
		if n := strings.Count(x.log.String(), "can't be read"); strings.Count(x.log.String(), "level=WARN") != 1 || n < 5 {
			t.Errorf("the failure was logged %d times, want once as a warning and each time for debugging:\n%s", n, x.log)
		}
		x.store.Close()
	})
}

func TestGoneFeedIsLeftAloneForGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, nil)
		x.web.serve(feedURL, status(http.StatusGone))
		x.run(12 * time.Hour)
		x.run(20 * 24 * time.Hour)
		if n := len(x.web.to(feedURL)); n != 2 {
			t.Errorf("%d requests to a feed that is gone, want 2", n)
		}
		if n := strings.Count(x.log.String(), "gone for good"); n != 1 {
			t.Errorf("told %d times that the feed is gone, want once", n)
		}
		x.store.Close()
	})
}

func TestRetryAfterHoldsForTheWholeHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		other := "https://outlet.example/other.xml"
		x := newWorld(t, func(c *watcher.Config) {
			c.Feeds = append(c.Feeds, watcher.Feed{URL: other, Name: "other"})
		})
		x.web.serve(feedURL, status(http.StatusTooManyRequests, "Retry-After", "7200"))
		x.web.serve(other, rss(entry{id: "1", title: offTopic}))
		x.run(30 * time.Minute)
		x.run(85 * time.Minute)
		if a, b := len(x.web.to(feedURL)), len(x.web.to(other)); a != 1 || b > 1 {
			t.Errorf("%d and %d requests to a host that asked for two hours of rest, want 1 and at most 1", a, b)
		}
		x.web.serve(feedURL, rss(entry{id: "1", title: offTopic}))
		x.run(time.Hour)
		if len(x.web.to(feedURL)) < 2 || len(x.web.to(other)) < 2 {
			t.Errorf("%d and %d requests after the rest, want 2 at least\n%s", len(x.web.to(feedURL)), len(x.web.to(other)), x.log)
		}
		x.store.Close()
	})
}

func TestRefusalOfOneFeedLeavesItsHostOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		other := "https://outlet.example/other.xml"
		x := newWorld(t, func(c *watcher.Config) {
			c.Feeds = append(c.Feeds, watcher.Feed{URL: other, Name: "other"})
		})
		x.web.serve(feedURL, status(http.StatusForbidden))
		x.web.serve(other, rss(entry{id: "1", title: offTopic}))
		x.run(30 * time.Minute)
		x.run(3 * time.Hour)
		if a, b := len(x.web.to(feedURL)), len(x.web.to(other)); a != 1 || b < 10 {
			t.Errorf("%d and %d requests in 3.5 hours, want 1 to the feed that refuses and all to the other", a, b)
		}
		x.store.Close()
	})
}

func TestOneSlowFeedDelaysNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := "https://slow.example/feed.xml"
		x := newWorld(t, func(c *watcher.Config) {
			c.Feeds = append([]watcher.Feed{{URL: slow, Name: "slow"}}, c.Feeds...)
		})
		x.web.serve(slow, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		x.web.serve(feedURL, rss(entry{id: "1", title: offTopic}))
		x.run(2 * time.Hour)
		if n := len(x.web.to(feedURL)); n < 7 {
			t.Errorf("%d polls in two hours beside a feed that hangs, want 8", n)
		}
		x.store.Close()
	})
}

func TestFeedsOfOneHostAreAskedOneByOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const feeds = 300
		url := func(i int) string { return fmt.Sprintf("https://outlet.example/%d.xml", i) }
		x := newWorld(t, func(c *watcher.Config) {
			c.Feeds, c.Poll.HostGap = nil, time.Second
			for i := range feeds {
				c.Feeds = append(c.Feeds, watcher.Feed{URL: url(i), Name: fmt.Sprint("f", i)})
			}
		})
		for i := range feeds {
			answer := rss(entry{id: "1", title: offTopic})
			x.web.serve(url(i), func(w http.ResponseWriter, r *http.Request) {
				time.Sleep(200 * time.Millisecond) // A server takes its time; the clock is fake.
				answer(w, r)
			})
		}
		x.run(15 * time.Minute)
		var last time.Time
		asked := make(map[string]bool)
		for _, r := range x.web.requests {
			if gap := r.At.Sub(last); gap < time.Second {
				t.Fatalf("two requests to one host %v apart, want a second at least", gap)
			}
			last, asked[r.URL] = r.At, true
		}
		if x.web.most["outlet.example"] != 1 {
			t.Errorf("%d requests to one host at a time, want 1", x.web.most["outlet.example"])
		}
		if len(asked) != feeds {
			t.Errorf("%d of %d feeds were asked within a quarter of an hour", len(asked), feeds)
		}
		x.store.Close()
	})
}

func TestUpkeepForgetsByRetentionAtNight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, func(c *watcher.Config) { c.Retention.Items = 48 * time.Hour })
		var entries []entry
		for i := range 20 {
			entries = append(entries, entry{id: fmt.Sprint(i), title: fmt.Sprintf("OpenAI and Microsoft %d", i)})
		}
		x.web.serve(feedURL, rss(entries...))
		x.run(24 * time.Hour)
		count := func() (n int) {
			for _, err := range x.store.Items(t.Context(), storage.ItemQuery{}) {
				if err != nil {
					t.Fatal(err)
				}
				n++
			}
			return n
		}
		if n := count(); n != 20 {
			t.Errorf("%d items after a day, want 20", n)
		}
		x.run(72 * time.Hour)
		if n := count(); n != 0 {
			t.Errorf("%d items after four days, want none", n)
		}
		// The feed still lists them: they are not news again.
		x.web.serve(feedURL, rss(append(entries, entry{id: "new", title: onTopic})...))
		x.run(time.Hour)
		if diff := cmp.Diff([]string{onTopic}, x.told()); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
		x.store.Close()
	})
}

func TestNoMoreFeedsAreAskedAtATimeThanConfigured(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const feeds, atATime = 60, 4
		url := func(i int) string { return fmt.Sprintf("https://outlet%d.example/feed.xml", i) }
		x := newWorld(t, func(c *watcher.Config) {
			c.Feeds, c.Poll.Concurrent = nil, atATime
			for i := range feeds {
				c.Feeds = append(c.Feeds, watcher.Feed{URL: url(i), Name: fmt.Sprint("f", i)})
			}
		})
		for i := range feeds {
			answer := rss(entry{id: "1", title: offTopic})
			x.web.serve(url(i), func(w http.ResponseWriter, r *http.Request) {
				time.Sleep(3 * time.Second) // Slower than feeds fall due; the clock is fake.
				answer(w, r)
			})
		}
		x.run(5 * time.Minute)
		if most, asked := x.web.most[anyHost], len(x.web.requests); most != atATime || asked != feeds {
			t.Errorf("%d requests at a time and %d in all, want %d and %d", most, asked, atATime, feeds)
		}
		x.store.Close()
	})
}

func TestDeadReceiverDelaysNoOtherAndLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dead := "https://dead.example/in"
		x := newWorld(t, func(c *watcher.Config) {
			c.Receivers = append([]deliver.Receiver{{Name: "dead", Kind: "webhook", URL: "https://dead.example/in"}}, c.Receivers...)
		})
		x.web.serve(feedURL, rss(entry{id: "1", title: offTopic}))
		x.run(time.Minute)
		x.web.serve(feedURL, rss(entry{id: "2", title: onTopic}, entry{id: "1", title: offTopic}))
		x.run(6 * time.Hour)
		if diff := cmp.Diff([]string{onTopic}, x.told()); diff != "" {
			t.Errorf("the living receiver was told (-want +got):\n%s", diff)
		}
		before := len(x.web.to(dead))
		x.web.serve(dead, status(http.StatusOK))
		x.run(48 * time.Hour)
		if rs := x.web.to(dead); len(rs) != before+1 || before < 4 {
			t.Errorf("the dead receiver was tried %d times while dead and %d times after, want several and once", before, len(rs)-before)
		}
		x.store.Close()
	})
}

func TestReloadAddsChangesAndRemovesWithNothingLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, nil)
		second := "https://second.example/feed.xml"
		x.web.serve(feedURL, rss(entry{id: "1", title: offTopic}))
		x.web.serve(second, rss(entry{id: "1", title: offTopic}))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- x.w.Run(ctx) }()
		time.Sleep(time.Hour) // Of fake time.

		bad := x.config.Settings
		bad.Routes = []watcher.Route{{Receivers: []string{"nobody"}}}
		if err := x.w.Reload(ctx, bad); err == nil || !strings.Contains(err.Error(), "nobody") {
			t.Errorf("a reload with an unknown receiver gave %v, want an error that names it", err)
		}

		changed := x.config.Settings
		hourly, err := watcher.ParseSchedule("@every 1h", time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		changed.Feeds = []watcher.Feed{
			{URL: feedURL, Name: "outlet", Schedule: hourly},
			{URL: second, Name: "second"},
		}
		changed.Rules = mustRules(t, "rules: [{name: weather, query: snow}]")
		if err := x.w.Reload(ctx, changed); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		before := len(x.web.to(feedURL))
		x.web.serve(second, rss(entry{id: "2", title: "Snow falls"}, entry{id: "1", title: offTopic}))
		time.Sleep(3 * time.Hour)
		if n := len(x.web.to(feedURL)) - before; n < 2 || n > 3 {
			t.Errorf("%d polls in three hours of a feed that is hourly now, want 3", n)
		}
		if diff := cmp.Diff([]string{"Snow falls"}, x.told()); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}

		changed.Feeds = changed.Feeds[:1]
		if err := x.w.Reload(ctx, changed); err != nil {
			t.Fatal(err)
		}
		before = len(x.web.to(second))
		time.Sleep(3 * time.Hour)
		if n := len(x.web.to(second)) - before; n > 0 {
			t.Errorf("%d polls of a feed that was removed", n)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		x.store.Close()
	})
}
