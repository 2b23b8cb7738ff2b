package feed

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestUglyFeeds reads each archive in testdata: "feed" is a document, "type"
// what the server called it, "want" how it is understood.
func TestUglyFeeds(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			part := map[string]string{}
			for _, f := range archive.Files {
				part[f.Name] = string(f.Data)
			}
			f, err := Parse([]byte(part["feed"]), strings.TrimSpace(part["type"]), "https://news.example.com/a/feed.xml")
			got := render(f, err)
			if *update {
				for i := range archive.Files {
					if archive.Files[i].Name == "want" {
						archive.Files[i].Data = []byte(got)
					}
				}
				if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(part["want"], got); diff != "" {
				t.Errorf("%s(-want +got):\n%s", archive.Comment, diff)
			}
		})
	}
}

// render prints a feed so that people can check it. Empty fields are left out.
func render(f *Feed, err error) string {
	if err != nil {
		return "error: " + err.Error() + "\n"
	}
	var b strings.Builder
	line := func(name string, value any) {
		if s := strings.ReplaceAll(fmt.Sprint(value), "\n", "\n      | "); s != "" && s != "0" && s != "0s" && s != "[]" && s != "false" {
			fmt.Fprintf(&b, "%s: %s\n", name, s)
		}
	}
	day := func(at time.Time) string {
		if at.IsZero() {
			return ""
		}
		return at.Format(time.RFC3339)
	}
	line("title", f.Title)
	line("link", f.Link)
	line("format", f.Format)
	line("language", f.Language)
	line("hub", f.Hub)
	line("self", f.Self)
	line("cloud", f.Cloud)
	line("wait", f.Wait)
	line("skip hours", f.SkipHours)
	line("skip days", f.SkipDays)
	line("cut", f.Cut)
	for _, w := range f.Warnings {
		line("warning", w)
	}
	for i, e := range f.Entries {
		fmt.Fprintf(&b, "entry %d, %d keys\n", i, len(e.Keys))
		line("  id", e.ID)
		line("  link", e.Link)
		line("  title", e.Title)
		line("  summary", e.Summary)
		line("  content", e.Content)
		line("  text", e.Text)
		line("  author", e.Author)
		line("  categories", strings.Join(e.Categories, " | "))
		line("  published", day(e.Published))
		line("  updated", day(e.Updated))
	}
	return b.String()
}

