package deliver

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/storage/boltdb"
	"github.com/feedwatch/feedwatch/watcher/egress"
)

func openStore(t *testing.T, dir string) *boltdb.Store {
	t.Helper()
	s, err := boltdb.Open(t.Context(), dir, boltdb.Options{Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// commit stores alerts as a poll of one feed would, an item each.
func commit(t *testing.T, s storage.Store, alerts ...storage.Alert) {
	t.Helper()
	const feed = "https://news.example/rss"
	now := time.Now()
	if err := s.Watch(t.Context(), []storage.Watched{{URL: feed, First: now}}); err != nil {
		t.Fatal(err)
	}
	due, err := s.Due(t.Context(), now, time.Minute, 1)
	if err != nil || len(due.Feeds) != 1 {
		t.Fatalf("%v, %v", due, err)
	}
	p := storage.Poll{Feed: due.Feeds[0]}
	p.Feed.Next = now.Add(time.Hour)
	for i, a := range alerts {
		key := storage.Key{byte(i)}
		a.Item.ID, a.Item.Seen, a.Item.Feed = storage.NewItemID(now, feed, key), now, feed
		a.Once = storage.OnceItem(a.Receiver, a.Item.ID)
		a.ID = storage.DeliveryID(a.Once)
		p.Items = append(p.Items, storage.NewItem{Item: a.Item, Keys: []storage.Key{key}, Alerts: []storage.Alert{a}})
	}
	if r, err := s.Commit(t.Context(), p); err != nil || r.Alerts != len(alerts) {
		t.Fatalf("%+v, %v", r, err)
	}
}

// ids is a receiver that notes the webhook-id of each request.
type ids struct {
	mu   sync.Mutex
	seen map[string]int // webhook-id → requests
}

func (i *ids) note(_ http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.seen == nil {
		i.seen = make(map[string]int)
	}
	i.seen[r.Header.Get("webhook-id")]++
}

func TestStoredOutboxIsEmptiedOnceEach(t *testing.T) {
	store := openStore(t, t.TempDir())
	defer store.Close()
	const each = 20
	var alerts []storage.Alert
	var receivers []Receiver
	got := make(map[string]*ids)
	for _, name := range []string{"a", "b", "c"} {
		got[name] = &ids{}
		receivers = append(receivers, Receiver{Name: name, Kind: "webhook", URL: egress.Secret(serve(t, got[name].note))})
		for i := range each {
			alerts = append(alerts, alertTo(name, fmt.Sprint(name, i)))
		}
	}
	commit(t, store, alerts...)
	settled := make(chan storage.Verdict, len(alerts))
	d, err := New(Config{Outbox: store, Receivers: receivers, Transport: loopback(t), Settled: func(_ string, a storage.Attempt, _ storage.Alert) {
		settled <- a.Verdict
	}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- d.Run(ctx) }()
	for range alerts {
		if v := <-settled; v != storage.Done {
			t.Errorf("an attempt ended in %s", v)
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	for name, receiver := range got {
		if len(receiver.seen) != each {
			t.Errorf("%s heard %d alerts, want %d", name, len(receiver.seen), each)
		}
		for id, n := range receiver.seen {
			if n != 1 {
				t.Errorf("%s heard %s %d times", name, id, n)
			}
		}
	}
	for a, err := range store.Deliveries(t.Context(), storage.DeliveryQuery{}) {
		if err != nil || a.State != storage.Delivered || len(a.Attempts) != 1 {
			t.Errorf("%+v, %v", a, err)
		}
	}
}

func TestAttemptThatDiedWithTheProcessIsRepeatedUnderItsID(t *testing.T) {
	dir := t.TempDir()
	store := openStore(t, dir)
	commit(t, store, alertTo("a", "x"))
	claimed, err := store.Claim(t.Context(), storage.ClaimRequest{Receiver: "a", Now: time.Now(), Lease: time.Hour})
	if err != nil || len(claimed.Deliveries) != 1 {
		t.Fatalf("%+v, %v", claimed, err)
	}
	if err := store.Close(); err != nil { // never settled: as if killed here
		t.Fatal(err)
	}
	store = openStore(t, dir)
	defer store.Close()
	var got ids
	d, err := New(Config{Outbox: store, Transport: loopback(t), Receivers: []Receiver{
		{Name: "a", Kind: "webhook", URL: egress.Secret(serve(t, got.note))},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if id := claimed.Deliveries[0].Alert.ID; len(got.seen) != 1 || got.seen[id] != 1 {
		t.Errorf("heard %v, want %s once", got.seen, id)
	}
	for d, err := range store.Deliveries(t.Context(), storage.DeliveryQuery{}) {
		if err != nil || d.State != storage.Delivered || len(d.Attempts) != 2 || d.Attempts[0].Verdict != storage.Interrupted {
			t.Errorf("%+v, %v", d, err)
		}
	}
}
