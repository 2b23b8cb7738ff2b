package feed

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mmcdole/gofeed"
)

// newsFeed writes an RSS feed of n entries as newspapers publish them.
func newsFeed(n int) []byte {
	var b bytes.Buffer
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>News</title><link>https://news.example.com/</link>`)
	for i := range n {
		fmt.Fprintf(&b, `
<item><title>Chip maker number %d &#8217;raises&#8217; its outlook</title><link>https://news.example.com/2026/11/%d?utm_source=rss</link>
<dc:creator><![CDATA[A. Writer]]></dc:creator><pubDate>Tue, 24 Nov 2026 %02d:%02d:00 +0000</pubDate><category>Business</category><guid isPermaLink="false">https://news.example.com/?p=%d</guid>
<description><![CDATA[The company said on Tuesday that demand had grown faster than it could build.]]></description><content:encoded><![CDATA[`, i, i, i%24, i%60, i)
		for p := range 6 {
			fmt.Fprintf(&b, `<p>Paragraph %d: the company&#8217;s <a href="/people/chief">chief executive</a> told analysts that orders for <em>accelerators</em> would rise by %d percent, and that supply would stay tight until the end of next year.</p>`, p, i+p)
		}
		b.WriteString(`<p>The post appeared first on News.</p>]]></content:encoded></item>`)
	}
	b.WriteString(`</channel></rss>`)
	return b.Bytes()
}

// BenchmarkParse measures the reading of a feed, plain text and keys included,
// against gofeed alone, at its fastest, on the same bytes: of a feed never seen
// before, of one that has one new entry, and of one in which only its own date
// has changed. x-gofeed is our time over gofeed's; x-get is the other way round,
// for polls: the time of a GET over loopback and gofeed over that of the same
// GET, the hash of the body, and our reading.
func BenchmarkParse(b *testing.B) {
	for name, doc := range benchFeeds(b) {
		feedOf := func(doc []byte, last []byte) *Feed {
			f, err := ParseChanged(doc, "", "https://news.example.com/feed", last)
			if err != nil {
				b.Fatal(err)
			}
			return f
		}
		first := feedOf(doc, nil)
		oneLess := withoutFirstItem(b, doc)
		dated := bytes.Replace(doc, []byte("</title>"), []byte("</title><lastBuildDate>Tue, 24 Nov 2026 10:00:00 GMT</lastBuildDate>"), 1)
		for _, c := range []struct {
			name string
			doc  []byte
			last []byte
			read int // entries that are read
		}{
			{"first", doc, nil, len(first.Entries)},
			{"onenew", doc, feedOf(oneLess, nil).Record, 1},
			{"dateonly", dated, first.Record, 0},
		} {
			b.Run(name+"/"+c.name, func(b *testing.B) {
				if n := len(feedOf(c.doc, c.last).Entries); n != c.read {
					b.Fatalf("%d entries were read, want %d", n, c.read)
				}
				server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(c.doc) }))
				defer server.Close()
				transport := &http.Transport{DisableCompression: true}
				defer transport.CloseIdleConnections()
				f := &Fetcher{Transport: transport}
				b.SetBytes(int64(len(c.doc)))
				b.ReportAllocs()
				var get, bare, fetched, ours time.Duration
				for b.Loop() {
					get += timed(func() { bareGet(b, &http.Client{Transport: transport}, server.URL) })
					bare += timed(func() { gofeedAlone(b, c.doc) })
					fetched += timed(func() { _, _ = f.Fetch(context.Background(), Request{URL: server.URL}) })
					ours += timed(func() { feedOf(c.doc, c.last) })
				}
				b.ReportMetric(float64(ours)/float64(bare), "x-gofeed")
				b.ReportMetric(float64(get+bare)/float64(fetched+ours), "x-get")
				b.ReportMetric(float64(ours.Microseconds())/float64(b.N), "us/read")
			})
		}
	}
}

func timed(do func()) time.Duration {
	start := time.Now()
	do()
	return time.Since(start)
}

func gofeedAlone(b *testing.B, doc []byte) {
	p := gofeed.NewParser()
	p.RSSTranslator = &gofeed.DefaultRSSTranslator{DisableContentImageScan: true}
	if _, err := p.Parse(bytes.NewReader(doc)); err != nil {
		b.Fatal(err)
	}
}

// benchFeeds are feeds by name: one that is written here, and captured ones where
// they are at hand.
func benchFeeds(b *testing.B) map[string][]byte {
	docs := map[string][]byte{"news": newsFeed(20), "news100": newsFeed(100)}
	root := os.Getenv("FEEDWATCH_SHARED")
	for name, pattern := range map[string]string{"guardian": "*guardian.rss", "latimes": "*headlines__latimes.xml"} {
		files, _ := filepath.Glob(filepath.Join(root, "feeds", "real", pattern))
		if root == "" || len(files) == 0 {
			continue
		}
		if body, err := os.ReadFile(files[0]); err == nil {
			docs[name] = body
		}
	}
	return docs
}

// withoutFirstItem is the feed before its newest entry came.
func withoutFirstItem(b *testing.B, doc []byte) []byte {
	from := bytes.Index(doc, []byte("<item"))
	to := bytes.Index(doc, []byte("</item>")) + len("</item>")
	if from < 0 || to < from {
		b.Fatal("it has no items")
	}
	return append(bytes.Clone(doc[:from]), doc[to:]...)
}

// BenchmarkPlainText measures the reading of HTML alone.
func BenchmarkPlainText(b *testing.B) {
	page := strings.Repeat(`<p>The company&#8217;s <a href="/people/chief">chief executive</a> told analysts that orders would rise.</p>`, 100)
	b.SetBytes(int64(len(page)))
	b.ReportAllocs()
	for b.Loop() {
		PlainText(page)
	}
}

// BenchmarkFetch304 measures a conditional fetch that finds nothing new
// against a bare net/http conditional GET over the same transport.
func BenchmarkFetch304(b *testing.B) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"a"`)
		w.WriteHeader(http.StatusNotModified)
	}))
	defer server.Close()
	transport := &http.Transport{DisableCompression: true}
	defer transport.CloseIdleConnections()
	f := &Fetcher{Transport: transport, UserAgent: "feedwatch/bench"}
	client := &http.Client{Transport: transport}
	var ours, floor time.Duration
	b.ReportAllocs()
	for b.Loop() {
		start := time.Now()
		bareGet(b, client, server.URL)
		middle := time.Now()
		resp, err := f.Fetch(context.Background(), Request{URL: server.URL, ValidatorsURL: server.URL, ETag: `"a"`})
		if err != nil || !resp.Unchanged {
			b.Fatal(resp, err)
		}
		ours += time.Since(middle)
		floor += middle.Sub(start)
	}
	b.ReportMetric(float64(ours)/float64(floor), "x-net/http")
}

func bareGet(b *testing.B, client *http.Client, url string) {
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		b.Fatal(err)
	}
	req.Header.Set("If-None-Match", `"a"`)
	resp, err := client.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
}