func TestCharsets(t *testing.T) {
	const title = "Überraschung – „Zitat“"
	doc := func(label, title string) string {
		if label != "" {
			label = ` encoding="` + label + `"`
		}
		return `<?xml version="1.0"` + label + `?><rss version="2.0"><channel><title>` + title + `</title><item><title>x</title></item></channel></rss>`
	}
	encode := func(enc interface{ String(string) (string, error) }, s string) string {
		out, err := enc.String(s)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	utf16le := unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewEncoder()
	utf16be := unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder()
	utf32be := utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM).NewEncoder()
	cp1252 := charmap.Windows1252.NewEncoder()
	for _, c := range []struct{ name, contentType, doc, want string }{
		{"UTF-8", "", doc("utf-8", title), title},
		{"UTF-8 with its mark", "", "\ufeff" + doc("", title), title},
		{"UTF-8 with two marks", "", "\ufeff\ufeff" + doc("", title), title},
		{"UTF-8 under a label that lies", "text/xml; charset=iso-8859-1", doc("windows-1251", title), title},
		{"UTF-8 called utf8mb4", "", doc("utf8mb4", title), title},
		{"UTF-8 called UTF-16", "", doc("UTF-16", title), title},
		{"windows-1252 declared", "", encode(cp1252, doc("windows-1252", title)), title},
		{"windows-1252 called Latin-1", "", encode(cp1252, doc("ISO-8859-1", title)), title},
		{"windows-1252 called UTF-8", "", encode(cp1252, doc("UTF-8", title)), title},
		{"windows-1252 not declared", "", encode(cp1252, doc("", title)), title},
		{"one stray byte among UTF-8", "", doc("utf-8", title+" caf\xe9"), title + " café"},
		{"the header goes before the declaration", "text/xml; charset=windows-1251", encode(charmap.Windows1251.NewEncoder(), doc("iso-8859-1", "Привет")), "Привет"},
		{"an unknown charset in the header", "text/xml; charset=bogus", encode(cp1252, doc("windows-1252", title)), title},
		{"KOI8-R", "", encode(charmap.KOI8R.NewEncoder(), doc("koi8-r", "Привет")), "Привет"},
		{"GB2312", "", encode(simplifiedchinese.GBK.NewEncoder(), doc("gb2312", "微软")), "微软"},
		{"Shift_JIS", "", encode(japanese.ShiftJIS.NewEncoder(), doc("Shift_JIS", "速報")), "速報"},
		{"HZ, which looks like ASCII", "", encode(simplifiedchinese.HZGB2312.NewEncoder(), doc("hz-gb-2312", "中文")), "中文"},
		{"a code page of DOS", "", encode(charmap.CodePage850.NewEncoder(), doc("cp850", "café")), "café"},
		{"what Windows calls Shift JIS", "", encode(japanese.ShiftJIS.NewEncoder(), doc("cp932", "速報")), "速報"},
		{"a label in single quotes", "text/xml; charset='windows-1251'", encode(charmap.Windows1251.NewEncoder(), `<rss><channel><title>Привет</title><item><title>One</title></item></channel></rss>`), "Привет"},
		{"ISO-2022-JP, which looks like ASCII", "", encode(japanese.ISO2022JP.NewEncoder(), doc("iso-2022-jp", "速報")), "速報"},
		{"UTF-16 without a mark", "", encode(utf16le, doc("utf-16", title)), title},
		{"UTF-16 with a mark", "", encode(utf16be, doc("utf-16", title)), title},
		{"UTF-32 without a mark", "", encode(utf32be, doc("utf-32", title)), title},
		{"EBCDIC", "", encode(charmap.CodePage037.NewEncoder(), doc("cp037", "Plain")), "Plain"},
		{"XML 1.1", "", strings.Replace(doc("utf-8", title), "1.0", "1.1", 1), title},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := Parse([]byte(c.doc), c.contentType, "")
			if err != nil {
				t.Fatal(err)
			}
			if f.Title != c.want {
				t.Errorf("the title is %q, want %q", f.Title, c.want)
			}
		})
	}
}

func TestOtherDocumentsAreNamed(t *testing.T) {
	for _, c := range []struct{ name, doc, says string }{
		{"a page", "<!DOCTYPE html><html><body><p>Hi</p></body></html>", "HTML page"},
		{"an XHTML page", `<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head/></html>`, "HTML page"},
		{"a page without its frame", "<!doctype html><p>Hi", "HTML page"},
		{"a list of feeds", `<?xml version="1.0"?><opml version="2.0"><body/></opml>`, "OPML"},
		{"a sitemap", `<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"></urlset>`, "sitemap"},
		{"some XML", `<note><to>you</to></note>`, "<note>"},
		{"text", "Service unavailable", "neither XML nor JSON"},
		{"nothing", "", "neither XML nor JSON"},
		{"gzip", "\x1f\x8b\x08\x00\x00", "neither XML nor JSON"},
		{"JSON of an API", `{"error":"rate limited"}`, "version"},
		{"JSON that is a list", `[{"id":"1"}]`, "neither XML nor JSON"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := Parse([]byte(c.doc), "", "")
			if !errors.Is(err, ErrNotFeed) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v and %v, want one that says %q", f, err, c.says)
			}
		})
	}
}

