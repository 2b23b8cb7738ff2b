package watcher

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/feedwatch/feedwatch/storage"
)

func someFeeds(n int) (feeds []storage.Feed) {
	for i := range n {
		feeds = append(feeds, storage.Feed{URL: fmt.Sprint(i)})
	}
	return feeds
}

func TestNoMoreFeedsArePolledAtATimeThanAllowed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var at, most atomic.Int64
		c := newCrew(ctx, func(context.Context, *poll, storage.Feed) error {
			most.Store(max(most.Load(), at.Add(1)))
			time.Sleep(time.Second)
			at.Add(-1)
			return nil
		})
		for _, allowed := range []int{7, 2, 4} { // A reload may lower it.
			c.add(someFeeds(20)...)
			most.Store(0)
			for c.start(allowed); c.size() > 0; c.start(allowed) {
				if err := c.gather(<-c.ended, func(err error) error { return err }); err != nil {
					t.Fatal(err)
				}
			}
			if most.Load() != int64(allowed) {
				t.Errorf("%d at a time where %d are allowed", most.Load(), allowed)
			}
		}
		cancel()
		c.wait()
	})
}

func TestFeedsThatNoneBeganToPollAreGivenBackInOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		c := newCrew(ctx, func(ctx context.Context, _ *poll, _ storage.Feed) error {
			<-ctx.Done()
			return ctx.Err()
		})
		c.add(someFeeds(5)...)
		c.start(2)
		synctest.Wait()
		cancel()
		c.start(5)
		var left []string
		for _, f := range c.wait() {
			left = append(left, f.URL)
		}
		if want := []string{"2", "3", "4"}; !slices.Equal(left, want) {
			t.Errorf("given back are %v, want %v", left, want)
		}
	})
}

func TestAllPollsThatEndedAreJudged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		boom := errors.New("boom")
		c := newCrew(ctx, func(context.Context, *poll, storage.Feed) error { return boom })
		c.add(someFeeds(5)...)
		c.start(5)
		synctest.Wait()
		judged := 0
		err := c.gather(<-c.ended, func(err error) error {
			if errors.Is(err, boom) {
				judged++
			}
			return nil
		})
		if err != nil || judged != 5 || c.size() != 0 {
			t.Errorf("%d were judged, %d are left, error %v", judged, c.size(), err)
		}
		cancel()
		c.wait()
	})
}
