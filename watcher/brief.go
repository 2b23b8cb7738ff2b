package watcher

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/feedwatch/feedwatch/storage"
)

const (
	// briefStories is how many stories of a rule a brief holds, the most told
	// first; how many a receiver shows is its own affair.
	briefStories = 200
	// briefSpan bounds what one brief covers, however seldom it comes.
	briefSpan = 35 * 24 * time.Hour
	// briefLate is how late a brief that fell due while feedwatch was down
	// still goes out.
	briefLate = 12 * time.Hour
)

// Brief is a summary that a receiver gets on a schedule, also when there is
// nothing to tell.
type Brief struct {
	Receiver string
	Schedule Schedule // in the zone that its times are shown in
}

// briefTimes is when the next brief of any receiver falls due, by the settings of
// the moment.
type briefTimes struct{ w *Watcher }

// Next implements cron.Schedule.
func (b briefTimes) Next(t time.Time) time.Time {
	// A reload may bring a brief that falls due earlier than any did when this
	// was asked last, so ask again within a quarter of an hour.
	next := t.Add(15 * time.Minute)
	for _, brief := range b.w.set.Load().Briefs {
		if at := brief.Schedule.Next(t); !at.IsZero() && at.Before(next) {
			next = at
		}
	}
	return next
}

// briefs puts every brief that has fallen due into the outbox, each telling of
// what came since the one before it. Its once-key holds the time, so it goes out
// once however often this runs.
func (w *Watcher) briefs(ctx context.Context) error {
	set, now := w.set.Load(), time.Now()
	var alerts []storage.Alert
	due := make(map[string]time.Time)
	for _, b := range set.Briefs {
		since, until := b.Schedule.last(now)
		if until.IsZero() || now.Sub(until) > briefLate {
			continue
		}
		newest, err := w.newestBrief(ctx, b.Receiver)
		if err != nil {
			return fmt.Errorf("the brief for %s: %w", b.Receiver, err)
		}
		if !until.After(newest) {
			continue
		}
		if !newest.IsZero() { // It goes on where that ended, whatever fell due while feedwatch was down.
			since = latest(newest, until.Add(-briefSpan))
		}
		due[b.Receiver] = until
		bulletin, err := w.bulletin(ctx, set, b, since, until)
		if err != nil {
			return fmt.Errorf("the brief for %s: %w", b.Receiver, err)
		}
		if bulletin == nil {
			continue // Of a time before feedwatch came.
		}
		once := storage.OnceBrief(b.Receiver, until)
		alerts = append(alerts, storage.Alert{
			ID: storage.DeliveryID(once), Once: once, Receiver: b.Receiver, Kind: storage.Brief,
			Severity: "low", Created: now, Brief: bulletin,
		})
	}
	if err := w.enqueue(ctx, alerts); err != nil {
		return err
	}
	maps.Copy(w.briefed, due)
	return nil
}

// newestBrief is up to when the newest brief of a receiver tells; zero where it has
// had none, or none that the outbox still knows.
func (w *Watcher) newestBrief(ctx context.Context, receiver string) (time.Time, error) {
	if until, ok := w.briefed[receiver]; ok {
		return until, nil
	}
	w.briefed[receiver] = time.Time{}
	for d, err := range w.store.Deliveries(ctx, storage.DeliveryQuery{Receiver: receiver}) {
		if err != nil {
			delete(w.briefed, receiver)
			return time.Time{}, err
		}
		if d.Alert.Kind == storage.Brief {
			w.briefed[receiver] = d.Alert.Brief.Until
			break
		}
	}
	return w.briefed[receiver], nil
}

// enqueue puts alerts that no poll caused into the outbox.
func (w *Watcher) enqueue(ctx context.Context, alerts []storage.Alert) error {
	if len(alerts) == 0 {
		return nil
	}
	receipt, err := w.store.Enqueue(ctx, alerts)
	if err != nil {
		return err
	}
	w.out.Wake(receipt.Receivers...)
	return nil
}

