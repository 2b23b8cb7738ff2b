package watcher

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/watcher/feed"
)

const (
	changeDays  = 7 * 24 * time.Hour // an item first seen longer ago is not followed any more
	changePause = time.Hour          // at least so long lies between two revisions of an item
	dressItems  = 5                  // so many known entries that changed at once,
	dressShare  = 2                  // one in so many of the listing, are its markup and not corrections
)

// corrected is a known entry that does not say what it said.
type corrected struct {
	entry feed.Entry
	item  string // ID
}

// differs tells whether a known entry says something else than it did. Entries
// from before digests were noted have none, and can't be compared.
func (p *poll) differs(e feed.Entry, known storage.Known) bool {
	return known.Digest != 0 && e.Digest != 0 && known.Digest != e.Digest &&
		known.Item >= storage.ItemIDFrom(p.now.Add(-changeDays))
}

// changes turns entries that differ into revisions of their items. What feeds
// vary without saying anything else must not be written at each poll: a listing
// most of which changed at once is passed over, and so is what differs in
// punctuation only, or follows another change too soon. The last is seen again
// with the next reading of the whole.
func (p *poll) changes(ctx context.Context, doc *feed.Feed, list []corrected) ([]storage.Change, error) {
	if total := len(doc.Entries) + doc.Known; len(list) >= dressItems && len(list)*dressShare > total {
		return nil, nil
	}
	var changes []storage.Change
	for _, c := range list {
		item, err := p.w.store.Item(ctx, c.item)
		if errors.Is(err, storage.ErrUnknown) {
			continue // Its body was pruned.
		}
		if err != nil {
			return nil, err
		}
		if !newWording(item, c.entry) || p.now.Sub(lastRevision(item)) < changePause {
			continue
		}
		change := storage.Change{
			Item: item.ID, Digest: c.entry.Digest, Title: c.entry.Title, Text: c.entry.Text, Updated: c.entry.Updated,
			At: p.now, Keys: storeKeys(c.entry.Keys),
		}
		if change.Alerts, err = p.corrections(ctx, item, change); err != nil {
			return nil, err
		}
		changes = append(changes, change)
		p.report.Changed++
	}
	return changes, nil
}

// newWording tells whether the entry has other words than the item.
func newWording(item storage.Item, e feed.Entry) bool {
	return wording(item.Title) != wording(e.Title) || wording(item.Text) != wording(e.Text)
}

// wording is a text without what is not letters, digits or signs of sums, and
// without its case.
func wording(s string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return !unicode.In(r, unicode.L, unicode.N, unicode.M, unicode.S)
	}), " ")
}

// lastRevision is when the item last changed.
func lastRevision(item storage.Item) time.Time {
	if len(item.Revisions) == 0 {
		return time.Time{}
	}
	return slices.MaxFunc(item.Revisions, func(a, b storage.Revision) int { return a.Until.Compare(b.Until) }).Until
}
