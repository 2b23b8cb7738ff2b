package storagetest

import (
	"fmt"
	"slices"
	"time"

	"github.com/feedwatch/feedwatch/storage"
)

var recoveryRules = []rule{
	{"of many attempts the first and the newest are kept, and all are counted", checkKeptAttempts},
	{"a receiver's last error is kept until it says yes, and outlives the process", checkLastError},
	{"a receiver that says yes again gets at once what waits for a further attempt", checkRecovery},
	{"a yes makes nothing due that never failed, nor another receiver's", func(b *bench) {
		b.watch(1)
		b.poll(t0, item(1, t0, alert("r", "1"), alert("q", "1")), item(2, at(time.Hour), alert("r", "late")))
		b.settle(b.claim("q", t0, 1).Deliveries[0], storage.Attempt{Verdict: storage.Retry, RetryAt: at(day)})
		d := b.claim("r", t0, 1).Deliveries[0]
		b.settle(d, storage.Attempt{Ended: at(1), Verdict: storage.Retry, RetryAt: at(time.Minute)})
		d = b.claim("r", at(time.Minute), 1).Deliveries[0]
		b.settle(d, storage.Attempt{Ended: at(time.Minute), Verdict: storage.Done})
		b.equal("r", b.claim("r", at(time.Minute), 9), storage.Claimed{Next: at(time.Hour)})
		b.equal("q", b.claim("q", at(time.Minute), 9), storage.Claimed{Next: at(day)})
	}},
	{"a receiver's recovery ends no pause and no lease", func(b *bench) {
		b.watch(1)
		b.poll(t0, item(1, t0, alert("r", "1")), item(2, t0, alert("r", "2")), item(3, t0, alert("r", "3")))
		c := b.claim("r", t0, 3).Deliveries
		b.settle(c[0], storage.Attempt{Ended: at(1), Verdict: storage.Retry, RetryAt: at(day)})
		o := outcome(c[1], storage.Attempt{Ended: at(2), Verdict: storage.Done})
		o.Pause = at(time.Minute)
		b.ok(b.store.Settle(b.Context(), o))
		b.equal("in the pause", b.claim("r", at(3), 9), storage.Claimed{Next: at(time.Minute)})
		b.equal("after it", ids(b.claim("r", at(time.Minute), 9).Deliveries), []string{c[0].Alert.ID})
	}},
	{"what waits for its parent is due with the parent's yes, and is no failure", func(b *bench) {
		parent, child := alert("r", "parent"), alert("r", "child")
		child.Parent = parent.ID
		b.enqueue(parent, child)
		c := b.claim("r", at(1), 2).Deliveries
		slices.SortFunc(c, func(x, y storage.Delivery) int { return len(x.Alert.Parent) - len(y.Alert.Parent) })
		b.settle(c[1], storage.Attempt{Ended: at(1), Verdict: storage.Waited, Detail: "waits", RetryAt: at(day)})
		b.equal("error", b.stats().Outbox["r"].LastError, "")
		b.equal("early", len(b.claim("r", at(2), 9).Deliveries), 0)
		b.settle(c[0], storage.Attempt{Ended: at(3), Verdict: storage.Done})
		b.equal("due", ids(b.claim("r", at(3), 9).Deliveries), []string{child.ID})
	}},
	{"however many wait, every yes brings some of them forward until all are due", checkLargeRecovery},
}

func checkKeptAttempts(b *bench) {
	b.watch(1)
	b.poll(t0, item(1, t0, alert("r", "s")))
	const tries = 60
	var d storage.Delivery
	for i := range tries {
		d = b.claim("r", at(time.Duration(i)*time.Second), 1).Deliveries[0]
		b.equal("counted", d.Attempts[len(d.Attempts)-1].N, i+1)
		if i < tries-1 {
			b.settle(d, storage.Attempt{Verdict: storage.Retry, RetryAt: at(time.Duration(i+1) * time.Second)})
		}
	}
	var numbers []int
	for _, a := range d.Attempts {
		numbers = append(numbers, a.N)
	}
	want := []int{1}
	for n := tries - 19; n <= tries; n++ {
		want = append(want, n)
	}
	b.equal("kept", numbers, want)
	stale := storage.Outcome{ID: d.Alert.ID, Attempt: storage.Attempt{N: len(d.Attempts), Verdict: storage.Done}}
	b.is(b.store.Settle(b.Context(), stale), storage.ErrStale)
	b.settle(d, storage.Attempt{Verdict: storage.Done})
	b.equal("state", b.deliveries(storage.DeliveryQuery{})[0].State, storage.Delivered)
}

func checkLastError(b *bench) {
	b.watch(1)
	b.poll(t0, item(1, t0, alert("r", "1")), item(2, at(1), alert("r", "2")))
	c := b.claim("r", at(1), 2).Deliveries
	b.settle(c[0], storage.Attempt{Verdict: storage.Retry, Detail: "busy", RetryAt: at(time.Hour)})
	b.settle(c[1], storage.Attempt{Verdict: storage.GiveUp, Detail: "no"})
	b.reopen()
	o := b.stats().Outbox["r"]
	b.equal("after failures", []any{o.LastError, o.Next}, []any{"no", at(time.Hour)})
	d := b.claim("r", at(time.Hour), 1).Deliveries[0]
	b.equal("next, while under way", b.stats().Outbox["r"].Next, time.Time{})
	b.settle(d, storage.Attempt{Verdict: storage.Done})
	b.equal("after a yes", b.stats().Outbox["r"].LastError, "")
}

func checkRecovery(b *bench) {
	b.watch(1)
	b.poll(t0, item(1, t0, alert("r", "1")), item(2, t0, alert("r", "2")), item(3, at(2*time.Hour), alert("r", "3")))
	for _, d := range b.claim("r", t0, 2).Deliveries {
		b.settle(d, storage.Attempt{Ended: at(1), Verdict: storage.Retry, RetryAt: at(20 * time.Hour)})
	}
	b.reopen()
	d := b.claim("r", at(2*time.Hour), 1).Deliveries[0]
	b.equal("the newer one goes first", d.Alert.ID, idOf("r", "3"))
	back := at(2*time.Hour + time.Second)
	b.settle(d, storage.Attempt{Ended: back, Verdict: storage.Done})
	b.equal("not before the yes", b.claim("r", back.Add(-1), 9), storage.Claimed{Next: back})
	c := b.claim("r", back, 9).Deliveries
	b.equal("due at once", len(c), 2)
	for _, d := range c {
		b.equal("attempts", len(d.Attempts), 2)
	}
}

func checkLargeRecovery(b *bench) {
	const waiting = 450
	b.watch(1)
	var news []storage.NewItem
	for i := range waiting {
		news = append(news, item(i, t0, alert("r", fmt.Sprint(i))))
	}
	b.poll(t0, news...)
	for i, d := range b.claim("r", t0, waiting).Deliveries {
		b.settle(d, storage.Attempt{Ended: at(1), Verdict: storage.Retry, RetryAt: at(day + time.Duration(i))})
	}
	b.poll(at(time.Hour), item(900, at(time.Hour), alert("r", "new")))
	now, done := at(time.Hour), 0
	for range waiting + 1 {
		c := b.claim("r", now, 1).Deliveries
		if len(c) == 0 {
			break
		}
		done++
		b.settle(c[0], storage.Attempt{Ended: now, Verdict: storage.Done})
	}
	b.equal("delivered without a wait", done, waiting+1)
}
