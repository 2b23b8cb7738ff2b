package deliver

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/feedwatch/feedwatch/storage"
)

// memory is an outbox that keeps what storage.Store promises of Claim and
// Settle, for tests that let days pass in a synctest bubble.
type memory struct {
	mu        sync.Mutex
	all       []*storage.Delivery
	notBefore map[string]time.Time
	fail      error // given by every call while set
	claims    int
}

func (m *memory) add(alerts ...storage.Alert) *memory {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, a := range alerts {
		m.all = append(m.all, &storage.Delivery{Alert: a, State: storage.Pending, Due: time.Now()})
	}
	return m
}

func (m *memory) setFail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fail = err
}

func (m *memory) Claim(ctx context.Context, r storage.ClaimRequest) (storage.Claimed, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.claims++
	if m.fail != nil || ctx.Err() != nil {
		return storage.Claimed{}, firstError(m.fail, ctx.Err())
	}
	var first *storage.Delivery
	for _, d := range m.all {
		open := d.State == storage.Pending || d.State == storage.Sending
		if open && d.Alert.Receiver == r.Receiver && (first == nil || d.Due.Before(first.Due)) {
			first = d
		}
	}
	if first == nil {
		return storage.Claimed{}, nil
	}
	if at := later(first.Due, m.notBefore[r.Receiver]); at.After(r.Now) {
		return storage.Claimed{Next: at}, nil
	}
	first.State, first.Due = storage.Sending, r.Now.Add(r.Lease)
	first.Attempts = append(first.Attempts, storage.Attempt{N: 1, Started: r.Now})
	if n := len(first.Attempts); n > 1 {
		first.Attempts[n-1].N = first.Attempts[n-2].N + 1
	}
	first.Attempts = storage.KeepAttempts(first.Attempts)
	m.pause(r.Receiver, r.Now.Add(r.Pace))
	out := *first
	out.Attempts = slices.Clone(first.Attempts)
	for _, parent := range m.all {
		if parent.Alert.ID == first.Alert.Parent {
			out.Thread, out.Waits = parent.Ref, parent.State == storage.Pending || parent.State == storage.Sending
		}
	}
	return storage.Claimed{Deliveries: []storage.Delivery{out}}, nil
}

func (m *memory) Settle(ctx context.Context, o storage.Outcome) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil || ctx.Err() != nil {
		return firstError(m.fail, ctx.Err())
	}
	i := slices.IndexFunc(m.all, func(d *storage.Delivery) bool { return d.Alert.ID == o.ID })
	if i < 0 {
		return storage.ErrUnknown
	}
	d := m.all[i]
	if newest := d.Attempts[len(d.Attempts)-1]; newest.N != o.Attempt.N || newest.Verdict != "" {
		return storage.ErrStale
	}
	d.Attempts[len(d.Attempts)-1] = o.Attempt
	d.State = map[storage.Verdict]storage.State{
		storage.Done: storage.Delivered, storage.Retry: storage.Pending, storage.GiveUp: storage.Dead, storage.Waited: storage.Pending,
	}[o.Attempt.Verdict]
	d.Due = o.Attempt.RetryAt
	if o.Ref != "" {
		d.Ref = o.Ref
	}
	m.pause(d.Alert.Receiver, o.Pause)
	if o.Attempt.Verdict == storage.Done {
		m.hasten(d.Alert.Receiver, o.Attempt.Ended)
	}
	return nil
}

// hasten makes due what waits for a receiver that is there again.
func (m *memory) hasten(receiver string, now time.Time) {
	for _, d := range m.all {
		if d.Alert.Receiver == receiver && d.State == storage.Pending && len(d.Attempts) > 0 && d.Due.After(now) {
			d.Due = now
		}
	}
}

func (m *memory) pause(receiver string, until time.Time) {
	if m.notBefore == nil {
		m.notBefore = make(map[string]time.Time)
	}
	m.notBefore[receiver] = later(m.notBefore[receiver], until)
}

// get is a copy of a delivery.
func (m *memory) get(id string) storage.Delivery {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := slices.IndexFunc(m.all, func(d *storage.Delivery) bool { return d.Alert.ID == id })
	d := *m.all[i]
	d.Attempts = slices.Clone(d.Attempts)
	return d
}

// states counts deliveries by state.
func (m *memory) states() map[storage.State]int {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := make(map[storage.State]int)
	for _, d := range m.all {
		out[d.State]++
	}
	return out
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
