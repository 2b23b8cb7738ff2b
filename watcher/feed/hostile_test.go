package feed

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"runtime/metrics"
	"strings"
	"testing"
	"text/tabwriter"
	"time"
)

// rssWith puts what is given into the one item of a feed.
func rssWith(item string) string {
	return `<rss version="2.0"><channel><title>T</title><item><title>One</title>` + item + `</item></channel></rss>`
}

// The documents below may take a second and 64 MB at most. The time is told and
// not held to, since it is the machine's; hang is longer than any of them may take
// on the slowest, and what is allocated in all stands for time as well: without the
// guard these documents take gigabytes of it, or the process.
const (
	hang    = 30 * time.Second
	maxPeak = 64 << 20
)

// hostile documents cost a bounded amount.
var hostile = []struct {
	name string
	doc  func() string
	want error  // nil: it is read
	mem  uint64 // allocated in all, at most, in bytes
}{
	{"the stack bomb", func() string { return `<rss><channel><item><x:y>` + strings.Repeat("<a>", 2_000_000) }, ErrBound, 64 << 20},
	{"the stack bomb in Atom", func() string { return `<feed><entry><x:y>` + strings.Repeat("<a>", 2_000_000) }, ErrBound, 64 << 20},
	{"nesting that is closed", func() string {
		return rssWith("<x:y>" + strings.Repeat("<a>", 500_000) + strings.Repeat("</a>", 500_000) + "</x:y>")
	}, ErrBound, 64 << 20},
	{"nested xml:base", func() string {
		return `<feed xmlns="http://www.w3.org/2005/Atom"><entry>` + strings.Repeat(`<a xml:base="aaaaaaaaaaaa/">`, 20_000)
	}, ErrBound, 16 << 20},
	{"an xml:base for many links", func() string {
		return `<feed xmlns="http://www.w3.org/2005/Atom" xml:base="http://h/` + strings.Repeat("a", 2000) + `/"><entry>` + strings.Repeat(`<link href="a"/>`, 100_000)
	}, ErrBound, 128 << 20},
	{"a million empty items", func() string { return `<rss><channel>` + strings.Repeat("<item/>", 1_000_000) }, nil, 128 << 20},
	{"many characters of &", func() string { return rssWith("<description>" + strings.Repeat("&", 300_000) + "</description>") }, nil, 128 << 20},
	{"many characters of <", func() string { return rssWith("<description>" + strings.Repeat("<", 700_000)) }, ErrBound, 128 << 20},
	{"comments that never end", func() string { return rssWith("<description>" + strings.Repeat("<!--", 60_000) + "</description>") }, nil, 128 << 20},
	{"tags that never end", func() string { return rssWith("<description>" + strings.Repeat(`<a b="`, 40_000) + "</description>") }, nil, 128 << 20},
	{"attributes that never end", func() string { return rssWith("<description><a " + strings.Repeat(`b `, 100_000)) }, nil, 128 << 20},
	{"a tag of many attributes", func() string {
		var b strings.Builder
		b.WriteString("<rss><channel><item ")
		for i := range 50_000 {
			fmt.Fprintf(&b, `a%d="" `, i)
		}
		return b.String() + "></item></channel></rss>"
	}, ErrBound, 128 << 20},
	{"namespaces for each of many tags", func() string {
		var b strings.Builder
		b.WriteString("<rss")
		for i := range 250 {
			fmt.Fprintf(&b, ` xmlns:n%d="u"`, i)
		}
		return b.String() + "><channel>" + strings.Repeat("<a/>", 400_000)
	}, ErrBound, 128 << 20},
	{"more tags than any feed", func() string { return rssWith(strings.Repeat("<a/>", 600_000)) }, ErrBound, 128 << 20},
	{"character data in many sections", func() string {
		return rssWith("<description>" + strings.Repeat("<![CDATA[]]>", 60_000) + "</description>")
	}, nil, 128 << 20},
	{"mis-nested tables in a description", func() string {
		return rssWith("<description><![CDATA[" + strings.Repeat("<table><a><b><i><p><svg>", 10_000) + "]]></description>")
	}, nil, 128 << 20},
	{"links that grow in HTML", func() string {
		return `<rss xml:base="http://h/` + strings.Repeat("a", 2000) + `/"><channel><item><description><![CDATA[` + strings.Repeat(`<a href=x>`, 30_000) + `]]></description></item></channel></rss>`
	}, nil, 128 << 20},
	{"an extension's text in pieces", func() string { return rssWith("<x:y>" + strings.Repeat("a<b/>", 200_000) + "</x:y>") }, ErrBound, 64 << 20},
	{"an entry that is an extension, in pieces", func() string {
		return `<rss><channel><item xmlns="urn:x"><title>` + strings.Repeat("a<b/>", 200_000) + "</title></item></channel></rss>"
	}, ErrBound, 64 << 20},
	{"a channel's extension in pieces", func() string {
		return "<rss><channel><x:y>" + strings.Repeat("aaaaaaaaaa<![CDATA[]]>", 200_000) + "</x:y></channel></rss>"
	}, ErrBound, 64 << 20},
	{"a date of five million bytes", func() string {
		return rssWith("<pubDate>" + strings.Repeat("2", 5_000_000) + "</pubDate><dc:date><![CDATA[" + strings.Repeat("2", 5_000_000) + "]]></dc:date>")
	}, nil, 64 << 20},
	{"more authors than readers", func() string {
		var b strings.Builder
		for i := range 8_000 {
			fmt.Fprintf(&b, "<author><name>n%d</name></author>", i)
		}
		return `<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id>` + b.String() + "</entry></feed>"
	}, nil, 128 << 20},
	{"billion laughs", func() string {
		return `<!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>` + rssWith("<description>&b;</description>")
	}, nil, 8 << 20},
	{"an outside entity", func() string {
		return `<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>` + rssWith("<description>&x;</description>")
	}, nil, 8 << 20},
	{"entities of the document's own, over and over", func() string {
		return `<!DOCTYPE rss [<!ENTITY a "` + strings.Repeat("a", 200) + `">]>` + rssWith("<description>"+strings.Repeat("&a;", 1_500_000)+"</description>")
	}, nil, 128 << 20},
	{"entries within entries", func() string { return "<rss><channel>" + strings.Repeat("<item>", 600_000) }, nil, 128 << 20},
	{"entries whose ends are far away", func() string {
		return "<rss><channel>" + strings.Repeat("<item><a></a>", 4_000) + strings.Repeat("a ", 2_000_000) + "</item></channel></rss>"
	}, nil, 128 << 20},
	{"CDATA, as much as may be", func() string {
		return rssWith("<description><![CDATA[" + strings.Repeat("a", 15<<20) + "]]></description>")
	}, nil, 128 << 20},
	{"escaped HTML, as much as may be", func() string {
		return rssWith("<description>" + strings.Repeat("&lt;p&gt;a&lt;/p&gt;", 800_000) + "</description>")
	}, nil, 128 << 20},
	{"markers", func() string {
		return rssWith("<description>" + strings.Repeat(marker+"0"+marker, 500_000) + "</description>")
	}, nil, 128 << 20},
	{"more than the hard limit", func() string { return strings.Repeat(" ", maxDocument+1) }, ErrBound, 8 << 20},
	{"JSON of null items", func() string {
		return `{"version":"https://jsonfeed.org/version/1.1","items":[null,{"id":"1","authors":[null]},null]}`
	}, nil, 8 << 20},
	{"JSON nested deep", func() string { return strings.Repeat(`{"a":`, 200_000) }, ErrBroken, 128 << 20},
	{"JSON of many items", func() string {
		return `{"version":"https://jsonfeed.org/version/1.1","items":[` + strings.Repeat(`{},`, 30_000) + `{}]}`
	}, nil, 128 << 20},
}

