package rules

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// corpus makes items and rules from one seed: words by Zipf's law from a
// vocabulary of made-up ones, items of about 2 KB, rules of the shapes that
// people write.
type corpus struct {
	rnd   *rand.Rand
	words []string
}

func newCorpus() *corpus {
	c := &corpus{rnd: rand.New(rand.NewPCG(1, 2))}
	syllables := strings.Fields("ba co di fu ga lo mi ne pa ro su ti ver ston mer lan tic pro ment gra")
	for i := range 80_000 {
		var b strings.Builder
		for n := i; ; n /= len(syllables) {
			b.WriteString(syllables[n%len(syllables)])
			if n < len(syllables) {
				break
			}
		}
		c.words = append(c.words, b.String())
	}
	return c
}

// word draws by rank: a low floor makes common words likely.
func (c *corpus) word(floor int) string {
	n := float64(len(c.words))
	rank := int(math.Exp(c.rnd.Float64()*math.Log(n/float64(floor)))*float64(floor)) - 1
	return c.words[min(rank, len(c.words)-1)]
}

func (c *corpus) text(size int) string {
	var b strings.Builder
	for b.Len() < size {
		w := c.word(1)
		switch c.rnd.IntN(20) {
		case 0:
			w = strings.ToUpper(w[:1]) + w[1:] + "’s"
		case 1:
			w += "."
		case 2:
			w += ","
		}
		b.WriteString(w + " ")
	}
	return b.String()
}

func (c *corpus) docs(n int) []*Doc {
	var list []*Doc
	for range n {
		list = append(list, &Doc{Title: c.text(70), Body: c.text(1930), URL: "https://example.com/"})
	}
	return list
}

func (c *corpus) query() string {
	w := func() string { // half of them in use, half from anywhere
		if c.rnd.IntN(2) == 0 {
			return c.word(1500)
		}
		return c.words[c.rnd.IntN(len(c.words))]
	}
	switch c.rnd.IntN(6) {
	case 0, 1:
		return w() + " AND " + w()
	case 2:
		return w() + " AND (" + w() + " OR " + w() + ` OR "` + w() + " " + w() + `")`
	case 3:
		return w() + " OR " + w() + " OR " + w()
	case 4:
		return w() + " AND " + w() + " AND NOT " + w()
	}
	return `"` + w() + " " + w() + `" AND ` + w()
}

func (c *corpus) set(b *testing.B, n int) *Set {
	pack := &Pack{}
	for i := range n {
		one, err := ParseQuery(fmt.Sprint("r", i), c.query())
		if err != nil {
			b.Fatal(err)
		}
		pack.Rules = append(pack.Rules, one.Rules...)
	}
	set, err := Compile(pack)
	if err != nil {
		b.Fatal(err)
	}
	return set
}

// BenchmarkMatch times one item against so many rules. x-floor is the least time
// an item took over the least time to fold the same items and cut them into words.
func BenchmarkMatch(b *testing.B) {
	for _, n := range []int{10, 1_000, 10_000} {
		b.Run(fmt.Sprint("rules=", n), func(b *testing.B) {
			c := newCorpus()
			docs, set := c.docs(200), c.set(b, n)
			matches, i := 0, 0
			b.ReportAllocs()
			b.SetBytes(2000)
			for b.Loop() {
				matches += len(set.Match(docs[i%len(docs)]))
				i++
			}
			ratio := float64(least(docs, func(d *Doc) { set.Match(d) })) / float64(least(docs, tokenise()))
			b.ReportMetric(ratio, "x-floor")
			b.ReportMetric(float64(matches)/float64(b.N), "matches/op")
		})
	}
}

// least is the least time that fn took for one of the items, on average over
// all of them.
func least(docs []*Doc, fn func(*Doc)) time.Duration {
	least := time.Duration(math.MaxInt64)
	for range 50 {
		start := time.Now()
		for _, d := range docs {
			fn(d)
		}
		least = min(least, time.Since(start)/time.Duration(len(docs)))
	}
	return least
}

// tokenise folds an item and cuts it into words.
func tokenise() func(*Doc) {
	folder, cutter := newFolder(), newCutter()
	var buf []byte
	var seams []seam
	return func(d *Doc) {
		for _, s := range []string{d.Title, d.Body} {
			buf, seams = folder.fold(buf[:0], seams[:0], s)
			cutter.reset(buf, 0)
			for _, _, ok := cutter.next(); ok; _, _, ok = cutter.next() {
			}
		}
	}
}

func BenchmarkTokenise(b *testing.B) {
	docs, fn, i := newCorpus().docs(200), tokenise(), 0
	b.ReportAllocs()
	b.SetBytes(2000)
	for b.Loop() {
		fn(docs[i%len(docs)])
		i++
	}
	var lower string
	floor := least(docs, func(d *Doc) { lower = strings.ToLower(d.Body) })
	_ = lower
	b.ReportMetric(float64(least(docs, fn))/float64(floor), "x-ToLower")
}

func BenchmarkCompile(b *testing.B) {
	c := newCorpus()
	var queries []string
	for range 10_000 {
		queries = append(queries, c.query())
	}
	b.ReportAllocs()
	for b.Loop() {
		pack := &Pack{}
		for i, q := range queries {
			one, err := ParseQuery(fmt.Sprint("r", i), q)
			if err != nil {
				b.Fatal(err)
			}
			pack.Rules = append(pack.Rules, one.Rules...)
		}
		if _, err := Compile(pack); err != nil {
			b.Fatal(err)
		}
	}
}

func TestMatchAllocatesNothingWhereNothingMatches(t *testing.T) {
	c := newCorpus()
	docs := c.docs(20)
	var packs []*Pack
	for i, q := range []string{"absent", "title:nowhere", "absent* OR \"not here\"", "site:nowhere.example", "a NOT b AND absent", "author:x AND tag:y", "lead:é"} {
		p, err := ParseQuery(fmt.Sprint("r", i), q)
		if err != nil {
			t.Fatal(err)
		}
		packs = append(packs, p)
	}
	set, err := Compile(packs...)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range docs {
		d.Author, d.Tags, d.Categories = "Jané Doe", []string{"ai"}, []string{"World"}
	}
	r, i := newReader(set), 0 // the pool allocates as it likes when the race detector is on
	for _, d := range docs {
		r.match(d)
	}
	if n := testing.AllocsPerRun(200, func() {
		if m := r.match(docs[i%len(docs)]); m != nil {
			t.Fatal("matched", m)
		}
		i++
	}); n > 0 {
		t.Errorf("%v allocations a document", n)
	}
}
