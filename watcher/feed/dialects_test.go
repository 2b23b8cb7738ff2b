package feed

import (
	"fmt"
	"slices"
	"testing"
)

// TestDialects reads one entry for each way in which feeds say a thing.
func TestDialects(t *testing.T) {
	item := func(ns, item string) string {
		return `<rss version="2.0" ` + ns + `><channel><title>T</title><item>` + item + `</item></channel></rss>`
	}
	entry := func(entry string) string {
		return `<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><entry>` + entry + `</entry></feed>`
	}
	const (
		atom   = `xmlns:a="http://www.w3.org/2005/Atom"`
		itunes = `xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"`
		media  = `xmlns:media="http://search.yahoo.com/mrss/"`
		terms  = `xmlns:q="http://purl.org/dc/terms/"`
	)
	title := func(e Entry) any { return e.TitleHTML }
	summary := func(e Entry) any { return e.Summary }
	content := func(e Entry) any { return e.Content }
	link := func(e Entry) any { return e.Link }
	id := func(e Entry) any { return e.ID }
	author := func(e Entry) any { return e.Author }
	first := func(e Entry) any { return slices.Concat(e.Categories, []string{""})[0] }
	published := func(e Entry) any { return stamp(e.Published) }
	updated := func(e Entry) any { return stamp(e.Updated) }
	const when = "2004-01-02 03:04:05"
	for _, c := range []struct {
		rule, doc string
		field     func(Entry) any
		want      string
	}{
		{"a title of Atom's in RSS", item(atom, "<a:title>X</a:title>"), title, "X"},
		{"an id of Atom's in RSS", item(atom, "<a:id>X</a:id>"), id, "X"},
		{"a summary of Atom's in RSS", item(atom, "<a:summary>X</a:summary>"), summary, "X"},
		{"an id that RSS does not know", item("", "<id>X</id>"), id, "X"},
		{"an address that RSS does not know", item("", "<url>http://l.example/</url>"), link, "http://l.example/"},
		{"a date of publication that RSS does not know", item("", "<issued>2004-01-02T03:04:05Z</issued>"), published, when},
		{"a date of change that RSS does not know", item("", "<modified>2004-01-02T03:04:05Z</modified>"), updated, when},
		{"a namespace under another prefix", item(terms, "<q:issued>2004-01-02T03:04:05Z</q:issued>"), published, when},
		{"a title of another namespace does not count", item(`xmlns:x="urn:x"`, "<x:title>W</x:title><title>X</title>"), title, "X"},
		{"a podcast's title", item(itunes, "<itunes:title>X</itunes:title>"), title, "X"},
		{"a podcast's subtitle", item(itunes, "<itunes:subtitle>X</itunes:subtitle>"), summary, "X"},
		{"a podcast's keywords", item(itunes, "<itunes:keywords>x, y</itunes:keywords>"), first, "x"},
		{"a podcast's category", item(itunes, `<itunes:category text="X"/>`), first, "X"},
		{"a category of Media RSS", item(media, "<media:category>X</media:category>"), first, "X"},
		{"a category of Media RSS with a label", item(media, `<media:category label="X">x/y</media:category>`), first, "X"},
		{"an author with an address in brackets", item("", "<author>Ann &lt;ann@x.example&gt;</author>"), author, "Ann"},
		{"an author with a name in brackets", item("", "<author>ann@x.example (Ann)</author>"), author, "Ann"},
		{"a relation as an address", entry(`<link rel="http://www.iana.org/assignments/relation/alternate" href="http://l.example/"/>`), link, "http://l.example/"},
		{"XHTML under a prefix", entry(`<content type="xhtml"><x:div xmlns:x="http://www.w3.org/1999/xhtml"><x:p>X<x:br/></x:p></x:div></content>`), content, "<p>X<br /></p>"},
	} {
		f, err := Parse([]byte(c.doc), "", "")
		if err != nil || len(f.Entries) != 1 {
			t.Errorf("%s: %v, %v", c.rule, f, err)
			continue
		}
		if got := fmt.Sprint(c.field(f.Entries[0])); got != c.want {
			t.Errorf("%s: %q, want %q", c.rule, got, c.want)
		}
	}
}
