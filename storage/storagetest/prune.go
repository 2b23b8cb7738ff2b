package storagetest

import (
	"fmt"
	"time"

	"github.com/feedwatch/feedwatch/storage"
)

const day = 24 * time.Hour

var pruneRules = []rule{
	{"items first seen before the limit are forgotten, their identities are not", func(b *bench) {
		b.watch(1)
		var news []storage.NewItem
		for i := range 1200 {
			news = append(news, item(i, at(time.Duration(i)*time.Second)))
		}
		b.poll(t0, news...)
		p := b.prune(storage.Retention{Now: at(day), Items: at(1199 * time.Second)})
		b.equal("pruned", p, storage.Pruned{Items: 1199})
		b.equal("left", titles(b.items(storage.ItemQuery{})), []string{"title 1199"})
		b.equal("known", b.seen(0, key(0)), []string{news[0].Item.ID})
		b.equal("counts", []uint64{b.stats().Items, b.stats().Identities}, []uint64{1, 1200})
		b.equal("items when polled again", b.poll(at(day), item(0, at(day))).Items, 0)
	}},
	{"an identity is kept while its feed lists it, and as long again as asked", checkIdentities},
	{"a feed that does not change for a year forgets nothing", func(b *bench) {
		b.watch(1)
		b.poll(t0, item(1, t0))
		for d := range 12 {
			now := at(time.Duration(d+1) * 30 * day)
			f := b.take(0, now)
			f.LastPoll, f.LastGood, f.Next = now, now, now.Add(day)
			b.commit(storage.Poll{Feed: f})
			b.equal("pruned", b.prune(storage.Retention{Now: now, Identities: 90 * day}), storage.Pruned{})
		}
		b.equal("known", b.seen(0, key(1)), []string{item(1, t0).Item.ID})
	}},
	{"an item that was pushed long after the last listing is not forgotten by the next", func(b *bench) {
		b.watch(1)
		b.poll(t0, item(1, t0))
		pushed := at(200 * day)
		b.commit(storage.Poll{Feed: b.take(0, pushed), Items: []storage.NewItem{item(2, pushed)}})
		b.poll(pushed.Add(day), item(3, pushed.Add(day)))
		b.prune(storage.Retention{Now: pushed.Add(day), Identities: 90 * day})
		b.equal("known", b.seen(0, key(1), key(2)), []string{"", item(2, pushed).Item.ID})
	}},
	{"a story goes with its last item, and not before", checkPruneStories},
	{"deliveries that are over go with their once-keys, those that wait stay", checkPruneDeliveries},
	{"a feed that nobody watches goes, with its identities, after as long", checkPruneFeeds},
	{"where nothing may be forgotten nothing is", func(b *bench) {
		b.settle(b.oneClaimed(), storage.Attempt{Verdict: storage.Done})
		b.watch(0)
		b.equal("pruned", b.prune(storage.Retention{Now: at(1000 * day)}), storage.Pruned{})
	}},
}

func (b *bench) prune(r storage.Retention) storage.Pruned {
	b.Helper()
	p, err := b.store.Prune(b.Context(), r)
	b.ok(err)
	return p
}

// list polls feed 0, which lists the keys.
func (b *bench) list(now time.Time, keys ...storage.Key) {
	b.Helper()
	f := b.take(0, now)
	f.LastPoll, f.LastListed, f.Next = now, now, now.Add(time.Hour)
	b.commit(storage.Poll{Feed: f, Listed: keys})
}

func checkIdentities(b *bench) {
	b.watch(1)
	b.poll(t0, item(1, t0), item(2, t0))
	retention := func(now time.Time) storage.Retention {
		return storage.Retention{Now: now, Identities: 90 * day}
	}
	b.list(at(90*day), key(2))
	b.equal("after 90 days", b.prune(retention(at(90*day))), storage.Pruned{})
	b.equal("by the clock alone", b.prune(retention(at(900*day))), storage.Pruned{})
	b.list(at(91*day), key(2))
	b.equal("after 91 days", b.prune(retention(at(91*day))), storage.Pruned{Identities: 1})
	b.equal("known", b.seen(0, key(1), key(2)), []string{"", item(2, t0).Item.ID})
	b.equal("identities", b.stats().Identities, uint64(1))
	b.equal("new again", b.poll(at(92*day), item(1, at(92*day)), item(2, at(92*day))).Items, 1)
}

