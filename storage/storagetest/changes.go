package storagetest

import (
	"fmt"
	"time"

	"github.com/feedwatch/feedwatch/storage"
)

var changeRules = []rule{
	{"a change gives the item its new content and keeps what it said", checkChange},
	{"of many revisions the first and the newest are kept", func(b *bench) {
		b.watch(1)
		b.poll(t0, item(1, t0))
		for i := range storage.KeepRevisions + 5 {
			b.change(change(1, fmt.Sprint("text ", i), at(time.Duration(i+1)*time.Hour)))
		}
		past := b.item(1).Revisions
		b.equal("revisions", []any{len(past), past[0].Text, past[1].Text, past[9].Text}, []any{storage.KeepRevisions, "text 1", "text 5", "text 13"})
	}},
	{"a change that says the same is no revision, but its digest is noted", func(b *bench) {
		b.watch(1)
		b.poll(t0, item(1, t0))
		c := change(1, "text 1", at(time.Hour))
		c.Title = "title 1"
		b.change(c)
		b.equal("revisions", len(b.item(1).Revisions), 0)
		b.equal("known", b.known(0, key(1)), []storage.Known{{Item: c.Item, Digest: c.Digest}})
	}},
	{"a change of an item that was pruned is dropped with its alerts, its digest noted", func(b *bench) {
		b.watch(1)
		b.poll(t0, item(1, t0))
		b.prune(storage.Retention{Now: at(day), Items: at(day)})
		c := change(1, "new", at(day))
		c.Alerts = []storage.Alert{alert("r", "s")}
		b.equal("receipt", b.change(c), storage.Receipt{})
		b.equal("stored", len(b.items(storage.ItemQuery{}))+len(b.deliveries(storage.DeliveryQuery{})), 0)
		b.equal("known", b.known(0, key(1)), []storage.Known{{Item: c.Item, Digest: c.Digest}})
	}},
	{"a change is of its own feed's keys, and makes none known", func(b *bench) {
		b.watch(2)
		b.poll(t0, item(1, t0))
		c := change(1, "new", at(time.Hour))
		c.Keys = append(c.Keys, key(2))
		b.change(c)
		b.equal("known", b.known(0, key(2)), []storage.Known{{}})
		b.equal("another feed's", b.known(1, key(1)), []storage.Known{{}})
		b.equal("identities", b.stats().Identities, uint64(1))
	}},
	{"the digest of what an item and an alias said is told with them", func(b *bench) {
		b.watch(1)
		n := item(1, t0)
		n.Digest = 1 << 63
		b.poll(t0, n)
		b.commit(storage.Poll{Feed: b.take(0, at(time.Hour)), Aliases: []storage.Alias{{Key: key(2), Item: n.Item.ID, Digest: 7}}})
		b.reopen()
		b.equal("known", b.known(0, key(1), key(2), key(3)), []storage.Known{{Item: n.Item.ID, Digest: 1 << 63}, {Item: n.Item.ID, Digest: 7}, {}})
	}},
	{"a stale poll changes no item", func(b *bench) {
		b.watch(1)
		b.poll(t0, item(1, t0))
		old := b.take(0, at(time.Hour))
		b.take(0, at(2*time.Hour))
		_, err := b.store.Commit(b.Context(), storage.Poll{Feed: old, Changes: []storage.Change{change(1, "new", at(time.Hour))}})
		b.is(err, storage.ErrStale)
		b.equal("text", b.item(1).Text, "text 1")
	}},
}

// change is a change of item n, seen first at t0.
func change(n int, text string, now time.Time) storage.Change {
	return storage.Change{
		Item: item(n, t0).Item.ID, Digest: uint64(now.UnixNano()), Keys: []storage.Key{key(n)},
		Title: "title " + text, Text: text, Updated: now, At: now,
	}
}

func (b *bench) change(c storage.Change) storage.Receipt {
	b.Helper()
	return b.commit(storage.Poll{Feed: b.take(0, c.At), Changes: []storage.Change{c}})
}

func (b *bench) item(n int) storage.Item {
	b.Helper()
	i, err := b.store.Item(b.Context(), item(n, t0).Item.ID)
	b.ok(err)
	return i
}

func (b *bench) known(n int, keys ...storage.Key) []storage.Known {
	b.Helper()
	known, err := b.store.Seen(b.Context(), feedURL(n), keys)
	b.ok(err)
	return known
}

func checkChange(b *bench) {
	b.watch(1)
	b.poll(t0, item(1, t0))
	c := change(1, "new", at(time.Hour))
	a := alert("r", "s")
	a.Kind, a.Before, a.Created = storage.Changed, &storage.Revision{Until: c.At, Title: "title 1", Text: "text 1"}, c.At
	c.Alerts = []storage.Alert{a}
	b.equal("receipt", b.change(c), storage.Receipt{Alerts: 1, Receivers: []string{"r"}})
	b.reopen()
	want := item(1, t0).Item
	want.Title, want.Text, want.Updated, want.Revisions = c.Title, c.Text, c.Updated, []storage.Revision{*a.Before}
	b.equal("item", b.item(1), want)
	b.equal("items", b.items(storage.ItemQuery{}), []storage.Item{want})
	b.equal("known", b.known(0, key(1)), []storage.Known{{Item: c.Item, Digest: c.Digest}})
	b.equal("outbox", b.deliveries(storage.DeliveryQuery{}), []storage.Delivery{{Alert: a, State: storage.Pending, Due: c.At}})
	b.equal("items of the feed", b.feed(0).Items, uint64(1))
	_, err := b.store.Item(b.Context(), "none")
	b.is(err, storage.ErrUnknown)
}
