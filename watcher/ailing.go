package watcher

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/watcher/egress"
	"github.com/feedwatch/feedwatch/watcher/feed"
)

const (
	settle   = 2 * time.Minute // what comes up together within this time is told together
	foldOver = 3               // more feeds than this in one moment are one notice
	foldList = 20              // which names so many of them
	outHosts = 3               // so many hosts that fall silent, and none that answers,
	outAfter = 15 * time.Minute
)

// infirmary gathers what is to be said about feeds until it is said. What it
// holds is lost with the process and comes up again with the feed's next poll,
// because the feed's state says what was told and what was not.
type infirmary struct {
	mu      sync.Mutex
	waiting map[string]*matter // topic and URL → matter
	out     outage
}

// matter is something to say about a feed, and how its state shows that it was
// said.
type matter struct {
	patient
	topic string
	url   string
	since time.Time
	noted time.Time
	said  bool // but not yet marked: the feed was being polled
	mark  func(*storage.Feed, *notes)
}

// outage is a time in which no feed answers: not they are ill then, but the way
// to them.
type outage struct {
	hosts map[string]bool // that fell silent since anyone answered; a few of them
	since time.Time       // the first of them
	told  bool
}

func newInfirmary() *infirmary { return &infirmary{waiting: make(map[string]*matter)} }

// examine notes what is to be said about the feed after a poll.
func (p *poll) examine() {
	s, answered := errors.AsType[*feed.StatusError](p.report.Err)
	answered = answered || p.report.Err == nil || errors.Is(p.report.Err, feed.ErrNotFeed) ||
		errors.Is(p.report.Err, feed.ErrBound) || errors.Is(p.report.Err, feed.ErrBroken)
	in := p.w.infirmary
	in.mu.Lock()
	defer in.mu.Unlock()
	in.out.heard(p.host, answered, p.claim.Failures == 0, p.now)

	now := diagnose(&p.next, &p.notes, s)
	if now.topic == "" && p.next.Ailment == "" && p.next.Moved == "" && len(in.waiting) == 0 {
		return // Nothing is to be said of this feed, nor of any: nearly always.
	}
	ill := now.topic != "" && (p.next.Ailment == "" || now.topic == topicGone && p.next.Ailment != topicGone)
	for _, topic := range []string{topicGone, topicBlocked, topicFailing, topicStale} {
		in.noteLocked(p, topic, now.since, ill && topic == now.topic && (answered || !in.out.is(p.now)), func(f *storage.Feed, n *notes) {
			f.Ailment, f.AilsSince, n.well = topic, now.since, time.Time{}
		})
	}
	in.noteLocked(p, topicRecovered, p.next.AilsSince, recovered(&p.next, &p.notes, now), func(f *storage.Feed, n *notes) {
		f.Ailment, f.AilsSince, n.well = "", time.Time{}, time.Time{}
	})
	m := p.notes.move
	in.noteLocked(p, topicMoved, m.since, p.next.Moved != "" && !m.told, func(_ *storage.Feed, n *notes) { n.move.told = true })
}

// noteLocked notes a matter, or drops one that is none any more.
func (in *infirmary) noteLocked(p *poll, topic string, since time.Time, is bool, mark func(*storage.Feed, *notes)) {
	key := topic + "\x00" + p.claim.URL
	old := in.waiting[key]
	switch {
	case old != nil && old.said:
	case !is:
		delete(in.waiting, key)
	case old == nil:
		in.waiting[key] = &matter{patient: p.patient(), topic: topic, url: p.claim.URL, since: since, noted: p.now, mark: mark}
	}
}

func (p *poll) patient() patient {
	out := patient{name: p.cfg.Name, address: egress.RedactURL(p.claim.URL), state: p.next}
	if r := p.notes.rhythm; r.known(r.at) {
		out.weekly = r.weekly(r.at)
	}
	if twin, ok := p.set.feeds[p.next.Moved]; ok {
		out.twin = twin.Name
	}
	out.state.Entry, out.state.Rhythm = nil, nil // It may wait with thousands of others.
	return out
}

// heard notes whether a host answered. Only hosts that were there before count
// as fallen silent: the dead say nothing about the way.
func (o *outage) heard(host string, answered, was bool, now time.Time) {
	switch {
	case answered && !o.told:
		*o = outage{}
	case answered:
		o.hosts = nil // The end is still to be told.
	case was && len(o.hosts) < outHosts:
		if o.hosts == nil {
			o.hosts, o.since = make(map[string]bool), now
		}
		o.hosts[host] = true
	}
}

// is tells whether nobody answers, for so long that it is no chance.
func (o *outage) is(now time.Time) bool {
	return len(o.hosts) >= outHosts && now.Sub(o.since) >= outAfter
}

// memo is what is to be said about the outage at this moment, if anything.
func (o *outage) memo(now time.Time) (m storage.Memo, since time.Time, ok bool) {
	switch {
	case o.is(now) && !o.told:
		return storage.Memo{
			Topic: topicFailing, About: "all feeds", Title: "No feed can be reached",
			Text: fmt.Sprintf("Since %s no server has answered. Look at this machine's network, its DNS and its clock; polls go on by themselves, and nothing that feeds still list by then is lost.", o.since.UTC().Format("15:04 UTC, 2 January")),
		}, o.since, true
	case o.told && len(o.hosts) == 0:
		return storage.Memo{
			Topic: topicRecovered, About: "all feeds", Title: "Feeds can be reached again",
			Text: fmt.Sprintf("No server answered since %s. Now they do.", o.since.UTC().Format("15:04 UTC, 2 January")),
		}, o.since, true
	}
	return storage.Memo{}, time.Time{}, false
}

