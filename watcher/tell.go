package watcher

import (
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/feedwatch/feedwatch/rules"
	"github.com/feedwatch/feedwatch/storage"
)

// The ways in which a receiver hears of a story that it was told of before.
const (
	followThread = "thread" // each further item, hung on the first report; as a digest where the receiver knows no threads
	followEach   = "each"   // each further item, as a message of its own
	followDigest = "digest" // one message when the story reaches so many outlets; see digestSteps
	followNone   = "none"   // nothing
)

// digestSteps are how many outlets a story must have for the next digest of its
// follow-ups: further and further apart, for the tenth outlet says less than the
// second.
var digestSteps = []int{2, 5, 10, 25, 50, 100}

// telling decides which receivers hear what of one item, given the story that it
// joined. It reads nothing but its fields, so the same arguments give the same
// alerts, and it writes into story what the receivers know by then.
type telling struct {
	set     *settings
	story   *storage.Story // with the item in it already
	item    storage.Item
	matches []rules.Match
	fetch   storage.Fetch
	// recall gives an earlier item of the story: one that matched when the
	// rule still asked for more. ErrUnknown where it has been pruned.
	recall func(id string) (storage.Item, error)
}

// alerts are what the receivers shall hear, in the order of the configuration.
func (t *telling) alerts() ([]storage.Alert, error) {
	t.note(t.matches)
	each := t.set.byReceiver(t.story, hitsOf(t.item, forItems(t.matches)))
	due := t.set.byReceiver(t.story, t.set.ofStories(t.story.Hits))
	var alerts []storage.Alert
	for _, name := range t.set.receivers {
		a, err := t.alert(name, each[name], due[name])
		if err != nil {
			return nil, err
		}
		if a != nil {
			alerts = append(alerts, *a)
		}
	}
	return alerts, nil
}

// forItems are the matches of rules that tell each item.
func forItems(matches []rules.Match) []rules.Match {
	return slices.DeleteFunc(slices.Clone(matches), func(m rules.Match) bool { return !m.Rule.OnNew || !m.Rule.PerItem })
}

// ofStories are the hits of rules that tell a story once.
func (s *settings) ofStories(hits []storage.Hit) []storage.Hit {
	return slices.DeleteFunc(slices.Clone(hits), func(h storage.Hit) bool {
		rule := s.rules[h.Rule]
		return rule == nil || rule.PerItem
	})
}

// note adds the rules that this item is the first to match, those that tell each
// item as well: briefs and notices go by them.
func (t *telling) note(matches []rules.Match) {
	matches = slices.DeleteFunc(slices.Clone(matches), func(m rules.Match) bool { return !m.Rule.OnNew })
	for _, h := range hitsOf(t.item, matches) {
		if !slices.ContainsFunc(t.story.Hits, func(old storage.Hit) bool { return old.Rule == h.Rule }) {
			t.story.Hits = append(t.story.Hits, h)
		}
	}
}

func hitsOf(item storage.Item, matches []rules.Match) []storage.Hit {
	hits := make([]storage.Hit, len(matches))
	for i, m := range matches {
		hits[i] = storage.Hit{Match: storedMatch(m), Item: item.ID, Tags: item.Tags}
	}
	return hits
}

// alert is what one receiver hears, or nil: each are the hits that ask for every
// item, due those of the story whose conditions are met.
func (t *telling) alert(receiver string, each, due []storage.Hit) (*storage.Alert, error) {
	told := t.story.ToldTo(receiver)
	switch {
	case len(each) > 0:
		a := t.report(receiver, storage.OnceItem(receiver, t.item.ID), storage.First, append(each, t.ofItem(due)...))
		if told != nil || len(due) > 0 { // What is due of the story goes with it, and is told by that.
			t.add(a, untold(told, due))
			t.tell(receiver, a.ID, due)
		}
		return a, nil
	case told == nil && len(due) > 0:
		return t.first(receiver, due)
	case told != nil && t.item.Silent == "" && (len(untold(told, due)) > 0 || t.set.follows(t.story, told)):
		return t.followUp(receiver, told, due), nil
	}
	return nil, nil
}

// met are what receivers hear of hits that have become due with no item of their
// own: a person has made one story of two.
func (t *telling) met(due map[string][]storage.Hit, now time.Time) ([]storage.Alert, error) {
	var alerts []storage.Alert
	for _, name := range t.set.receivers {
		told := t.story.ToldTo(name)
		fresh := untold(told, due[name])
		if len(fresh) == 0 {
			continue
		}
		var a *storage.Alert
		if told == nil {
			var err error
			if a, err = t.first(name, fresh); err != nil {
				return nil, err
			}
		} else if a = t.followUp(name, told, fresh); a != nil {
			a.Once = storage.OnceFollowUp(name, t.story.ID, "met "+fresh[0].Rule) // Its item may have been told of.
			a.ID = storage.DeliveryID(a.Once)
		}
		if a != nil {
			a.Created = now
			alerts = append(alerts, *a)
		}
	}
	return alerts, nil
}

