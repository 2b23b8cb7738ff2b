package storagetest

import (
	"context"
	"iter"
	"sync"
	"time"

	"github.com/feedwatch/feedwatch/storage"
)

// Failing is a store that fails on purpose. The zero value of the functions
// fails never. It is safe for concurrent use if they are.
type Failing struct {
	storage.Store
	// Before is asked ahead of each call, with the method's name and how often
	// it was called by now, this call included. An error is the call's answer,
	// and the store is not touched.
	Before func(method string, n int) error
	// After is asked likewise when the store has done its work without an
	// error: the work stands, but the caller is told that it failed, as when an
	// answer is lost on its way. Sequences are not asked about.
	After func(method string, n int) error

	mu    sync.Mutex
	calls map[string]int // method → calls so far
}

var _ storage.Store = (*Failing)(nil)

// At gives a function for Before or After that fails the n-th call of a method,
// and all calls after it where n is negative: those from the -n-th on.
func At(method string, n int, err error) func(string, int) error {
	return func(m string, i int) error {
		if m == method && (i == n || n < 0 && i >= -n) {
			return err
		}
		return nil
	}
}

// Calls says how often a method was called.
func (f *Failing) Calls(method string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls[method]
}

func (f *Failing) before(method string) (n int, err error) {
	f.mu.Lock()
	if f.calls == nil {
		f.calls = make(map[string]int)
	}
	f.calls[method]++
	n = f.calls[method]
	f.mu.Unlock()
	if f.Before != nil {
		err = f.Before(method, n)
	}
	return n, err
}

// do makes a call that may fail before, by itself, or after.
func (f *Failing) do(method string, call func() error) error {
	n, err := f.before(method)
	if err != nil {
		return err
	}
	if err := call(); err != nil || f.After == nil {
		return err
	}
	return f.After(method, n)
}

func ask[T any](f *Failing, method string, call func() (T, error)) (answer T, err error) {
	err = f.do(method, func() (err error) {
		answer, err = call()
		return err
	})
	if err != nil {
		var none T
		return none, err
	}
	return answer, nil
}

func sequence[T any](f *Failing, method string, all iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		if _, err := f.before(method); err != nil {
			var none T
			yield(none, err)
			return
		}
		all(yield)
	}
}

// Watch implements [storage.Store].
func (f *Failing) Watch(ctx context.Context, feeds []storage.Watched) error {
	return f.do("Watch", func() error { return f.Store.Watch(ctx, feeds) })
}

// Due implements [storage.Store].
func (f *Failing) Due(ctx context.Context, now time.Time, lease time.Duration, n int) (storage.Due, error) {
	return ask(f, "Due", func() (storage.Due, error) { return f.Store.Due(ctx, now, lease, n) })
}

// Take implements [storage.Store].
func (f *Failing) Take(ctx context.Context, url string, now time.Time, lease time.Duration) (storage.Feed, error) {
	return ask(f, "Take", func() (storage.Feed, error) { return f.Store.Take(ctx, url, now, lease) })
}

// Seen implements [storage.Store].
func (f *Failing) Seen(ctx context.Context, url string, keys []storage.Key) ([]storage.Known, error) {
	return ask(f, "Seen", func() ([]storage.Known, error) { return f.Store.Seen(ctx, url, keys) })
}

// Commit implements [storage.Store].
func (f *Failing) Commit(ctx context.Context, p storage.Poll) (storage.Receipt, error) {
	return ask(f, "Commit", func() (storage.Receipt, error) { return f.Store.Commit(ctx, p) })
}

// Enqueue implements [storage.Store].
func (f *Failing) Enqueue(ctx context.Context, alerts []storage.Alert) (storage.Receipt, error) {
	return ask(f, "Enqueue", func() (storage.Receipt, error) { return f.Store.Enqueue(ctx, alerts) })
}

// Arrange implements [storage.Store].
func (f *Failing) Arrange(ctx context.Context, a storage.Arrangement) (storage.Receipt, error) {
	return ask(f, "Arrange", func() (storage.Receipt, error) { return f.Store.Arrange(ctx, a) })
}

// Claim implements [storage.Store].
func (f *Failing) Claim(ctx context.Context, r storage.ClaimRequest) (storage.Claimed, error) {
	return ask(f, "Claim", func() (storage.Claimed, error) { return f.Store.Claim(ctx, r) })
}

// Settle implements [storage.Store].
func (f *Failing) Settle(ctx context.Context, o storage.Outcome) error {
	return f.do("Settle", func() error { return f.Store.Settle(ctx, o) })
}

// Replay implements [storage.Store].
func (f *Failing) Replay(ctx context.Context, receiver string, ids []string, now time.Time) (int, error) {
	return ask(f, "Replay", func() (int, error) { return f.Store.Replay(ctx, receiver, ids, now) })
}

// Feeds implements [storage.Store].
func (f *Failing) Feeds(ctx context.Context) iter.Seq2[storage.Feed, error] {
	return sequence(f, "Feeds", f.Store.Feeds(ctx))
}

// Items implements [storage.Store].
func (f *Failing) Items(ctx context.Context, q storage.ItemQuery) iter.Seq2[storage.Item, error] {
	return sequence(f, "Items", f.Store.Items(ctx, q))
}

// Item implements [storage.Store].
func (f *Failing) Item(ctx context.Context, id string) (storage.Item, error) {
	return ask(f, "Item", func() (storage.Item, error) { return f.Store.Item(ctx, id) })
}

// Story implements [storage.Store].
func (f *Failing) Story(ctx context.Context, id string) (storage.Story, error) {
	return ask(f, "Story", func() (storage.Story, error) { return f.Store.Story(ctx, id) })
}

// Stories implements [storage.Store].
func (f *Failing) Stories(ctx context.Context, q storage.StoryQuery) iter.Seq2[storage.Story, error] {
	return sequence(f, "Stories", f.Store.Stories(ctx, q))
}

// Deliveries implements [storage.Store].
func (f *Failing) Deliveries(ctx context.Context, q storage.DeliveryQuery) iter.Seq2[storage.Delivery, error] {
	return sequence(f, "Deliveries", f.Store.Deliveries(ctx, q))
}

// Prune implements [storage.Store].
func (f *Failing) Prune(ctx context.Context, r storage.Retention) (storage.Pruned, error) {
	return ask(f, "Prune", func() (storage.Pruned, error) { return f.Store.Prune(ctx, r) })
}

// Stats implements [storage.Store].
func (f *Failing) Stats(ctx context.Context) (storage.Stats, error) {
	return ask(f, "Stats", func() (storage.Stats, error) { return f.Store.Stats(ctx) })
}

// Close implements [storage.Store].
func (f *Failing) Close() error {
	return f.do("Close", f.Store.Close)
}
