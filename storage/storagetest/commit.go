package storagetest

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/feedwatch/feedwatch/storage"
)

var commitRules = []rule{
	{"all that a poll brings comes back as it was", checkRoundTrip},
	{"a commit ends the claim and makes the feed due at its next time", func(b *bench) {
		b.watch(1)
		f := b.take(0, t0)
		f.Next = at(time.Minute)
		b.commit(storage.Poll{Feed: f})
		b.equal("due", urls(b.due(at(time.Minute), 9).Feeds), []string{feedURL(0)})
	}},
	{"a stale commit changes nothing", func(b *bench) {
		b.watch(1)
		old := b.take(0, t0)
		b.take(0, at(lease))
		old.Title, old.Next = "old", at(time.Second)
		_, err := b.store.Commit(b.Context(), storage.Poll{Feed: old, Items: []storage.NewItem{item(1, t0, alert("r", "s"))}})
		b.is(err, storage.ErrStale)
		b.equal("stored", len(b.items(storage.ItemQuery{}))+len(b.deliveries(storage.DeliveryQuery{})), 0)
		b.equal("known", b.seen(0, key(1)), []string{""})
		b.equal("title", b.feed(0).Title, "")
		b.equal("due", b.due(at(2*lease-1), 9), storage.Due{Next: at(2 * lease)})
	}},
	{"a commit of a feed that is not in the store is refused", func(b *bench) {
		_, err := b.store.Commit(b.Context(), storage.Poll{Feed: storage.Feed{URL: feedURL(0)}})
		b.is(err, storage.ErrUnknown)
	}},
	{"an error does not show what a feed's URL keeps secret", func(b *bench) {
		b.watch(1)
		_, err := b.store.Commit(b.Context(), storage.Poll{Feed: storage.Feed{URL: feedURL(0), Epoch: 7}})
		b.is(err, storage.ErrStale)
		if s := err.Error(); strings.Contains(s, "secret") || strings.Contains(s, "key=") || !strings.Contains(s, "news0.example") {
			b.Fatalf("the error names the feed as %q", s)
		}
	}},
	{"a commit while the feed is no longer watched does not make it due", func(b *bench) {
		b.watch(1)
		f := b.take(0, t0)
		b.watch(0)
		f.Title, f.Next = "kept", at(time.Second)
		b.commit(storage.Poll{Feed: f})
		b.equal("due", b.due(at(time.Hour), 9), storage.Due{})
		b.equal("title", b.feed(0).Title, "kept")
		b.equal("watched", b.feed(0).Watched, false)
	}},
	{"a poll that found nothing counts at once, and outlives the store's end", func(b *bench) {
		b.watch(2)
		f := b.take(0, t0)
		f.Title, f.Next, f.Rhythm = "news", at(time.Minute), []byte("r")
		b.commit(storage.Poll{Feed: f})
		f = b.take(0, at(time.Minute))
		f.LastPoll, f.Next = at(time.Minute), at(time.Hour)
		b.commit(storage.Poll{Feed: f, Idle: true})
		b.equal("state", b.feed(0), f)
		b.commit(storage.Poll{Feed: f, Idle: true})
		b.equal("due", urls(b.due(at(time.Hour-1), 9).Feeds), []string{feedURL(1)})
		b.commit(storage.Poll{Feed: f, Idle: true})
		b.equal("due", urls(b.due(at(time.Hour), 9).Feeds), []string{feedURL(0)})
		b.reopen()
		b.equal("state", b.feed(0), f)
	}},
	{"a feed can be taken at once after a poll that found nothing", func(b *bench) {
		b.watch(1)
		f := b.take(0, t0)
		f.LastPoll = at(1)
		b.commit(storage.Poll{Feed: f, Idle: true})
		f.Epoch++
		b.equal("state", b.take(0, at(2)), f)
	}},
	{"a stale poll that found nothing changes nothing", func(b *bench) {
		b.watch(1)
		old := b.take(0, t0)
		b.take(0, at(lease))
		old.LastPoll, old.Next = at(1), at(time.Second)
		_, err := b.store.Commit(b.Context(), storage.Poll{Feed: old, Idle: true})
		b.is(err, storage.ErrStale)
		b.equal("last poll", b.feed(0).LastPoll, time.Time{})
		b.equal("due", b.due(at(2*lease-1), 9), storage.Due{Next: at(2 * lease)})
	}},
	{"a slice writes its items and leaves the feed's state and claim", checkSlices},
	{"the store counts a feed's items", func(b *bench) {
		b.watch(1)
		b.poll(t0, item(1, t0), item(2, t0))
		f := b.take(0, at(time.Hour))
		f.Items = 99
		b.commit(storage.Poll{Feed: f, Items: []storage.NewItem{item(2, t0), item(3, at(time.Hour))}})
		b.equal("items", b.feed(0).Items, uint64(3))
	}},
	{"an item without a key or with a taken ID is an error and writes nothing", func(b *bench) {
		b.watch(1)
		f := b.take(0, t0)
		same := item(2, t0)
		same.Item.ID = item(1, t0).Item.ID
		for _, n := range []storage.NewItem{{Item: item(2, t0).Item}, same} {
			_, err := b.store.Commit(b.Context(), storage.Poll{Feed: f, Items: []storage.NewItem{item(1, t0), n}})
			if err == nil {
				b.Fatalf("item %+v was taken", n)
			}
			b.equal("items", len(b.items(storage.ItemQuery{})), 0)
			b.equal("counts", []uint64{b.stats().Items, b.stats().Identities}, []uint64{0, 0})
		}
	}},
}

