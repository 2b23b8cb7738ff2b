package watcher_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"runtime"
	rtmetrics "runtime/metrics"
	"strings"
	"testing"
	"testing/synctest"
	"text/tabwriter"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/watcher"
	"github.com/feedwatch/feedwatch/watcher/egress"
)

// ServeHTTP lets the web answer real requests: the path holds the host of the
// address that is meant, see local.
func (w *web) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // Not received.
	}
	url := "https:/" + r.URL.Path
	w.mu.Lock()
	w.requests = append(w.requests, request{url, r.Header.Clone(), time.Now(), string(body)})
	answer := w.answers[url]
	w.mu.Unlock()
	if answer == nil {
		answer = hangUp
	}
	answer(rw, r)
}

// hangUp closes the connection without an answer.
func hangUp(w http.ResponseWriter, _ *http.Request) {
	panic(http.ErrAbortHandler)
}

// local is where a server shows an address of the web.
func local(base, url string) string { return base + strings.TrimPrefix(url, "https:/") }

// newLoopbackWorld makes a world whose web is reached by real HTTP on loopback,
// through the guarded transport.
func newLoopbackWorld(t *testing.T, change func(*watcher.Config)) *world {
	t.Helper()
	var server *httptest.Server
	x := newWorld(t, func(c *watcher.Config) {
		server = httptest.NewServer(c.Transport.(*web))
		t.Cleanup(server.Close)
		transport := egress.Transport(egress.Policy{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
		t.Cleanup(transport.CloseIdleConnections)
		c.Transport = transport
		if change != nil {
			change(c)
		}
		for i := range c.Feeds {
			c.Feeds[i].URL = local(server.URL, c.Feeds[i].URL)
		}
		for i := range c.Receivers {
			c.Receivers[i].URL = egress.Secret(local(server.URL, c.Receivers[i].URL.Reveal()))
		}
	})
	return x
}

// remembered is what the store knows of the only feed.
func (x *world) remembered() storage.Feed {
	x.Helper()
	for f, err := range x.store.Feeds(x.Context()) {
		if err != nil {
			x.Fatal(err)
		}
		return f
	}
	x.Fatal("the store knows no feed")
	return storage.Feed{}
}

// titles lists the titles of the stored items, newest first.
func (x *world) titles() (titles []string) {
	x.Helper()
	for it, err := range x.store.Items(x.Context(), storage.ItemQuery{}) {
		if err != nil {
			x.Fatal(err)
		}
		titles = append(titles, it.Title)
	}
	return titles
}

// body answers with a document.
func body(contentType, doc string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		_, _ = io.WriteString(w, doc) // An error is a client that has had enough.
	}
}

// endless answers with a text over and over, so often.
func endless(text string, times int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for range times {
			if _, err := io.WriteString(w, text); err != nil {
				return
			}
		}
	}
}

// gzipped answers with head and then text at least so many times, compressed
// beforehand so that the server's work is not counted: a member of a megabyte
// over and over, which gzip allows.
func gzipped(head, text string, times int) http.HandlerFunc {
	per := min(times, 1<<20/len(text))
	doc := compress(head)
	doc = append(doc, bytes.Repeat(compress(strings.Repeat(text, per)), (times+per-1)/per)...)
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/rss+xml")
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(doc)
	}
}

func compress(text string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = io.WriteString(z, text) // A buffer does not fail.
	_ = z.Close()
	return b.Bytes()
}

// short promises more bytes than it sends.
func short(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/rss+xml")
	w.Header().Set("Content-Length", "5000")
	_, _ = io.WriteString(w, `<rss version="2.0"><channel><item><title>`+onTopic+`</title>`)
}

func to(path string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, path, http.StatusFound) }
}

const rssHead = `<rss version="2.0"><channel><title>A feed</title>`

