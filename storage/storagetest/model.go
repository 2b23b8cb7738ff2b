package storagetest

import (
	"cmp"
	"slices"
	"time"

	"github.com/feedwatch/feedwatch/storage"
)

// model is a store without disk, index or transaction: maps, and loops over all
// of them. What an engine answers is right if the model allows it; where an
// engine may choose (the order of things due at the same time), the model takes
// over the choice.
type model struct {
	feeds     map[string]*modelFeed        // URL → feed
	known     map[modelKey]storage.Known   // identity → item
	items     map[string]storage.Item      // ID → item
	stories   map[string]storage.Story     // ID → story
	outbox    map[string]*storage.Delivery // ID → delivery
	notBefore map[string]time.Time         // receiver → its pace or pause
	lastError map[string]string            // receiver → detail of its last attempt, where that failed
	backlog   map[string]bool              // receiver → whether it failed since it last said yes
}

type modelFeed struct {
	storage.Feed
	epoch uint64 // of the newest claim
	lease time.Time
}

type modelKey struct {
	feed string
	key  storage.Key
}

func newModel() *model {
	return &model{
		feeds:     make(map[string]*modelFeed),
		known:     make(map[modelKey]storage.Known),
		items:     make(map[string]storage.Item),
		stories:   make(map[string]storage.Story),
		outbox:    make(map[string]*storage.Delivery),
		notBefore: make(map[string]time.Time),
		lastError: make(map[string]string),
		backlog:   make(map[string]bool),
	}
}

func (f *modelFeed) due() time.Time {
	if f.lease.IsZero() {
		return f.Next
	}
	return f.lease
}

func (m *model) watch(feeds []storage.Watched) {
	for _, f := range m.feeds {
		f.Watched = false
	}
	for _, w := range feeds {
		if m.feeds[w.URL] == nil {
			m.feeds[w.URL] = &modelFeed{Feed: storage.Feed{URL: w.URL, Next: w.First}}
		}
		m.feeds[w.URL].Watched = true
	}
}

// dueTimes gives when each watched feed is due, the longest due first.
func (m *model) dueTimes() (times []time.Time) {
	for _, f := range m.feeds {
		if f.Watched {
			times = append(times, f.due())
		}
	}
	slices.SortFunc(times, time.Time.Compare)
	return times
}

// claimFeed claims a feed under the epoch that the engine chose.
func (m *model) claimFeed(url string, epoch uint64, until time.Time) storage.Feed {
	f := m.feeds[url]
	f.epoch, f.lease = epoch, until
	claimed := f.Feed
	claimed.Epoch = epoch
	return claimed
}

// commit says what a commit must answer and does it.
func (m *model) commit(p storage.Poll) (receipt storage.Receipt, err error) {
	f := m.feeds[p.Feed.URL]
	if f.epoch != p.Feed.Epoch {
		return receipt, storage.ErrStale
	}
	fresh := m.fresh(p)
	if !m.agrees(p.Stories...) || m.miscounts(p, fresh) {
		return receipt, storage.ErrConflict
	}
	for _, n := range fresh {
		receipt.Items++
		f.Items++
		m.items[n.Item.ID] = n.Item
		for _, k := range n.Keys {
			m.known[modelKey{f.URL, k}] = storage.Known{Item: n.Item.ID, Digest: n.Digest}
		}
		m.enqueue(n.Alerts, &receipt)
	}
	for _, s := range p.Stories {
		m.stories[s.ID] = s
	}
	for _, c := range p.Changes {
		m.change(f.URL, c, &receipt)
	}
	if !p.Partial {
		state := p.Feed
		state.Watched, state.Items = f.Watched, f.Items
		*f = modelFeed{Feed: state, epoch: f.epoch}
	}
	slices.Sort(receipt.Receivers)
	return receipt, nil
}

func (m *model) enqueue(alerts []storage.Alert, receipt *storage.Receipt) {
	for _, a := range alerts {
		m.addAlert(a, receipt)
	}
}

func (m *model) addAlert(a storage.Alert, receipt *storage.Receipt) {
	if m.outbox[a.ID] != nil {
		return
	}
	m.outbox[a.ID] = &storage.Delivery{Alert: a, State: storage.Pending, Due: a.Created}
	receipt.Alerts++
	if !slices.Contains(receipt.Receivers, a.Receiver) {
		receipt.Receivers = append(receipt.Receivers, a.Receiver)
	}
}

// waiting gives a receiver's deliveries that are pending or under way, the
// longest due first.
func (m *model) waiting(receiver string) (w []*storage.Delivery) {
	for _, d := range m.outbox {
		if d.Alert.Receiver == receiver && (d.State == storage.Pending || d.State == storage.Sending) {
			w = append(w, d)
		}
	}
	slices.SortFunc(w, func(a, b *storage.Delivery) int { return a.Due.Compare(b.Due) })
	return w
}

// claimable says how many deliveries a claim must hand out.
func (m *model) claimable(r storage.ClaimRequest) (n int) {
	if m.notBefore[r.Receiver].After(r.Now) {
		return 0
	}
	limit := max(1, r.Limit)
	if r.Pace > 0 {
		limit = 1
	}
	for _, d := range m.waiting(r.Receiver) {
		if !d.Due.After(r.Now) && n < limit {
			n++
		}
	}
	return n
}

