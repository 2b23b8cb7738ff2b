package feed

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const feedAddress = "https://news.example.com/feed"

// again reads a document after one that left the record.
func again(t *testing.T, doc string, last []byte) *Feed {
	t.Helper()
	f, err := ParseChanged([]byte(doc), "", feedAddress, last)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// listing writes documents of the formats with these entries, the first on top.
var listing = map[string]func(titles ...string) string{
	"rss": func(titles ...string) string {
		var b strings.Builder
		b.WriteString(`<rss version="2.0"><channel><title>T</title><lastBuildDate>` + fmt.Sprint(len(titles)) + `</lastBuildDate>`)
		for _, s := range titles {
			fmt.Fprintf(&b, "\n<item><title>%s</title><guid isPermaLink=\"false\">%s</guid><link>/%s</link><description>&lt;p&gt;%s&lt;/p&gt;</description></item>", s, s, s, strings.Repeat(s, 40))
		}
		return b.String() + "</channel></rss>"
	},
	"atom": func(titles ...string) string {
		var b strings.Builder
		b.WriteString(`<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><updated>` + fmt.Sprint(len(titles)) + `</updated>`)
		for _, s := range titles {
			fmt.Fprintf(&b, `<entry><title type="html">%s</title><id>%s</id><link href="/%s"/><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>%s</p></div></content></entry>`, s, s, s, strings.Repeat(s, 40))
		}
		return b.String() + "</feed>"
	},
	"rdf": func(titles ...string) string {
		var b strings.Builder
		b.WriteString(`<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel><title>` + fmt.Sprint(len(titles)) + `</title></channel>`)
		for _, s := range titles {
			fmt.Fprintf(&b, `<item rdf:about="https://h.example/%s"><title>%s</title><link>/%s</link></item>`, s, s, s)
		}
		return b.String() + "</rdf:RDF>"
	},
	"json": func(titles ...string) string {
		var items []string
		for _, s := range titles {
			items = append(items, fmt.Sprintf(`{"id":%q,"title":%q,"url":"/%s","content_text":"x"}`, s, s, s))
		}
		return fmt.Sprintf(`{"version":"https://jsonfeed.org/version/1.1","title":"%d","items":[%s]}`, len(titles), strings.Join(items, ","))
	},
}

func TestOnlyEntriesThatChangedAreReadAgain(t *testing.T) {
	for format, list := range listing {
		t.Run(format, func(t *testing.T) {
			first := again(t, list("one", "two", "three"), nil)
			if first.Known != 0 || len(first.Entries) != 3 || first.Format != format {
				t.Fatalf("%s: %d known, %d entries", first.Format, first.Known, len(first.Entries))
			}
			second := again(t, list("four", "three", "two", "one"), first.Record)
			whole := again(t, list("four", "three", "two", "one"), nil)
			if second.Known != 3 || len(second.Entries) != 1 {
				t.Fatalf("%d known, %d entries; want 3 and the new one", second.Known, len(second.Entries))
			}
			if diff := cmp.Diff(whole.Entries[:1], second.Entries); diff != "" {
				t.Errorf("the new entry differs from that of a whole reading (-whole +this):\n%s", diff)
			}
			if diff := cmp.Diff(whole, second, cmpopts.IgnoreFields(Feed{}, "Entries", "Known", "Record")); diff != "" {
				t.Errorf("the feed differs from that of a whole reading (-whole +this):\n%s", diff)
			}
			if third := again(t, list("two", "four"), second.Record); third.Known != 2 || len(third.Entries) != 0 || third.Cut {
				t.Errorf("%d known, %d entries, cut %t; want both known", third.Known, len(third.Entries), third.Cut)
			}
			// What dropped out of a listing is read again when it comes back.
			third := again(t, list("two", "four"), second.Record)
			if fourth := again(t, list("one", "two"), third.Record); fourth.Known != 1 || len(fourth.Entries) != 1 {
				t.Errorf("%d known, %d entries; want one of each", fourth.Known, len(fourth.Entries))
			}
		})
	}
}

func TestARecordSaysNothingOfOtherBytesOrSurroundings(t *testing.T) {
	doc := listing["rss"]("one", "two")
	first := again(t, doc, nil)
	for name, other := range map[string]string{
		"one letter of an entry":    strings.Replace(doc, "oneone", "oneOne", 1),
		"the channel's base":        strings.Replace(doc, "<channel>", `<channel xml:base="https://other.example/">`, 1),
		"the root's namespaces":     strings.Replace(doc, "<rss ", `<rss xmlns:x="u" `, 1),
		"an entry without an end":   strings.Replace(doc, "</item>", "", 1),
		"an end tag within a CDATA": strings.Replace(doc, "<title>one", "<title><![CDATA[</item>]]>one", 1),
	} {
		f, whole := again(t, other, first.Record), again(t, other, nil)
		if f.Known > 1 || f.Known+len(f.Entries) != len(whole.Entries) {
			t.Errorf("%s: %d known, %d entries; a whole reading gives %d", name, f.Known, len(f.Entries), len(whole.Entries))
		}
		if diff := cmp.Diff(whole.Entries[:len(f.Entries)], f.Entries); diff != "" {
			t.Errorf("%s: (-whole +this)\n%s", name, diff)
		}
	}
	elsewhere, err := ParseChanged([]byte(doc), "", "https://other.example/feed", first.Record)
	if err != nil || elsewhere.Known != 0 {
		t.Errorf("at another address %d entries were known, %v", elsewhere.Known, err)
	}
	for _, record := range [][]byte{nil, {}, {9}, first.Record[1:], first.Record[:len(first.Record)-1], bytes.Repeat([]byte{1}, 100)} {
		if f := again(t, doc, record); f.Known != 0 || len(f.Entries) != 2 {
			t.Errorf("a record of %d bytes that is none: %d known", len(record), f.Known)
		}
	}
}

func TestAKeySharedWithAKnownEntryIsDropped(t *testing.T) {
	item := func(n int, text string) string {
		return fmt.Sprintf(`<item><title>The story that has number %d of them all</title><guid>always the same</guid><link>https://h.example/%d</link><description>%s</description></item>`, n, n, text)
	}
	doc := func(items ...string) string {
		return "<rss><channel>" + strings.Join(items, "") + "</channel></rss>"
	}
	first := again(t, doc(item(1, "a"), item(2, "a")), nil)
	second := again(t, doc(item(3, "a"), item(2, "a"), item(1, "a")), first.Record)
	whole := again(t, doc(item(3, "a"), item(2, "a"), item(1, "a")), nil)
	if diff := cmp.Diff(whole.Entries[:1], second.Entries); diff != "" {
		t.Errorf("the guid of all was not dropped from the new one (-whole +this):\n%s", diff)
	}
	// An edit that is listed beside what it edits stays the same entry.
	edit := again(t, doc(item(1, "corrected"), item(2, "a"), item(1, "a")), first.Record)
	if edit.Known != 2 || len(edit.Entries) != 1 || len(edit.Entries[0].Keys) != 3 {
		t.Errorf("the edit has %d keys beside %d known entries", len(edit.Entries[0].Keys), edit.Known)
	}
}

func TestTheOneDateOfAllIsNotBelievedOfANewEntryEither(t *testing.T) {
	item := func(n int) string {
		return fmt.Sprintf("<item><guid>%d</guid><pubDate>Wed, 05 Mar 2025 10:00:00 GMT</pubDate></item>", n)
	}
	var b strings.Builder
	for n := range sameDates {
		b.WriteString(item(n))
	}
	first := again(t, "<rss><channel>"+b.String()+"</channel></rss>", nil)
	if second := again(t, "<rss><channel>"+item(99)+b.String()+"</channel></rss>", first.Record); len(second.Entries) != 1 || !second.Entries[0].Published.IsZero() {
		t.Errorf("got %+v", second.Entries)
	}
	dated := again(t, "<rss><channel>"+item(1)+"</channel></rss>", nil)
	if second := again(t, "<rss><channel>"+item(99)+item(1)+"</channel></rss>", dated.Record); len(second.Entries) != 1 || second.Entries[0].Published.IsZero() {
		t.Errorf("the date of two entries was not believed: %+v", second.Entries)
	}
}

func TestARecordIsBoundedAndRemembersHints(t *testing.T) {
	var b strings.Builder
	b.WriteString("<rss><channel><ttl>90</ttl><skipHours><hour>0</hour><hour>23</hour></skipHours><skipDays><day>Saturday</day><day>Sunday</day></skipDays>")
	for i := range maxEntries {
		fmt.Fprintf(&b, "<item><guid>%d</guid></item>", i)
	}
	f := again(t, b.String()+"</channel></rss>", nil)
	if len(f.Record) > maxRecord || len(f.Record) < maxRecord-recordEntry {
		t.Errorf("the record has %d bytes", len(f.Record))
	}
	want := Hints{Wait: 90 * time.Minute, SkipHours: []int{0, 23}, SkipDays: []time.Weekday{time.Sunday, time.Saturday}}
	if diff := cmp.Diff(want, RecallHints(f.Record)); diff != "" {
		t.Errorf("hints (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(f.Hints, RecallHints(f.Record)); diff != "" {
		t.Errorf("hints (-feed +record):\n%s", diff)
	}
	if next := again(t, b.String()+"</channel></rss>", f.Record); next.Known+len(next.Entries) != maxEntries || next.Known < 3000 {
		t.Errorf("%d known, %d read", next.Known, len(next.Entries))
	}
}

func TestLongTextsComeBackWhereTheyBelong(t *testing.T) {
	long := strings.Repeat("word ", 30) + "end"
	for _, c := range []struct{ name, item, summary, content string }{
		{"CDATA", "<description><![CDATA[<p>" + long + "</p>]]></description>", "<p>" + long + "</p>", ""},
		{"escaped", "<description>  &lt;p&gt;" + long + " &amp;amp; &nbsp;&copy=2 &#39;&lt;/p&gt;\n</description>", "<p>" + long + " &amp; \u00a0&copy=2 '</p>", ""},
		{"in pieces", "<description><![CDATA[" + long + "]]> and <![CDATA[" + long + "]]></description>", long + " and " + long, ""},
		{"with elements", "<description>" + long + "<b>x</b>" + long + "</description>", long + "<b>x</b>" + long, ""},
		{"two fields", "<description>" + long + "</description><content:encoded>" + long + "2</content:encoded>", long, long + "2"},
		{"twice", "<description>" + long + "1</description><description>" + long + "2</description>", long + "2", ""},
		{"a marker of its own", "<description>" + marker + "0" + marker + "</description><content:encoded>" + long + "</content:encoded>", long, ""},
		{"markers that mean nothing", "<description>" + marker + "7" + marker + " " + marker + marker + " " + marker + "</description>", marker + "7" + marker + " " + marker + marker + " " + marker, ""},
		{"markers beside a text", "<description>" + marker + "7" + marker + " <b>x</b>" + long + "</description>", marker + "7" + marker + " <b>x</b>" + long, ""},
	} {
		f := again(t, `<rss xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><item>`+c.item+`</item></channel></rss>`, nil)
		if e := f.Entries[0]; e.Summary != c.summary || e.Content != c.content {
			t.Errorf("%s:\nsummary %q\n   want %q\ncontent %q\n   want %q", c.name, e.Summary, c.summary, e.Content, c.content)
		}
	}
}