func TestHostileDocumentsCostABoundedAmount(t *testing.T) { // point 72
	var table strings.Builder
	rows := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintln(rows, "DOCUMENT\tBYTES\tTIME\tPEAK\tALLOCATED\tERROR")
	for _, c := range hostile {
		t.Run(c.name, func(t *testing.T) {
			doc := []byte(c.doc())
			var f *Feed
			var err error
			took, peak, allocated := measure(func() { f, err = Parse(doc, "", "http://example.com/") })
			fmt.Fprintf(rows, "%s\t%d\t%v\t%.1f MB\t%.1f MB\t%.60v\n", c.name, len(doc), took.Round(10*time.Microsecond), mb(peak), mb(allocated), err)
			if !errors.Is(err, c.want) {
				t.Fatalf("got error %v, want %v", err, c.want)
			}
			if err == nil {
				checkFeed(t, f)
			}
			if took > hang {
				t.Errorf("it took %v", took)
			}
			if allocated > c.mem || peak > maxPeak {
				t.Errorf("it allocated %.0f MB, %.0f at a time; at most %.0f and %.0f were allowed", mb(allocated), mb(peak), mb(c.mem), mb(maxPeak))
			}
		})
	}
	rows.Flush()
	t.Logf("\n%s", &table)
}

func mb(n uint64) float64 { return float64(n) / (1 << 20) }

// measure runs something and samples the heap meanwhile: how far it grew at most,
// garbage included, and what was allocated in all.
func measure(do func()) (took time.Duration, peak, allocated uint64) {
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	stop, stopped := make(chan struct{}), make(chan struct{})
	most := before.HeapAlloc
	go func() {
		defer close(stopped)
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		for {
			metrics.Read(sample)
			most = max(most, sample[0].Value.Uint64())
			select {
			case <-stop:
				return
			case <-tick.C:
			}
		}
	}()
	start := time.Now()
	do()
	took = time.Since(start)
	close(stop)
	<-stopped
	runtime.ReadMemStats(&after)
	return took, most - before.HeapAlloc, after.TotalAlloc - before.TotalAlloc
}

func TestEntriesBeyondTheBoundAreLeftOut(t *testing.T) { // point 73
	var b bytes.Buffer
	b.WriteString("<rss><channel>")
	for i := range maxEntries + 500 {
		fmt.Fprintf(&b, "<item><guid>%d</guid></item>", i)
	}
	f, err := Parse(b.Bytes(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Entries) != maxEntries || f.Entries[0].ID != "0" || f.Entries[maxEntries-1].ID != fmt.Sprint(maxEntries-1) {
		t.Errorf("%d entries, the first is %q", len(f.Entries), f.Entries[0].ID)
	}
	if f.Cut || !f.More || len(f.Warnings) == 0 {
		t.Errorf("cut: %t, more: %t, warnings: %q", f.Cut, f.More, f.Warnings)
	}
}

func TestAttributesAndDepthUpToTheBoundAreRead(t *testing.T) { // point 72
	deep := func(n int) string {
		return rssWith("<description>" + strings.Repeat("<b>", n) + "x" + strings.Repeat("</b>", n) + "</description>")
	}
	if _, err := Parse([]byte(deep(maxDepth-4)), "", ""); err != nil {
		t.Errorf("at the bound: %v", err)
	}
	if _, err := Parse([]byte(deep(maxDepth-3)), "", ""); !errors.Is(err, ErrBound) {
		t.Errorf("beyond the bound: %v", err)
	}
	if _, err := Parse([]byte(rssWith("<description>"+strings.Repeat("a<br>", 500)+"</description>")), "", ""); err != nil {
		t.Errorf("void elements are no depth: %v", err)
	}
}
