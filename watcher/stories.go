package watcher

import (
	"context"

	"github.com/feedwatch/feedwatch/storage"
)

type stories struct{ store storage.Store }

// read gives the story of an item as the store has it.
func (s *stories) read(_ context.Context, item *storage.Item) (storage.Story, error) {
	return storage.Story{ID: item.Story}, nil
}
