package watcher_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/watcher"
)

// The tests here show points of the checklist in package feed, by their numbers.

func TestNotModifiedWritesNothingButTheFeedsState(t *testing.T) { // point 13
	x := newWorld(t, nil)
	x.web.serve(feedURL, rss(entry{id: "2", title: onTopic}, entry{id: "1", title: offTopic}))
	x.poll(watcher.PollOptions{})
	before, items := x.remembered(), x.titles()
	x.web.serve(feedURL, status(http.StatusBadGateway))
	x.poll(watcher.PollOptions{})
	x.web.serve(feedURL, status(http.StatusNotModified))
	r := x.poll(watcher.PollOptions{})
	if !r.Same || r.Status != http.StatusNotModified || r.New != 0 || r.Entries != 0 || r.Alerts != 0 {
		t.Errorf("report %+v, want nothing but that it is the same", r)
	}
	after := x.remembered()
	if after.Failures != 0 || after.LastError != "" || !after.LastGood.After(before.LastGood) {
		t.Errorf("%d failures, last error %q, last success %v: want it to count as a success", after.Failures, after.LastError, after.LastGood)
	}
	if diff := cmp.Diff(items, x.titles()); diff != "" || after.Items != before.Items || !after.LastListed.Equal(before.LastListed) || !bytes.Equal(after.Entry, before.Entry) {
		t.Errorf("items or the record of the last listing changed (-before +after):\n%s", diff)
	}
}

// farAhead runs a world in a bubble of its own until the clock there is a month
// ahead of that in the next one.
func farAhead(t *testing.T, dir string, web *web) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(30 * 24 * time.Hour)
		x := newWorld(t, func(c *watcher.Config) { c.Transport = web })
		x.move(dir)
		x.run(2 * time.Hour)
		x.store.Close()
	})
}

// move makes the world's store that in another directory.
func (x *world) move(dir string) {
	x.Helper()
	if err := x.store.Close(); err != nil {
		x.Fatal(err)
	}
	x.dir = dir
	x.open()
}

func TestClockThatWasAheadDelaysNothing(t *testing.T) { // point 30
	dir, net := t.TempDir(), newWeb()
	net.serve(feedURL, rss(entry{id: "1", title: offTopic}))
	farAhead(t, dir, net)
	before := len(net.to(feedURL))
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, func(c *watcher.Config) { c.Transport = net })
		x.move(dir)
		x.run(2 * time.Hour)
		if n := len(net.to(feedURL)) - before; n < 6 || n > 9 {
			t.Errorf("%d polls in the two hours after the clock was set back a month, want 7 or 8", n)
		}
		x.store.Close()
	})
}

func TestClockThatJumpsAheadIsOnePollEach(t *testing.T) { // point 30
	synctest.Test(t, func(t *testing.T) {
		const feeds = 200
		x := newWorld(t, func(c *watcher.Config) { c.Feeds = manyOutlets(feeds) })
		for _, f := range x.config.Feeds {
			x.web.serve(f.URL, rss(entry{id: "1", title: offTopic}))
		}
		x.w = x.restarted()
		x.run(20 * time.Minute)
		time.Sleep(30 * 24 * time.Hour) // Nobody was there, as while a machine sleeps.
		before := len(x.web.requests)
		x.run(14 * time.Minute)
		if n := len(x.web.requests) - before; n != feeds {
			t.Errorf("%d requests for %d feeds in the quarter of an hour after a month, want one each", n, feeds)
		}
		if most := x.web.most[anyHost]; most > 32 {
			t.Errorf("%d requests at a time, want no more than ever", most)
		}
		x.store.Close()
	})
}

// manyOutlets are feeds on as many hosts.
func manyOutlets(n int) (feeds []watcher.Feed) {
	for i := range n {
		feeds = append(feeds, watcher.Feed{URL: fmt.Sprintf("https://outlet%d.example/feed.xml", i), Name: fmt.Sprint("f", i)})
	}
	return feeds
}

func TestAddressConfiguredTwiceIsAskedOnce(t *testing.T) { // point 31
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, func(c *watcher.Config) {
			c.Feeds = append(c.Feeds, watcher.Feed{URL: feedURL, Name: "again"})
		})
		x.web.serve(feedURL, rss(entry{id: "1", title: offTopic}))
		x.run(2 * time.Hour)
		for _, gap := range x.web.gaps(feedURL) {
			if gap < 15*time.Minute {
				t.Errorf("two requests %v apart, want a quarter of an hour", gap)
			}
		}
		x.store.Close()
	})
}

