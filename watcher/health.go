package watcher

import (
	"fmt"
	"strings"
	"time"

	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/watcher/egress"
	"github.com/feedwatch/feedwatch/watcher/feed"
)

// The topics of notices about feeds. All but the last two are ailments, which
// storage.Feed.Ailment holds once they were told.
const (
	topicGone      = "feed-gone"
	topicBlocked   = "feed-blocked"
	topicFailing   = "feed-failing"
	topicStale     = "feed-stale"
	topicMoved     = "feed-moved"
	topicRecovered = "feed-recovered"
)

// When an ailment is worth a word. What begins late and ends late does not
// flap.
const (
	ailsPolls = 3              // so many polls in a row must fail
	ailsAfter = 24 * time.Hour // over so long a time,
	newAfter  = time.Hour      // or that, for a feed that never worked: somebody has just written it down
	wellAfter = 3 * time.Hour  // and be well again for so long

	staleGaps    = 8                   // so many times its usual pause is far beyond a feed's habit,
	staleLeast   = 4 * 24 * time.Hour  // but not a long weekend,
	staleMost    = 90 * 24 * time.Hour // and after a season it is, whatever the habit
	frozenAfter  = 14 * 24 * time.Hour // a feed that brought nothing in this time
	frozenNewest = 90 * 24 * time.Hour // and whose newest entry is so old never lived while it was watched
)

// ailment is what is wrong with a feed; the zero value is nothing.
type ailment struct {
	topic string
	since time.Time // follows from what is stored, so that a repeated diagnosis is the same
}

// diagnose says what ails a feed after a poll that ended with cause, or nil.
func diagnose(f *storage.Feed, n *notes, s *feed.StatusError) ailment {
	since := latest(f.LastGood, n.rhythm.since)
	switch {
	case f.Gone >= goneForGood:
		return ailment{topicGone, since}
	case f.Failures == 0:
		return stale(f, n)
	case f.Failures < ailsPolls:
		return ailment{}
	}
	patience := ailsAfter
	if f.LastGood.IsZero() {
		patience = newAfter
	}
	if f.LastPoll.Sub(since) < patience {
		return ailment{}
	}
	if blocks(s) {
		return ailment{topicBlocked, since}
	}
	return ailment{topicFailing, since}
}

// blocks tells an answer that turns us away from one that has nothing to give.
func blocks(s *feed.StatusError) bool {
	return s != nil && (s.Reason == feed.ReasonBlocked || s.Status == 429)
}

// stale recognises a feed that answers well and says nothing new for far longer
// than it used to: many dead feeds are served for years.
func stale(f *storage.Feed, n *notes) ailment {
	r := &n.rhythm
	last := latest(f.LastNew, r.since)
	if newest := f.Newest; newest.After(last) && newest.Before(f.LastPoll) {
		last = newest
	}
	age := f.LastPoll.Sub(last)
	if r.at.Equal(r.since) || !r.known(r.at) { // There was no habit when something last came.
		frozen := !f.Newest.IsZero() && age > frozenAfter && f.LastPoll.Sub(f.Newest) > frozenNewest
		if frozen || age > staleMost {
			return ailment{topicStale, last}
		}
		return ailment{}
	}
	usual := time.Duration(float64(week) / r.weekly(r.at))
	if age > min(max(staleGaps*usual, staleLeast), staleMost) {
		return ailment{topicStale, last}
	}
	return ailment{}
}

// recovered tells whether an ailment that was told is over for good, as far as
// one can see. A stale feed is well with its first item.
func recovered(f *storage.Feed, n *notes, now ailment) bool {
	switch {
	case f.Ailment == "" || f.Failures > 0:
		return false
	case f.Ailment == topicStale:
		return now.topic == ""
	}
	return !n.well.IsZero() && f.LastPoll.Sub(n.well) >= wellAfter
}

// patient is a feed as notices name it.
type patient struct {
	name    string
	address string // without secrets
	state   storage.Feed
	weekly  float64
	twin    string // name of the feed that is configured at its new address
}

