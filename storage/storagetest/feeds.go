package storagetest

import (
	"time"

	"github.com/feedwatch/feedwatch/storage"
)

var feedRules = []rule{
	{"a new feed is due at its first time", func(b *bench) {
		b.ok(b.store.Watch(b.Context(), []storage.Watched{{URL: feedURL(0), First: at(time.Hour)}}))
		early := b.due(at(time.Hour-1), 9)
		b.equal("feeds before", urls(early.Feeds), []string(nil))
		b.equal("next", early.Next, at(time.Hour))
		d := b.due(at(time.Hour), 9)
		b.equal("feeds", d.Feeds, []storage.Feed{{URL: feedURL(0), Epoch: 1, Watched: true, Next: at(time.Hour)}})
		b.equal("next", d.Next, time.Time{})
	}},
	{"a feed watched again keeps its next poll", func(b *bench) {
		b.ok(b.store.Watch(b.Context(), []storage.Watched{{URL: feedURL(0), First: at(time.Hour)}}))
		b.ok(b.store.Watch(b.Context(), []storage.Watched{{URL: feedURL(0), First: at(time.Minute)}, {URL: feedURL(1), First: at(time.Minute)}}))
		b.equal("due", urls(b.due(at(2*time.Minute), 9).Feeds), []string{feedURL(1)})
	}},
	{"a feed planned anew falls due by the new plan, earlier or later", func(b *bench) {
		b.ok(b.store.Watch(b.Context(), []storage.Watched{{URL: feedURL(0), First: at(time.Hour)}, {URL: feedURL(1), First: at(time.Second)}}))
		b.ok(b.store.Watch(b.Context(), []storage.Watched{{URL: feedURL(0), Replan: at(time.Minute)}, {URL: feedURL(1), Replan: at(2 * time.Hour)}}))
		d := b.due(at(time.Minute), 9)
		b.equal("due", urls(d.Feeds), []string{feedURL(0)})
		b.equal("next", d.Next, at(2*time.Hour))
	}},
	{"a plan made anew does not end a lease, and counts if the lease is lost", func(b *bench) {
		b.watch(1)
		b.equal("epoch", b.due(t0, 1).Feeds[0].Epoch, uint64(1))
		b.ok(b.store.Watch(b.Context(), []storage.Watched{{URL: feedURL(0), Replan: at(time.Second)}}))
		b.equal("due", b.due(at(lease-1), 1), storage.Due{Next: at(lease)})
		b.reopen()
		b.equal("due", b.due(t0, 1), storage.Due{Next: at(time.Second)})
	}},
	{"a feed watched twice in one list is one feed", func(b *bench) {
		b.ok(b.store.Watch(b.Context(), []storage.Watched{{URL: feedURL(0), First: t0}, {URL: feedURL(0), First: t0}}))
		b.equal("due", urls(b.due(t0, 9).Feeds), []string{feedURL(0)})
		b.equal("watched", b.stats().Feeds, 1)
	}},
	{"a feed no longer watched is not due and keeps its state and identities", func(b *bench) {
		b.watch(1)
		b.poll(t0, item(1, t0))
		b.watch(0)
		b.equal("due", b.due(at(9*time.Hour), 9), storage.Due{})
		b.equal("watched", b.stats().Feeds, 0)
		f := b.feed(0)
		b.equal("state", []any{f.Watched, f.Items, f.LastListed}, []any{false, uint64(1), t0})
		b.watch(1)
		b.equal("due", urls(b.due(at(9*time.Hour), 9).Feeds), []string{feedURL(0)})
		b.equal("known", b.seen(0, key(1)), []string{item(1, t0).Item.ID})
	}},
	{"feeds are handed out by how long they are due, so many at most", func(b *bench) {
		b.ok(b.store.Watch(b.Context(), []storage.Watched{
			{URL: feedURL(0), First: at(3 * time.Second)},
			{URL: feedURL(1), First: at(time.Second)},
			{URL: feedURL(2), First: at(2 * time.Second)},
			{URL: feedURL(3), First: at(time.Hour)},
		}))
		d := b.due(at(time.Minute), 2)
		b.equal("feeds", urls(d.Feeds), []string{feedURL(1), feedURL(2)})
		b.equal("next", d.Next, at(3*time.Second))
		d = b.due(at(time.Minute), 2)
		b.equal("feeds", urls(d.Feeds), []string{feedURL(0)})
		b.equal("next is the end of the first lease", d.Next, at(time.Minute+lease))
	}},
	{"a claimed feed is handed out again, with a new epoch, when its lease ends", func(b *bench) {
		b.watch(1)
		b.equal("epoch", b.due(t0, 1).Feeds[0].Epoch, uint64(1))
		d := b.due(at(lease-1), 1)
		b.equal("before", d, storage.Due{Next: at(lease)})
		again := b.due(at(lease), 1).Feeds
		b.equal("feeds", again, []storage.Feed{{URL: feedURL(0), Epoch: 2, Watched: true, Next: t0}})
	}},
	{"a feed can be taken before its time, but not while it is polled or unwatched", func(b *bench) {
		b.ok(b.store.Watch(b.Context(), []storage.Watched{{URL: feedURL(0), First: at(time.Hour)}}))
		b.equal("epoch", b.take(0, t0).Epoch, uint64(1))
		_, err := b.store.Take(b.Context(), feedURL(0), at(lease-1), lease)
		b.is(err, storage.ErrBusy)
		b.equal("epoch after the lease", b.take(0, at(lease)).Epoch, uint64(2))
		_, err = b.store.Take(b.Context(), feedURL(1), t0, lease)
		b.is(err, storage.ErrUnknown)
		b.watch(0)
		_, err = b.store.Take(b.Context(), feedURL(0), at(time.Hour), lease)
		b.is(err, storage.ErrUnknown)
	}},
	{"a crash ends the leases of feeds", func(b *bench) {
		b.ok(b.store.Watch(b.Context(), []storage.Watched{{URL: feedURL(0), First: t0}, {URL: feedURL(1), First: at(time.Hour)}}))
		b.due(t0, 9)
		b.take(1, t0)
		b.reopen()
		d := b.due(at(1), 9)
		d.Feeds[0].Epoch = 0 // may go on or begin again
		b.equal("due", d, storage.Due{
			Feeds: []storage.Feed{{URL: feedURL(0), Watched: true, Next: t0}},
			Next:  at(time.Hour),
		})
	}},
	{"feeds are listed by URL", func(b *bench) {
		b.ok(b.store.Watch(b.Context(), []storage.Watched{{URL: "https://b.example/"}, {URL: "https://a.example/"}, {URL: "https://c.example/"}}))
		b.equal("feeds", urls(all(b, b.store.Feeds(b.Context()))), []string{"https://a.example/", "https://b.example/", "https://c.example/"})
	}},
}
