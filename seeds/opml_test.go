package seeds_test

import (
	"bytes"
	"encoding/xml"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/feedwatch/feedwatch/seeds"
	"github.com/feedwatch/feedwatch/watcher/feed"
)

// optInGroups are the folders of feeds that are not polled until somebody asks.
var optInGroups = map[string]bool{"heavy": true, "headlines-only": true, "links": true}

func TestTheFeedListIsSound(t *testing.T) {
	list, err := feed.ParseOPML(bytes.NewReader(seeds.OPML()))
	if err != nil {
		t.Fatal(err)
	}
	if len(list) < 28 || len(list) > 35 {
		t.Errorf("the list has %d feeds, want about thirty", len(list))
	}
	polled := 0
	for _, o := range list {
		u, err := url.Parse(o.URL)
		if err != nil || u.Scheme != "https" || u.Host == "" {
			t.Errorf("%s: %q is not an https address", o.Title, o.URL)
		}
		if o.Title == "" || o.Language == "" || o.Tier < 1 || o.Tier > 3 || len(o.Tags) < 2 {
			t.Errorf("title, language, tier (1 to 3), folder or category is missing: %+v", o)
		}
		if grouped := slices.ContainsFunc(o.Tags, func(tag string) bool { return optInGroups[tag] }); grouped != o.OptIn {
			t.Errorf("%s: opt-in %t, and in a folder of such feeds %t", o.Title, o.OptIn, grouped)
		}
		if !o.OptIn {
			polled++
		}
	}
	if polled < 20 {
		t.Errorf("only %d feeds are polled without being asked for", polled)
	}
}

// ParseOPML gives a feed that is listed twice once, so this reads the file itself.
func TestNoFeedIsListedTwice(t *testing.T) {
	type outline struct {
		URL  string    `xml:"xmlUrl,attr"`
		Subs []outline `xml:"outline"`
	}
	var doc struct {
		Outlines []outline `xml:"body>outline"`
	}
	if err := xml.Unmarshal(seeds.OPML(), &doc); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, folder := range doc.Outlines {
		for _, o := range folder.Subs {
			if key := strings.TrimSuffix(strings.ToLower(o.URL), "/"); seen[key] {
				t.Errorf("%s is listed twice", o.URL)
			} else {
				seen[key] = true
			}
		}
	}
	if len(seen) == 0 {
		t.Error("no feed was found in the folders")
	}
}
