package boltdb_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/storage/boltdb"
)

// Some tests need a second process: one that holds the lock, that may hang or
// crash on a damaged file, or that is killed. The test binary plays it, told by
// the environment which part and on which directory.
const (
	childPart = "BOLTDB_TEST_PART"
	childDir  = "BOLTDB_TEST_DIR"
)

// Exit codes of a child, by what it met.
const (
	exitDamaged = 10 + iota
	exitFailed
	exitOther
)

func TestMain(m *testing.M) {
	parts := map[string]func(dir string) error{
		"read": readAll, "hold": hold,
		"commit": commitUntilKilled, "boast": boastUntilKilled, "apart": apartUntilKilled, "fail": commitUntilFailed, "idle": idleUntilKilled,
		"unsynced": putWithoutSync, "count": countPuts,
	}
	part := parts[os.Getenv(childPart)]
	if part == nil {
		os.Exit(m.Run())
	}
	err := part(os.Getenv(childDir))
	fmt.Println(err)
	switch {
	case err == nil:
		os.Exit(0)
	case errors.Is(err, storage.ErrDamaged):
		os.Exit(exitDamaged)
	case errors.Is(err, storage.ErrFailed):
		os.Exit(exitFailed)
	}
	os.Exit(exitOther)
}

func child(ctx context.Context, part, dir string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), childPart+"="+part, childDir+"="+dir)
	return cmd
}

// readAll opens a store and reads all it has.
func readAll(dir string) (err error) {
	ctx := context.Background()
	s, err := boltdb.Open(ctx, dir, boltdb.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	for _, err := range s.Feeds(ctx) {
		if err != nil {
			return err
		}
	}
	for _, err := range s.Items(ctx, storage.ItemQuery{}) {
		if err != nil {
			return err
		}
	}
	for _, err := range s.Deliveries(ctx, storage.DeliveryQuery{}) {
		if err != nil {
			return err
		}
	}
	_, err = s.Stats(ctx)
	return err
}

// hold opens a store and keeps it until its input ends.
func hold(dir string) error {
	s, err := boltdb.Open(context.Background(), dir, boltdb.Options{})
	if err != nil {
		return err
	}
	fmt.Println("open")
	_, err = io.Copy(io.Discard, os.Stdin)
	return errors.Join(err, s.Close())
}

const writers = 4 // feeds that a child polls at once

// commitUntilKilled polls without end and tells each poll once it is committed.
func commitUntilKilled(dir string) error { return pollWithoutEnd(dir, false, commitWithStory) }

// boastUntilKilled tells each poll before it is committed: what a store would do
// that does not wait for the disk.
func boastUntilKilled(dir string) error { return pollWithoutEnd(dir, true, commitWithStory) }

// apartUntilKilled writes each item's story after the item: what an engine would
// do that does not write them together.
func apartUntilKilled(dir string) error {
	return pollWithoutEnd(dir, false, func(ctx context.Context, s storage.Store, f storage.Feed, n storage.NewItem) error {
		if _, err := s.Commit(ctx, poll(f, n)); err != nil {
			return err
		}
		return joinStory(ctx, s, f, n, nil)
	})
}

// committing is a way to write an item of a claimed feed, and its story.
type committing func(context.Context, storage.Store, storage.Feed, storage.NewItem) error

func commitWithStory(ctx context.Context, s storage.Store, f storage.Feed, n storage.NewItem) error {
	return joinStory(ctx, s, f, n, []storage.NewItem{n})
}

// joinStory commits items with the story that n joins, as often as another feed
// is faster.
func joinStory(ctx context.Context, s storage.Store, f storage.Feed, n storage.NewItem, items []storage.NewItem) error {
	for {
		story, err := s.Story(ctx, n.Item.Story)
		if errors.Is(err, storage.ErrUnknown) {
			story, err = storage.Story{ID: n.Item.Story, First: n.Item.Seen}, nil
		}
		if err != nil {
			return err
		}
		story.Count++
		story.Last = n.Item.Seen
		story.Members = append(story.Members, storage.Member{Item: n.Item.ID})
		p := poll(f, items...)
		p.Stories = []storage.Story{story}
		if _, err := s.Commit(ctx, p); !errors.Is(err, storage.ErrConflict) {
			return err
		}
	}
}

func pollWithoutEnd(dir string, early bool, commit committing) error {
	ctx := context.Background()
	s, err := boltdb.Open(ctx, dir, boltdb.Options{})
	if err != nil {
		return err
	}
	if err := watch(ctx, s, writers); err != nil {
		return err
	}
	errs := make(chan error, writers)
	var mu sync.Mutex
	for feed := range writers {
		go func() {
			errs <- pollFeed(ctx, s, feed, commit, func(n int, committed bool) {
				if committed != early {
					mu.Lock()
					defer mu.Unlock()
					fmt.Println(feed, n)
				}
			})
		}()
	}
	return <-errs // the first is enough to end the process
}

// pollFeed polls one feed, from the number of items it has on, and tells before
// and after each commit. Feeds tell the same stories, five items each a story.
func pollFeed(ctx context.Context, s *boltdb.Store, feed int, commit committing, tell func(n int, committed bool)) error {
	for {
		f, err := s.Take(ctx, feedURL(feed), t0, time.Minute)
		if err != nil {
			return err
		}
		n := int(f.Items)
		tell(n, false)
		item := newItem(feed, n, 2000)
		item.Item.Story = fmt.Sprint("story ", n/5)
		if err := commit(ctx, s, f, item); err != nil {
			return err
		}
		tell(n, true)
	}
}

// idleUntilKilled polls one feed without end and finds nothing, but an item every
// twentieth time, and tells each poll. Its number is the second of the last poll.
func idleUntilKilled(dir string) error {
	ctx := context.Background()
	s, err := boltdb.Open(ctx, dir, boltdb.Options{})
	if err != nil {
		return err
	}
	if err := watch(ctx, s, 1); err != nil {
		return err
	}
	for {
		due, err := s.Due(ctx, t0.Add(time.Hour), time.Minute, 1)
		if err != nil {
			return err
		}
		f := due.Feeds[0]
		n := int(max(f.LastPoll.Sub(t0)/time.Second, 0)) + 1
		f.LastPoll = t0.Add(time.Duration(n) * time.Second)
		p := storage.Poll{Feed: f, Idle: n%20 != 0}
		if !p.Idle {
			p.Items = []storage.NewItem{newItem(0, n, 2000)}
		}
		if _, err := s.Commit(ctx, p); err != nil {
			return err
		}
		fmt.Println(0, n)
	}
}

// commitUntilFailed polls one feed until that fails, and says whether the store
// went on to fail.
func commitUntilFailed(dir string) error {
	ctx := context.Background()
	s, err := boltdb.Open(ctx, dir, boltdb.Options{})
	if err != nil {
		return err
	}
	if err := watch(ctx, s, 1); err != nil {
		return err
	}
	first := pollFeed(ctx, s, 0, commitWithStory, func(n int, committed bool) {
		if committed {
			fmt.Println(0, n)
		}
	})
	if again := s.Watch(ctx, nil); !errors.Is(again, storage.ErrFailed) {
		return fmt.Errorf("after %w the store went on: %w", first, again)
	}
	return first
}

// putWithoutSync puts without end into a bare database that does not sync.
func putWithoutSync(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	db, err := bolt.Open(filepath.Join(dir, "bare.db"), 0o600, &bolt.Options{NoSync: true})
	if err != nil {
		return err
	}
	for n := 1; ; n++ {
		err := db.Update(func(tx *bolt.Tx) error {
			b, err := tx.CreateBucketIfNotExists([]byte("b"))
			if err != nil {
				return err
			}
			return b.Put(key64(n), make([]byte, 2000))
		})
		if err != nil {
			return err
		}
		fmt.Println(n)
	}
}

func key64(n int) []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)) }

