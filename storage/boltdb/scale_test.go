package boltdb_test

import (
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/storage/boltdb"
)

// settled is a feed as it is after its first polls, with the notes that its
// watcher keeps: 1.5 KB of what its entries were and 300 bytes of its rhythm.
func settled(f storage.Feed, n int) storage.Feed {
	f.Validators = storage.Validators{URL: f.URL, ETag: `W/"5f3a-18c2b7d9e40"`, LastModified: "Mon, 09 Mar 2026 08:00:00 GMT", BodyHash: prose(n, 44)}
	f.Title, f.Status, f.Entries, f.Items, f.Bytes, f.Took = "News of the day", 200, 20, 500, 32_000, 80*time.Millisecond
	f.Baseline, f.LastPoll, f.LastGood, f.LastListed, f.LastNew, f.Newest = t0, t0, t0, t0, t0, t0
	f.Rhythm, f.Entry = []byte(prose(n, 300)), []byte(prose(n+1, 1500))
	f.Next = t0.Add(time.Duration(n%900) * time.Second)
	return f
}

// storyOf is the story that an item founds.
func storyOf(i storage.Item) storage.Story {
	return storage.Story{
		ID: i.ID, Title: i.Title, First: i.Seen, Last: i.Seen, Tier: 1, Count: 1,
		Outlets: []storage.Outlet{{Name: "news", Tier: 1, At: i.Seen, Item: i.ID, Title: i.Title, Link: "https://news.example/2026/03/09/item"}},
		Members: []storage.Member{{Item: i.ID, Outlet: "news", At: i.Seen}},
	}
}

// manyFeeds makes a store of feeds that have been polled.
func manyFeeds(b *testing.B, dir string, feeds int) *boltdb.Store {
	b.Helper()
	s, err := boltdb.Open(b.Context(), dir, boltdb.Options{})
	ok(b, err)
	ok(b, watch(b.Context(), s, feeds))
	due, err := s.Due(b.Context(), t0, time.Hour, feeds)
	ok(b, err)
	pollAll(b, s, due.Feeds, settled)
	return s
}

const pollers = 64

