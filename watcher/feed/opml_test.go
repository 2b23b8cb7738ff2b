package feed

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOPML(t *testing.T) {
	got, err := ParseOPML(strings.NewReader(`<?xml version="1.0" encoding="utf-8"?>
<opml version="2.0"><head><title>Feeds</title></head><body>
<outline text="AI &amp; more">
  <outline text="Labs" title="ignored">
    <outline type="rss" text="OpenAI News" xmlUrl="https://openai.com/news/rss.xml" language="en" category="company, /labs/,Labs" tier="1"/>
  </outline>
  <outline title="By title" xmlurl=" https://b.example/feed?a=1&b=2 " optIn="true"></outline>
</outline>
<outline text="Top" xmlUrl="https://c.example/"/>
<outline text="Again" xmlUrl="https://openai.com/news/rss.xml" category="second"/>
<outline text="Just a note"/>
</body></opml>`))
	if err != nil {
		t.Fatal(err)
	}
	want := []Outline{
		{Title: "OpenAI News", URL: "https://openai.com/news/rss.xml", Language: "en", Tier: 1, Tags: []string{"AI & more", "Labs", "company", "labs", "second"}},
		{Title: "By title", URL: "https://b.example/feed?a=1&b=2", Tags: []string{"AI & more"}, OptIn: true},
		{Title: "Top", URL: "https://c.example/"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestOPMLIsBounded(t *testing.T) {
	list := func(body string) string { return "<opml><body>" + body + "</body></opml>" }
	for _, c := range []struct {
		name, doc string
		want      error
		says      string
	}{
		{"too long", "<opml>" + strings.Repeat(" ", maxOPML), ErrBound, "bytes"},
		{"too many outlines", list(strings.Repeat("<outline/>", maxOutlines+1)), ErrBound, "outlines"},
		{"folders too deep", list(strings.Repeat(`<outline text="a">`, maxFolders+1)), ErrBound, "deep"},
		{"elements too deep", list(strings.Repeat("<a>", 100_000)), ErrBound, "deep"},
		{"cut off", `<opml><body><outline text="a`, ErrBroken, "line 1"},
		{"another document", "<rss/>", ErrNotFeed, "opml"},
		{"a page", "<html><body/></html>", ErrNotFeed, "opml"},
		{"a tier that is none", list("\n\n" + `<outline text="X" xmlUrl="http://x/" tier="best"/>`), ErrNotFeed, `line 3: not a feed list: the tier of "X" is "best"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, err := ParseOPML(strings.NewReader(c.doc))
			if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) || out != nil {
				t.Errorf("got %d outlines and %v, want %v that says %q", len(out), err, c.want, c.says)
			}
		})
	}
	if got, err := ParseOPML(strings.NewReader(list(strings.Repeat(`<outline xmlUrl="http://x/"/>`, maxOutlines)))); err != nil || len(got) != 1 {
		t.Errorf("at the bound: %d outlines, %v", len(got), err)
	}
}

func FuzzParseOPML(f *testing.F) {
	f.Add(`<opml><body><outline text="a"><outline xmlUrl="http://x/" category="b,c"/></outline></body></opml>`)
	f.Add(`<opml></outline></opml>`)
	f.Fuzz(func(t *testing.T, doc string) {
		out, err := ParseOPML(strings.NewReader(doc))
		if err != nil && out != nil {
			t.Fatalf("outlines and an error: %v", err)
		}
		seen := map[string]bool{}
		for _, o := range out {
			if o.URL == "" || seen[o.URL] {
				t.Fatalf("%q is empty or listed twice", o.URL)
			}
			seen[o.URL] = true
		}
	})
}