// first is the first report of the story. It shows this item if that matches a
// rule that is told of, else the one that did, unless that has been pruned.
func (t *telling) first(receiver string, due []storage.Hit) (*storage.Alert, error) {
	once := storage.OnceStory(receiver, t.story.ID)
	hits := t.ofItem(due)
	a := t.report(receiver, once, storage.First, hits)
	if len(hits) == 0 {
		item, err := t.recall(due[0].Item)
		if err != nil && !errors.Is(err, storage.ErrUnknown) {
			return nil, err
		}
		if err == nil {
			waited := *t
			waited.item, waited.fetch = item, storage.Fetch{At: item.Seen}
			a = waited.report(receiver, once, storage.First, hitsFrom(due, item.ID))
			a.Created = t.item.Seen // It is due only now.
		}
	}
	t.add(a, due)
	t.tell(receiver, a.ID, due)
	return a, nil
}

// followUp is what a receiver hears of a story it knows, if anything.
func (t *telling) followUp(receiver string, told *storage.Told, due []storage.Hit) *storage.Alert {
	fresh := untold(told, due)
	once := storage.OnceItem(receiver, t.item.ID)
	switch t.set.followups[receiver] {
	case followNone:
		return nil
	case followDigest:
		step := lastStep(len(t.story.Outlets))
		if step <= told.Outlets && len(fresh) == 0 {
			return nil
		}
		if len(fresh) == 0 {
			once = storage.OnceFollowUp(receiver, t.story.ID, strconv.Itoa(step))
		}
	}
	// A rule whose time to be met is over is told of on, once it was.
	heard := slices.DeleteFunc(slices.Clone(t.story.Hits), func(h storage.Hit) bool { return !slices.Contains(told.Rules, h.Rule) })
	a := t.report(receiver, once, storage.FollowUp, t.ofItem(append(heard, due...)))
	t.add(a, fresh)
	a.Parent = told.Delivery
	a.Outlets = slices.Clone(t.story.Outlets[min(told.Outlets, len(t.story.Outlets)):])
	t.tell(receiver, told.Delivery, due)
	return a
}

// lastStep is the greatest step of a digest that so many outlets reach, or 0.
func lastStep(outlets int) int {
	last := 0
	for _, step := range digestSteps {
		if step <= outlets {
			last = step
		}
	}
	return last
}

// tell writes down what the receiver knows by now.
func (t *telling) tell(receiver, delivery string, due []storage.Hit) {
	told := t.story.ToldTo(receiver)
	if told == nil {
		t.story.Told = append(t.story.Told, storage.Told{Receiver: receiver, Delivery: delivery})
		told = &t.story.Told[len(t.story.Told)-1]
	}
	for _, h := range due {
		if !slices.Contains(told.Rules, h.Rule) {
			told.Rules = append(told.Rules, h.Rule)
		}
	}
	told.Outlets, told.Items = len(t.story.Outlets), t.story.Count
}

// add adds the rules of further hits to an alert.
func (t *telling) add(a *storage.Alert, hits []storage.Hit) {
	a.Matches = append(a.Matches, placeless(hits, a.Matches)...)
	a.Severity = highest(a.Matches)
}

// untold are the hits of rules that a receiver has not heard of yet.
func untold(told *storage.Told, hits []storage.Hit) []storage.Hit {
	if told == nil {
		return hits
	}
	return slices.DeleteFunc(slices.Clone(hits), func(h storage.Hit) bool { return slices.Contains(told.Rules, h.Rule) })
}

// ofItem are those hits that this item makes, with its own places.
func (t *telling) ofItem(hits []storage.Hit) []storage.Hit {
	var out []storage.Hit
	for _, own := range hitsOf(t.item, t.matches) {
		if slices.ContainsFunc(hits, func(h storage.Hit) bool { return h.Rule == own.Rule }) {
			out = append(out, own)
		}
	}
	return out
}

// hitsFrom are those that the item made.
func hitsFrom(hits []storage.Hit, item string) []storage.Hit {
	return slices.DeleteFunc(slices.Clone(hits), func(h storage.Hit) bool { return h.Item != item })
}

