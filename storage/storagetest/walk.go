package storagetest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/feedwatch/feedwatch/storage"
)

// testModel lets engine and model take the same random steps, among them crashes
// that leave claims unsettled, and compares all that can be asked after each.
// The promises that nothing is lost and nothing said twice are in that: an alert
// of an accepted commit is in the model's outbox, once, until it is delivered.
func testModel(t *testing.T, open func(t *testing.T, dir string) storage.Store) {
	base, runs := t.TempDir(), 0
	rapid.Check(t, func(rt *rapid.T) {
		runs++
		dir := filepath.Join(base, fmt.Sprint(runs))
		w := &walk{model: newModel(), now: t0, written: make(map[uint64]bool)}
		w.bench = &bench{tester: rt, open: func() storage.Store { return open(t, dir) }}
		w.store = w.open()
		defer func() {
			if err := errors.Join(w.store.Close(), os.RemoveAll(dir)); err != nil {
				rt.Fatal(err)
			}
		}()
		rt.Repeat(map[string]func(*rapid.T){
			"":         w.compare,
			"wait":     func(rt *rapid.T) { w.now = w.soon(rt, "now") },
			"watch":    w.watch,
			"due":      w.due,
			"take":     w.take,
			"commit":   w.commit,
			"commit 2": w.commit, // more often than the rest
			"claim":    w.claim,
			"claim 2":  w.claim,
			"settle":   w.settle,
			"enqueue":  w.enqueue,
			"merge":    w.merge,
			"split":    w.split,
			"replay":   w.replay,
			"crash":    w.crash,
		})
	})
}

type walk struct {
	*bench
	model    *model
	now      time.Time
	claims   []storage.Feed     // every feed handed out since the last crash, stale ones too
	written  map[uint64]bool    // revisions that stories had
	attempts []storage.Delivery // every delivery ever handed out
}

const (
	walkFeeds     = 3
	walkKeys      = 8
	walkStories   = 4
	walkReceivers = 2
)

// soon draws a time from now to a little after the end of a lease.
func (w *walk) soon(rt *rapid.T, label string) time.Time {
	return w.now.Add(time.Duration(rapid.IntRange(0, 150).Draw(rt, label)) * time.Second)
}

func drawReceiver(rt *rapid.T) string {
	return fmt.Sprint("r", rapid.IntRange(0, walkReceivers-1).Draw(rt, "receiver"))
}

func (w *walk) watch(rt *rapid.T) {
	var feeds []storage.Watched
	for i := range walkFeeds {
		if rapid.Bool().Draw(rt, "watched") {
			feeds = append(feeds, storage.Watched{URL: feedURL(i), First: w.soon(rt, "first")})
		}
	}
	w.ok(w.store.Watch(rt.Context(), feeds))
	w.model.watch(feeds)
}

func (w *walk) due(rt *rapid.T) {
	n := rapid.IntRange(0, walkFeeds).Draw(rt, "n")
	d, err := w.store.Due(rt.Context(), w.now, lease, n)
	w.ok(err)
	times := w.model.dueTimes()
	for _, f := range d.Feeds {
		m := w.model.feeds[f.URL]
		if n == 0 || !m.Watched || !m.due().Equal(times[0]) || times[0].After(w.now) {
			rt.Fatalf("%s was handed out", f.URL)
		}
		n, times = n-1, times[1:]
		w.claimed(f)
	}
	if n > 0 && len(times) > 0 && !times[0].After(w.now) {
		rt.Fatal("a feed that is due was not handed out")
	}
	w.equal("next", d.Next, first(times))
}

func first(times []time.Time) time.Time {
	if len(times) == 0 {
		return time.Time{}
	}
	return times[0]
}

func (w *walk) take(rt *rapid.T) {
	url := feedURL(rapid.IntRange(0, walkFeeds-1).Draw(rt, "feed"))
	f, err := w.store.Take(rt.Context(), url, w.now, lease)
	m := w.model.feeds[url]
	switch {
	case m == nil || !m.Watched:
		w.is(err, storage.ErrUnknown)
	case m.lease.After(w.now):
		w.is(err, storage.ErrBusy)
	default:
		w.ok(err)
		w.claimed(f)
	}
}

