package storagetest

import (
	"time"

	"github.com/feedwatch/feedwatch/storage"
)

var settleRules = []rule{
	{"a delivery that is done leaves the outbox", func(b *bench) {
		d := b.oneClaimed()
		done := storage.Attempt{N: 1, Started: t0, Ended: at(time.Second), Verdict: storage.Done, Status: 204}
		b.settle(d, done)
		d.State, d.Attempts = storage.Delivered, []storage.Attempt{done}
		b.equal("delivery", b.deliveries(storage.DeliveryQuery{}), []storage.Delivery{d})
		b.equal("due", b.claim("r", at(time.Hour), 9), storage.Claimed{})
	}},
	{"a delivery to retry is due at that time, with all its attempts", func(b *bench) {
		d := b.oneClaimed()
		retry := storage.Attempt{N: 1, Started: t0, Ended: at(time.Second), Verdict: storage.Retry, Status: 503, Detail: "busy", RetryAt: at(time.Minute)}
		b.settle(d, retry)
		b.equal("early", b.claim("r", at(time.Minute-1), 1), storage.Claimed{Next: at(time.Minute)})
		d = b.claim("r", at(time.Minute), 1).Deliveries[0]
		b.equal("attempts", d.Attempts, []storage.Attempt{retry, {N: 2, Started: at(time.Minute)}})
	}},
	{"a delivery given up is dead and not due", func(b *bench) {
		b.settle(b.oneClaimed(), storage.Attempt{Verdict: storage.GiveUp})
		b.equal("state", b.deliveries(storage.DeliveryQuery{})[0].State, storage.Dead)
		b.equal("due", b.claim("r", at(time.Hour), 9), storage.Claimed{})
	}},
	{"an outcome without a start keeps the one that the claim wrote", func(b *bench) {
		b.settle(b.oneClaimed(), storage.Attempt{Verdict: storage.Done})
		b.equal("started", b.deliveries(storage.DeliveryQuery{})[0].Attempts[0].Started, t0)
	}},
	{"an attempt may be settled after its lease, until another claims", func(b *bench) {
		late := b.oneClaimed()
		b.claim("r", at(lease), 1)
		b.is(b.store.Settle(b.Context(), outcome(late, storage.Attempt{Verdict: storage.Done})), storage.ErrStale)
		d := b.deliveries(storage.DeliveryQuery{})[0]
		b.equal("state", d.State, storage.Sending)
		b.settle(d, storage.Attempt{Verdict: storage.Done})
	}},
	{"an attempt is settled once", func(b *bench) {
		d := b.oneClaimed()
		b.settle(d, storage.Attempt{Verdict: storage.Retry, RetryAt: at(time.Hour)})
		b.is(b.store.Settle(b.Context(), outcome(d, storage.Attempt{Verdict: storage.Done})), storage.ErrStale)
		b.equal("state", b.deliveries(storage.DeliveryQuery{})[0].State, storage.Pending)
	}},
	{"a delivery that is not in the store can't be settled", func(b *bench) {
		o := storage.Outcome{ID: "fw_none", Attempt: storage.Attempt{N: 1, Verdict: storage.Done}}
		b.is(b.store.Settle(b.Context(), o), storage.ErrUnknown)
	}},
	{"an attempt ends in a verdict of its sender's", func(b *bench) {
		d := b.oneClaimed()
		for _, v := range []storage.Verdict{"", storage.Interrupted, "maybe"} {
			if err := b.store.Settle(b.Context(), outcome(d, storage.Attempt{Verdict: v})); err == nil {
				b.Fatalf("verdict %q was taken", v)
			}
		}
		b.equal("state", b.deliveries(storage.DeliveryQuery{})[0].State, storage.Sending)
	}},
	{"a pause holds all of a receiver's deliveries, and outlives the process", checkPause},
	{"replay makes dead deliveries due, those that were chosen, attempts kept", checkReplay},
}

// oneClaimed is a delivery to r that was claimed at t0.
func (b *bench) oneClaimed() storage.Delivery {
	b.Helper()
	b.watch(1)
	b.poll(t0, item(1, t0, alert("r", "s")))
	return b.claim("r", t0, 1).Deliveries[0]
}

func checkPause(b *bench) {
	b.watch(1)
	b.poll(t0, item(1, t0, alert("r", "1"), alert("q", "1")), item(2, t0, alert("r", "2")))
	c := b.claim("r", t0, 2)
	o := outcome(c.Deliveries[0], storage.Attempt{Verdict: storage.Retry, RetryAt: at(time.Second)})
	o.Pause = at(time.Hour)
	b.ok(b.store.Settle(b.Context(), o))
	// The other delivery's outcome has no pause, and does not end the first's.
	b.settle(c.Deliveries[1], storage.Attempt{Verdict: storage.Retry, RetryAt: at(2 * time.Second)})
	b.reopen()
	b.equal("paused", b.claim("r", at(time.Hour-1), 9), storage.Claimed{Next: at(time.Hour)})
	b.equal("until", b.stats().Outbox["r"].NotBefore, at(time.Hour))
	b.equal("after", len(b.claim("r", at(time.Hour), 9).Deliveries), 2)
	b.equal("another receiver", len(b.claim("q", t0, 9).Deliveries), 1)
}

func checkReplay(b *bench) {
	b.watch(1)
	b.poll(t0, item(1, t0, alert("r", "1"), alert("q", "1")), item(2, at(1), alert("r", "2")), item(3, at(2), alert("r", "3")))
	for _, d := range append(b.claim("r", at(2), 2).Deliveries, b.claim("q", at(2), 1).Deliveries...) {
		b.settle(d, storage.Attempt{Verdict: storage.GiveUp, Detail: "no"})
	}
	replay := func(receiver string, ids ...string) int {
		n, err := b.store.Replay(b.Context(), receiver, ids, at(time.Hour))
		b.ok(err)
		return n
	}
	b.equal("unknown, pending, another's", replay("r", "fw_x", idOf("r", "3"), idOf("q", "1")), 0)
	b.equal("one of r", replay("r", idOf("r", "2")), 1)
	b.equal("due", ids(b.claim("r", at(time.Hour), 9).Deliveries), []string{idOf("r", "3"), idOf("r", "2")})
	b.equal("attempts", len(b.deliveries(storage.DeliveryQuery{State: storage.Sending})[1].Attempts), 2)
	b.equal("all of r", replay("r"), 1)
	b.equal("all", replay(""), 1)
	b.equal("none left", replay(""), 0)
	b.equal("dead", b.stats().Outbox["q"].Dead, 0)
}