func TestGoneFeedComesBackWhenAskedByHand(t *testing.T) { // point 40
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, nil)
		x.web.serve(feedURL, rss(entry{id: "1", title: offTopic}))
		x.run(time.Hour)
		x.web.serve(feedURL, status(http.StatusGone))
		x.run(48 * time.Hour)
		gone := len(x.web.to(feedURL))
		x.run(10 * 24 * time.Hour)
		if n := len(x.web.to(feedURL)) - gone; n != 0 {
			t.Errorf("%d requests to a feed that is gone", n)
		}
		if got := x.notices(); !slices.Equal(got, []string{"feed-gone"}) {
			t.Errorf("notices %v, want one that it is gone", got)
		}
		x.web.serve(feedURL, rss(entry{id: "2", title: onTopic}, entry{id: "1", title: offTopic}))
		x.restart()
		if r := x.poll(watcher.PollOptions{}); r.Err != nil || r.New != 1 {
			t.Errorf("by hand: %+v, want it read", r)
		}
		before := len(x.web.to(feedURL))
		x.run(6 * time.Hour)
		if n := len(x.web.to(feedURL)) - before; n < 5 {
			t.Errorf("%d polls in the six hours after it came back", n)
		}
		if got := x.notices(); !slices.Equal(got, []string{"feed-gone", "feed-recovered"}) {
			t.Errorf("notices %v, want one more that it is back", got)
		}
		x.store.Close()
	})
}

func TestFirstSuccessEndsTheBackoff(t *testing.T) { // point 46
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, nil)
		x.web.serve(feedURL, status(http.StatusInternalServerError))
		x.run(36 * time.Hour)
		failed := len(x.web.to(feedURL))
		x.web.serve(feedURL, rss(entry{id: "1", title: offTopic}))
		x.run(36 * time.Hour)
		gaps := x.web.gaps(feedURL)[failed:]
		if len(gaps) < 20 {
			t.Fatalf("%d polls after it answers again", len(gaps))
		}
		for _, gap := range gaps {
			if gap < 15*time.Minute || gap > 70*time.Minute {
				t.Errorf("a poll %v after the one before, want no burst and no backoff", gap)
			}
		}
		x.store.Close()
	})
}

func TestFeedThatMovedOntoAnotherIsAskedOnceADay(t *testing.T) { // point 58
	synctest.Test(t, func(t *testing.T) {
		const other = "https://other.example/feed.xml"
		x := newWorld(t, func(c *watcher.Config) {
			c.Feeds = append(c.Feeds, watcher.Feed{URL: other, Name: "other"})
		})
		x.web.serve(feedURL, status(http.StatusMovedPermanently, "Location", other))
		x.web.serve(other, rss(entry{id: "1", title: offTopic}))
		x.run(50 * time.Hour)
		old, all := len(x.web.to(feedURL)), len(x.web.to(other))
		x.run(72 * time.Hour)
		if n := len(x.web.to(feedURL)) - old; n != 0 {
			t.Errorf("%d requests more to the old address", n)
		}
		// The other feed has its own pace, and is quiet.
		if n := len(x.web.to(other)) - all; n > 72*4+4 {
			t.Errorf("%d requests in three days to the address of both, want those of one feed and one a day", n)
		}
		if got := x.notices(); !slices.Equal(got, []string{"feed-moved"}) {
			t.Fatalf("notices %v, want one that it moved", got)
		}
		if text := x.notice("feed-moved"); !strings.Contains(text, "configured as other") || !strings.Contains(text, "Take outlet out") {
			t.Errorf("the notice says %q, want what to take out", text)
		}
		x.store.Close()
	})
}

// notice is the text of the newest notice of a topic.
func (x *world) notice(topic string) (text string) {
	x.Helper()
	for d, err := range x.store.Deliveries(x.Context(), storage.DeliveryQuery{}) {
		if err != nil {
			x.Fatal(err)
		}
		if d.Alert.Kind == storage.Notice && d.Alert.Notice.Topic == topic {
			return d.Alert.Notice.Title + "\n" + d.Alert.Notice.Text
		}
	}
	return ""
}

func TestStartSpreadsTheFirstRequests(t *testing.T) { // point 69
	synctest.Test(t, func(t *testing.T) {
		const feeds = 500
		x := newWorld(t, func(c *watcher.Config) { c.Feeds = manyOutlets(feeds) })
		for _, f := range x.config.Feeds {
			x.web.serve(f.URL, rss(entry{id: "1", title: offTopic}))
		}
		x.run(10 * time.Minute)
		rs := x.web.requests
		if took := rs[feeds-1].At.Sub(rs[0].At); took < time.Minute {
			t.Errorf("the first %d requests went out within %v, want a minute at least", feeds, took)
		}
		before := len(rs)
		x.run(30 * time.Minute)
		for _, r := range x.web.requests[before:] {
			if r.Header.Get("If-None-Match") == "" {
				t.Errorf("after a restart %s is asked without a condition", r.URL)
			}
		}
		x.store.Close()
	})
}

