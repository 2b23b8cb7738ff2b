package watcher

import (
	"net/url"
	"time"

	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/watcher/feed"
)

// A permanent redirect is believed when so many polls in a row were sent to the
// same address, over so long a time: sites redirect everything "permanently" for
// an afternoon.
const (
	movedPolls = 3
	movedAfter = 24 * time.Hour
	// movedFailures in a row at the new address bring back the configured one.
	movedFailures = 3
	// twiceEvery is how often a feed is asked that moved to where another
	// configured feed is: only to see whether it still does.
	twiceEvery = 24 * time.Hour
)

// address is where the feed is asked for: where it moved for good, or where the
// configuration says. The configured address is asked all the same where
// secrets belong to it, which go to no other.
func (f Feed) address(known storage.Feed) string {
	if known.Moved == "" || len(f.Header) > 0 {
		return known.URL
	}
	if u, err := url.Parse(known.URL); err != nil || u.User != nil {
		return known.URL
	}
	return known.Moved
}

// redirected notes where a good answer came from. Moved counts only answers that
// were a feed, so that a redirect to a home page moves nothing.
func (p *poll) redirected(resp *feed.Response) {
	m, to := &p.notes.move, resp.Moved
	switch {
	case to == "" && p.asked == p.claim.URL: // It is where it was.
		*m, p.next.Moved = move{}, ""
	case to == "": // It is where it moved to.
		if m.to != addressSum(p.next.Moved) {
			*m = move{}
		}
	case m.to != addressSum(to):
		*m = move{to: addressSum(to), times: 1, since: p.now}
	default:
		m.times++
	}
	if to != "" && m.times >= movedPolls && p.now.Sub(m.since) >= movedAfter {
		p.next.Moved = to
	}
}

// lost forgets the new address of a feed that can't be read there any more.
func (p *poll) lost(s *feed.StatusError) {
	if p.next.Moved == "" || p.asked != p.next.Moved {
		return
	}
	if s != nil || p.next.Failures >= movedFailures {
		p.next.Moved, p.notes.move = "", move{}
	}
}