// claimed notes a feed that was just handed out.
func (w *walk) claimed(f storage.Feed) {
	if before := w.model.feeds[f.URL].epoch; f.Epoch <= before {
		w.Fatalf("epoch %d after %d", f.Epoch, before)
	}
	w.equal("feed", f, w.model.claimFeed(f.URL, f.Epoch, w.now.Add(lease)))
	w.claims = append(w.claims, f)
}

func (w *walk) commit(rt *rapid.T) {
	if len(w.claims) == 0 {
		rt.Skip("nothing was claimed")
	}
	f := rapid.SampledFrom(w.claims).Draw(rt, "claim")
	f.Next, f.LastPoll, f.LastListed = w.soon(rt, "next"), w.now, w.now
	f.Failures = rapid.IntRange(0, 3).Draw(rt, "failures")
	p := storage.Poll{Feed: f, Partial: rapid.Bool().Draw(rt, "partial")}
	for range rapid.IntRange(0, 3).Draw(rt, "items") {
		p.Items = append(p.Items, w.newItem(rt, f.URL))
		p.Listed = append(p.Listed, p.Items[len(p.Items)-1].Keys...)
	}
	p.Stories = w.joined(rt)
	if rapid.Bool().Draw(rt, "change") {
		p.Changes = []storage.Change{w.change(rt)}
	}
	if rapid.Bool().Draw(rt, "idle") {
		p = storage.Poll{Feed: f, Idle: true}
	}
	receipt, err := w.store.Commit(rt.Context(), p)
	want, refused := w.model.commit(p)
	if refused != nil {
		w.is(err, refused)
		return
	}
	w.ok(err)
	w.equal("receipt", receipt, want)
	w.adopt(p.Stories)
}

func (w *walk) newItem(rt *rapid.T, url string) storage.NewItem {
	var n storage.NewItem
	for range rapid.IntRange(1, 2).Draw(rt, "keys") {
		n.Keys = append(n.Keys, key(rapid.IntRange(0, walkKeys-1).Draw(rt, "key")))
	}
	n.Item = storage.Item{ID: storage.NewItemID(w.now, url, n.Keys[0]), Seen: w.now, Feed: url, Title: fmt.Sprint(n.Keys), Story: drawStory(rt)}
	n.Digest = rapid.Uint64().Draw(rt, "digest")
	n.Alerts = w.alerts(rt, n.Item)
	return n
}

func drawStory(rt *rapid.T) string {
	return fmt.Sprint(rapid.IntRange(0, walkStories-1).Draw(rt, "story"))
}

// alerts draws alerts, some of which hang on others.
func (w *walk) alerts(rt *rapid.T, item storage.Item) (alerts []storage.Alert) {
	for range rapid.IntRange(0, 2).Draw(rt, "alerts") {
		a := alert(drawReceiver(rt), drawStory(rt))
		a.Item, a.Created = item, w.now
		if rapid.Bool().Draw(rt, "follows") {
			a.Parent = idOf(a.Receiver, drawStory(rt))
		}
		alerts = append(alerts, a)
	}
	return alerts
}

func (w *walk) claim(rt *rapid.T) {
	r := storage.ClaimRequest{
		Receiver: drawReceiver(rt), Now: w.now, Lease: lease,
		Limit: rapid.IntRange(0, 3).Draw(rt, "limit"),
		Pace:  time.Duration(rapid.IntRange(0, 1).Draw(rt, "pace")) * 10 * time.Second,
	}
	c, err := w.store.Claim(rt.Context(), r)
	w.ok(err)
	w.equal("handed out", len(c.Deliveries), w.model.claimable(r))
	handed := make(map[string]bool)
	for _, d := range c.Deliveries {
		if waits := w.model.waiting(r.Receiver); !w.model.outbox[d.Alert.ID].Due.Equal(waits[0].Due) {
			rt.Fatalf("%s was handed out before %s", d.Alert.ID, waits[0].Alert.ID)
		}
		w.equal("delivery", d, w.model.startAttempt(d.Alert.ID, w.now, w.now.Add(lease)))
		w.attempts = append(w.attempts, d)
		handed[d.Alert.ID] = true
	}
	if r.Pace > 0 && len(c.Deliveries) > 0 {
		w.model.pause(r.Receiver, w.now.Add(r.Pace))
	}
	w.equal("next", c.Next, w.nextClaim(r.Receiver, handed))
}