func TestNetworkThatComesBackMeetsNoStorm(t *testing.T) { // point 70
	synctest.Test(t, func(t *testing.T) {
		const feeds, window = 80, 10 * time.Second
		x := newWorld(t, func(c *watcher.Config) { c.Feeds = manyOutlets(feeds) }) // Nobody answers.
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- x.w.Run(ctx) }()
		time.Sleep(3 * time.Hour) // Of fake time.
		for _, f := range x.config.Feeds {
			x.web.serve(f.URL, rss(entry{id: "1", title: offTopic}))
		}
		back := time.Now()
		time.Sleep(8 * time.Hour)
		cancel()
		<-done
		asked, windows := make(map[string]bool), make(map[int]int)
		for _, r := range x.web.requests {
			if r.At.After(back) && r.URL != hookURL {
				asked[r.URL] = true
				windows[int(r.At.Sub(back)/window)]++
			}
		}
		for n, count := range windows {
			if count > feeds/4 {
				t.Errorf("%d requests within %v, %v after the network came back", count, window, time.Duration(n)*window)
			}
		}
		if len(asked) != feeds {
			t.Errorf("%d of %d feeds were asked within eight hours", len(asked), feeds)
		}
		x.store.Close()
	})
}

func TestFeedThatStandsStillIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, nil)
		published := func(n int) []entry {
			var list []entry
			for i := n; i > 0; i-- {
				list = append(list, entry{id: fmt.Sprint(i), title: fmt.Sprintf("%s %d", offTopic, i)})
			}
			return list
		}
		for day := range 8 {
			x.web.serve(feedURL, rss(published(day+1)...))
			x.run(24 * time.Hour)
		}
		if got := x.notices(); len(got) != 0 {
			t.Fatalf("notices %v of a feed that lives", got)
		}
		x.run(12 * 24 * time.Hour)
		if got := x.notices(); !slices.Equal(got, []string{"feed-stale"}) {
			t.Errorf("notices %v, want one that it stands still", got)
		}
		if text := x.notice("feed-stale"); !strings.Contains(text, "nothing new for") {
			t.Errorf("the notice says %q", text)
		}
		x.web.serve(feedURL, rss(published(9)...))
		x.run(48 * time.Hour)
		if got := x.notices(); !slices.Equal(got, []string{"feed-stale", "feed-recovered"}) {
			t.Errorf("notices %v, want one more that it lives", got)
		}
		x.store.Close()
	})
}

func TestManyFeedsThatFailTogetherAreOneNotice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const feeds = 12
		x := newWorld(t, func(c *watcher.Config) { c.Feeds = manyOutlets(feeds) })
		serve := func(answer http.HandlerFunc) {
			for _, f := range x.config.Feeds {
				x.web.serve(f.URL, answer)
			}
		}
		serve(rss(entry{id: "1", title: offTopic}))
		x.run(time.Hour)
		serve(status(http.StatusGone))
		x.run(2 * time.Hour)
		// One may fall due minutes after the others, and is told by itself.
		told, most := 0, 0
		for d, err := range x.store.Deliveries(t.Context(), storage.DeliveryQuery{}) {
			if err != nil {
				t.Fatal(err)
			}
			named := 0
			for _, f := range x.config.Feeds {
				if m := d.Alert.Notice; strings.Contains(m.Title+"\n"+m.Text, f.Name+": ") || strings.HasPrefix(m.Title, f.Name+" is gone") {
					named++
				}
			}
			told, most = told+named, max(most, named)
		}
		if told != feeds || most < feeds-3 {
			t.Errorf("%d feeds are told of, %d in one notice; want each once, and nearly all together", told, most)
		}
		x.store.Close()
	})
}

func TestLifetimeOfAYearIsADayAndSaysSo(t *testing.T) { // point 27
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, nil)
		answer := rss(entry{id: "1", title: offTopic})
		x.web.serve(feedURL, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "max-age=31536000")
			answer(w, r)
		})
		x.run(72 * time.Hour)
		for _, gap := range x.web.gaps(feedURL) {
			if gap < 24*time.Hour || gap > 25*time.Hour {
				t.Errorf("a poll %v after the one before, want a day", gap)
			}
		}
		st, err := x.w.Status(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if reason := st.Feeds[0].Reason; !strings.Contains(reason, "no more than a day is waited") {
			t.Errorf("the reason for its pace is %q, want it to name the cap", reason)
		}
		if n := strings.Count(x.log.String(), "it gets a day"); n != 1 {
			t.Errorf("the cap was logged %d times, want once", n)
		}
		x.store.Close()
	})
}

func TestSizeOfAFeedIsWhatCameOverTheWire(t *testing.T) {
	x := newWorld(t, nil)
	var doc bytes.Buffer
	z := gzip.NewWriter(&doc)
	fmt.Fprintf(z, "<rss><channel><title>T</title><item><guid>1</guid><description>%s</description></item></channel></rss>", strings.Repeat("rain and ", 5000))
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	x.web.serve(feedURL, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(doc.Bytes())
	})
	if r := x.poll(watcher.PollOptions{}); r.Err != nil {
		t.Fatal(r.Err)
	}
	if got := x.remembered().Bytes; got != int64(doc.Len()) {
		t.Errorf("%d bytes, want the %d that were sent", got, doc.Len())
	}
}
