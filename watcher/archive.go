package watcher

import (
	"context"
	"iter"

	"github.com/feedwatch/feedwatch/rules"
	"github.com/feedwatch/feedwatch/storage"
)

// Items yields the archive, newest first: every item that was stored, whether or
// not a rule matched it. It may be called before, during and after Run; a
// sequence ends with its first error.
func (w *Watcher) Items(ctx context.Context, q storage.ItemQuery) iter.Seq2[storage.Item, error] {
	return w.store.Items(ctx, q)
}

// Item gives one item of the archive with its revisions; storage.ErrUnknown where
// there is none.
func (w *Watcher) Item(ctx context.Context, id string) (storage.Item, error) {
	return w.store.Item(ctx, id)
}

// ArchiveDoc is an item of the archive as rules saw it when it came.
func ArchiveDoc(item *storage.Item) *rules.Doc { return ruleDoc(item, item.FeedName) }