// feedNotices says what has settled, and marks it as said. It says it before it
// marks it: a process that dies in between says it once more, under the same
// once-key.
func (w *Watcher) feedNotices(ctx context.Context) error { return w.sayMatters(ctx, settle) }

func (w *Watcher) sayMatters(ctx context.Context, settled time.Duration) error {
	now, set := time.Now(), w.set.Load()
	ripe, said := w.infirmary.take(now, settled)
	var alerts []storage.Alert
	for _, group := range byTopic(ripe) {
		for _, m := range memos(group) {
			w.log.Info("a notice goes out", "topic", m.memo.Topic, "about", m.memo.About)
			alerts = append(alerts, set.notices(m.memo, m.since, now)...)
		}
	}
	end := w.infirmary.outage(now, func(m storage.Memo, since time.Time) {
		w.log.Warn("a notice goes out: " + m.Title)
		alerts = append(alerts, set.notices(m, since, now)...)
	})
	if err := w.enqueue(ctx, alerts); err != nil {
		return err
	}
	end()
	return w.markAll(ctx, append(ripe, said...), now)
}

// take gives what has settled, and what was said and is to be marked still.
func (in *infirmary) take(now time.Time, settled time.Duration) (ripe, said []*matter) {
	in.mu.Lock()
	defer in.mu.Unlock()
	open := false
	for _, m := range in.waiting {
		open = open || !m.said && now.Sub(m.noted) >= settled
	}
	for _, key := range slices.Sorted(maps.Keys(in.waiting)) {
		switch m := in.waiting[key]; {
		case m.said:
			said = append(said, m)
		case open: // What came up meanwhile goes with it.
			ripe = append(ripe, m)
		}
	}
	return ripe, said
}

// outage says what is to be said of an outage, and gives what notes that it was.
func (in *infirmary) outage(now time.Time, say func(storage.Memo, time.Time)) (end func()) {
	in.mu.Lock()
	defer in.mu.Unlock()
	m, since, ok := in.out.memo(now)
	if !ok {
		return func() {}
	}
	say(m, since)
	return func() {
		in.mu.Lock()
		defer in.mu.Unlock()
		if m.Topic == topicRecovered {
			in.out = outage{}
		} else {
			in.out.told = true
		}
	}
}

// markAll writes down what was said. A feed that is being polled at this moment
// is marked the next time.
func (w *Watcher) markAll(ctx context.Context, list []*matter, now time.Time) error {
	for _, m := range list {
		err := w.markSaid(ctx, m, now)
		w.infirmary.settle(m, errors.Is(err, storage.ErrBusy))
		if err != nil && !errors.Is(err, storage.ErrBusy) && !errors.Is(err, storage.ErrUnknown) && !errors.Is(err, storage.ErrStale) {
			return err
		}
	}
	return nil
}

func (w *Watcher) markSaid(ctx context.Context, m *matter, now time.Time) error {
	f, err := w.store.Take(ctx, m.url, now, lease)
	if err != nil {
		return err
	}
	n := readNotes(f.Rhythm)
	m.mark(&f, &n)
	f.Rhythm = n.stored()
	_, err = w.store.Commit(ctx, storage.Poll{Feed: f})
	return err
}

// settle drops a matter, or keeps it to be marked.
func (in *infirmary) settle(m *matter, keep bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if m.said = true; !keep {
		delete(in.waiting, m.topic+"\x00"+m.url)
	}
}

// byTopic parts matters by what they are about.
func byTopic(list []*matter) [][]*matter {
	groups := make(map[string][]*matter)
	for _, m := range list {
		groups[m.topic] = append(groups[m.topic], m)
	}
	var out [][]*matter
	for _, topic := range slices.Sorted(maps.Keys(groups)) {
		out = append(out, groups[topic])
	}
	return out
}

// dated is a notice and when what it tells began.
type dated struct {
	memo  storage.Memo
	since time.Time
}

// memos words the matters of one topic: each by itself, or many as one.
func memos(group []*matter) []dated {
	if len(group) > foldOver {
		return []dated{folded(group)}
	}
	var out []dated
	for _, m := range group {
		out = append(out, dated{m.patient.memo(m.topic), m.since})
	}
	return out
}

var foldedTitles = map[string]string{
	topicGone:      "%d feeds are gone for good",
	topicBlocked:   "%d feeds turn feedwatch away",
	topicFailing:   "%d feeds can't be read",
	topicStale:     "%d feeds have brought nothing new for long",
	topicMoved:     "%d feeds have moved",
	topicRecovered: "%d feeds are well again",
}

// folded is one notice for many feeds.
func folded(group []*matter) dated {
	n := len(group)
	m := storage.Memo{
		Topic: group[0].topic, About: fmt.Sprintf("%d feeds, %s first", n, group[0].name),
		Title: fmt.Sprintf(foldedTitles[group[0].topic], n),
	}
	var b strings.Builder
	since := group[0].since
	for i, one := range group {
		if one.since.Before(since) {
			since = one.since
		}
		if i < foldList {
			fmt.Fprintf(&b, "%s: %s\n", one.name, lineOf(one))
		}
	}
	if n > foldList {
		fmt.Fprintf(&b, "and %d more.\n", n-foldList)
	}
	m.Text = b.String() + "\nfeedwatch feeds check says of each what ails it and what to do."
	return dated{m, since}
}

// lineOf is a matter on one line.
func lineOf(m *matter) string {
	switch {
	case m.topic == topicMoved:
		return "now at " + egress.RedactURL(m.state.Moved)
	case m.topic == topicStale:
		return "nothing new since " + day(m.since)
	case m.state.LastError != "":
		return m.state.LastError
	}
	return m.address
}
