package watcher_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/feedwatch/feedwatch/seeds"
	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/watcher"
)

// captured lists captured feeds, which lie beside the repository, or skips the
// test.
func captured(t *testing.T, kind string) []string {
	t.Helper()
	root := os.Getenv("FEEDWATCH_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "shared")
	}
	files, err := filepath.Glob(filepath.Join(root, "feeds", kind, "*"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skipf("no captured feeds in %s: set FEEDWATCH_SHARED to run this test", root)
	}
	return files
}

// file answers with a file, with an ETag.
func file(t *testing.T, path string) http.HandlerFunc {
	t.Helper()
	doc, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	tag := fmt.Sprintf("%q", filepath.Base(path))
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("Content-Type", "text/xml")
		_, _ = w.Write(doc)
	}
}

// newSeededWorld makes a world on loopback with the built-in rules and these feeds.
func newSeededWorld(t *testing.T, names []string) *world {
	t.Helper()
	return newLoopbackWorld(t, func(c *watcher.Config) {
		c.Rules = mustRules(t, string(seeds.Pack()))
		c.Poll.PerHost = len(names)
		c.Feeds = nil
		for _, name := range names {
			c.Feeds = append(c.Feeds, watcher.Feed{URL: outlet(name), Name: name})
		}
	})
}

func outlet(name string) string { return "https://outlet.example/" + name }

// round polls all feeds by hand.
func (x *world) round() []watcher.Report {
	x.Helper()
	reports, err := x.w.PollNow(x.Context(), watcher.PollOptions{Force: true})
	if err != nil {
		x.Fatal(err)
	}
	return reports
}

// items lists all that is stored.
func (x *world) items() (list []storage.Item) {
	x.Helper()
	for it, err := range x.store.Items(x.Context(), storage.ItemQuery{}) {
		if err != nil {
			x.Fatal(err)
		}
		list = append(list, it)
	}
	return list
}

func TestRealFeedsAreTakenInSilenceAndThenUnchanged(t *testing.T) {
	files := captured(t, "real")
	var names []string
	for _, f := range files {
		names = append(names, filepath.Base(f))
	}
	x := newSeededWorld(t, names)
	for i, f := range files {
		x.web.serve(outlet(names[i]), file(t, f))
	}
	entries, items, matched := 0, 0, 0
	for _, r := range x.round() {
		if r.Err != nil || r.Entries == 0 || r.New != r.Entries || r.Silent != "baseline" || r.Alerts != 0 {
			t.Errorf("%s: %d entries, %d new, %q, %d alerts, error %v; want all of them stored in silence", r.Feed, r.Entries, r.New, r.Silent, r.Alerts, r.Err)
		}
		entries, items, matched = entries+r.Entries, items+r.New, matched+r.Matched
	}
	for _, r := range x.round() {
		if r.Err != nil || !r.Same || r.Status != http.StatusNotModified || r.New != 0 {
			t.Errorf("%s, the second time: same %t, status %d, %d new, error %v; want it not modified", r.Feed, r.Same, r.Status, r.New, r.Err)
		}
	}
	stored := x.items()
	if len(stored) != items {
		t.Errorf("%d items stored, the reports count %d", len(stored), items)
	}
	for _, it := range stored {
		if it.Title == "" && it.Text == "" {
			t.Errorf("%s: item %s has no text", it.FeedName, it.Link)
		}
	}
	t.Logf("%d feeds, %d entries, %d items, of which %d match a built-in rule", len(files), entries, len(stored), matched)
}

// series groups successive captures by feed, oldest first: the names are the
// feed's, two digits, and a hash.
func series(files []string) map[string][]string {
	feeds := make(map[string][]string)
	slices.Sort(files)
	for _, f := range files {
		base := filepath.Base(f)
		name := base[:strings.LastIndex(base, "__")]
		feeds[name] = append(feeds[name], f)
	}
	return feeds
}

func TestSuccessiveCapturesStoreEachItemOnce(t *testing.T) {
	for name, captures := range series(captured(t, "polls")) {
		t.Run(name, func(t *testing.T) {
			x := newSeededWorld(t, []string{name})
			var fresh []int
			total := 0
			for _, f := range captures {
				x.web.serve(outlet(name), file(t, f))
				r := x.round()[0]
				if r.Err != nil || r.Entries == 0 && !r.Same {
					t.Errorf("%s: %d entries, error %v", filepath.Base(f), r.Entries, r.Err)
				}
				fresh, total = append(fresh, r.New), total+r.New
			}
			for _, f := range captures { // Back to the start: nothing of it is new.
				x.web.serve(outlet(name), file(t, f))
				if r := x.round()[0]; r.Err != nil || r.New != 0 {
					t.Errorf("%s once more: %d new, error %v; want none", filepath.Base(f), r.New, r.Err)
				}
			}
			links := make(map[string]bool)
			for _, it := range x.items() {
				if links[it.Link] {
					t.Errorf("stored twice: %s", it.Link)
				}
				links[it.Link] = true
			}
			if len(links) != total || fresh[0] == 0 {
				t.Errorf("%d links stored, the reports count %d items: %d", len(links), total, fresh)
			}
			t.Logf("%d captures, %d items; new per poll: %d", len(captures), total, fresh)
		})
	}
}
