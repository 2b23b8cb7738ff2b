package watcher_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/watcher"
)

// notices lists the topics of the notices in the outbox, oldest first.
func (x *world) notices() (topics []string) {
	x.Helper()
	for d, err := range x.store.Deliveries(x.Context(), storage.DeliveryQuery{}) {
		if err != nil {
			x.Fatal(err)
		}
		if d.Alert.Kind == storage.Notice {
			topics = append(topics, d.Alert.Notice.Topic)
		}
	}
	slices.Reverse(topics)
	return topics
}

func TestAilmentIsToldOnceAndSoIsItsEnd(t *testing.T) {
	good := rss(entry{id: "1", title: offTopic})
	for _, tt := range []struct {
		rule  string
		ails  http.HandlerFunc
		topic string
	}{
		{"a feed that is not there", status(http.StatusNotFound), "feed-failing"},
		{"a feed that is refused", status(http.StatusForbidden), "feed-blocked"},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				x := newWorld(t, nil)
				x.web.serve(feedURL, good)
				x.run(time.Hour)
				x.web.serve(feedURL, tt.ails)
				x.run(20 * time.Hour)
				if got := x.notices(); len(got) != 0 {
					t.Errorf("within a day: notices %v, want none", got)
				}
				x.run(40 * time.Hour)
				x.run(40 * time.Hour)
				if got := x.notices(); !slices.Equal(got, []string{tt.topic}) {
					t.Errorf("notices %v, want one of %s", got, tt.topic)
				}
				x.web.serve(feedURL, good)
				x.run(48 * time.Hour)
				if got := x.notices(); !slices.Equal(got, []string{tt.topic, "feed-recovered"}) {
					t.Errorf("after it came back: notices %v", got)
				}
				x.store.Close()
			})
		})
	}
}

func TestNetworkThatIsDownIsOneNotice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, func(c *watcher.Config) {
			for i := range 40 {
				c.Feeds = append(c.Feeds, watcher.Feed{URL: fmt.Sprintf("https://outlet%d.example/feed.xml", i), Name: fmt.Sprint("f", i)})
			}
		})
		serve := func(answer http.HandlerFunc) {
			for _, f := range x.config.Feeds {
				x.web.serve(f.URL, answer)
			}
		}
		serve(rss(entry{id: "1", title: offTopic}))
		x.w = x.restarted()
		go func() {
			time.Sleep(2 * time.Hour)
			serve(nil)
			time.Sleep(60 * time.Hour)
			serve(rss(entry{id: "1", title: offTopic}))
		}()
		x.run(96 * time.Hour)
		if got := x.notices(); !slices.Equal(got, []string{"feed-failing", "feed-recovered"}) {
			t.Errorf("notices %v, want one of the network and one of its end", got)
		}
		x.store.Close()
	})
}

// restarted opens the world anew, as with another configuration.
func (x *world) restarted() *watcher.Watcher {
	x.restart()
	return x.w
}

func TestPermanentRedirectIsFollowedForGoodAfterADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const moved = "https://new.example/feed.xml"
		x := newWorld(t, nil)
		x.web.serve(feedURL, status(http.StatusMovedPermanently, "Location", moved))
		x.web.serve(moved, rss(entry{id: "1", title: offTopic}))
		x.run(23 * time.Hour)
		if a, b := len(x.web.to(feedURL)), len(x.web.to(moved)); a != b {
			t.Errorf("within a day: %d requests to the old address and %d to the new one", a, b)
		}
		x.run(26 * time.Hour)
		old := len(x.web.to(feedURL))
		x.run(24 * time.Hour)
		if now := len(x.web.to(feedURL)); now != old {
			t.Errorf("%d requests more to the old address", now-old)
		}
		if got := x.notices(); !slices.Equal(got, []string{"feed-moved"}) {
			t.Errorf("notices %v, want one that it moved", got)
		}
		x.web.serve(moved, status(http.StatusNotFound))
		x.web.serve(feedURL, rss(entry{id: "1", title: offTopic}))
		x.run(6 * time.Hour)
		if now := len(x.web.to(feedURL)); now == old {
			t.Error("the old address is not asked though the new one is gone")
		}
		x.store.Close()
	})
}

func TestHoursThatAFeedAsksToSkipAreSkipped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, nil)
		x.web.serve(feedURL, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("ETag", `"a"`)
			if r.Header.Get("If-None-Match") != "" {
				w.WriteHeader(http.StatusNotModified)
				return
			}
			fmt.Fprint(w, `<rss version="2.0"><channel><title>A</title><skipHours><hour>3</hour><hour>4</hour><hour>5</hour></skipHours><skipDays><day>Sunday</day></skipDays><item><title>One</title><guid>1</guid></item></channel></rss>`)
		})
		x.run(8 * 24 * time.Hour)
		rs := x.web.to(feedURL)
		for _, r := range rs[1:] {
			if at := r.At.UTC(); at.Hour() >= 3 && at.Hour() <= 5 || at.Weekday() == time.Sunday {
				t.Errorf("a request on %v", at.Format("Monday 15:04"))
			}
		}
		if len(rs) < 100 {
			t.Errorf("%d requests in eight days", len(rs))
		}
		x.store.Close()
	})
}

func TestCorrectionIsKeptAsARevision(t *testing.T) {
	x := newWorld(t, nil)
	x.web.serve(feedURL, rss(entry{id: "1", title: offTopic}, entry{id: "2", title: onTopic}))
	x.poll(watcher.PollOptions{})
	x.web.serve(feedURL, rss(entry{id: "1", title: offTopic + "!"}, entry{id: "2", title: "OpenAI and Microsoft do not talk"}))
	if r := x.poll(watcher.PollOptions{}); r.Changed != 1 || r.New != 0 {
		t.Errorf("%d changed and %d new, want the one with other words", r.Changed, r.New)
	}
	x.web.serve(feedURL, rss(entry{id: "1", title: offTopic}, entry{id: "2", title: "OpenAI and Microsoft talk again"}))
	if r := x.poll(watcher.PollOptions{}); r.Changed != 0 {
		t.Errorf("%d changed within the hour, want none", r.Changed)
	}
}