// nextClaim is when a receiver can have a delivery other than those just handed
// out.
func (w *walk) nextClaim(receiver string, handed map[string]bool) time.Time {
	for _, d := range w.model.waiting(receiver) {
		if handed[d.Alert.ID] {
			continue
		}
		if pause := w.model.notBefore[receiver]; pause.After(d.Due) {
			return pause
		}
		return d.Due
	}
	return time.Time{}
}

func (w *walk) settle(rt *rapid.T) {
	if len(w.attempts) == 0 {
		rt.Skip("nothing was claimed")
	}
	d := rapid.SampledFrom(w.attempts).Draw(rt, "attempt")
	a := d.Attempts[len(d.Attempts)-1]
	a.Ended, a.Verdict = w.now, rapid.SampledFrom([]storage.Verdict{storage.Done, storage.Retry, storage.GiveUp, storage.Waited}).Draw(rt, "verdict")
	if a.Verdict != storage.Done {
		a.Detail = rapid.SampledFrom([]string{"busy", "no"}).Draw(rt, "detail")
	}
	if a.Verdict == storage.Retry || a.Verdict == storage.Waited {
		a.RetryAt = w.soon(rt, "retry")
	}
	o := outcome(d, a)
	o.Ref = rapid.SampledFrom([]string{"", "m1", "m2"}).Draw(rt, "ref")
	if rapid.Bool().Draw(rt, "pause") {
		o.Pause = w.soon(rt, "until")
	}
	err := w.store.Settle(rt.Context(), o)
	if refused := w.model.settle(o); refused != nil {
		w.is(err, refused)
		return
	}
	w.ok(err)
}

func (w *walk) enqueue(rt *rapid.T) {
	alerts := w.alerts(rt, storage.Item{})
	receipt, err := w.store.Enqueue(rt.Context(), alerts)
	w.ok(err)
	var want storage.Receipt
	w.model.enqueue(alerts, &want)
	slices.Sort(want.Receivers)
	w.equal("receipt", receipt, want)
}

func (w *walk) replay(rt *rapid.T) {
	receiver := rapid.SampledFrom([]string{"", "r0"}).Draw(rt, "receiver")
	var chosen []string
	if len(w.attempts) > 0 && rapid.Bool().Draw(rt, "one") {
		chosen = []string{rapid.SampledFrom(w.attempts).Draw(rt, "delivery").Alert.ID}
	}
	n, err := w.store.Replay(rt.Context(), receiver, chosen, w.now)
	w.ok(err)
	w.equal("replayed", n, w.model.replay(receiver, chosen, w.now))
}

func (w *walk) crash(*rapid.T) {
	w.reopen()
	w.model.crash()
	w.claims = nil // who made them is gone
}

// compare asks the store for all it has.
func (w *walk) compare(*rapid.T) {
	feeds := all(w.bench, w.store.Feeds(w.Context()))
	for i := range feeds {
		feeds[i].Epoch = 0
	}
	w.equal("feeds", feeds, w.model.feedStates())
	items := make(map[string]storage.Item)
	for _, i := range w.items(storage.ItemQuery{}) {
		items[i.ID] = i
	}
	w.equal("items", items, w.model.items)
	outbox := make(map[string]*storage.Delivery)
	for _, d := range w.deliveries(storage.DeliveryQuery{}) {
		outbox[d.Alert.ID] = &d
	}
	w.equal("outbox", outbox, w.model.outbox)
	for k, want := range w.model.known {
		known, err := w.store.Seen(w.Context(), k.feed, []storage.Key{k.key})
		w.ok(err)
		w.equal("known", known, []storage.Known{want})
	}
	w.compareStories()
	s := w.stats()
	s.Size, s.Free, s.Schema = 0, 0, 0
	w.equal("stats", s, w.model.stats())
}
