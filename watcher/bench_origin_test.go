package watcher

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// The benchmarks of polls count CPU time, so the servers that they ask must not
// run in their process: the test binary, started once more, plays all of them.
// Each feed has an address of its own in 127.0.0.0/8, as feeds have hosts of their
// own.
const originPart = "FEEDWATCH_BENCH_ORIGIN"

func TestMain(m *testing.M) {
	if os.Getenv(originPart) == "" {
		os.Exit(m.Run())
	}
	if err := serveOrigin(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// serveOrigin serves until standard input ends, which it does with the process
// that started this one, and tells its port on standard output.
func serveOrigin() error {
	l, err := net.Listen("tcp4", "0.0.0.0:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr().(*net.TCPAddr).Port)
	failed := make(chan error, 1)
	go func() { failed <- http.Serve(l, newOrigin()) }()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		failed <- nil
	}()
	return <-failed
}

// benchTag is the ETag of what has one.
const benchTag = `"5f3a-18c2b7d9e40"`

// origin answers for any number of feeds. The path says how a feed changes from
// one request to the next:
//
//	/304      never, and it has an ETag
//	/same     never, and it has no validators
//	/date     in its own date
//	/onenew   in that and by one new entry
//	/long     never, and its entries have 2 KB of text each
//
// A query sets requests apart: what it counts is its own.
type origin struct {
	mu    sync.Mutex
	asked map[string]int // host and address → requests so far
}

func newOrigin() *origin { return &origin{asked: make(map[string]int)} }

// ServeHTTP implements http.Handler.
func (o *origin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	n := o.asked[r.Host+r.RequestURI]
	o.asked[r.Host+r.RequestURI]++
	o.mu.Unlock()
	feed := feedNumber(r.Host)
	w.Header().Set("Content-Type", "application/rss+xml; charset=utf-8")
	doc := news{feed: feed, entries: 20, paragraphs: 4}
	switch r.URL.Path {
	case "/304":
		w.Header().Set("ETag", benchTag)
		if r.Header.Get("If-None-Match") == benchTag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	case "/date":
		doc.built = n
	case "/long":
		doc.paragraphs = 11
	case "/onenew":
		doc.built, doc.first = n, n
	}
	body := doc.bytes()
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body) // An error is a client that has gone.
}

// feedHost and feedNumber are how a feed's number stands in its host.
func feedHost(n int) string { return fmt.Sprintf("127.%d.%d.%d", 1+n/62500, 1+n/250%250, 1+n%250) }

func feedNumber(host string) int {
	var a, b, c int
	_, _ = fmt.Sscanf(host, "127.%d.%d.%d", &a, &b, &c) // What does not scan is feed 0.
	return (a-1)*62500 + (b-1)*250 + c - 1
}

// startOrigin starts the servers, and ends them with the benchmark. It gives
// their port.
func startOrigin(b *testing.B) (port string) {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), originPart+"=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait()
	})
	port, err = bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return strings.TrimSpace(port)
}

// news is the document of one feed: entries that are mostly HTML, as newspapers
// with full texts publish them. The same numbers give the same bytes.
type news struct {
	feed, entries int
	paragraphs    int // of an entry; 4 make some 1.6 KB of it
	first         int // number of the oldest entry
	built         int // what its own date says
}

func (n news) bytes() []byte {
	var b bytes.Buffer
	b.Grow(1700 * n.entries)
	start := time.Date(2026, 1, 5, 6, 0, 0, 0, time.UTC)
	fmt.Fprintf(&b, `<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom">
<channel>
<title>Paper %d</title><link>https://paper%d.example/</link><description>News of the day</description><language>en-GB</language>
<atom:link href="https://paper%d.example/feed" rel="self" type="application/rss+xml"/><lastBuildDate>%s</lastBuildDate>
`, n.feed, n.feed, n.feed, start.Add(time.Duration(n.built)*time.Minute).Format(time.RFC1123Z))
	for i := n.first + n.entries - 1; i >= n.first; i-- {
		n.entry(&b, i, start.Add(time.Duration(i)*time.Hour))
	}
	b.WriteString("</channel>\n</rss>\n")
	return b.Bytes()
}

