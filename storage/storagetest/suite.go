package storagetest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/feedwatch/feedwatch/storage"
)

// Test checks an engine: the rules one by one, then a random walk. open opens the
// store in a directory, for the first time or again after it was closed; the
// suite closes it.
func Test(t *testing.T, open func(t *testing.T, dir string) storage.Store) {
	Rules(t, open)
	t.Run("the store agrees with a plain model of it", func(t *testing.T) {
		t.Parallel()
		testModel(t, open)
	})
}

// Rules is Test without the random walk, which takes most of its time: enough for
// what stands in front of an engine.
func Rules(t *testing.T, open func(t *testing.T, dir string) storage.Store) {
	for _, group := range [][]rule{
		feedRules, commitRules, onceRules, changeRules, storyRules, arrangeRules, enqueueRules,
		claimRules, settleRules, recoveryRules, readRules, pruneRules, callRules,
	} {
		for _, r := range group {
			t.Run(r.name, func(t *testing.T) {
				t.Parallel()
				r.check(newBench(t, open))
			})
		}
	}
}

// rule is a promise and what checks it.
type rule struct {
	name  string
	check func(*bench)
}

// t0 is when all tests begin. Its second and nanosecond are no round numbers.
var t0 = time.Date(2026, 3, 9, 8, 7, 6, 543210987, time.UTC)

func at(d time.Duration) time.Time { return t0.Add(d) }

const lease = 2 * time.Minute

// bench is a store under test, and the steps that most tests are made of.
type bench struct {
	tester
	open  func() storage.Store
	store storage.Store
}

// tester is what a test and a random walk have in common.
type tester interface {
	Helper()
	Context() context.Context
	Error(args ...any)
	Errorf(format string, args ...any)
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

func newBench(t *testing.T, open func(t *testing.T, dir string) storage.Store) *bench {
	dir := t.TempDir()
	b := &bench{tester: t, open: func() storage.Store { return open(t, dir) }}
	b.store = b.open()
	t.Cleanup(func() { b.ok(b.store.Close()) })
	return b
}

// reopen is a crash as far as a store can tell: leases stay behind.
func (b *bench) reopen() {
	b.Helper()
	b.ok(b.store.Close())
	b.store = b.open()
}

func (b *bench) ok(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func (b *bench) is(err, want error) {
	b.Helper()
	if !errors.Is(err, want) {
		b.Fatalf("error %v, want one that is %q", err, want)
	}
}

func (b *bench) equal(what string, got, want any) {
	b.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		b.Fatalf("%s (-want +got):\n%s", what, diff)
	}
}

func feedURL(n int) string {
	return fmt.Sprintf("https://user:secret@news%d.example/feed?key=%d", n, n)
}

func key(n int) storage.Key { return storage.Key{0: byte(n >> 8), 7: byte(n), 15: 1} }

// watch makes the store watch feeds 0 to n-1, due at t0.
func (b *bench) watch(n int) {
	b.Helper()
	feeds := make([]storage.Watched, n)
	for i := range feeds {
		feeds[i] = storage.Watched{URL: feedURL(i), First: t0}
	}
	b.ok(b.store.Watch(b.Context(), feeds))
}

func (b *bench) due(now time.Time, n int) storage.Due {
	b.Helper()
	d, err := b.store.Due(b.Context(), now, lease, n)
	b.ok(err)
	return d
}

func (b *bench) take(n int, now time.Time) storage.Feed {
	b.Helper()
	f, err := b.store.Take(b.Context(), feedURL(n), now, lease)
	b.ok(err)
	return f
}

func (b *bench) commit(p storage.Poll) storage.Receipt {
	b.Helper()
	r, err := b.store.Commit(b.Context(), p)
	b.ok(err)
	return r
}

// poll takes feed 0 at a time, commits items that bring these alerts each, and
// lists their keys.
func (b *bench) poll(now time.Time, items ...storage.NewItem) storage.Receipt {
	b.Helper()
	f := b.take(0, now)
	f.LastPoll, f.LastListed, f.Next = now, now, now.Add(time.Hour)
	p := storage.Poll{Feed: f, Items: items}
	for _, n := range items {
		p.Listed = append(p.Listed, n.Keys...)
	}
	return b.commit(p)
}

// item is a new item of feed 0 known by key n, with alerts that are due when it
// is seen.
func item(n int, seen time.Time, alerts ...storage.Alert) storage.NewItem {
	i := storage.Item{
		ID: storage.NewItemID(seen, feedURL(0), key(n)), Seen: seen, Feed: feedURL(0),
		Title: fmt.Sprint("title ", n), Text: fmt.Sprint("text ", n),
	}
	for j := range alerts {
		alerts[j].Item, alerts[j].Created = i, seen
	}
	return storage.NewItem{Item: i, Keys: []storage.Key{key(n)}, Alerts: alerts}
}

func alert(receiver, story string) storage.Alert {
	once := storage.OnceStory(receiver, story)
	return storage.Alert{ID: storage.DeliveryID(once), Once: once, Receiver: receiver, Kind: storage.First, Story: story}
}

func idOf(receiver, story string) string { return alert(receiver, story).ID }

func (b *bench) claim(receiver string, now time.Time, limit int) storage.Claimed {
	b.Helper()
	c, err := b.store.Claim(b.Context(), storage.ClaimRequest{Receiver: receiver, Now: now, Lease: lease, Limit: limit})
	b.ok(err)
	return c
}

// settle ends the attempt that a claim has just counted.
func (b *bench) settle(d storage.Delivery, a storage.Attempt) {
	b.Helper()
	b.ok(b.store.Settle(b.Context(), outcome(d, a)))
}

func outcome(d storage.Delivery, a storage.Attempt) storage.Outcome {
	a.N = d.Attempts[len(d.Attempts)-1].N
	return storage.Outcome{ID: d.Alert.ID, Attempt: a}
}

func (b *bench) stats() storage.Stats {
	b.Helper()
	s, err := b.store.Stats(b.Context())
	b.ok(err)
	return s
}

func (b *bench) feed(n int) storage.Feed {
	b.Helper()
	for _, f := range all(b, b.store.Feeds(b.Context())) {
		if f.URL == feedURL(n) {
			return f
		}
	}
	b.Fatalf("feed %d is not in the store", n)
	return storage.Feed{}
}

func (b *bench) deliveries(q storage.DeliveryQuery) []storage.Delivery {
	b.Helper()
	return all(b, b.store.Deliveries(b.Context(), q))
}

func (b *bench) items(q storage.ItemQuery) []storage.Item {
	b.Helper()
	return all(b, b.store.Items(b.Context(), q))
}

// seen gives the IDs of the items that a feed's keys are known as.
func (b *bench) seen(n int, keys ...storage.Key) []string {
	b.Helper()
	names := make([]string, len(keys))
	for i, k := range b.known(n, keys...) {
		names[i] = k.Item
	}
	return names
}

func all[T any](b *bench, seq iter.Seq2[T, error]) (rows []T) {
	b.Helper()
	for row, err := range seq {
		b.ok(err)
		rows = append(rows, row)
	}
	return rows
}

func urls(feeds []storage.Feed) (names []string) {
	for _, f := range feeds {
		names = append(names, f.URL)
	}
	return names
}

func ids(deliveries []storage.Delivery) (names []string) {
	for _, d := range deliveries {
		names = append(names, d.Alert.ID)
	}
	return names
}

func titles(items []storage.Item) (names []string) {
	for _, i := range items {
		names = append(names, i.Title)
	}
	return names
}
