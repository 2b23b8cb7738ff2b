package storagetest

import (
	"fmt"
	"sync"
	"time"

	"github.com/feedwatch/feedwatch/storage"
)

var claimRules = []rule{
	{"a claim counts the attempt before it hands out", func(b *bench) {
		b.watch(1)
		b.poll(t0, item(1, t0, alert("r", "s")))
		b.equal("before its time", b.claim("r", t0.Add(-1), 1), storage.Claimed{Next: t0})
		c := b.claim("r", at(time.Second), 1)
		want := b.deliveries(storage.DeliveryQuery{})
		b.equal("claimed", c, storage.Claimed{Deliveries: want})
		d := want[0]
		b.equal("state", []any{d.State, d.Due}, []any{storage.Sending, at(time.Second + lease)})
		b.equal("attempts", d.Attempts, []storage.Attempt{{N: 1, Started: at(time.Second)}})
	}},
	{"deliveries are handed out by how long they are due, so many at most", func(b *bench) {
		b.watch(1)
		b.poll(t0,
			item(1, at(3*time.Second), alert("r", "three")), item(2, at(time.Second), alert("r", "one")),
			item(3, at(2*time.Second), alert("r", "two")), item(4, at(time.Hour), alert("r", "late")))
		now := at(time.Minute)
		c := b.claim("r", now, 0)
		b.equal("no limit is one", ids(c.Deliveries), []string{idOf("r", "one")})
		b.equal("next", c.Next, at(2*time.Second))
		c = b.claim("r", now, 9)
		b.equal("rest", ids(c.Deliveries), []string{idOf("r", "two"), idOf("r", "three")})
		b.equal("next", c.Next, now.Add(lease))
	}},
	{"receivers do not wait for each other, nor share a name's beginning", func(b *bench) {
		b.watch(1)
		b.poll(t0, item(1, t0, alert("r", "s"), alert("rr", "s")))
		c, err := b.store.Claim(b.Context(), storage.ClaimRequest{Receiver: "r", Now: t0, Lease: lease, Limit: 9, Pace: time.Hour})
		b.ok(err)
		b.equal("r", ids(c.Deliveries), []string{idOf("r", "s")})
		b.equal("rr", ids(b.claim("rr", t0, 9).Deliveries), []string{idOf("rr", "s")})
		b.equal("another", b.claim("x", t0, 9), storage.Claimed{})
	}},
	{"a pace hands out one at a time, and outlives the process", func(b *bench) {
		b.watch(1)
		b.poll(t0, item(1, t0, alert("r", "1")), item(2, t0, alert("r", "2")))
		paced := func(now time.Time) storage.Claimed {
			c, err := b.store.Claim(b.Context(), storage.ClaimRequest{Receiver: "r", Now: now, Lease: lease, Limit: 9, Pace: time.Second})
			b.ok(err)
			return c
		}
		c := paced(t0)
		b.equal("first", len(c.Deliveries), 1)
		b.equal("next", c.Next, at(time.Second))
		b.settle(c.Deliveries[0], storage.Attempt{Verdict: storage.Done})
		b.reopen()
		b.equal("too early", paced(at(time.Second-1)), storage.Claimed{Next: at(time.Second)})
		b.equal("too early without a pace", b.claim("r", at(time.Second-1), 9), storage.Claimed{Next: at(time.Second)})
		c = paced(at(time.Second))
		b.equal("second", len(c.Deliveries), 1)
		b.equal("next", c.Next, time.Time{})
		b.equal("until", b.stats().Outbox["r"].NotBefore, at(2*time.Second))
	}},
	{"an attempt whose lease has passed is interrupted and the delivery handed out again", func(b *bench) {
		b.watch(1)
		b.poll(t0, item(1, t0, alert("r", "s")))
		b.claim("r", t0, 1)
		b.equal("under way", b.claim("r", at(lease-1), 1), storage.Claimed{Next: at(lease)})
		d := b.claim("r", at(lease), 1).Deliveries[0]
		b.equal("attempts", d.Attempts, []storage.Attempt{
			{N: 1, Started: t0, Verdict: storage.Interrupted}, {N: 2, Started: at(lease)},
		})
		b.equal("sending", b.stats().Outbox["r"].Sending, 1)
	}},
	{"after a crash a delivery under way is due at once, its attempt interrupted", func(b *bench) {
		b.watch(1)
		b.poll(t0, item(1, t0, alert("r", "s")))
		old := b.claim("r", at(time.Minute), 1).Deliveries[0]
		b.reopen()
		d := b.deliveries(storage.DeliveryQuery{})[0]
		b.equal("state", d.State, storage.Pending)
		b.equal("attempts", d.Attempts, []storage.Attempt{{N: 1, Started: at(time.Minute), Verdict: storage.Interrupted}})
		b.is(b.store.Settle(b.Context(), outcome(old, storage.Attempt{Verdict: storage.Done})), storage.ErrStale)
		d = b.claim("r", at(time.Minute), 1).Deliveries[0]
		b.equal("attempt", d.Attempts[1], storage.Attempt{N: 2, Started: at(time.Minute)})
	}},
	{"a delivery is handed out once, however many ask at once", checkConcurrentClaims},
}

func checkConcurrentClaims(b *bench) {
	const deliveries, workers = 30, 6
	b.watch(1)
	var news []storage.NewItem
	for i := range deliveries {
		news = append(news, item(i, t0, alert("r", fmt.Sprint(i))))
	}
	b.poll(t0, news...)
	var mu sync.Mutex
	times := make(map[string]int) // delivery → times handed out
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for {
				c, err := b.store.Claim(b.Context(), storage.ClaimRequest{Receiver: "r", Now: t0, Lease: lease, Limit: 4})
				if err != nil {
					b.Error(err)
				}
				if len(c.Deliveries) == 0 {
					return
				}
				mu.Lock()
				for _, d := range c.Deliveries {
					times[d.Alert.ID]++
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	b.equal("handed out", len(times), deliveries)
	for id, n := range times {
		b.equal(id, n, 1)
	}
}