func (m *model) startAttempt(id string, now, until time.Time) storage.Delivery {
	d := m.outbox[id]
	m.interrupt(d)
	d.Attempts = storage.KeepAttempts(append(slices.Clone(d.Attempts), storage.Attempt{N: newestN(d) + 1, Started: now}))
	d.State, d.Due = storage.Sending, until
	claimed := *d
	if parent := m.outbox[d.Alert.Parent]; parent != nil {
		claimed.Thread = parent.Ref
		claimed.Waits = parent.State == storage.Pending || parent.State == storage.Sending
	}
	return claimed
}

func newestN(d *storage.Delivery) int {
	if len(d.Attempts) == 0 {
		return 0
	}
	return d.Attempts[len(d.Attempts)-1].N
}

func (m *model) interrupt(d *storage.Delivery) {
	if d.State == storage.Sending {
		d.Attempts = slices.Clone(d.Attempts)
		d.Attempts[len(d.Attempts)-1].Verdict = storage.Interrupted
	}
}

func (m *model) pause(receiver string, until time.Time) {
	if until.After(m.notBefore[receiver]) {
		m.notBefore[receiver] = until
	}
}

// settle says what a settle must answer and does it.
func (m *model) settle(o storage.Outcome) error {
	d := m.outbox[o.ID]
	if d.State != storage.Sending || newestN(d) != o.Attempt.N {
		return storage.ErrStale
	}
	d.Attempts = slices.Clone(d.Attempts)
	d.Attempts[len(d.Attempts)-1] = o.Attempt
	if o.Ref != "" {
		d.Ref = o.Ref
	}
	switch o.Attempt.Verdict {
	case storage.Done:
		d.State = storage.Delivered
	case storage.GiveUp:
		d.State = storage.Dead
	case storage.Retry, storage.Waited:
		d.State, d.Due = storage.Pending, o.Attempt.RetryAt
	}
	m.pause(d.Alert.Receiver, o.Pause)
	m.hear(d.Alert.Receiver, o.Attempt)
	return nil
}

// hear notes how a receiver's attempt ended. A walk has far fewer deliveries
// than an engine may leave for later.
func (m *model) hear(receiver string, a storage.Attempt) {
	if a.Verdict != storage.Waited {
		m.lastError[receiver] = a.Detail
	}
	if a.Verdict == storage.Retry || a.Verdict == storage.Waited {
		m.backlog[receiver] = true
	}
	if a.Verdict != storage.Done {
		return
	}
	m.lastError[receiver] = ""
	for _, d := range m.waiting(receiver) {
		if m.backlog[receiver] && d.State == storage.Pending && len(d.Attempts) > 0 && d.Due.After(a.Ended) {
			d.Due = a.Ended
		}
	}
	m.backlog[receiver] = false
}

func (m *model) replay(receiver string, ids []string, now time.Time) (n int) {
	for id, d := range m.outbox {
		if d.State == storage.Dead &&
			(receiver == "" || d.Alert.Receiver == receiver) &&
			(len(ids) == 0 || slices.Contains(ids, id)) {
			n++
			d.State, d.Due = storage.Pending, now
		}
	}
	return n
}

// crash ends every lease.
func (m *model) crash() {
	for _, f := range m.feeds {
		f.lease, f.epoch = time.Time{}, f.Epoch
	}
	for _, d := range m.outbox {
		if d.State == storage.Sending {
			m.interrupt(d)
			d.State, d.Due = storage.Pending, d.Attempts[len(d.Attempts)-1].Started
		}
	}
}

// stats gives the counts that a store with this content has.
func (m *model) stats() storage.Stats {
	s := storage.Stats{Items: uint64(len(m.items)), Identities: uint64(len(m.known)), Outbox: make(map[string]storage.OutboxStats)}
	for _, f := range m.feeds {
		if f.Watched {
			s.Feeds++
		}
	}
	for _, d := range m.outbox {
		o := s.Outbox[d.Alert.Receiver]
		switch d.State {
		case storage.Pending:
			o.Pending++
		case storage.Sending:
			o.Sending++
		case storage.Delivered:
			o.Delivered++
		case storage.Dead:
			o.Dead++
		}
		if d.State == storage.Pending || d.State == storage.Sending {
			if o.Oldest.IsZero() || d.Alert.Created.Before(o.Oldest) {
				o.Oldest = d.Alert.Created
			}
		}
		if d.State == storage.Pending && (o.Next.IsZero() || d.Due.Before(o.Next)) {
			o.Next = d.Due
		}
		o.NotBefore, o.LastError = m.notBefore[d.Alert.Receiver], m.lastError[d.Alert.Receiver]
		s.Outbox[d.Alert.Receiver] = o
	}
	return s
}

// feedStates gives all feeds by URL, without their epochs, which are the
// engine's.
func (m *model) feedStates() (feeds []storage.Feed) {
	for _, f := range m.feeds {
		f := *f
		f.Epoch = 0
		feeds = append(feeds, f.Feed)
	}
	slices.SortFunc(feeds, func(a, b storage.Feed) int { return cmp.Compare(a.URL, b.URL) })
	return feeds
}
