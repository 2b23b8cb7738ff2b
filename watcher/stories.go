package watcher

import (
	"context"
	"time"

	"github.com/feedwatch/feedwatch/storage"
)

// storyWindow is how long a story may be silent and still be joined.
const storyWindow = 72 * time.Hour

type stories struct{ store storage.Store }

// read gives the story of an item as the store has it.
func (s *stories) read(_ context.Context, item *storage.Item) (storage.Story, error) {
	return storage.Story{ID: item.Story}, nil
}
