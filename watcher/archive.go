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

// ArchiveDoc is an item of the archive as rules saw it when it came.
func ArchiveDoc(item *storage.Item) *rules.Doc { return ruleDoc(item, item.FeedName) }
