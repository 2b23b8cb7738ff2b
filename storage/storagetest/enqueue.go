package storagetest

import (
	"time"

	"github.com/feedwatch/feedwatch/storage"
)

var enqueueRules = []rule{
	{"a notice and a brief come back as they were", func(b *bench) {
		notice, brief := alert("r", "notice"), alert("q", "brief")
		notice.Kind, notice.Notice, notice.Created = storage.Notice, &storage.Memo{
			Topic: "feed-gone", About: "news", Title: "T", Text: "why", Items: []storage.Outlet{{Name: "one", Link: "https://a.example/", At: t0}},
		}, at(1)
		brief.Kind, brief.Brief, brief.Created = storage.Brief, &storage.Bulletin{
			Since: t0, Until: at(time.Hour), Zone: "Europe/Zurich", Healthy: 2, Items: 3,
			Rules: []storage.BulletinRule{{Rule: "x", Severity: "high", Stories: []storage.BulletinStory{
				{ID: "s", Title: "T", Link: "l", First: t0, Count: 4, Outlets: []storage.Outlet{{Name: "two"}}},
			}}, {Rule: "quiet"}},
			Feeds: []storage.BulletinFeed{{Name: "old", State: "stale", Since: t0}},
		}, at(2)
		b.equal("receipt", b.enqueue(notice, brief), storage.Receipt{Alerts: 2, Receivers: []string{"q", "r"}})
		b.reopen()
		b.equal("outbox", b.deliveries(storage.DeliveryQuery{}), []storage.Delivery{
			{Alert: brief, State: storage.Pending, Due: at(2)}, {Alert: notice, State: storage.Pending, Due: at(1)},
		})
		b.equal("claimed", ids(b.claim("q", at(2), 9).Deliveries), []string{brief.ID})
	}},
	{"what is put into the outbox is said once, whoever puts it there", func(b *bench) {
		b.watch(1)
		b.poll(t0, item(1, t0, alert("r", "s")))
		b.equal("receipt", b.enqueue(alert("r", "s"), alert("r", "t"), alert("r", "t")), storage.Receipt{Alerts: 1, Receivers: []string{"r"}})
		b.equal("again", b.enqueue(alert("r", "t")), storage.Receipt{})
		b.equal("outbox", b.stats().Outbox["r"].Pending, 2)
		b.equal("nothing", b.enqueue(), storage.Receipt{})
	}},
	{"of alerts of which one is refused none is put into the outbox", func(b *bench) {
		wrong := alert("r", "s")
		wrong.ID = "fw_mine"
		for _, a := range []storage.Alert{wrong, alert("", "s")} {
			if _, err := b.store.Enqueue(b.Context(), []storage.Alert{alert("r", "t"), a}); err == nil {
				b.Fatalf("alert %+v was taken", a)
			}
		}
		b.equal("outbox", len(b.deliveries(storage.DeliveryQuery{})), 0)
	}},
	{"what a receiver calls a message is kept, and told to those that hang on it", checkThread},
	{"a parent that is not there is not waited for", func(b *bench) {
		child := alert("r", "child")
		child.Parent = "fw_gone"
		b.enqueue(child)
		d := b.claim("r", t0, 1).Deliveries[0]
		b.equal("parent", []any{d.Thread, d.Waits}, []any{"", false})
	}},
}

func (b *bench) enqueue(alerts ...storage.Alert) storage.Receipt {
	b.Helper()
	r, err := b.store.Enqueue(b.Context(), alerts)
	b.ok(err)
	return r
}

func checkThread(b *bench) {
	parent, child := alert("r", "parent"), alert("r", "child")
	child.Kind, child.Parent, child.Created = storage.FollowUp, parent.ID, at(time.Second)
	b.enqueue(parent, child)
	// try claims both, the parent first, and gives what the child is told.
	try := func(now time.Time) (parent, child storage.Delivery) {
		c := b.claim("r", now, 9).Deliveries
		if len(c) == 1 {
			return storage.Delivery{}, c[0]
		}
		return c[0], c[1]
	}
	p, c := try(at(time.Minute))
	b.equal("under way", []any{c.Thread, c.Waits}, []any{"", true})
	b.settleAs(p, "", storage.Attempt{Verdict: storage.Retry, RetryAt: at(time.Hour)})
	b.settleAs(c, "", storage.Attempt{Verdict: storage.Retry, RetryAt: at(time.Hour)})
	p, c = try(at(time.Hour))
	b.equal("pending", []any{c.Thread, c.Waits}, []any{"", true})
	b.settleAs(c, "", storage.Attempt{Verdict: storage.Retry, RetryAt: at(2 * time.Hour)})
	b.settleAs(p, "17.42", storage.Attempt{Verdict: storage.Done})
	b.reopen()
	_, c = try(at(2 * time.Hour))
	b.equal("delivered", []any{c.Thread, c.Waits}, []any{"17.42", false})
	got := b.deliveries(storage.DeliveryQuery{State: storage.Delivered})[0]
	b.equal("ref", got.Ref, "17.42")
	for _, d := range b.deliveries(storage.DeliveryQuery{}) {
		b.equal("filled by Claim only", []any{d.Thread, d.Waits}, []any{"", false})
	}
}

// settleAs ends an attempt of which the receiver calls the message by a name.
func (b *bench) settleAs(d storage.Delivery, ref string, a storage.Attempt) {
	b.Helper()
	o := outcome(d, a)
	o.Ref = ref
	b.ok(b.store.Settle(b.Context(), o))
}
