package watcher

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/watcher/egress"
)

// Status is what goes on, for the status page, for `feedwatch status` and for
// scripts. It holds no secret: addresses are without userinfo and query values.
type Status struct {
	Schema    int              `json:"schema"` // of this document; grows when a field changes its meaning
	Version   string           `json:"version"`
	Started   time.Time        `json:"started"`
	Now       time.Time        `json:"now"`
	Ready     bool             `json:"ready"`
	Feeds     []FeedStatus     `json:"feeds"`
	Receivers []ReceiverStatus `json:"receivers"`
	Rules     int              `json:"rules"`
	Recent    []storage.Alert  `json:"recent"` // newest first, one an item
	Items     uint64           `json:"items"`
	StoreSize int64            `json:"store_bytes"`
	StoreFree int64            `json:"store_free_bytes"`
	Latency   Latency          `json:"latency"`
}

// Health is a feed's state in a word.
type Health string

// The healths of a feed.
const (
	FeedNew     Health = "new"     // not polled yet
	FeedFine    Health = "fine"    // its last poll went well
	FeedFailing Health = "failing" // its last poll failed
	FeedGone    Health = "gone"    // it answered 410 and is not polled any more
)

// FeedStatus is how one feed fares.
type FeedStatus struct {
	Name      string        `json:"name"`
	URL       string        `json:"url"`
	Title     string        `json:"title,omitempty"`
	Tier      int           `json:"tier"`
	Health    Health        `json:"health"`
	Schedule  string        `json:"schedule"`
	Interval  time.Duration `json:"interval_ns"`
	Next      time.Time     `json:"next"`
	LastPoll  time.Time     `json:"last_poll,omitzero"`
	LastGood  time.Time     `json:"last_success,omitzero"`
	LastNew   time.Time     `json:"last_new,omitzero"`
	Newest    time.Time     `json:"newest_entry,omitzero"`
	Entries   int           `json:"entries"`
	Items     uint64        `json:"items"`
	Failures  int           `json:"failures"`
	LastError string        `json:"last_error,omitempty"`
	Status    int           `json:"http_status"`
}

// ReceiverStatus is how one receiver's outbox stands.
type ReceiverStatus struct {
	Name       string    `json:"name"`
	Kind       string    `json:"kind"`
	Configured bool      `json:"configured"` // false: deliveries wait for a receiver the configuration no longer names
	Pending    int       `json:"pending"`
	Sending    int       `json:"sending"`
	Delivered  uint64    `json:"delivered"`
	Dead       int       `json:"dead"`
	Oldest     time.Time `json:"oldest,omitzero"`
	Next       time.Time `json:"next,omitzero"`         // when the earliest waiting delivery is due
	PausedTill time.Time `json:"paused_until,omitzero"` // it asked for nothing before this
	LastError  string    `json:"last_error,omitempty"`  // of the newest attempt, where that failed
}

// recentAlerts is how many alerts the status shows.
const recentAlerts = 20

// Status gathers what goes on. It may be called before, during and after Run.
func (w *Watcher) Status(ctx context.Context) (Status, error) {
	st, err := w.figures(ctx)
	if err != nil {
		return Status{}, err
	}
	st.Recent, err = w.recent(ctx)
	return st, err
}

// figures is the status without the alerts of late, which metrics do without.
func (w *Watcher) figures(ctx context.Context) (Status, error) {
	set := w.set.Load()
	now := time.Now()
	st := Status{
		Schema: 1, Version: w.version, Started: w.started, Now: now, Ready: w.ready.Load(),
		Rules: len(set.Rules.Rules()), Latency: w.metrics.latency(),
	}
	stats, err := w.store.Stats(ctx)
	if err != nil {
		return Status{}, err
	}
	st.Items, st.StoreSize, st.StoreFree = stats.Items, stats.Size, stats.Free
	st.Receivers = w.receiverStatus(set, stats, now)
	st.Feeds, err = w.feedStatus(ctx, set)
	return st, err
}