func (n news) entry(b *bytes.Buffer, i int, at time.Time) {
	r := rand.New(rand.NewPCG(uint64(n.feed), uint64(i)))
	fmt.Fprintf(b, `<item><title>%s &#8217;%s&#8217;</title><link>https://paper%d.example/2026/%d/%s?utm_source=rss&amp;utm_medium=feed</link>
<dc:creator><![CDATA[%s %s]]></dc:creator><pubDate>%s</pubDate><category><![CDATA[%s]]></category><category><![CDATA[%s]]></category><guid isPermaLink="false">https://paper%d.example/?p=%d</guid>
<description><![CDATA[%s]]></description>
<content:encoded><![CDATA[`, sentence(r, 7), words[r.IntN(len(words))], n.feed, i, words[r.IntN(len(words))],
		words[r.IntN(len(words))], words[r.IntN(len(words))], at.Format(time.RFC1123Z), words[r.IntN(len(words))], words[r.IntN(len(words))], n.feed, i, sentence(r, 20))
	for p := range n.paragraphs {
		fmt.Fprintf(b, "<p>%s, <a href=\"https://paper%d.example/tag/%s\" rel=\"nofollow\">%s</a> &#8220;%s&#8221; <em>%s</em>.</p>\n",
			sentence(r, 8), n.feed, words[r.IntN(len(words))], words[r.IntN(len(words))], sentence(r, 9), sentence(r, 4))
		if p == 1 {
			fmt.Fprintf(b, "<figure class=\"wp-block-image size-large\"><img loading=\"lazy\" src=\"https://paper%d.example/i/%d.jpg\" alt=\"\" width=\"1024\" height=\"683\"/></figure>\n", n.feed, i)
		}
	}
	fmt.Fprintf(b, "<p>The post <a href=\"https://paper%d.example/%d\">%s</a> appeared first on <a href=\"https://paper%d.example\">Paper</a>.</p>]]></content:encoded></item>\n", n.feed, i, sentence(r, 4), n.feed)
}

// sentence is some words; now and then it is about what the seeds are about.
func sentence(r *rand.Rand, n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(words[r.IntN(len(words))])
	}
	if r.IntN(60) == 0 {
		b.WriteString(" OpenAI Microsoft Azure")
	}
	return b.String()
}

var words = strings.Fields(`accelerators accounts agency airline allies analysts annual appeal archive army autumn balance
banks battery board bonds border bridge brokers budget build cabinet capacity captain carbon cargo carriers central chair
chemicals chief chips city claims climate clinic coast college company concert consumers contract copper council court
credit crew crops currency customers dairy data debate debt defence delay demand deposit design dispute doctors dollar
drought duties editor election energy engine estate exports factory farmers ferry festival filing finance fire fleet
flights flood forecast forest founder freight fuel fund gas goods grain grant growth harbour health hearing highway
holders hospital hotel housing import income index industry inflation inquiry insurers interest island judge junction
jury labour lake law leaders lenders letter levy library licence limits line loan local lower machine makers market
mayor measures media medicine meeting merger metal migrants mill miners minister mission model mortgage motor museum
nation network night north notice nurses office officials oil online opera orders output owners parcel park parliament
partner party patent patients payments pension phone pilot pipeline plant players police port pound power premium
president prices prison profit project protest province public pupils quarter quota rail rain raises rates record
reform region rent report rescue research reserve retail review rise river road rules rural safety sales satellite
savings scheme school science season sector senate service shares shipping shops signal site solar south spending
staff stage states station steel stock storm strike students studio study suppliers supply survey talks targets tariff
tax teachers team tenants theatre tide timber tourism tower town trade traffic trains transport treaty trial trucks
turbine union unit upgrade valley value vaccine vessel village visitors voters wages war warehouse waste water weather
week west wheat wholesale wind winter workers yard year yield youth zone`)