// hostileAnswers are what a feed may suddenly answer. says is what the report's
// error must say; "" where something can be read, and then nothing that is new
// may be lost by it either.
var hostileAnswers = []struct {
	name   string
	answer func() http.HandlerFunc
	says   string
}{
	{"an HTML page", func() http.HandlerFunc {
		return body("text/html", "<!doctype html><html><body>log in</body></html>")
	}, "an HTML page, not a feed"},
	{"an HTML page that calls itself a feed", func() http.HandlerFunc {
		return body("application/rss+xml", "<!doctype html><html><body>log in</body></html>")
	}, "an HTML page, not a feed"},
	{"nothing", func() http.HandlerFunc { return body("application/rss+xml", "") }, "the body is empty"},
	{"white space", func() http.HandlerFunc { return body("application/rss+xml", strings.Repeat(" \n", 1<<20)) }, "the body is empty"},
	{"fewer bytes than promised", func() http.HandlerFunc { return short }, "unexpected EOF"},
	{"the end in the first item", func() http.HandlerFunc {
		return body("application/rss+xml", rssHead+`<item><title>`+onTopic[:9])
	}, "damaged beyond repair"},
	{"no answer", func() http.HandlerFunc { return hangUp }, "EOF"},
	{"50 MB", func() http.HandlerFunc { return endless(strings.Repeat("<item/>", 7000), 1000) }, "more than 8388608 bytes"},
	{"50 MB announced", func() http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "50000000")
			endless(strings.Repeat(" ", 50000), 1000)(w, r)
		}
	}, "more than 8388608 bytes"},
	{"a gzip bomb of 100 MB of zeros", func() http.HandlerFunc { return gzipped("", "\x00", 100<<20) }, "more than 8388608 bytes"},
	{"a gzip bomb of 100 MB of items", func() http.HandlerFunc {
		return gzipped(rssHead, "<item><title>a</title></item>", 100<<20/29)
	}, "more than 8388608 bytes"},
	{"gzip that is none", func() http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = io.WriteString(w, rssHead)
		}
	}, "it says it is gzip and is not"},
	{"the stack bomb", func() http.HandlerFunc {
		return gzipped(rssHead+`<item><x:y xmlns:x="u">`, "<a>", 1_920_000)
	}, "more than a feed may hold"},
	{"xml:base upon xml:base", func() http.HandlerFunc {
		return gzipped(`<feed xmlns="http://www.w3.org/2005/Atom"><entry>`, `<a xml:base="aaaaaaaaaaaa/">`, 200_000)
	}, "more than a feed may hold"},
	{"a long xml:base for many links", func() http.HandlerFunc {
		return gzipped(`<feed xmlns="http://www.w3.org/2005/Atom" xml:base="http://h/`+strings.Repeat("a", 2000)+`/"><entry>`, `<link href="a"/>`, 300_000)
	}, "more than a feed may hold"},
	{"a million empty items", func() http.HandlerFunc { return gzipped(rssHead, "<item/>", 1_000_000) }, ""},
	{"JSON of null items", func() http.HandlerFunc {
		return body("application/feed+json", `{"version":"https://jsonfeed.org/version/1.1","items":[null]}`)
	}, ""},
	{"JSON that is no feed", func() http.HandlerFunc {
		return body("application/json", `{"error":"rate limited"}`)
	}, "not a feed"},
	{"redirects in a circle", func() http.HandlerFunc { return to("feed.xml") }, "more than 5 redirects"},
	{"a redirect to the machine's credentials", func() http.HandlerFunc {
		return to("http://169.254.169.254/latest/meta-data/")
	}, "169.254.169.254 is not a public address"},
	{"a redirect to a file", func() http.HandlerFunc { return to("file:///etc/passwd") }, "neither http nor https"},
	{"404", func() http.HandlerFunc { return status(http.StatusNotFound) }, "404 Not Found"},
	{"410", func() http.HandlerFunc { return status(http.StatusGone) }, "it will not come back"},
	{"429", func() http.HandlerFunc { return status(http.StatusTooManyRequests) }, "429 Too Many Requests"},
	{"500", func() http.HandlerFunc { return status(http.StatusInternalServerError) }, "500 Internal Server Error"},
	{"invalid UTF-8", func() http.HandlerFunc {
		return body("application/rss+xml", rssHead+"<item><title>\xff\xfe weather \xc3\x28</title><guid>7</guid></item></channel></rss>")
	}, ""},
	{"a character that XML forbids", func() http.HandlerFunc {
		return body("application/rss+xml", rssHead+"<item><title>weather&#0;\x01</title><guid>7</guid></item></channel></rss>")
	}, ""},
}