func checkRoundTrip(b *bench) {
	b.watch(1)
	f := b.take(0, t0)
	f.Next, f.NotBefore = at(time.Hour), at(30*time.Minute)
	f.Validators = storage.Validators{URL: "https://a.example/x", ETag: `W/"1"`, LastModified: "Mon, 09 Mar 2026 08:00:00 GMT", BodyHash: "abc"}
	f.Title, f.LastError, f.Status, f.Entries, f.Failures, f.Gone = "Näws", "boom", 503, 40, 2, 1
	f.Baseline, f.LastPoll, f.LastGood, f.LastListed, f.LastNew, f.Newest = at(1), at(2), at(3), at(4), at(5), at(6)
	n := item(1, t0)
	n.Item = storage.Item{
		ID: n.Item.ID, Seen: t0, Feed: feedURL(0), FeedName: "news", Tier: 2, Tags: []string{"ai", ""}, Language: "de-CH",
		Link: "https://a.example/1", Title: "T\x00\xff", Text: strings.Repeat("long ", 5000), Author: "A", Categories: []string{"c"},
		Published: time.Date(9999, 12, 31, 0, 0, 0, 1, time.UTC), Updated: time.Date(1, 1, 1, 0, 0, 0, 1, time.UTC),
		Story: "s", Silent: "baseline",
	}
	a := alert("r", "s")
	a.Severity, a.Item, a.Created = "high", n.Item, at(time.Second)
	a.Matches = []storage.Match{
		{Rule: "one", Revision: "r1", Severity: "high", Spans: []storage.Span{{Field: "title", Start: 3, End: 9, Text: "OpenAI"}}},
		{Rule: "two"},
	}
	a.Fetch = storage.Fetch{URL: "https://a.example/x", At: at(-1), Status: 200}
	n.Alerts = []storage.Alert{a}
	receipt := b.commit(storage.Poll{Feed: f, Items: []storage.NewItem{n}, Listed: n.Keys})
	b.equal("receipt", receipt, storage.Receipt{Items: 1, Alerts: 1, Receivers: []string{"r"}})
	b.reopen()
	f.Items = 1
	b.equal("feed", b.feed(0), f)
	b.equal("items", b.items(storage.ItemQuery{}), []storage.Item{n.Item})
	b.equal("deliveries", b.deliveries(storage.DeliveryQuery{}), []storage.Delivery{{Alert: a, State: storage.Pending, Due: a.Created}})
	b.equal("known", b.seen(0, key(1), key(2)), []string{n.Item.ID, ""})
}

func checkSlices(b *bench) {
	b.watch(1)
	f := b.take(0, t0)
	f.Title, f.Next = "new", at(time.Hour)
	b.commit(storage.Poll{Feed: f, Partial: true, Items: []storage.NewItem{item(1, t0, alert("r", "s"))}})
	got := b.feed(0)
	b.equal("state", []any{got.Title, got.Next, got.Items}, []any{"", t0, uint64(1)})
	b.equal("known", b.seen(0, key(1)), []string{item(1, t0).Item.ID})
	b.equal("outbox", ids(b.deliveries(storage.DeliveryQuery{})), []string{idOf("r", "s")})
	_, err := b.store.Take(b.Context(), feedURL(0), at(1), lease)
	b.is(err, storage.ErrBusy)
	b.commit(storage.Poll{Feed: f, Items: []storage.NewItem{item(2, t0)}})
	got = b.feed(0)
	b.equal("state", []any{got.Title, got.Next, got.Items}, []any{"new", at(time.Hour), uint64(2)})
}

