package feed

import (
	"bytes"
	"errors"
	"fmt"
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
		{"too many tags", list(`<outline xmlUrl="http://x/" category="` + manyTags() + `"/>`), ErrBound, "tags"},
		{"too many tags, listed again and again", list(againAndAgain()), ErrBound, "tags"},
		{"entities", `<!DOCTYPE opml [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>` + list(`<outline text="&b;"/>`), ErrNotFeed, "entities"},
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

func manyTags() string {
	var b strings.Builder
	for i := range maxOutlineTags + 1 {
		fmt.Fprintf(&b, ",tag %d", i)
	}
	return b.String()
}

// folders are as many tags as a feed may have, all of which have to be folders.
func folders() []string {
	list := make([]string, maxOutlineTags)
	for i := range list {
		list[i] = fmt.Sprintf("folder %d, really", i)
	}
	return list
}

func againAndAgain() string {
	var b strings.Builder
	for i := range maxOutlineTags + 1 {
		fmt.Fprintf(&b, `<outline text="x" xmlUrl="http://x/" category="tag %d"/>`, i)
	}
	return b.String()
}

func TestOPMLOfTwentyThousandFeedsIsRead(t *testing.T) {
	want := make([]Outline, 20_000)
	for i := range want {
		want[i] = Outline{Title: fmt.Sprintf("Outlet %d", i), URL: fmt.Sprintf("https://host%d.example/some/long/path/to/feed.xml", i), Language: "en", Tier: 1 + i%3, Tags: []string{"press", "ai"}}
	}
	var doc bytes.Buffer
	if err := WriteOPML(&doc, "Many", want); err != nil {
		t.Fatal(err)
	}
	got, err := ParseOPML(&doc)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestOPMLThatIsWrittenIsReadBackTheSame(t *testing.T) {
	want := []Outline{
		{Title: "AT&T <news>", URL: `https://a.example/?a=1&b="2"`, Tier: 3, Tags: []string{"one", "a/b"}, OptIn: true},
		{Title: "Tags that no list of commas can hold", URL: "https://b.example/", Tags: []string{"first", "Paris, France", "last"}},
		{Title: "&lt;b&gt; is text", URL: "https://c.example/", Language: "pt-BR", Tags: []string{"<b>", "&amp;"}},
		{URL: "https://d.example/"},
		{Title: "As many folders as can be", URL: "https://f.example/", Tags: folders()},
		{Title: "In a folder again", URL: "https://e.example/", Tags: []string{"first", "Paris, France"}},
	}
	var doc bytes.Buffer
	if err := WriteOPML(&doc, "A & B", want); err != nil {
		t.Fatal(err)
	}
	got, err := ParseOPML(bytes.NewReader(doc.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s\n%s", diff, &doc)
	}
	if !strings.Contains(doc.String(), `category="one,a/b"`) {
		t.Errorf("no categories:\n%s", &doc)
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
		if err != nil {
			return
		}
		var again bytes.Buffer
		if err := WriteOPML(&again, "x", out); err != nil {
			t.Fatal(err)
		}
		back, err := ParseOPML(bytes.NewReader(again.Bytes()))
		if err != nil {
			t.Fatalf("what was written can't be read: %v\n%s", err, &again)
		}
		if diff := cmp.Diff(out, back); diff != "" {
			t.Fatalf("%s\n%s", diff, &again)
		}
	})
}