const (
	hostileTime   = 10 * time.Second // generous: a slow machine that is busy otherwise
	hostileMemory = 128 << 20
)

func TestHostileAnswersCostABoundedAmountAndLoseNothing(t *testing.T) {
	var table strings.Builder
	rows := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintln(rows, "ANSWER\tTIME\tPEAK HEAP\tALLOCATED\tERROR")
	for _, c := range hostileAnswers {
		t.Run(c.name, func(t *testing.T) {
			x := newLoopbackWorld(t, func(c *watcher.Config) {
				c.Poll.MaxBytes = 8 << 20 // More than the default, so that the bombs reach the parser.
			})
			x.web.serve(feedURL, rss(entry{id: "1", title: offTopic}))
			x.poll(watcher.PollOptions{})
			before := x.remembered()
			x.web.serve(feedURL, c.answer())

			var r watcher.Report
			spent := measure(func() { r = x.poll(watcher.PollOptions{}) })
			fmt.Fprintf(rows, "%s\t%v\t%.1f MB\t%.1f MB\t%v\n", c.name, r.Took.Round(100*time.Microsecond), spent.peak, spent.total, r.Err)
			if (r.Err == nil) != (c.says == "") || r.Err != nil && !strings.Contains(r.Err.Error(), c.says) {
				t.Errorf("the report says %v, want %q", r.Err, c.says)
			}
			if r.Took > hostileTime || spent.peak > hostileMemory>>20 {
				t.Errorf("it took %v and %.0f MB, want less than %v and %d MB", r.Took, spent.peak, hostileTime, hostileMemory>>20)
			}
			if r.Err != nil {
				x.keeps(before)
			}
			x.recovers(offTopic)
		})
	}
	rows.Flush()
	t.Logf("\n%s", &table)
}

// keeps checks that an error took nothing away from what was known of the feed.
func (x *world) keeps(before storage.Feed) {
	x.Helper()
	after := x.remembered()
	if diff := cmp.Diff(before.Validators, after.Validators); diff != "" {
		x.Errorf("the validators changed (-before +after):\n%s", diff)
	}
	if after.Items != before.Items || after.LastError == "" || after.Failures != 1 {
		x.Errorf("after the error: %d items, %d failures, last error %q; want what was there and one failure", after.Items, after.Failures, after.LastError)
	}
}

// recovers serves the feed in good health again, with one item more, and checks
// that this one and no other is told.
func (x *world) recovers(old string) {
	x.Helper()
	x.web.serve(feedURL, rss(entry{id: "2", title: onTopic}, entry{id: "1", title: old}))
	if r := x.poll(watcher.PollOptions{}); r.Err != nil || r.Alerts != 1 {
		x.Errorf("when the feed was good again: %+v, want the one new item alerted", r)
	}
	if diff := cmp.Diff([]string{onTopic}, x.told()); diff != "" {
		x.Errorf("told (-want +got):\n%s", diff)
	}
	if titles := x.titles(); titles[len(titles)-1] != old {
		x.Errorf("stored are %.200q, want %q to be there still", titles, old)
	}
}

// spent is what something cost, in MB.
type spent struct{ peak, total float64 }

// measure runs something and samples the heap meanwhile: how far it grew at
// most, garbage included, and what was allocated in all, the test's own server
// included.
func measure(do func()) spent {
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	peak := before.HeapAlloc
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for {
			peak = max(peak, heapNow())
			select {
			case <-stop:
				return
			case <-tick.C:
			}
		}
	}()
	do()
	close(stop)
	<-stopped
	runtime.ReadMemStats(&after)
	return spent{float64(peak-before.HeapAlloc) / (1 << 20), float64(after.TotalAlloc-before.TotalAlloc) / (1 << 20)}
}

