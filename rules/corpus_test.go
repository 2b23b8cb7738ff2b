package rules

import (
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
)

// corpus makes items and rules from one seed: words by Zipf's law from a
// vocabulary of made-up ones, some with capitals, accents and curly quotes;
// rules of the shapes that people write, three words each.
type corpus struct {
	rnd   *rand.Rand
	words []string // by rank; those from inUse on occur in no text
}

const (
	inUse = 88_000
	known = 350_000
)

func newCorpus() *corpus {
	c := &corpus{rnd: rand.New(rand.NewPCG(1, 2))}
	seen := make(map[string]bool)
	for len(c.words) < known {
		syllables := 3
		switch rank := len(c.words); {
		case rank < 50:
			syllables = 1
		case rank < 3000:
			syllables = 2
		}
		if w := c.syllables(syllables + c.rnd.IntN(12)/11); !seen[w] {
			seen[w] = true
			c.words = append(c.words, w)
		}
	}
	return c
}

func (c *corpus) syllables(n int) string {
	var b strings.Builder
	for range n {
		b.WriteByte("bcdfghjklmnprstvwz"[c.rnd.IntN(18)])
		b.WriteByte("aeiouy"[c.rnd.IntN(6)])
		b.WriteString([]string{"", "", "n", "r", "s", "l", "t"}[c.rnd.IntN(7)])
	}
	return b.String()
}

// word draws one that is in use, the likelier the lower its rank.
func (c *corpus) word(floor float64) string {
	rank := floor * math.Exp(c.rnd.Float64()*math.Log(inUse/floor))
	return c.words[min(int(rank)-1, inUse-1)]
}

func (c *corpus) text(size int) string {
	var b strings.Builder
	for b.Len() < size {
		w := c.word(1)
		switch c.rnd.IntN(40) {
		case 0:
			w = strings.ToUpper(w[:1]) + w[1:] + "’s"
		case 1, 2:
			w += "."
		case 3, 4:
			w += ","
		case 5:
			w = strings.ToUpper(w[:1]) + w[1:]
		case 6:
			w = strings.Replace(w, "o", "ó", 1)
		case 7:
			w += "-" + c.word(1)
		}
		b.WriteString(w + " ")
	}
	return b.String()
}

func (c *corpus) docs(n, size int) []*Doc {
	var list []*Doc
	for range n {
		list = append(list, &Doc{Title: c.text(70), Body: c.text(size - 70), URL: "https://example.com/"})
	}
	return list
}

// heat is how common the words of rules are.
type heat string

const (
	cold   heat = "cold"   // rare or never met
	normal heat = "normal" // half of them met
	hot    heat = "hot"    // all of them met, many often
)

func (c *corpus) ruleWord(h heat) string {
	switch {
	case h == hot:
		return c.word(300)
	case h == normal && c.rnd.IntN(100) < 55:
		return c.word(1500)
	case h == cold:
		return c.words[inUse/2+c.rnd.IntN(known-inUse/2)]
	}
	return c.words[c.rnd.IntN(known)]
}

func (c *corpus) query(h heat) string {
	w := func() string { return c.ruleWord(h) }
	switch n := c.rnd.IntN(20); {
	case n < 4:
		return w() + " AND " + w()
	case n < 7:
		return w() + " AND " + w() + " AND " + w()
	case n < 11:
		return w() + " AND (" + w() + " OR " + w() + ` OR "` + w() + " " + w() + `")`
	case n < 15:
		return c.words[inUse/4+c.rnd.IntN(known-inUse/4)] + " OR " + c.words[inUse+c.rnd.IntN(known-inUse)] + ` OR "` + w() + " " + w() + `"`
	case n < 18:
		return w() + " AND " + w() + " AND NOT " + w()
	}
	return `"` + w() + " " + w() + `" AND ` + w()
}

func (c *corpus) queries(n int, h heat) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = c.query(h)
	}
	return list
}

// parseAll makes a pack of queries, which it reads as Parse does.
func parseAll(b testing.TB, texts []string) *Pack {
	pack := &Pack{Rules: make([]*Rule, len(texts))}
	queries := make([]query, len(texts))
	for i, q := range texts {
		pack.Rules[i] = &Rule{Name: "r" + strconv.Itoa(i), Severity: "normal", OnNew: true}
		queries[i] = query{rule: pack.Rules[i], text: q, place: i}
	}
	for i, problems := range readQueries(queries, &terms{}) {
		if failed(problems) {
			b.Fatal(texts[i], problems)
		}
	}
	return pack
}

func compileAll(b testing.TB, texts []string) *Set { return mustCompilePacks(b, parseAll(b, texts)) }

func mustCompilePacks(b testing.TB, packs ...*Pack) *Set {
	b.Helper()
	set, err := Compile(packs...)
	if err != nil {
		b.Fatal(err)
	}
	return set
}

// script is what the corpus is written in.
type script string

const (
	latin    script = "latin"
	cyrillic script = "cyrillic" // a letter for a letter
	han      script = "han"      // a character for two letters, and no spaces
)

// text writes a text in another script, but for capitals if those are operators.
func (s script) text(src string, operators bool) string {
	if s == latin {
		return src
	}
	var b strings.Builder
	half := rune(0) // a letter that waits for the second one
	end := func() {
		if half != 0 {
			b.WriteRune(0x4E00 + 26*half)
		}
		half = 0
	}
	for _, r := range src {
		switch {
		case !('a' <= r && r <= 'z') && (operators || !('A' <= r && r <= 'Z')):
			if end(); r != ' ' || s == cyrillic || operators {
				b.WriteRune(r)
			}
		case s == cyrillic && r <= 'Z':
			b.WriteRune('А' + r - 'A')
		case s == cyrillic:
			b.WriteRune('а' + r - 'a')
		case half == 0:
			half = r | 0x20 - 'a' + 1
		default:
			b.WriteRune(0x4E00 + 26*half + r - 'a')
			half = 0
		}
	}
	end()
	return b.String()
}

// shorten cuts a text to a number of bytes or a few less.
func shorten(s string, size int) string { return strings.ToValidUTF8(s[:min(size, len(s))], "") }

// docs writes documents of one size in another script.
func (s script) docs(docs []*Doc, size int) (list []*Doc) {
	for _, d := range docs {
		title := shorten(s.text(d.Title, false), 70)
		body := s.text(d.Body, false)
		for len(body) < size {
			body += body
		}
		list = append(list, &Doc{Title: title, Body: shorten(body, size-len(title)), URL: d.URL})
	}
	return list
}