func TestACutFeedKeepsItsWholeEntries(t *testing.T) { // point 75, in the document
	whole := string(newsFeed(3))
	last := strings.LastIndex(whole, "<item>")
	for cut := last + 1; cut < len(whole)-len("</channel></rss>"); cut += 23 {
		f, err := Parse([]byte(whole[:cut]), "", "")
		if err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		if len(f.Entries) != 2 || !f.Cut {
			t.Fatalf("cut at %d: %d entries, cut %t", cut, len(f.Entries), f.Cut)
		}
	}
	f, err := Parse([]byte(strings.TrimSuffix(whole, "ss>")), "", "")
	if err != nil || f.Cut || len(f.Entries) != 3 {
		t.Errorf("a feed that lost half its last tag lost no entry: %v, %v", f.Cut, err)
	}
	if _, err := Parse([]byte(whole[:strings.Index(whole, "</item>")]), "", ""); !errors.Is(err, ErrBroken) {
		t.Errorf("a feed cut in its first entry: %v", err)
	}
}

func TestDamageCostsOnlyTheEntriesItTouches(t *testing.T) {
	whole := newsFeed(20)
	from := bytes.Index(whole, []byte("<item>"))
	rng := rand.New(rand.NewPCG(1, 2))
	const rounds, harm = 80, "<>&]\"'/\x00\xff![-;:"
	worst, lost := 20, 0
	for range rounds {
		doc := bytes.Clone(whole)
		for range 3 {
			doc[from+rng.IntN(len(doc)-from)] = harm[rng.IntN(len(harm))]
		}
		f, err := Parse(doc, "", "")
		if err != nil {
			t.Fatalf("%v: %s", err, doc)
		}
		checkFeed(t, f)
		worst, lost = min(worst, len(f.Entries)), lost+20-len(f.Entries)
	}
	t.Logf("%d bytes damaged in %d feeds of 20 entries: %d entries lost, %d in the worst feed", 3, rounds, lost, 20-worst)
	if worst < 14 || lost > rounds/5 {
		t.Errorf("%d entries were lost, and a feed was left with %d of 20", lost, worst)
	}
}

// What a document may cost: so much in any case (gofeed and HTML readers begin with
// buffers), and so much for each of its bytes (an empty entry of seven bytes has a
// map, its keys and a mark).
const (
	fuzzMemory  = 4 << 20
	fuzzPerByte = 2_000
)

func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob(filepath.Join("testdata", "*.txtar"))
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, part := range archive.Files {
			if part.Name == "feed" {
				f.Add(part.Data, "")
			}
		}
	}
	f.Add([]byte(tinyFeed), "text/xml; charset=utf-16")
	suite, _ := filepath.Glob(filepath.Join(sharedRoot(), "feeds", "feedparser", "*", "*", "*.xml"))
	for i := 0; i < len(suite); i += 8 {
		if doc, err := os.ReadFile(suite[i]); err == nil {
			f.Add(doc, "")
		}
	}
	f.Fuzz(func(t *testing.T, doc []byte, contentType string) {
		var got *Feed
		var err error
		took, peak, allocated := measure(func() { got, err = Parse(doc, contentType, "https://example.com/feed") })
		// A machine that is busy may take long for nothing; memory is the input's.
		if took > hang || max(peak, allocated) > fuzzMemory+uint64(len(doc))*fuzzPerByte {
			t.Fatalf("%d bytes took %v and %d bytes of memory", len(doc), took, allocated)
		}
		if (got == nil) == (err == nil) {
			t.Fatalf("feed %v and error %v", got, err)
		}
		if err != nil {
			if strings.Contains(err.Error(), "the parser failed on it") {
				t.Fatal(err)
			}
			return
		}
		checkFeed(t, got)
		size := 0
		for _, e := range got.Entries {
			size += len(e.Summary) + len(e.Content) + len(e.Text) + len(e.Title)
		}
		again, err := ParseChanged(doc, contentType, "https://example.com/feed", got.Record)
		if err != nil || again.Known > 0 && again.Known+len(again.Entries) < len(got.Entries) {
			t.Fatalf("read again: %d entries, then %d known and %d read, %v", len(got.Entries), again.Known, len(again.Entries), err)
		}
		if size > 20*len(doc)+1<<16 {
			t.Fatalf("%d bytes in, %d out", len(doc), size)
		}
	})
}
