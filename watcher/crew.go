package watcher

import (
	"context"
	"sync"

	"github.com/feedwatch/feedwatch/storage"
)

// crew polls feeds, each worker one at a time. Workers stay, and keep their stacks,
// which a goroutine for each poll would grow anew, and the memory of a poll. All
// but the workers belongs to one goroutine.
type crew struct {
	ctx     context.Context // of all polls
	do      func(context.Context, *poll, storage.Feed) error
	workers sync.WaitGroup
	count   int // of workers
	running int // polls
	queue   []storage.Feed
	work    chan storage.Feed
	ended   chan error // a poll's error, or nil; gather must follow
}

// newCrew makes a crew without workers, whose polls end with the context.
func newCrew(ctx context.Context, do func(context.Context, *poll, storage.Feed) error) *crew {
	return &crew{ctx: ctx, do: do, work: make(chan storage.Feed), ended: make(chan error, 16)}
}

// size is how many feeds are being polled or wait for that.
func (c *crew) size() int { return c.running + len(c.queue) }

// add has feeds wait for start.
func (c *crew) add(feeds ...storage.Feed) { c.queue = append(c.queue, feeds...) }

// start begins polls of those that wait the longest, as long as no more run than
// that at a time.
func (c *crew) start(most int) {
	n := 0
	for ; n < len(c.queue) && c.running < most && c.ctx.Err() == nil; n++ {
		if c.running == c.count {
			c.count++
			c.workers.Go(c.poll)
		}
		select {
		case c.work <- c.queue[n]:
			c.running++
		case <-c.ctx.Done():
			n-- // It still waits.
		}
	}
	left := copy(c.queue, c.queue[n:])
	clear(c.queue[left:])
	c.queue = c.queue[:left]
}

// poll is a worker.
func (c *crew) poll() {
	p := new(poll)
	for {
		select {
		case feed := <-c.work:
			err := c.do(c.ctx, p, feed)
			select {
			case c.ended <- err:
			case <-c.ctx.Done():
				return
			}
		case <-c.ctx.Done():
			return
		}
	}
}

// gather counts a poll that ended, with all others that have by now, and judges
// how they did.
func (c *crew) gather(err error, judge func(error) error) error {
	for {
		c.running--
		if err := judge(err); err != nil {
			return err
		}
		select {
		case err = <-c.ended:
		default:
			return nil
		}
	}
}

// wait waits for the polls that run when the context has ended, and gives the
// feeds that none began to poll.
func (c *crew) wait() []storage.Feed {
	c.workers.Wait()
	return c.queue
}
