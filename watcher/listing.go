package watcher

import (
	"context"
	"slices"

	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/watcher/feed"
)

// sifted is a listing, parted by what is known.
type sifted struct {
	fresh     []feed.Entry // never seen before, in the order to tell them in
	corrected []corrected
	aliases   []storage.Alias
	listed    []storage.Key // all identities, where the whole listing was read
}

// sift parts the entries never seen before from those known under one of their
// identities, whose other identities become aliases. Entries come out oldest
// first, for alerts should tell things in order: by their dates where all have
// one, else the last listed first, as most feeds list the newest on top.
func (p *poll) sift(ctx context.Context, doc *feed.Feed) (s sifted, err error) {
	for _, e := range doc.Entries {
		s.listed = append(s.listed, storeKeys(e.Keys)...)
	}
	known, err := p.w.store.Seen(ctx, p.claim.URL, s.listed)
	if err != nil {
		return s, err
	}
	for _, e := range slices.Backward(doc.Entries) {
		n := len(known) - len(e.Keys)
		ids := known[n:]
		known = known[:n]
		i := slices.IndexFunc(ids, func(k storage.Known) bool { return k.Item != "" })
		if i < 0 {
			s.fresh = append(s.fresh, e)
			continue
		}
		if p.differs(e, ids[i]) {
			s.corrected = append(s.corrected, corrected{e, ids[i].Item})
		}
		for j, k := range e.Keys {
			if ids[j].Item == "" {
				s.aliases = append(s.aliases, storage.Alias{Key: storage.Key(k), Item: ids[i].Item, Digest: ids[i].Digest})
			}
		}
	}
	if doc.Cut || doc.Known > 0 {
		s.listed = nil // What is missing here may still be in the feed.
	}
	if !slices.ContainsFunc(s.fresh, func(e feed.Entry) bool { return e.Published.IsZero() }) {
		slices.SortStableFunc(s.fresh, func(a, b feed.Entry) int { return a.Published.Compare(b.Published) })
	}
	return s, nil
}

// storeKeys are an entry's identities as the store has them.
func storeKeys(in []feed.Key) []storage.Key {
	out := make([]storage.Key, len(in))
	for i, k := range in {
		out[i] = storage.Key(k)
	}
	return out
}

// remember writes into the feed's state what a listing with so many new items
// says of it.
func (p *poll) remember(resp *feed.Response, doc *feed.Feed, items int) {
	f := &p.next
	f.Title, f.Entries, f.Cut = doc.Title, len(doc.Entries)+doc.Known, doc.Cut
	f.Bytes, f.Entry = resp.Wire, doc.Record
	if doc.Cut {
		p.askWhole()
	} else if doc.Known == 0 {
		f.LastListed = p.now
	}
	if f.Baseline.IsZero() {
		f.Baseline = p.now
	}
	for _, e := range doc.Entries {
		f.Newest = latest(f.Newest, e.Published)
	}
	if items > 0 {
		f.LastNew = p.now
		if p.report.Silent == "" {
			p.notes.rhythm.brought(items, p.now)
		}
	}
}
