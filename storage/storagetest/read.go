package storagetest

import (
	"time"

	"github.com/feedwatch/feedwatch/storage"
)

var readRules = []rule{
	{"items come newest first, within the times, of the feed, up to the limit", checkItems},
	{"deliveries come newest first, of the receiver and state, up to the limit", func(b *bench) {
		b.watch(1)
		b.poll(t0, item(1, at(1), alert("r", "1")), item(2, at(3), alert("q", "2")), item(3, at(2), alert("r", "3")))
		b.settle(b.claim("r", at(9), 1).Deliveries[0], storage.Attempt{Verdict: storage.Done})
		one, two, three := idOf("r", "1"), idOf("q", "2"), idOf("r", "3")
		for _, q := range []struct {
			query storage.DeliveryQuery
			want  []string
		}{
			{storage.DeliveryQuery{}, []string{two, three, one}},
			{storage.DeliveryQuery{Limit: 2}, []string{two, three}},
			{storage.DeliveryQuery{Receiver: "r"}, []string{three, one}},
			{storage.DeliveryQuery{State: storage.Delivered}, []string{one}},
			{storage.DeliveryQuery{Receiver: "r", State: storage.Pending, Limit: 5}, []string{three}},
			{storage.DeliveryQuery{Receiver: "x"}, nil},
		} {
			b.equal("deliveries", ids(b.deliveries(q.query)), q.want)
		}
	}},
	{"the store can be written to, and a sequence left, while it is read", func(b *bench) {
		b.watch(1)
		const many = 1000
		var news []storage.NewItem
		for i := range many {
			news = append(news, item(i, at(time.Duration(i)*time.Millisecond), alert("r", item(i, t0).Item.ID)))
		}
		b.poll(t0, news...)
		n := 0
		for _, err := range b.store.Items(b.Context(), storage.ItemQuery{}) {
			b.ok(err)
			if n++; n%300 == 0 {
				b.poll(at(time.Duration(n)*time.Hour), item(many+n, at(time.Duration(n)*time.Hour)))
			}
		}
		b.equal("items", n, many)
		for _, err := range b.store.Deliveries(b.Context(), storage.DeliveryQuery{}) {
			b.ok(err)
			break
		}
		b.equal("deliveries", len(b.deliveries(storage.DeliveryQuery{})), many)
		b.equal("limited", len(b.items(storage.ItemQuery{Limit: 700})), 700)
	}},
	{"stats count what is there", checkStats},
}

func checkItems(b *bench) {
	b.watch(2)
	b.poll(t0, item(1, at(1)), item(2, at(time.Millisecond)), item(3, at(time.Hour)))
	other := item(4, at(2*time.Millisecond))
	other.Item.Feed = feedURL(1)
	b.commit(storage.Poll{Feed: b.take(1, t0), Items: []storage.NewItem{other}})
	for _, q := range []struct {
		query storage.ItemQuery
		want  []string
	}{
		{storage.ItemQuery{}, []string{"title 3", "title 4", "title 2", "title 1"}},
		{storage.ItemQuery{Limit: 3}, []string{"title 3", "title 4", "title 2"}},
		{storage.ItemQuery{Feed: feedURL(0)}, []string{"title 3", "title 2", "title 1"}},
		{storage.ItemQuery{Feed: feedURL(0), Limit: 2}, []string{"title 3", "title 2"}},
		{storage.ItemQuery{Since: at(1)}, []string{"title 3", "title 4", "title 2", "title 1"}},
		{storage.ItemQuery{Since: at(2)}, []string{"title 3", "title 4", "title 2"}},
		{storage.ItemQuery{Since: at(time.Millisecond), Until: at(2 * time.Millisecond)}, []string{"title 2"}},
		{storage.ItemQuery{Until: at(2)}, []string{"title 1"}},
		{storage.ItemQuery{Until: at(time.Millisecond + 1), Limit: 1}, []string{"title 2"}},
		{storage.ItemQuery{Since: at(2 * time.Hour)}, nil},
		{storage.ItemQuery{Until: at(1)}, nil},
	} {
		b.equal("items", titles(b.items(q.query)), q.want)
	}
}

func checkStats(b *bench) {
	s := b.stats()
	b.equal("of an empty store", []any{s.Feeds, s.Items, s.Identities, len(s.Outbox)}, []any{0, uint64(0), uint64(0), 0})
	b.watch(2)
	b.poll(t0, item(1, at(1), alert("r", "1"), alert("q", "1")), item(2, at(2), alert("r", "2")), item(3, at(3), alert("r", "3")), item(4, at(4), alert("r", "4")))
	c := b.claim("r", at(9), 3)
	b.settle(c.Deliveries[0], storage.Attempt{Verdict: storage.Done})
	b.settle(c.Deliveries[2], storage.Attempt{Verdict: storage.GiveUp})
	b.settle(b.claim("q", at(9), 1).Deliveries[0], storage.Attempt{Verdict: storage.Done})
	b.claim("nobody", at(9), 1)
	s = b.stats()
	b.equal("counts", []any{s.Feeds, s.Items, s.Identities}, []any{2, uint64(4), uint64(4)})
	b.equal("outbox", s.Outbox, map[string]storage.OutboxStats{
		"r": {Pending: 1, Sending: 1, Delivered: 1, Dead: 1, Oldest: at(2), Next: at(4)},
		"q": {Delivered: 1},
	})
	if s.Size <= 0 || s.Free < 0 || s.Free > s.Size || s.Schema < 1 {
		b.Fatalf("stats %+v", s)
	}
}
