package storagetest

import (
	"context"

	"github.com/feedwatch/feedwatch/storage"
)

var callRules = []rule{
	{"a context that has ended stops every call before it does anything", func(b *bench) {
		b.watch(1)
		b.poll(t0, item(1, t0, alert("r", "s")))
		f := b.take(0, at(day))
		before := b.stats()
		ctx, cancel := context.WithCancel(b.Context())
		cancel()
		for name, err := range endedCalls(ctx, b.store, f) {
			if err == nil {
				b.Errorf("%s went on", name)
			}
			b.is(err, context.Canceled)
		}
		after := b.stats()
		after.Size, after.Free = before.Size, before.Free
		b.equal("stats", after, before)
	}},
	{"a store can be closed twice, and serves nobody after", func(b *bench) {
		b.ok(b.store.Close())
		b.ok(b.store.Close())
		if err := b.store.Watch(b.Context(), nil); err == nil {
			b.Error("Watch went on")
		}
		if _, err := b.store.Stats(b.Context()); err == nil {
			b.Error("Stats went on")
		}
	}},
}

// endedCalls makes every call with a context and gives their errors by name.
func endedCalls(ctx context.Context, s storage.Store, f storage.Feed) map[string]error {
	errs := map[string]error{
		"Watch":  s.Watch(ctx, nil),
		"Settle": s.Settle(ctx, storage.Outcome{ID: idOf("r", "s"), Attempt: storage.Attempt{N: 1, Verdict: storage.Done}}),
	}
	_, errs["Arrange"] = s.Arrange(ctx, storage.Arrangement{Stories: []storage.Story{story("s", 0)}})
	_, errs["Enqueue"] = s.Enqueue(ctx, []storage.Alert{alert("r", "new")})
	_, errs["Item"] = s.Item(ctx, item(1, t0).Item.ID)
	_, errs["Story"] = s.Story(ctx, "s")
	_, errs["Due"] = s.Due(ctx, at(2*day), lease, 9)
	_, errs["Take"] = s.Take(ctx, feedURL(0), at(2*day), lease)
	_, errs["Seen"] = s.Seen(ctx, feedURL(0), []storage.Key{key(1)})
	_, errs["Commit"] = s.Commit(ctx, storage.Poll{Feed: f, Items: []storage.NewItem{item(2, at(day))}})
	_, errs["Claim"] = s.Claim(ctx, storage.ClaimRequest{Receiver: "r", Now: at(day), Lease: lease})
	_, errs["Replay"] = s.Replay(ctx, "", nil, at(day))
	_, errs["Prune"] = s.Prune(ctx, storage.Retention{Now: at(day), Items: at(day)})
	_, errs["Stats"] = s.Stats(ctx)
	for _, err := range s.Feeds(ctx) {
		errs["Feeds"] = err
	}
	for _, err := range s.Items(ctx, storage.ItemQuery{}) {
		errs["Items"] = err
	}
	for _, err := range s.Stories(ctx, storage.StoryQuery{}) {
		errs["Stories"] = err
	}
	for _, err := range s.Deliveries(ctx, storage.DeliveryQuery{}) {
		errs["Deliveries"] = err
	}
	return errs
}
