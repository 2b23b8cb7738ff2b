package watcher

import (
	"context"
	"errors"
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
	Counts    map[Health]int   `json:"feed_counts"`
	Feeds     []FeedStatus     `json:"feeds"`                   // those that need a look first
	Omitted   int              `json:"feeds_omitted,omitempty"` // fine ones left out of Feeds
	Receivers []ReceiverStatus `json:"receivers"`
	Rules     int              `json:"rules"`
	Recent    []storage.Alert  `json:"recent"` // stories, the one told of last first
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
	FeedMoved   Health = "moved"   // likewise, at an address that the configuration does not have
	FeedStale   Health = "stale"   // likewise, but it has brought nothing for far longer than usual
	FeedFailing Health = "failing" // its last poll failed
	FeedBlocked Health = "blocked" // its server turns feedwatch away
	FeedGone    Health = "gone"    // it answered 410 and is not polled any more
)

// FeedStatus is how one feed fares.
type FeedStatus struct {
	Name      string        `json:"name"`
	URL       string        `json:"url"`
	Title     string        `json:"title,omitempty"`
	Tier      int           `json:"tier"`
	Tags      []string      `json:"tags,omitempty"`
	Health    Health        `json:"health"`
	Schedule  string        `json:"schedule"`
	Interval  time.Duration `json:"interval_ns"`     // at present
	Reason    string        `json:"interval_reason"` // why it is polled when it is, in a line
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
	Bytes     int64         `json:"bytes"`             // of the last body that was read
	Took      time.Duration `json:"took_ns"`           // by the last request
	Ailment   string        `json:"ailment,omitempty"` // topic of the notice that told what ails it
	AilsSince time.Time     `json:"ails_since,omitzero"`
	Moved     string        `json:"moved_to,omitempty"` // where it is asked for now
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
	st.Counts = make(map[Health]int)
	for _, f := range st.Feeds {
		st.Counts[f.Health]++
	}
	return st, err
}

// shownFeeds bounds the feeds in an answer over HTTP that does not ask for all.
const shownFeeds = 500

// cut leaves the first feeds, which are those that need a look.
func (st *Status) cut(n int) {
	if st.Omitted = max(len(st.Feeds)-n, 0); st.Omitted > 0 {
		st.Feeds = st.Feeds[:n]
	}
}

// feedStatus lists the configured feeds, those that need a look first.
func (w *Watcher) feedStatus(ctx context.Context, set *settings) ([]FeedStatus, error) {
	list, place := make([]FeedStatus, len(set.Feeds)), make(map[string]int, len(set.Feeds))
	for i, cfg := range set.Feeds {
		list[i], place[cfg.URL] = statusOf(set, cfg, storage.Feed{}), i
	}
	for f, err := range w.store.Feeds(ctx) {
		if err != nil {
			return nil, err
		}
		if i, ok := place[f.URL]; ok {
			list[i] = statusOf(set, set.Feeds[i], f)
		}
	}
	slices.SortStableFunc(list, func(a, b FeedStatus) int {
		return slices.Index(troubleFirst, a.Health) - slices.Index(troubleFirst, b.Health)
	})
	return list, nil
}

// statusOf is how one feed fares.
func statusOf(set *settings, cfg Feed, f storage.Feed) FeedStatus {
	interval, why := set.Poll.Pace(cfg, f)
	st := FeedStatus{
		Name: cfg.Name, URL: egress.RedactURL(cfg.URL), Title: f.Title, Tier: cfg.Tier, Tags: cfg.Tags, Health: healthOf(f),
		Schedule: set.Poll.scheduleOf(cfg).String(), Interval: interval, Reason: why, Next: f.Next,
		LastPoll: f.LastPoll, LastGood: f.LastGood, LastNew: f.LastNew, Newest: f.Newest,
		Entries: f.Entries, Items: f.Items, Failures: f.Failures, LastError: f.LastError, Status: f.Status,
		Bytes: f.Bytes, Took: f.Took, Ailment: f.Ailment, AilsSince: f.AilsSince,
	}
	if f.Moved != "" {
		st.Moved = egress.RedactURL(f.Moved)
		if _, twice := set.feeds[f.Moved]; twice {
			st.Reason += "; once a day, for it is configured at its new address, too"
		}
	}
	return st
}

var troubleFirst = []Health{FeedGone, FeedBlocked, FeedFailing, FeedStale, FeedMoved, FeedNew, FeedFine}

// troubled tells whether a feed needs a look.
func (h Health) troubled() bool {
	return slices.Index(troubleFirst, h) < slices.Index(troubleFirst, FeedMoved)
}

func healthOf(f storage.Feed) Health {
	switch {
	case f.LastPoll.IsZero():
		return FeedNew
	case f.Gone >= goneForGood:
		return FeedGone
	case f.Failures > 0 && (f.Ailment == topicBlocked || slices.Contains(turnedAway, f.Status)):
		return FeedBlocked
	case f.Failures > 0:
		return FeedFailing
	case f.Ailment == topicStale:
		return FeedStale
	case f.Moved != "":
		return FeedMoved
	}
	return FeedFine
}

// turnedAway are the statuses of a server that does not want us.
var turnedAway = []int{401, 403, 429, 451}

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

// recent lists the stories that were told of last. Each is shown by its first
// report, with the outlets that it has by now and all rules that receivers heard of.
func (w *Watcher) recent(ctx context.Context) ([]storage.Alert, error) {
	var list []storage.Alert
	shown := make(map[string]int) // story → its place in list
	for d, err := range w.store.Deliveries(ctx, storage.DeliveryQuery{Limit: 10 * recentAlerts}) {
		if err != nil {
			return nil, err
		}
		i, ok := shown[d.Alert.Story]
		switch {
		case d.Alert.Story == "": // It is about none.
		case ok && d.Alert.Kind == storage.First && list[i].Kind != storage.First:
			d.Alert, list[i] = list[i], d.Alert
			join(&list[i], d.Alert)
		case ok:
			join(&list[i], d.Alert)
		case len(list) < recentAlerts:
			shown[d.Alert.Story] = len(list)
			list = append(list, d.Alert)
		}
	}
	return w.asStories(ctx, list)
}

// asStories gives each alert the outlets that its story has by now, and makes one
// of those whose stories have become one.
func (w *Watcher) asStories(ctx context.Context, list []storage.Alert) ([]storage.Alert, error) {
	var told []storage.Alert
	for _, a := range list {
		a.Receiver = "" // It stands for all of them.
		st, err := w.stories.find(ctx, a.Story)
		switch {
		case errors.Is(err, storage.ErrUnknown): // Pruned: the outbox remembers longer.
		case err != nil:
			return nil, err
		default:
			a.Story, a.Outlets, a.Count = st.ID, st.Outlets, st.Count
		}
		if i := slices.IndexFunc(told, func(t storage.Alert) bool { return t.Story == a.Story }); i >= 0 {
			join(&told[i], a)
		} else {
			told = append(told, a)
		}
	}
	return told, nil
}

// join adds another alert of the same story: its further rules, and its severity
// where that is higher.
func join(a *storage.Alert, other storage.Alert) {
	if severityRank(other.Severity) > severityRank(a.Severity) {
		a.Severity = other.Severity
	}
	for _, m := range other.Matches {
		if slices.ContainsFunc(a.Matches, func(have storage.Match) bool { return have.Rule == m.Rule }) {
			continue
		}
		switch {
		case other.Item.ID != a.Item.ID:
			m.Spans = nil // They stand in another text.
		case other.Item.Text != a.Item.Text: // Another excerpt.
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