// countPuts tells how many puts of putWithoutSync are there.
func countPuts(dir string) error {
	db, err := bolt.Open(filepath.Join(dir, "bare.db"), 0o600, nil)
	if err != nil {
		return err
	}
	return db.View(func(tx *bolt.Tx) error {
		n := 0
		if b := tx.Bucket([]byte("b")); b != nil {
			n = b.Stats().KeyN
		}
		fmt.Println(n)
		return nil
	})
}

var t0 = time.Date(2026, 3, 9, 8, 7, 6, 0, time.UTC)

func feedURL(n int) string { return fmt.Sprintf("https://news%d.example/feed.xml", n) }

func key(n int) storage.Key { return storage.Key{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)} }

func watch(ctx context.Context, s storage.Store, feeds int) error {
	all := make([]storage.Watched, feeds)
	for i := range all {
		all[i] = storage.Watched{URL: feedURL(i), First: t0}
	}
	return s.Watch(ctx, all)
}

// newItem is the n-th item of a feed, with a text of that many bytes and an alert.
func newItem(feed, n, size int) storage.NewItem {
	seen := t0.Add(time.Duration(n) * time.Second)
	i := storage.Item{
		ID: storage.NewItemID(seen, feedURL(feed), key(n)), Seen: seen, Feed: feedURL(feed),
		Title: fmt.Sprintf("Item %d of feed %d", n, feed), Text: prose(n, size),
	}
	once := storage.OnceItem("desk", i.ID)
	a := storage.Alert{ID: storage.DeliveryID(once), Once: once, Receiver: "desk", Item: i, Created: seen}
	a.Item.Text = i.Text[:min(size, 300)]
	return storage.NewItem{Item: i, Keys: []storage.Key{key(n)}, Alerts: []storage.Alert{a}}
}

// prose is text of a length that is not the same over and over.
func prose(seed, size int) string {
	b := make([]byte, size)
	x := uint32(seed)*2654435761 + 1
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = " etaoinshrdlucmfwypvbgk"[(x>>24)%23]
	}
	return string(b)
}

func poll(f storage.Feed, items ...storage.NewItem) storage.Poll {
	f.LastPoll, f.LastListed, f.Next = t0, t0, t0
	return storage.Poll{Feed: f, Items: items}
}

// fill commits items from..to-1 of feed 0, without alerts, a hundred a commit.
func fill(ctx context.Context, s storage.Store, from, to, size int) error {
	for from < to {
		f, err := s.Take(ctx, feedURL(0), t0, time.Minute)
		if err != nil {
			return err
		}
		var items []storage.NewItem
		for ; from < to && len(items) < 100; from++ {
			n := newItem(0, from, size)
			n.Alerts = nil
			items = append(items, n)
		}
		if _, err := s.Commit(ctx, poll(f, items...)); err != nil {
			return err
		}
	}
	return nil
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// lines gives each line of a child's output until it ends.
func lines(r io.Reader) <-chan string {
	ch := make(chan string)
	go func() {
		defer close(ch)
		for s := bufio.NewScanner(r); s.Scan(); {
			ch <- s.Text()
		}
	}()
	return ch
}
