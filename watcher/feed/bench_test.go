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

// BenchmarkParse measures the whole reading of a feed, plain text and keys
// included, against gofeed alone, at its fastest, on the same bytes.
func BenchmarkParse(b *testing.B) {
	docs := map[string][]byte{"news": newsFeed(100)}
	if root := os.Getenv("FEEDWATCH_SHARED"); root != "" {
		files, _ := filepath.Glob(filepath.Join(root, "feeds", "real", "*guardian.rss"))
		for _, f := range files {
			if body, err := os.ReadFile(f); err == nil {
				docs["guardian"] = body
			}
		}
	}
	for name, doc := range docs {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(doc)))
			b.ReportAllocs()
			var ours, floor time.Duration
			for b.Loop() {
				start := time.Now()
				p := gofeed.NewParser()
				p.RSSTranslator = &gofeed.DefaultRSSTranslator{DisableContentImageScan: true}
				if _, err := p.Parse(bytes.NewReader(doc)); err != nil {
					b.Fatal(err)
				}
				middle := time.Now()
				if _, err := Parse(doc, "", "https://news.example.com/feed"); err != nil {
					b.Fatal(err)
				}
				ours += time.Since(middle)
				floor += middle.Sub(start)
			}
			b.ReportMetric(float64(ours)/float64(floor), "x-gofeed")
		})
	}
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