// pollAll commits a poll of each feed, so many at once.
func pollAll(b *testing.B, s *boltdb.Store, feeds []storage.Feed, change func(storage.Feed, int) storage.Feed) {
	b.Helper()
	var wg sync.WaitGroup
	for from := range pollers {
		wg.Go(func() {
			for i := from; i < len(feeds); i += pollers {
				if _, err := s.Commit(b.Context(), storage.Poll{Feed: change(feeds[i], i)}); err != nil {
					b.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

// BenchmarkUnchangedPolls claims and commits polls that found nothing new, 64 at
// once, among so many feeds. The floor puts a value of 250 bytes under as many
// URLs, 64 in a transaction.
func BenchmarkUnchangedPolls(b *testing.B) {
	for _, feeds := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprint(feeds), func(b *testing.B) {
			s, db := manyFeeds(b, b.TempDir(), feeds), bareBolt(b)
			defer func() { ok(b, s.Close()) }()
			put := func(i int) func(tx *bolt.Tx) error {
				return func(tx *bolt.Tx) error { return tx.Bucket([]byte("b")).Put([]byte(feedURL(i)), make([]byte, 250)) }
			}
			ok(b, db.Update(func(tx *bolt.Tx) error {
				for i := range feeds {
					ok(b, put(i)(tx))
				}
				return nil
			}))
			const round = 1000
			now := t0
			polled := 0
			versus(b, func(int) {
				now = now.Add(time.Hour)
				due, err := s.Due(b.Context(), now, time.Hour, round)
				ok(b, err)
				polled += len(due.Feeds)
				pollAll(b, s, due.Feeds, func(f storage.Feed, i int) storage.Feed {
					f.LastPoll, f.LastGood, f.Next = now, now, now.Add(time.Duration(900+i)*time.Second)
					return f
				})
			}, func(n int) {
				for from := 0; from < round; from += pollers {
					ok(b, db.Update(func(tx *bolt.Tx) error {
						for i := from; i < min(from+pollers, round); i++ {
							ok(b, put((n*round+i*31)%feeds)(tx))
						}
						return nil
					}))
				}
			})
			b.ReportMetric(float64(polled)/b.Elapsed().Seconds(), "polls/s")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// BenchmarkStart opens a store of 100,000 feeds, watches them and claims the first
// that are due. It tells what the open store holds in memory for each feed.
func BenchmarkStart(b *testing.B) {
	const feeds = 100_000
	dir := b.TempDir()
	ok(b, manyFeeds(b, dir, feeds).Close())
	list := make([]storage.Watched, feeds)
	for i := range list {
		list[i] = storage.Watched{URL: feedURL(i), First: t0}
	}
	var held uint64
	for b.Loop() {
		b.StopTimer()
		before := liveHeap()
		b.StartTimer()
		s, err := boltdb.Open(b.Context(), dir, boltdb.Options{})
		ok(b, err)
		ok(b, s.Watch(b.Context(), list))
		due, err := s.Due(b.Context(), t0, time.Minute, pollers)
		ok(b, err)
		if len(due.Feeds) != pollers {
			b.Fatalf("%d feeds are due", len(due.Feeds))
		}
		b.StopTimer()
		held += liveHeap() - before
		ok(b, s.Close())
		b.StartTimer()
	}
	b.ReportMetric(float64(held)/float64(b.N*feeds), "B/feed")
}

func liveHeap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkManyFeeds does what a daemon does with 100,000 feeds now and then.
func BenchmarkManyFeeds(b *testing.B) {
	const feeds = 100_000
	b.Run("watch new", func(b *testing.B) {
		for b.Loop() {
			s, err := boltdb.Open(b.Context(), b.TempDir(), boltdb.Options{})
			ok(b, err)
			ok(b, watch(b.Context(), s, feeds))
			ok(b, s.Close())
		}
	})
	s := manyFeeds(b, b.TempDir(), feeds)
	defer func() { ok(b, s.Close()) }()
	b.Run("watch again", func(b *testing.B) {
		for b.Loop() {
			ok(b, watch(b.Context(), s, feeds))
		}
	})
	b.Run("list", func(b *testing.B) {
		for b.Loop() {
			n := 0
			for _, err := range s.Feeds(b.Context()) {
				ok(b, err)
				n++
			}
			if n != feeds {
				b.Fatalf("%d feeds", n)
			}
		}
	})
	b.Run("stats", func(b *testing.B) {
		for b.Loop() {
			_, err := s.Stats(b.Context())
			ok(b, err)
		}
	})
}

func TestAnItemOfTwoKilobytesTakesAtMostFourOnDisk(t *testing.T) {
	t.Parallel()
	s, err := boltdb.Open(t.Context(), t.TempDir(), boltdb.Options{})
	ok(t, err)
	defer func() { ok(t, s.Close()) }()
	ok(t, watch(t.Context(), s, 1))
	const polls, each = 200, 10
	for i := range polls {
		f, err := s.Take(t.Context(), feedURL(0), t0, time.Minute)
		ok(t, err)
		var items []storage.NewItem
		var stories []storage.Story
		for n := range each {
			item := newItem(0, i*each+n, 2048)
			item.Item.Story = item.Item.ID
			item.Alerts, item.Keys = nil, []storage.Key{scattered(2 * (i*each + n)), scattered(2*(i*each+n) + 1)}
			items, stories = append(items, item), append(stories, storyOf(item.Item))
		}
		p := poll(f, items...)
		p.Stories = stories
		_, err = s.Commit(t.Context(), p)
		ok(t, err)
	}
	stats, err := s.Stats(t.Context())
	ok(t, err)
	if stats.Items != polls*each {
		t.Fatalf("%d items", stats.Items)
	}
	bytes := (stats.Size - stats.Free) / int64(stats.Items)
	t.Logf("%d bytes an item, with two identities and a story of its own", bytes)
	if bytes > 4096 {
		t.Errorf("%d bytes an item", bytes)
	}
}