// feedStatus lists the configured feeds, those that need a look first.
func (w *Watcher) feedStatus(ctx context.Context, set *settings) ([]FeedStatus, error) {
	known := make(map[string]storage.Feed)
	for f, err := range w.store.Feeds(ctx) {
		if err != nil {
			return nil, err
		}
		known[f.URL] = f
	}
	var list []FeedStatus
	for _, cfg := range set.Feeds {
		f := known[cfg.URL]
		schedule := set.Poll.scheduleOf(cfg)
		list = append(list, FeedStatus{
			Name: cfg.Name, URL: egress.RedactURL(cfg.URL), Title: f.Title, Tier: cfg.Tier, Health: healthOf(f),
			Schedule: schedule.String(), Interval: schedule.Interval(time.Now()), Next: f.Next,
			LastPoll: f.LastPoll, LastGood: f.LastGood, LastNew: f.LastNew, Newest: f.Newest,
			Entries: f.Entries, Items: f.Items, Failures: f.Failures, LastError: f.LastError, Status: f.Status,
		})
	}
	slices.SortStableFunc(list, func(a, b FeedStatus) int {
		return slices.Index(troubleFirst, a.Health) - slices.Index(troubleFirst, b.Health)
	})
	return list, nil
}

var troubleFirst = []Health{FeedGone, FeedFailing, FeedNew, FeedFine}

func healthOf(f storage.Feed) Health {
	switch {
	case f.LastPoll.IsZero():
		return FeedNew
	case f.Gone >= goneForGood:
		return FeedGone
	case f.Failures > 0:
		return FeedFailing
	}
	return FeedFine
}

// receiverStatus lists the configured receivers, then those that only the
// outbox still knows.
func (w *Watcher) receiverStatus(set *settings, stats storage.Stats, now time.Time) []ReceiverStatus {
	var list []ReceiverStatus
	seen := make(map[string]bool)
	add := func(name, kind string, configured bool) {
		o := stats.Outbox[name]
		r := ReceiverStatus{
			Name: name, Kind: kind, Configured: configured,
			Pending: o.Pending, Sending: o.Sending, Delivered: o.Delivered, Dead: o.Dead, Oldest: o.Oldest,
			Next: o.Next, LastError: o.LastError,
		}
		if o.NotBefore.Sub(now) > 2*time.Second { // Less is its pace.
			r.PausedTill = o.NotBefore
		}
		seen[name] = true
		list = append(list, r)
	}
	for _, r := range set.Receivers {
		add(r.Name, r.Kind, true)
	}
	var orphans []string
	for name, o := range stats.Outbox {
		if !seen[name] && o.Pending+o.Sending+o.Dead > 0 {
			orphans = append(orphans, name)
		}
	}
	slices.SortFunc(orphans, strings.Compare)
	for _, name := range orphans {
		add(name, "", false)
	}
	return list
}

// recent lists the newest alerts, one an item: what several receivers hear of it
// by different rules is put together.
func (w *Watcher) recent(ctx context.Context) ([]storage.Alert, error) {
	var list []storage.Alert
	shown := make(map[string]int) // item → its place in list
	for d, err := range w.store.Deliveries(ctx, storage.DeliveryQuery{Limit: 10 * recentAlerts}) {
		if err != nil {
			return nil, err
		}
		i, ok := shown[d.Alert.Item.ID]
		switch {
		case ok:
			join(&list[i], d.Alert)
		case len(list) < recentAlerts:
			shown[d.Alert.Item.ID] = len(list)
			d.Alert.Receiver = "" // It stands for all of them.
			list = append(list, d.Alert)
		}
	}
	return list, nil
}

// join adds another receiver's alert of the same item: its further rules, and its
// severity where that is higher.
func join(a *storage.Alert, other storage.Alert) {
	if severityRank(other.Severity) > severityRank(a.Severity) {
		a.Severity = other.Severity
	}
	for _, m := range other.Matches {
		if slices.ContainsFunc(a.Matches, func(have storage.Match) bool { return have.Rule == m.Rule }) {
			continue
		}
		if other.Item.Text != a.Item.Text { // Another excerpt: its places are not in this one.
			m.Spans = slices.DeleteFunc(m.Spans, func(s storage.Span) bool { return s.Field == "body" })
		}
		a.Matches = append(a.Matches, m)
	}
}

// Ago words how long before now t was, for people: "3 minutes ago", "never" for
// the zero time.
func Ago(t, now time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return humanize.RelTime(t, now, "ago", "from now")
}

// In words how long after now t is: "in 3 minutes", "now", "never" for the zero
// time and for what is never due.
func In(t, now time.Time) string {
	switch {
	case t.IsZero() || !t.Before(never):
		return "never"
	case t.Sub(now) < time.Second:
		return "now"
	}
	return "in " + strings.TrimSpace(humanize.RelTime(now, t, "", ""))
}