// last gives the newest time that the schedule names up to now, and the one
// before it. Both are zero where there is none in the time that a brief covers.
func (s Schedule) last(now time.Time) (before, at time.Time) {
	from := now.Add(-briefSpan)
	if s.every > 0 { // Counted from the epoch, so that a restart changes nothing.
		at = now.Truncate(s.every)
		return at.Add(-s.every), at
	}
	before = from
	for t := s.Next(from); !t.IsZero() && !t.After(now); t = s.Next(t) {
		if !at.IsZero() {
			before = at
		}
		at = t
	}
	if at.IsZero() {
		return time.Time{}, time.Time{}
	}
	return before, at
}

// bulletin gathers what a brief tells: the stories of the rules that lead to the
// receiver, and which feeds could not be relied on. It gives nil where no feed was
// watched yet in that time.
func (w *Watcher) bulletin(ctx context.Context, set *settings, b Brief, since, until time.Time) (*storage.Bulletin, error) {
	out := &storage.Bulletin{Since: since, Until: until, Zone: b.Schedule.zone.String()}
	byRule := make(map[string][]storage.BulletinStory)
	for st, err := range w.store.Stories(ctx, storage.StoryQuery{Since: since}) {
		if err != nil {
			return nil, err
		}
		if st.First.After(until) {
			continue
		}
		for _, h := range st.Hits {
			rule := set.rules[h.Rule]
			if rule != nil && slices.Contains(set.receiversOf(rule, h.Tags, &st), b.Receiver) {
				byRule[h.Rule] = append(byRule[h.Rule], bulletinStory(&st))
			}
		}
	}
	for _, rule := range set.Rules.Rules() {
		list := byRule[rule.Name]
		if len(list) == 0 {
			continue
		}
		slices.SortStableFunc(list, func(a, b storage.BulletinStory) int {
			return cmp.Or(len(b.Outlets)-len(a.Outlets), a.First.Compare(b.First))
		})
		out.Rules = append(out.Rules, storage.BulletinRule{
			Rule: rule.Name, Severity: rule.Severity, Stories: list[:min(len(list), briefStories)],
		})
	}
	watched, err := w.coverage(ctx, set, out)
	if err != nil || !watched {
		return nil, err
	}
	return out, nil
}

func bulletinStory(st *storage.Story) storage.BulletinStory {
	s := storage.BulletinStory{ID: st.ID, Title: st.Title, First: st.First, Outlets: st.Outlets, Count: st.Count}
	if len(st.Outlets) > 0 {
		s.Link = st.Outlets[0].Link
	}
	return s
}

// coverage adds what the brief rests on: how many feeds were well, which were
// not, and how many items they brought. It tells whether any was watched then.
func (w *Watcher) coverage(ctx context.Context, set *settings, out *storage.Bulletin) (watched bool, err error) {
	watched = len(set.Feeds) == 0
	for f, err := range w.store.Feeds(ctx) {
		if err != nil {
			return false, err
		}
		cfg, ok := set.feeds[f.URL]
		if !ok {
			continue
		}
		since := readRhythm(f.Rhythm).since
		watched = watched || !since.IsZero() && !since.After(out.Until)
		if state, at := ailing(&f); state != "" {
			out.Feeds = append(out.Feeds, storage.BulletinFeed{Name: cfg.Name, State: state, Since: at})
		} else {
			out.Healthy++
		}
	}
	for _, err := range w.store.Items(ctx, storage.ItemQuery{Since: out.Since, Until: out.Until}) {
		if err != nil {
			return false, err
		}
		out.Items++
	}
	return watched, nil
}

// ailing says in a few words why a feed can't be relied on, and since when; ""
// where it can.
func ailing(f *storage.Feed) (state string, since time.Time) {
	switch {
	case f.Ailment != "":
		return f.Ailment, f.AilsSince
	case f.Failures > 0:
		return "can't be read", f.LastGood
	case f.LastGood.IsZero():
		return "not read yet", time.Time{}
	}
	return "", time.Time{}
}
