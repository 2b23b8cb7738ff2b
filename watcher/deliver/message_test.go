package deliver

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
	"pgregory.net/rapid"

	"github.com/feedwatch/feedwatch/storage"
)

// target is where a link leads, in which nothing but its end means anything.
var target = regexp.MustCompile(`\]\(https://ours\.example/[^() ]*\)`)

func TestWhatFeedsSayIsTextInMarkdown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := string(markdownFormat(options{}, anyAlert().Draw(t, "alert")))
		text = target.ReplaceAllString(text, "](https://ours.example/)")
		raw := map[byte]int{}
		for i := 0; i < len(text); i++ {
			if text[i] == '\\' {
				i++
				continue
			}
			raw[text[i]]++
		}
		links := strings.Count(text, "](https://ours.example/")
		if raw['['] != links || raw[']'] != links || raw['<']+raw['>']+raw['`']+raw['|']+raw['@'] > 0 || raw['~']%4 != 0 {
			t.Errorf("%d links and raw %v in\n%s", links, raw, text)
		}
		for line := range strings.Lines(text) {
			if clean(line) != strings.Join(strings.Fields(line), " ") {
				t.Errorf("control characters in %q", line)
			}
		}
	})
}

func TestMarkdownOfHostileTitles(t *testing.T) {
	for in, want := range map[string]string{
		"1. one":              `1\. one`,
		"12) twelve":          `12\) twelve`,
		"- a":                 `\- a`,
		"+ a":                 `\+ a`,
		"===":                 `\===`,
		"2026 was":            "2026 was",
		"# a":                 `\# a`,
		"> a":                 "&gt; a",
		"*a* _b_ `c` ~d~":     "\\*a\\* \\_b\\_ \\`c\\` \\~d\\~",
		"![x](https://h/)":    `!\[x\](https\://h/)`,
		"www.h.example a@b.c": `www\.h.example a\@b.c`,
		"<script>&lt;":        "&lt;script&gt;&amp;lt;",
		`\`:                   `\\`,
		"U.S. GDP - a (b)":    "U.S. GDP - a (b)",
	} {
		if got := markdown([]run{{text: in}}); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

// htmlElements are those that alerts are made of.
var htmlElements = map[string]bool{
	"article": true, "h2": true, "h3": true, "p": true, "ul": true, "li": true, "a": true,
	"small": true, "strong": true, "mark": true, "del": true, "ins": true,
}

func TestWhatFeedsSayIsTextInHTML(t *testing.T) {
	check := func(t interface{ Errorf(string, ...any) }, a *storage.Alert) {
		text := string(htmlFormat(options{}, a))
		for z := html.NewTokenizer(strings.NewReader(text)); ; {
			kind := z.Next()
			if kind == html.ErrorToken {
				return
			}
			token := z.Token()
			switch {
			case kind == html.TextToken:
				continue
			case kind == html.CommentToken, !htmlElements[token.Data]:
				t.Errorf("%s in\n%s", token, text)
			}
			for _, attr := range token.Attr {
				ok := attr.Key == "href" && strings.HasPrefix(attr.Val, "https://ours.example/") ||
					attr.Key == "rel" || attr.Key == "class" || attr.Key == "id" && attr.Val == a.ID
				if !ok {
					t.Errorf("%s=%q in\n%s", attr.Key, attr.Val, text)
				}
			}
		}
	}
	for _, hostile := range []string{
		"</h2><script>alert(1)</script>", `" onclick="alert(1)`, "javascript:alert(1)", "<!-- ", "<![CDATA[", "{{.}}", "\x00<img src=x onerror=y>", "&lt;b&gt;",
	} {
		for _, kind := range []storage.Kind{storage.First, storage.FollowUp, storage.Kind(hostile)} {
			check(t, &storage.Alert{
				ID: "fw_x", Kind: kind, Severity: hostile,
				Item:    storage.Item{Title: hostile, FeedName: hostile, Link: hostile, Text: hostile},
				Matches: []storage.Match{{Rule: hostile}},
				Outlets: []storage.Outlet{{Name: hostile, Title: hostile, Link: hostile}},
			})
		}
	}
	rapid.Check(t, func(t *rapid.T) { check(t, anyAlert().Draw(t, "alert")) })
}

func TestHTMLIsASCII(t *testing.T) {
	text := string(htmlFormat(options{}, &storage.Alert{Item: storage.Item{Title: "Ünïcode 國 😀", FeedName: "日本"}}))
	for _, b := range []byte(text) {
		if b >= 0x80 {
			t.Fatalf("a byte %x in %q", b, text)
		}
	}
	if !strings.Contains(html.UnescapeString(text), "Ünïcode 國 😀") {
		t.Errorf("the title is not in %q", text)
	}
}

func TestDifferenceHoldsBothTexts(t *testing.T) {
	word := rapid.SampledFrom([]string{"a", "b", "c", "OpenAI", "<b>", "8%"})
	rapid.Check(t, func(t *rapid.T) {
		before := rapid.SliceOfN(word, 0, 30).Draw(t, "before")
		after := rapid.SliceOfN(word, 0, 30).Draw(t, "after")
		var a, b []string
		changed := 0
		for i, r := range differ(strings.Join(before, " "), strings.Join(after, "\n")) {
			words := strings.Fields(r.text)
			if r.look != added {
				a = append(a, words...)
			}
			if r.look != removed {
				b = append(b, words...)
			}
			if r.look != asIs {
				changed += len(words)
			}
			if i > 0 && len(words) == 0 {
				t.Errorf("an empty run")
			}
		}
		if strings.Join(a, " ") != strings.Join(before, " ") || strings.Join(b, " ") != strings.Join(after, " ") {
			t.Errorf("it holds %q and %q", a, b)
		}
		if strings.Join(before, " ") == strings.Join(after, " ") && changed > 0 {
			t.Errorf("%d words of the same text differ", changed)
		}
	})
}

func TestDifferenceOfWhatWasCutOrIsLong(t *testing.T) {
	// Both were cut to an excerpt, one 20 words earlier than the other.
	long := strings.Repeat("some words that stay ", 400)
	before, after := "first "+long[:4000], "first and more of it "+long[:3985]
	for _, r := range differ(before, after) {
		if r.look == removed || r.look == added && r.text != "and more of it" {
			t.Errorf("%d: %.80q", r.look, r.text)
		}
	}
	total := 0
	for _, r := range differ(strings.Repeat("a b ", 2000), strings.Repeat("b c ", 1900)+"end").shown() {
		total += len(r.text)
	}
	if total == 0 || total > maxShown+10 {
		t.Errorf("%d bytes are shown of a text that is all other", total)
	}
	if d := differ("the same", " the  same\u2060 ").shown(); len(d) != 0 {
		t.Errorf("what nobody sees differs: %v", d)
	}
}

// hugeBrief has n rules of so many stories, each told by 30 outlets.
func hugeBrief(n, stories int, title string) *storage.Alert {
	at := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	b := &storage.Bulletin{Since: at.Add(-24 * time.Hour), Until: at, Zone: "UTC", Healthy: 7, Items: 99}
	link := "https://ours.example/" + strings.Repeat("&", 300)
	var outlets []storage.Outlet
	for k := range 30 {
		outlets = append(outlets, storage.Outlet{Name: fmt.Sprint("outlet & ", k), At: at, Title: title, Link: link})
	}
	for i := range n {
		r := storage.BulletinRule{Rule: fmt.Sprint("rule-", i)}
		for j := range stories {
			r.Stories = append(r.Stories, storage.BulletinStory{ID: fmt.Sprint(i, ".", j), Title: title, Link: link, Outlets: outlets})
		}
		b.Rules = append(b.Rules, r)
	}
	b.Feeds = []storage.BulletinFeed{{Name: "ill", State: "feed-gone", Since: at}}
	return &storage.Alert{ID: "fw_brief", Kind: storage.Brief, Brief: b}
}

func TestHugeBriefFitsAndSaysWhatItLacks(t *testing.T) {
	for _, title := range []string{strings.Repeat("<國&😀 ", 50), "short"} {
		a := hugeBrief(60, 200, title)
		texts := strings.Join(slackTexts(t, a), "\n")
		for _, want := range []string{"for which a message has no room", "Covered: 7 feeds", "Not to be relied on: ill", "*rule-0*: 200 stories", "… and 180 more stories"} {
			if !strings.Contains(texts, want) {
				t.Errorf("%q is not in %.3000s", want, texts)
			}
		}
		body := eventFormat(options{}, a)
		if len(body) > 64<<10 || strings.Count(string(body), `"stories_omitted":`) != 60 {
			t.Errorf("the event has %d bytes: %.500s", len(body), body)
		}
	}
	body := eventFormat(options{}, hugeBrief(2, 30, "short"))
	if len(body) > 64<<10 || !strings.Contains(string(body), `"stories":[{`) || !strings.Contains(string(body), `"outlets_omitted":`) {
		t.Errorf("the event has %d bytes: %.500s", len(body), body)
	}
}

func TestEventIsSmallEnoughToBeForwarded(t *testing.T) {
	wide := strings.Repeat("<&> ", 1000)
	a := storage.Alert{
		ID: "fw_1", Kind: storage.Changed, Item: storage.Item{Title: wide, Text: wide, Link: "https://ours.example/" + strings.Repeat("&", 600)},
		Before: &storage.Revision{Title: strings.Repeat("& < ", 1000), Text: strings.Repeat("> & < ", 660)},
	}
	for range 40 {
		m := storage.Match{Rule: "r"}
		for range 40 {
			m.Spans = append(m.Spans, storage.Span{Field: "body", Text: wide})
			a.Outlets = append(a.Outlets, storage.Outlet{Name: wide, Title: wide, Link: a.Item.Link})
		}
		a.Matches = append(a.Matches, m)
	}
	for _, kind := range []storage.Kind{storage.Changed, storage.FollowUp, storage.First} {
		a.Kind = kind
		if body := eventFormat(options{}, &a); len(body) > 64<<10 || !strings.Contains(string(body), `"outlets_omitted":`) || !strings.Contains(string(body), `"spans_omitted":`) {
			t.Errorf("%s has %d bytes: %.300s", kind, len(body), body)
		}
	}
}

func TestListsAtTheirLimits(t *testing.T) {
	for n, want := range map[int]string{maxStories: "", maxStories + 1: "… and 1 more story", maxStories + 2: "… and 2 more stories"} {
		text := string(textFormat(options{}, hugeBrief(1, n, "t")))
		if got := strings.Contains(text, "… and"); got != (want != "") || !strings.Contains(text, want) {
			t.Errorf("%d stories: want %q in\n%s", n, want, text)
		}
	}
	a := storage.Alert{Kind: storage.FollowUp, Item: storage.Item{Title: "t", FeedName: "o0"}}
	for i := range maxOutlets + 1 {
		a.Outlets = append(a.Outlets, storage.Outlet{Name: fmt.Sprint("o", i), Title: "t"})
	}
	if text := string(textFormat(options{}, &a)); !strings.Contains(text, "26 more outlets: o0, o1, o2, o3, o4, o5 and 20 more") || !strings.Contains(text, "… and 1 more outlet\n") {
		t.Error(text)
	}
}

func TestFileHasItsFormat(t *testing.T) {
	for format, want := range map[string]string{
		"": `{"specversion":"1.0"`, "json": `{"specversion":"1.0"`, "text": "HIGH  News", "markdown": `### [**Title** of fw\_1](`, "html": "<article ",
	} {
		path := filepath.Join(t.TempDir(), "alerts")
		r := Receiver{Kind: "file", Path: path, Format: format}
		if box := drainInto(t, Config{Colour: true}, r, "fw_1", "fw_2"); box.states()[storage.Delivered] != 2 {
			t.Errorf("%s: %v", format, box.states())
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Count(string(text), want) == 0 || strings.Contains(string(text), "\x1b") || !strings.HasSuffix(string(text), "\n") || !strings.Contains(string(text), "fw_2") {
			t.Errorf("%s: want %q twice in\n%s", format, want, text)
		}
	}
}