// heapNow is the heap in use, read without stopping the world.
func heapNow() uint64 {
	s := []rtmetrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	rtmetrics.Read(s)
	return s[0].Value.Uint64()
}

// A feed that is cut between two bytes of an item, by a server that does not
// know it, is read as far as it goes. The item that was cut must still come,
// though the server has given the whole document's validators.
func TestCutListingDoesNotHideWhatWasCutOff(t *testing.T) {
	x := newLoopbackWorld(t, nil)
	x.web.serve(feedURL, rss(entry{id: "1", title: offTopic}))
	x.poll(watcher.PollOptions{})
	whole := rss(entry{id: "3", title: onTopic}, entry{id: "2", title: onTopic2}, entry{id: "1", title: offTopic})
	cut := func(w http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		whole(rec, r)
		w.Header().Set("ETag", rec.Header().Get("ETag"))
		if rec.Code == http.StatusNotModified {
			w.WriteHeader(rec.Code)
			return
		}
		doc := rec.Body.String()
		_, _ = io.WriteString(w, doc[:strings.Index(doc, onTopic2)+5])
	}
	x.web.serve(feedURL, cut)
	x.poll(watcher.PollOptions{})
	if r := x.poll(watcher.PollOptions{}); !r.Same || r.Err != nil { // The same bytes once more.
		t.Errorf("the cut listing again: %+v, want it unchanged", r)
	}
	x.web.serve(feedURL, whole)
	x.poll(watcher.PollOptions{})
	if diff := cmp.Diff([]string{onTopic, onTopic2}, x.told()); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

func TestDrippingFeedIsCutOffInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x, network := newPipedWorld(t, nil)
		defer x.store.Close()
		defer network.end()
		x.web.serve(feedURL, rss(entry{id: "1", title: offTopic}))
		x.poll(watcher.PollOptions{})
		before := x.remembered()
		x.web.serve(feedURL, func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				_, _ = io.WriteString(w, " ")
				w.(http.Flusher).Flush()
				time.Sleep(50 * time.Millisecond) // Of fake time.
			}
		})
		r := x.poll(watcher.PollOptions{})
		if r.Err == nil || !strings.Contains(r.Err.Error(), "no complete answer within 45s") || r.Took > 46*time.Second {
			t.Errorf("after %v the report says %v, want it to end within 46 s and say so", r.Took, r.Err)
		}
		x.keeps(before)
		x.recovers(offTopic)
	})
}

func TestRoundByHandWaitsForNoPausedHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		other := "https://outlet.example/other.xml"
		x := newWorld(t, func(c *watcher.Config) {
			c.Feeds = append(c.Feeds, watcher.Feed{URL: other, Name: "other"})
		})
		defer x.store.Close()
		x.web.serve(feedURL, status(http.StatusTooManyRequests, "Retry-After", "7200"))
		x.web.serve(other, rss(entry{id: "1", title: offTopic}))
		started := time.Now()
		if _, err := x.w.PollNow(t.Context(), watcher.PollOptions{URL: "outlet"}); err != nil {
			t.Fatal(err)
		}
		reports, err := x.w.PollNow(t.Context(), watcher.PollOptions{URL: "other"})
		if err != nil || reports[0].Err != nil || reports[0].LeftAlone.IsZero() || len(x.web.to(other)) != 0 {
			t.Errorf("a feed of the host: %+v, %v; want it left alone", reports, err)
		}
		reports, err = x.w.PollNow(t.Context(), watcher.PollOptions{URL: "other", Force: true})
		if err != nil || reports[0].Err != nil || reports[0].New != 1 {
			t.Errorf("by force: %+v, %v; want it read", reports, err)
		}
		if took := time.Since(started); took > time.Minute {
			t.Errorf("it took %v, want no waiting", took)
		}
	})
}
