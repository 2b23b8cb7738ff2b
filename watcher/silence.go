package watcher

import (
	"slices"
	"time"

	"github.com/feedwatch/feedwatch/rules"
	"github.com/feedwatch/feedwatch/watcher/feed"
)

// Why a new item makes no alert though a rule matches it; kept in
// storage.Item.Silent.
const (
	silentBaseline = "baseline" // the feed's first listing
	silentReturned = "returned" // the first listing after a long absence
	silentRenamed  = "renamed"  // most of the listing is known under other ids
	silentOld      = "old"      // dated too long ago to be news
)

const (
	longAbsence = 30 * 24 * time.Hour // after which a listing is taken in silence
	beforeFirst = 7 * 24 * time.Hour  // an item dated so long before the feed was first read is no news
)

// silence says why this listing as a whole makes no alerts, or "".
func (p *poll) silence(doc *feed.Feed, fresh []feed.Entry) string {
	switch {
	case p.claim.Baseline.IsZero():
		return silentBaseline
	case p.now.Sub(p.claim.LastGood) > longAbsence:
		return silentReturned
	case p.renamed(doc, fresh):
		return silentRenamed
	}
	return ""
}

// renamed recognises a feed that changed its ids: nearly all of the listing is
// unknown, and most of that is dated before the newest entry of the listing
// that should have had it. Entries that are unknown but later than that are a
// busy day, not a new scheme.
func (p *poll) renamed(doc *feed.Feed, fresh []feed.Entry) bool {
	if len(fresh) < 5 || len(fresh)*5 < (len(doc.Entries)+doc.Known)*4 {
		return false
	}
	old := 0
	for _, e := range fresh {
		if !e.Published.IsZero() && e.Published.Before(p.claim.Newest) {
			old++
		}
	}
	return old*2 > len(fresh)
}

// hit is a new item that satisfies rules.
type hit struct {
	index     int // among the new items
	published time.Time
	matches   []rules.Match
}

// told picks the hits that are to be told: all of them, or in a silent listing
// the newest few that the user asked for.
func (p *poll) told(hits []hit) []hit {
	if p.report.Silent == "" {
		return hits
	}
	if p.backfill <= 0 {
		return nil
	}
	newest := slices.Clone(hits)
	slices.SortStableFunc(newest, func(a, b hit) int { return a.published.Compare(b.published) })
	return newest[max(len(newest)-p.backfill, 0):]
}

// tooOld tells whether an item's date says that it is no news: it stood in the
// feed's past before feedwatch came, or is older than the configuration wants.
func (p *poll) tooOld(published time.Time) string {
	maxAge := p.set.Poll.MaxAge
	if maxAge == 0 {
		maxAge = defaultMaxAge
	}
	if !published.IsZero() && (published.Before(p.now.Add(-maxAge)) || published.Before(p.claim.Baseline.Add(-beforeFirst))) {
		return silentOld
	}
	return ""
}