func checkPruneDeliveries(b *bench) {
	b.watch(1)
	var news []storage.NewItem
	for i := range 700 {
		news = append(news, item(i, at(time.Duration(i)*time.Second), alert("r", fmt.Sprint(i))))
	}
	b.poll(t0, news...)
	for i, d := range b.claim("r", at(time.Hour), 600).Deliveries {
		switch {
		case i == 0:
			b.settle(d, storage.Attempt{Verdict: storage.Retry, RetryAt: at(2 * time.Hour)})
		case i == 1: // stays under way
		case i < 5:
			b.settle(d, storage.Attempt{Verdict: storage.GiveUp})
		case i < 10:
			b.settle(d, storage.Attempt{Verdict: storage.Done})
		}
	}
	b.equal("pruned", b.prune(storage.Retention{Now: at(day), Deliveries: at(9 * time.Second)}), storage.Pruned{Deliveries: 7})
	b.equal("left", len(b.deliveries(storage.DeliveryQuery{})), 693)
	o := b.stats().Outbox["r"]
	b.equal("outbox", o, storage.OutboxStats{Pending: 101, Sending: 591, Delivered: 1, Oldest: t0, Next: at(10 * time.Minute)})
	again := item(900, at(day), alert("r", "3"), alert("r", "9"), alert("r", "0"))
	b.equal("alerts under keys that are free again", b.poll(at(day), again).Alerts, 1)
}

func checkPruneFeeds(b *bench) {
	b.watch(2)
	b.poll(t0, item(1, t0), item(2, t0))
	f := b.take(1, t0)
	f.LastPoll = t0
	b.commit(storage.Poll{Feed: f, Items: []storage.NewItem{item(3, at(1))}})
	b.ok(b.store.Watch(b.Context(), []storage.Watched{{URL: feedURL(1)}}))
	keep := storage.Retention{Now: at(90 * day), Identities: 90 * day}
	b.equal("within", b.prune(keep), storage.Pruned{})
	keep.Now = at(90*day + 1)
	b.equal("after", b.prune(keep), storage.Pruned{Feeds: 1, Identities: 2})
	b.equal("feeds", urls(all(b, b.store.Feeds(b.Context()))), []string{feedURL(1)})
	b.watch(2)
	b.equal("known", append(b.seen(0, key(1)), b.seen(1, key(3))...), []string{"", item(3, at(1)).Item.ID})
	b.equal("items", len(b.items(storage.ItemQuery{})), 3)
}

func checkPruneStories(b *bench) {
	b.watch(1)
	old, long := story("old", time.Second), story("long", time.Hour)
	b.commit(storage.Poll{
		Feed: b.take(0, t0), Stories: []storage.Story{old, long},
		Items: []storage.NewItem{told(item(1, at(time.Second)), "old"), told(item(2, t0), "long"), told(item(3, at(time.Hour)), "long")},
	})
	limit := storage.Retention{Now: at(day), Items: at(time.Second)}
	b.equal("while the item stands", b.prune(limit), storage.Pruned{Items: 1})
	limit.Items = at(time.Minute)
	b.equal("with its last item", b.prune(limit), storage.Pruned{Items: 1, Stories: 1})
	b.equal("left", b.stories(storage.StoryQuery{}), []string{"long"})
	_, err := b.store.Story(b.Context(), "old")
	b.is(err, storage.ErrUnknown)
	many := make([]storage.Story, 1100)
	for i := range many {
		many[i] = story(fmt.Sprint(i), 0)
	}
	b.write(many...)
	b.equal("many", b.prune(limit), storage.Pruned{Stories: len(many)})
}