// memo words a notice about one feed: what, since when, and what to do.
func (p patient) memo(topic string) storage.Memo {
	m := storage.Memo{Topic: topic, About: p.name}
	f := p.state
	switch topic {
	case topicGone:
		m.Title = p.name + " is gone for good"
		m.Text = fmt.Sprintf("%s answers 410 Gone and is not polled any more. %s.\n\nTake it out of the configuration, or find its successor: feedwatch feeds discover SITE. To ask it once more: feedwatch poll --force %q.", p.address, lastRead(f), p.name)
	case topicBlocked:
		m.Title = fmt.Sprintf("%s turns feedwatch away", p.name)
		m.Text = fmt.Sprintf("%s: %s. %s.\n\n%s", p.address, f.LastError, lastRead(f), blockedAdvice(f))
	case topicFailing:
		m.Title = p.name + " can't be read"
		m.Text = fmt.Sprintf("%s: %s. %s, %d polls have failed since.\n\n%s", p.address, f.LastError, lastRead(f), f.Failures, failingAdvice(f))
	case topicStale:
		m.Title = fmt.Sprintf("%s has brought nothing new for %s", p.name, days(f.LastPoll.Sub(latest(f.LastNew, f.Baseline))))
		m.Text = fmt.Sprintf("%s answers well, but stands still. %sIt may be given up, or its address may have changed while the old one is still served.\n\nLook at the site: feedwatch feeds discover SITE finds its feeds.", p.address, stillness(f, p.weekly))
	case topicMoved:
		m.Title = p.name + " has moved"
		m.Text = fmt.Sprintf("%s redirects for good to %s, which is asked from now on.\n\nWrite the new address into the configuration; what is known of the feed is then learned anew, in silence.", p.address, egress.RedactURL(f.Moved))
		if p.twin != "" {
			m.Text = fmt.Sprintf("%s redirects for good to %s, which is configured as %s. It is polled once a day only.\n\nTake %s out of the configuration.", p.address, egress.RedactURL(f.Moved), p.twin, p.name)
		}
	case topicRecovered:
		m.Title = p.name + " can be read again"
		if f.Ailment == topicStale {
			m.Title = p.name + " brings news again"
		}
		m.Text = fmt.Sprintf("%s is well again. It was not since %s.", p.address, day(f.AilsSince))
	}
	return m
}

// lastRead says when the feed was last read well.
func lastRead(f storage.Feed) string {
	if f.LastGood.IsZero() {
		return "It was never read"
	}
	return "It was last read on " + day(f.LastGood)
}

// stillness is what one sees of a feed that stands still.
func stillness(f storage.Feed, weekly float64) string {
	var b strings.Builder
	if !f.Newest.IsZero() {
		fmt.Fprintf(&b, "Its newest entry is of %s. ", day(f.Newest))
	}
	if weekly > 0 {
		fmt.Fprintf(&b, "It used to bring news about %s. ", often(weekly))
	}
	return b.String()
}

func blockedAdvice(f storage.Feed) string {
	switch f.Status {
	case 401:
		return "It wants to know who asks: give the feed its headers, as Authorization: {credential: NAME}."
	case 429:
		return "It is asked too often for its taste: give the feed a longer schedule, such as @every 6h, and see that nobody else asks from this address."
	}
	return "Open it in a browser. If it shows there, its server turns programs away: name a contact (network.contact), ask its owner to let feedwatch through, or take another feed of the same site."
}

func failingAdvice(f storage.Feed) string {
	switch f.Status {
	case 404:
		return "There is nothing at this address any more. Find the new one: feedwatch feeds discover SITE."
	case 200:
		return "What comes is no feed. Open the address in a browser, and find the feed: feedwatch feeds discover SITE."
	case 0:
		if feed.Folder(f.URL) != "" {
			return "See that the file is there, and that the user that feedwatch runs as may read it."
		}
		return "Its server does not answer. Open the site in a browser: if it is there, look at this machine's network and DNS."
	}
	return "Its server is in trouble. It is asked again by and by; take it out of the configuration if it stays so."
}

func day(t time.Time) string { return t.UTC().Format("2 January 2006") }

// days is a number of days for people.
func days(d time.Duration) string { return counted(int(d.Hours()/24), "day") }
