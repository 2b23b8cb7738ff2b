package watcher_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/feedwatch/feedwatch/seeds"
	"github.com/feedwatch/feedwatch/watcher"
)

// TestSeedArticlesAreOneAlertAndFourFollowUps publishes the five articles that the
// first rules are made of, each by an outlet of its own, over an hour.
func TestSeedArticlesAreOneAlertAndFourFollowUps(t *testing.T) {
	root := os.Getenv("FEEDWATCH_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "shared")
	}
	files, err := filepath.Glob(filepath.Join(root, "seeds", "*.txt"))
	if err != nil || len(files) != 5 {
		t.Skipf("no seed articles in %s: set FEEDWATCH_SHARED to run this test", root)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for round := range 6 {
		synctest.Test(t, func(t *testing.T) {
			x := newPress(t, 5, func(c *watcher.Config) { c.Rules = mustRules(t, string(seeds.Pack())) })
			order := random.Perm(5)
			if round == 0 {
				order = []int{0, 1, 2, 3, 4}
			}
			for i, n := range order {
				title, text := article(t, files[n])
				outlet := fmt.Sprintf("outlet-%d", i+1)
				x.web.serve(pressURL(outlet), jsonFeed(outlet, title, text, time.Now()))
				x.poll(watcher.PollOptions{})
				if round%2 == 1 {
					x.restart()
				}
				time.Sleep(15 * time.Minute)
			}
			want := []string{"first", "follow-up", "follow-up", "follow-up", "follow-up"}
			if got := x.kinds(); !slices.Equal(got, want) {
				t.Errorf("order %v: receivers heard %v, want %v", order, got, want)
			}
		})
	}
}

// article reads a seed article: its title is the first line.
func article(t *testing.T, file string) (title, text string) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	title, text, _ = strings.Cut(strings.TrimSpace(string(b)), "\n")
	return title, text
}

// jsonFeed is a listing of the outlet's old item and a new one with its text.
func jsonFeed(outlet, title, text string, published time.Time) http.HandlerFunc {
	type object = map[string]any
	doc, _ := json.Marshal(object{ // Strings always can be.
		"version": "https://jsonfeed.org/version/1.1", "title": outlet,
		"items": []object{
			{"id": outlet + "-1", "title": title, "content_text": text, "date_published": published.Format(time.RFC3339)},
			{"id": outlet + "-old", "title": "An old item of " + outlet, "content_text": ""},
		},
	})
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/feed+json")
		_, _ = w.Write(doc)
	}
}