// placeless are the matches of further rules, without the places, which stand in
// another item than the alert shows.
func placeless(hits []storage.Hit, but []storage.Match) []storage.Match {
	var out []storage.Match
	for _, h := range hits {
		if !slices.ContainsFunc(but, func(m storage.Match) bool { return m.Rule == h.Rule }) {
			out = append(out, storage.Match{Rule: h.Rule, Revision: h.Revision, Severity: h.Severity})
		}
	}
	return out
}

// report is an alert about the item, which it shows an excerpt of.
func (t *telling) report(receiver, once string, kind storage.Kind, hits []storage.Hit) *storage.Alert {
	a := t.whole(receiver, once, kind, hits)
	a.Item.Text = excerpt(a.Item.Text, a.Matches)
	return a
}

// whole is an alert with the item's whole text.
func (t *telling) whole(receiver, once string, kind storage.Kind, hits []storage.Hit) *storage.Alert {
	a := &storage.Alert{
		ID: storage.DeliveryID(once), Once: once, Receiver: receiver, Kind: kind,
		Story: t.story.ID, Item: t.item, Created: t.item.Seen, Fetch: t.fetch,
		Outlets: slices.Clone(t.story.Outlets), Count: t.story.Count,
	}
	for _, h := range hits {
		m := h.Match
		m.Spans = slices.Clone(m.Spans) // excerpt moves them
		a.Matches = append(a.Matches, m)
	}
	a.Severity = highest(a.Matches)
	return a
}

// highest is the highest severity among matches, at least low.
func highest(matches []storage.Match) string {
	severity := "low"
	for _, m := range matches {
		if severityRank(m.Severity) > severityRank(severity) {
			severity = m.Severity
		}
	}
	return severity
}

// byReceiver says which hits of a story each receiver should hear of by now.
func (s *settings) byReceiver(st *storage.Story, hits []storage.Hit) map[string][]storage.Hit {
	out := make(map[string][]storage.Hit)
	after := st.Last.Sub(st.First)
	for _, h := range hits {
		rule := s.rules[h.Rule]
		if rule == nil || !rule.Asks.Met(len(st.Outlets), st.Tier, after) {
			continue
		}
		for _, name := range s.receiversOf(rule, h.Tags, st) {
			out[name] = append(out[name], h)
		}
	}
	return out
}

// follows tells whether a rule that a receiver heard of still leads it to the
// story: rules are taken out and sent elsewhere. That a condition which was met
// is not met any more ends nothing.
func (s *settings) follows(st *storage.Story, told *storage.Told) bool {
	return slices.ContainsFunc(st.Hits, func(h storage.Hit) bool {
		rule := s.rules[h.Rule]
		return rule != nil && slices.Contains(told.Rules, h.Rule) && slices.Contains(s.receiversOf(rule, h.Tags, st), told.Receiver)
	})
}

// joined is the story with the item in it.
func joined(st storage.Story, item *storage.Item, why string) storage.Story {
	st.Outlets, st.Members = slices.Clone(st.Outlets), slices.Clone(st.Members)
	st.Hits, st.Told = slices.Clone(st.Hits), slices.Clone(st.Told)
	for i := range st.Told {
		st.Told[i].Rules = slices.Clone(st.Told[i].Rules)
	}
	if st.Count == 0 {
		st.Title, st.First = item.Title, item.Seen
	}
	st.Count++
	if item.Seen.After(st.Last) {
		st.Last = item.Seen
	}
	if tier := tierOf(item); st.Tier == 0 || tier < st.Tier {
		st.Tier = tier
	}
	if st.Outlet(item.FeedName) == nil {
		st.Outlets = append(st.Outlets, storage.Outlet{
			Name: item.FeedName, Tier: tierOf(item), At: item.Seen, Item: item.ID, Title: item.Title, Link: item.Link,
		})
	}
	st.Members = append(st.Members, storage.Member{Item: item.ID, Outlet: item.FeedName, At: item.Seen, Why: why})
	if len(st.Members) > storage.KeepMembers {
		st.Members = slices.Delete(st.Members, storage.KeepMembers/2, storage.KeepMembers/2+1)
	}
	return st
}

// tierOf is an item's tier; one without counts as the last.
func tierOf(item *storage.Item) int {
	if item.Tier == 0 {
		return 3
	}
	return item.Tier
}

// founding is the story of one item that nothing has joined yet.
func founding(item *storage.Item) storage.Story {
	return joined(storage.Story{ID: item.ID}, item, "")
}

// quiet tells whether a story says nothing that its one item does not: such
// stories are not written down until there is more to say. One whose founder
// could not be committed is written down, for its ID leads to no item.
func quiet(st *storage.Story) bool {
	return st.Count == 1 && len(st.Hits) == 0 && !st.Pinned && st.Members[0].Item == st.ID
}
