package watcher

import (
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/feedwatch/feedwatch/watcher/story"
)

func TestStoriesAreHeldByOneAtATimeAndInTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStories(nil, nil, story.Config{})
		claims := [][]string{{"a", "b"}, {"b", "a", "b"}, {"c", "a"}, {"b", "c"}, {"a", "b", "c"}}
		var held atomic.Int32
		var done [5]chan struct{}
		for i, ids := range claims {
			done[i] = make(chan struct{})
			go func() {
				h := s.hold(ids)
				held.Add(1)
				<-done[i]
				h.release()
			}()
			synctest.Wait()
		}
		for i := range claims { // Each of them shares one with the one before.
			if n := int(held.Load()); n != i+1 {
				t.Errorf("%d have got what they wanted after %d releases", n, i)
			}
			close(done[i])
			synctest.Wait()
		}
		if len(s.held) != 0 {
			t.Errorf("nobody holds %v", s.held)
		}
	})
}
