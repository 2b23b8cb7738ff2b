package boltdb

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"syscall"
	"time"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/feedwatch/feedwatch/storage"
)

// maxBatch bounds a transaction, and with it the memory it takes and how long
// the last of its jobs waits.
const maxBatch = 256

// siblingWait is how long patient jobs wait for others.
const siblingWait = 20 * time.Millisecond

// job is one caller's part of a transaction. do may run more than once, so it
// sets what it gives anew each time.
type job struct {
	do   func(*txn) error
	err  error
	done chan struct{}
	// patient: what is written is much, and nobody looks at the clock. Such polls
	// come a few milliseconds apart when there are many, and one by one each would
	// write the same pages of the indexes anew.
	patient bool
}

// committer runs all jobs, many in one transaction. Its failed is touched by its
// own goroutine only.
type committer struct {
	db       *bolt.DB
	schedule *schedule
	kept     *kept
	jobs     chan *job // not buffered: who waits here can still give up
	ended    chan struct{}
	failed   error // why nothing is written any more
	siblings int   // how many patient jobs came together of late
}

func newCommitter(db *bolt.DB, s *schedule) *committer {
	c := &committer{db: db, schedule: s, kept: newKept(), jobs: make(chan *job), ended: make(chan struct{})}
	go c.run()
	return c
}

// submit runs a job and waits for it. A context that ends while the job waits
// for its turn takes it back; after that the outcome is waited for, because it
// is on its way to the disk.
func (c *committer) submit(ctx context.Context, j *job) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	j.done = make(chan struct{})
	select {
	case c.jobs <- j:
	case <-ctx.Done():
		return ctx.Err()
	}
	<-j.done
	return j.err
}

// stop waits for the jobs at hand and writes the polls that are kept back. No
// submit may be under way or follow.
func (c *committer) stop() error {
	close(c.jobs)
	<-c.ended
	return c.kept.failure()
}

func (c *committer) run() {
	defer close(c.ended)
	batch := make([]*job, 0, maxBatch)
	late := time.NewTimer(idleDelay)
	late.Stop() // Nothing is kept back yet.
	defer late.Stop()
	for open := true; open; {
		var j *job
		select {
		case j, open = <-c.jobs:
		case <-c.kept.some:
			late.Reset(idleDelay)
			continue
		case <-c.kept.many:
		case <-late.C:
		}
		batch = batch[:0]
		if j != nil {
			batch = c.gather(append(batch, j))
		}
		c.write(slices.Clone(batch))
		for _, j := range batch {
			close(j.done)
		}
	}
}

// gather takes all the jobs that wait at this moment. Where these are patient, it
// waits a little for as many as came together of late; so a lone writer waits for
// nothing.
func (c *committer) gather(batch []*job) []*job {
	patient := batch[0].patient
	var late <-chan time.Time
	for len(batch) < maxBatch {
		j, ok := c.next(late, false)
		if j == nil && ok && patient && len(batch) < c.siblings {
			if late == nil {
				timer := time.NewTimer(siblingWait)
				defer timer.Stop()
				late = timer.C
			}
			j, _ = c.next(late, true)
		}
		if j == nil {
			break
		}
		batch = append(batch, j)
		patient = patient && j.patient
	}
	if patient {
		c.siblings = max(len(batch), c.siblings*3/4)
	}
	return batch
}

// next gives a job that waits, or one that comes until late if that is to be
// waited for; nil where there is none. ok says that there may be more.
func (c *committer) next(late <-chan time.Time, wait bool) (j *job, ok bool) {
	if wait {
		select {
		case j, ok = <-c.jobs:
			return j, ok
		case <-late:
			return nil, true
		}
	}
	select {
	case j, ok = <-c.jobs:
		return j, ok
	default:
		return nil, true
	}
}

// write runs the jobs in one transaction, after the polls that were kept back. A
// job that fails after it wrote spoils the transaction: the others begin again
// without it.
func (c *committer) write(batch []*job) {
	idle := c.kept.take()
	defer c.settleKept(idle)
	for len(batch)+len(idle) > 0 {
		broken := c.try(idle, batch)
		if broken < 0 {
			return
		}
		batch = slices.Delete(batch, broken, broken+1)
	}
}

// try writes a batch and gives each job its error. It returns the index of a job
// that must be left out, or -1 when the batch is settled.
func (c *committer) try(idle []storage.Feed, batch []*job) (broken int) {
	if c.failed != nil {
		return c.settle(idle, batch, c.failed)
	}
	tx, err := c.db.Begin(true)
	if err != nil {
		return c.settle(idle, batch, fmt.Errorf("beginning to write: %w", err))
	}
	t := &txn{tx: tx, schedule: c.schedule}
	written := false
	defer func() { t.end(written) }()
	for i := range idle {
		if err := t.commitIdle(&idle[i]); err != nil {
			c.kept.fail(err) // Its record can't be read: nothing is written of it.
		}
	}
	for i, j := range batch {
		before := t.writes
		j.err = j.do(t)
		if j.err != nil && t.writes > before {
			_ = tx.Rollback() // gives up a transaction that is open: it can't fail
			return i
		}
	}
	if t.writes == 0 {
		_ = tx.Rollback()
		return -1
	}
	if err := c.commit(t); err != nil {
		return c.settle(idle, batch, err)
	}
	written = true
	return -1
}

func (c *committer) commit(t *txn) error {
	if err := t.finish(); err != nil {
		_ = t.tx.Rollback()
		return err
	}
	err := t.tx.Commit()
	switch {
	case err == nil:
		return nil
	case full(err):
		return noRoom(err)
	}
	c.failed = fmt.Errorf("%w: %w", storage.ErrFailed, err)
	return c.failed
}

// settle gives every job the same error; those that failed too, since the reason
// may have been what another job of the batch did.
func (c *committer) settle(idle []storage.Feed, batch []*job, err error) int {
	if len(idle) > 0 {
		c.kept.fail(err)
	}
	for _, j := range batch {
		j.err = err
	}
	return -1
}

// full tells a lack of room, which passes, from a failing disk. A write that
// finds no room has changed nothing that counts; an fsync that says so may have
// lost pages, so it is not among these. bbolt flattens the error of a file that
// can't be made longer into text.
func full(err error) bool {
	if errors.Is(err, berrors.ErrMaxSizeReached) {
		return true
	}
	var path *fs.PathError
	if errors.As(err, &path) && path.Op == "write" {
		return slices.ContainsFunc(fullErrors(), func(e error) bool { return errors.Is(path, e) })
	}
	return strings.HasPrefix(err.Error(), "file resize error") &&
		slices.ContainsFunc(fullErrors(), func(e error) bool { return strings.HasSuffix(err.Error(), e.Error()) })
}

func fullErrors() []error { return []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG} }

func noRoom(err error) error {
	return fmt.Errorf("%w: %w: make room (stop feedwatch, and %q gives back what the store no longer uses), or raise the limit", storage.ErrFull, err, "feedwatch compact")
}
