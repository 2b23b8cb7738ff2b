package watcher_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/watcher"
)

// TestStoriesCountWhatTheirItemsSay lets the labelled news arrive at four
// outlets within hours, in any order, in polls side by side and with restarts
// between, so that stories are found to be one late; then it audits the store.
func TestStoriesCountWhatTheirItemsSay(t *testing.T) {
	news := labelledNews(t)
	random := rand.New(rand.NewPCG(3, 4))
	random.Shuffle(len(news), func(i, j int) { news[i], news[j] = news[j], news[i] })
	x := newPress(t, 4, func(c *watcher.Config) {
		c.Rules = mustRules(t, "rules:\n  - {name: any, query: 'OpenAI OR Microsoft'}\n")
	})
	for round := 0; len(news) > 0; round++ {
		for i := range 4 {
			n := min(1+random.IntN(8), len(news))
			x.web.serve(pressURL(outletName(i)), newsListing(outletName(i), news[:n]))
			news = news[n:]
		}
		x.poll(watcher.PollOptions{})
		if round%4 == 3 {
			x.restart()
		}
	}
	of := make(map[string][]string) // story → its items
	for item, err := range x.store.Items(x.Context(), storage.ItemQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		of[item.Story] = append(of[item.Story], item.ID)
	}
	united := 0
	for id, items := range of {
		st, err := x.w.Story(x.Context(), id)
		if err != nil {
			t.Fatalf("story %s of items %v: %v", id, items, err)
		}
		if st.ID != id || st.Count != len(items) || len(st.Members) != len(items) {
			t.Errorf("story %s counts %d items and names %d, want the %d that say they tell it", st.ID, st.Count, len(st.Members), len(items))
		}
		if len(st.Was) > 0 {
			united++
		}
	}
	firsts := make(map[string]int)
	for d, err := range x.store.Deliveries(x.Context(), storage.DeliveryQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		if d.Alert.Kind == storage.First {
			firsts[d.Alert.Story]++
		}
	}
	for id, n := range firsts {
		if n > 1 {
			t.Errorf("story %s was reported first %d times", id, n)
		}
	}
	if united == 0 {
		t.Error("no two stories were found to be one: this shows little")
	}
	t.Logf("%d stories, %d of them of several that were found to be one", len(of), united)
}

type newsRow struct{ ID, Title, Text string }

// labelledNews are the rows of the labelled news.
func labelledNews(t *testing.T) (rows []newsRow) {
	root := os.Getenv("FEEDWATCH_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "shared")
	}
	f, err := os.Open(filepath.Join(root, "news", "labelled.jsonl"))
	if err != nil {
		t.Skipf("no labelled news: set FEEDWATCH_SHARED to run this test (%v)", err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var row newsRow
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
	return rows
}

// newsListing is a feed of some rows, published within the last hours.
func newsListing(outlet string, rows []newsRow) http.HandlerFunc {
	type object = map[string]any
	var items []object
	for i, r := range rows {
		items = append(items, object{
			"id": r.ID, "url": fmt.Sprintf("https://%s.example/%s", outlet, r.ID), "title": r.Title, "content_html": r.Text,
			"date_published": time.Now().Add(-time.Duration(i*7%5) * time.Hour).Format(time.RFC3339),
		})
	}
	doc, _ := json.Marshal(object{"version": "https://jsonfeed.org/version/1.1", "title": outlet, "items": items}) // Strings always can be.
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/feed+json")
		_, _ = w.Write(doc)
	}
}