var onceRules = []rule{
	{"an item whose key is known is dropped with its alerts", func(b *bench) {
		b.watch(1)
		b.poll(t0, item(1, t0))
		again := item(2, at(time.Hour), alert("r", "s"))
		again.Keys = append(again.Keys, key(1))
		receipt := b.poll(at(time.Hour), again, item(3, at(time.Hour)))
		b.equal("receipt", receipt, storage.Receipt{Items: 1})
		b.equal("items", titles(b.items(storage.ItemQuery{})), []string{"title 3", "title 1"})
		b.equal("known", b.seen(0, key(2))[0], "")
	}},
	{"of two items of one poll with a common key the first counts", func(b *bench) {
		b.watch(1)
		second := item(2, at(1), alert("r", "two"))
		second.Keys = append(second.Keys, key(1))
		receipt := b.poll(t0, item(1, t0, alert("r", "one")), second)
		b.equal("receipt", receipt, storage.Receipt{Items: 1, Alerts: 1, Receivers: []string{"r"}})
		b.equal("outbox", ids(b.deliveries(storage.DeliveryQuery{})), []string{idOf("r", "one")})
	}},
	{"a key is known in its own feed only", func(b *bench) {
		b.watch(2)
		b.poll(t0, item(1, t0))
		b.equal("known", b.seen(1, key(1)), []string{""})
		b.equal("unknown feed", b.seen(7, key(1), key(2)), []string{"", ""})
		b.equal("no keys", len(b.seen(0)), 0)
	}},
	{"every key of an item is known, however often it names one", func(b *bench) {
		b.watch(1)
		n := item(1, t0)
		n.Keys = []storage.Key{key(1), key(2), key(1)}
		b.poll(t0, n)
		b.equal("known", b.seen(0, key(1), key(2)), []string{n.Item.ID, n.Item.ID})
		b.equal("identities", b.stats().Identities, uint64(2))
	}},
	{"an alias makes an item known under a further key, and moves none that is known", func(b *bench) {
		b.watch(1)
		one, two := item(1, t0), item(2, t0)
		b.poll(t0, one, two)
		f := b.take(0, at(time.Hour))
		b.commit(storage.Poll{Feed: f, Aliases: []storage.Alias{{Key: key(9), Item: one.Item.ID}, {Key: key(2), Item: one.Item.ID}}})
		b.equal("known", b.seen(0, key(9), key(2)), []string{one.Item.ID, two.Item.ID})
		b.equal("identities", b.stats().Identities, uint64(3))
	}},
	{"an alert whose once-key is taken is dropped, whatever became of the first", func(b *bench) {
		b.watch(1)
		b.poll(t0, item(1, t0, alert("r", "s"), alert("q", "s")), item(2, t0, alert("r", "s")))
		b.settle(b.claim("r", t0, 1).Deliveries[0], storage.Attempt{Verdict: storage.Done})
		b.settle(b.claim("q", t0, 1).Deliveries[0], storage.Attempt{Verdict: storage.GiveUp})
		receipt := b.poll(at(time.Hour), item(3, at(time.Hour), alert("r", "s"), alert("q", "s"), alert("r", "other")))
		b.equal("receipt", receipt, storage.Receipt{Items: 1, Alerts: 1, Receivers: []string{"r"}})
		b.equal("outbox", len(b.deliveries(storage.DeliveryQuery{})), 3)
	}},
	{"a receipt names each receiver once, in order", func(b *bench) {
		b.watch(1)
		receipt := b.poll(t0, item(1, t0, alert("b", "s"), alert("a", "s")), item(2, t0, alert("b", "x")))
		b.equal("receipt", receipt, storage.Receipt{Items: 2, Alerts: 3, Receivers: []string{"a", "b"}})
	}},
	{"an alert whose ID is not derived from its once-key, or without a receiver, is refused", func(b *bench) {
		b.watch(1)
		f := b.take(0, t0)
		wrong, nobody := alert("r", "s"), alert("", "s")
		wrong.ID = "fw_mine"
		for _, a := range []storage.Alert{wrong, nobody} {
			if _, err := b.store.Commit(b.Context(), storage.Poll{Feed: f, Items: []storage.NewItem{item(1, t0, a)}}); err == nil {
				b.Fatalf("alert %+v was taken", a)
			}
		}
		b.equal("items", len(b.items(storage.ItemQuery{})), 0)
	}},
	{"polls of many feeds at once keep one alert of a story for each receiver", checkConcurrentOnce},
}

func checkConcurrentOnce(b *bench) {
	const feeds = 40
	b.watch(feeds)
	claimed := b.due(t0, feeds).Feeds
	errs := make(chan error)
	for i, f := range claimed {
		go func() {
			n := item(i, at(time.Duration(i)), alert("r", fmt.Sprint("story ", i%3)))
			receipt, err := b.store.Commit(b.Context(), storage.Poll{Feed: f, Items: []storage.NewItem{n}})
			if err == nil && receipt.Items != 1 {
				err = errors.New("the item was dropped")
			}
			errs <- err
		}()
	}
	var failed error
	for range claimed {
		failed = errors.Join(failed, <-errs)
	}
	b.ok(failed)
	b.equal("deliveries", len(b.deliveries(storage.DeliveryQuery{})), 3)
	b.equal("counts", []any{b.stats().Items, b.stats().Outbox["r"].Pending}, []any{uint64(feeds), 3})
}
