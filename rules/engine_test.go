package rules

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestMatchRulesNamesWhatMatchNames(t *testing.T) {
	c := newCorpus()
	queries := c.queries(3_000, hot)
	for i := range queries {
		if i%10 == 0 {
			w := c.word(300)
			queries[i] = []string{w[:2] + "*", "*" + w[1:], w + "~", "NOT " + w, "/" + w + "/", "title:" + w, "site:example.com"}[i/10%7]
		}
	}
	set := compileAll(t, queries)
	for _, d := range c.docs(10, 2_000) {
		var want []int
		for _, m := range set.Match(d) {
			want = append(want, slices.Index(set.rules, m.Rule))
		}
		if got := set.MatchRules(nil, d); !slices.Equal(got, want) || len(got) == 0 {
			t.Fatalf("got %v, want %v", got, want)
		}
		for i := 0; i < len(set.rules); i += 17 {
			trace, _ := set.Explain(d, set.rules[i].Name)
			if _, matched := slices.BinarySearch(want, i); matched != trace.Holds {
				t.Errorf("%s: match %t\n%s", set.rules[i].Query, matched, trace)
			}
		}
	}
}

func TestMatchRulesAllocatesNothing(t *testing.T) {
	c := newCorpus()
	a, b := c.words[0], c.words[1]
	set := compileAll(t, []string{a, a + " AND " + b, a + " OR nowhere", `"` + a + " " + b + `"`, "title:" + a, "lead:(" + a + " OR " + b + ")",
		a + " NEAR/9 " + b, a + " ONEAR/9 " + b, a + " NOT NEAR/1 " + b, a + " PARAGRAPH " + b, a + " SENTENCE " + b, "atleast/2:" + a, "exact:" + a,
		a[:2] + "*", "*" + b[1:], a + "~", "NOT nowhere", "site:example.com", "tag:ai", "author:jane"})
	docs := c.docs(20, 2_000)
	for _, d := range docs {
		d.Author, d.Tags, d.Categories = "Jané Doe", []string{"AI"}, []string{"World"}
	}
	r, i, matches := newReader(set), 0, 0 // pools, this and that of regexp, allocate as they like when the race detector is on
	for _, d := range docs {
		matches += len(r.match(d))
	}
	if matches < 10*len(docs) {
		t.Fatalf("only %d matches", matches)
	}
	if n := testing.AllocsPerRun(100, func() {
		r.match(docs[i%len(docs)])
		i++
	}); n > 0 {
		t.Errorf("%v allocations a document", n)
	}
}

// TestPathologicalPacksStayBounded holds that no pack makes a document cost more
// than what follows from the sizes of both.
func TestPathologicalPacksStayBounded(t *testing.T) {
	word := func(i int) string { return fmt.Sprintf("w%dx", i) }
	many := func(n int, query func(i int) string) []string {
		list := make([]string, n)
		for i := range list {
			list[i] = query(i)
		}
		return list
	}
	packs := map[string][]string{
		"hot words":      many(10_000, func(i int) string { return "the AND " + word(i%50) }),
		"one word":       many(10_000, func(int) string { return "the" }),
		"wide ORs":       many(50, func(int) string { return strings.Join(many(400, word), " OR ") }),
		"no word needed": many(2_000, func(i int) string { return "NOT " + word(i+100) }),
		"wildcards":      many(10_000, func(i int) string { return "*" + word(i) + "* AND the" }),
		"short prefixes": many(2_000, func(i int) string { return fmt.Sprintf("%c%c*", 'a'+i%26, 'a'+i/26%26) }),
		"stems":          many(2_000, func(i int) string { return word(i) + "ing~ AND the" }),
		"deep":           {strings.Repeat("NOT (the OR NOT ", 20) + "the" + strings.Repeat(")", 20)},
		"near":           many(50, func(i int) string { return fmt.Sprintf("(the OR a*) NEAR/%d (the OR w*)", i) }),
	}
	texts := map[string]string{
		"one word":  strings.Repeat("the ", 2_000),
		"all words": strings.Join(many(2_000, word), " the "),
		"one run":   strings.Repeat("w1x", 5_000),
		"joined":    strings.Repeat("w.", 5_000),
		"letters":   strings.Repeat("a ", 5_000),
	}
	for name, queries := range packs {
		set := compileAll(t, queries)
		for kind, text := range texts {
			got := set.MatchRules(nil, &Doc{Body: text})
			if !slices.IsSorted(got) || len(slices.Compact(slices.Clone(got))) != len(got) || len(got) > len(queries) {
				t.Errorf("%s on %s: %d rules out of order or twice", name, kind, len(got))
			}
			i := rand.IntN(len(queries))
			trace, _ := set.Explain(&Doc{Body: text[:min(len(text), 300)]}, set.rules[i].Name)
			short := set.MatchRules(nil, &Doc{Body: text[:min(len(text), 300)]})
			if _, matched := slices.BinarySearch(short, i); matched != trace.Holds {
				t.Errorf("%s on %s: rule %d: match %t, explain %t", name, kind, i, matched, trace.Holds)
			}
		}
	}
}

// TestHashesOfLongWordsDiffer holds that no byte of a word goes unread.
func TestHashesOfLongWordsDiffer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := newHasher()
		word := []byte(rapid.StringMatching(`[a-z]{1,70}`).Draw(t, "word"))
		before := h.text(string(word))
		word[rapid.IntRange(0, len(word)-1).Draw(t, "place")] ^= 1
		if after := h.text(string(word)); after == before || after&1 == 0 || h.text(string(word)) != after {
			t.Fatalf("%s has the number %d", word, after)
		}
		if h.text(string(word)+string(word[:1])) == h.text(string(word)) {
			t.Fatalf("%s and a longer word share a number", word)
		}
	})
}

// TestPairsOfFewCharactersAreFound holds the marks of words side by side, which are made
// where very many postings would come up, against a search of the text.
func TestPairsOfFewCharactersAreFound(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	character := func() string { return string(rune(0x4E00 + rnd.IntN(45))) }
	var phrases, queries []string
	for a := range rune(45) {
		for b := range rune(45) {
			phrases = append(phrases, string([]rune{0x4E00 + a, 0x4E00 + b}))
			queries = append(queries, `"`+phrases[len(phrases)-1]+`"`)
		}
	}
	set, firstOnly := compileAll(t, queries), 0
	r := newReader(set)
	for range 300 { // more than there are marks
		var b strings.Builder
		for range 1 + rnd.IntN(800) {
			b.WriteString(character())
		}
		var want []int32
		for i, phrase := range phrases {
			if strings.Contains(b.String(), phrase) {
				want = append(want, int32(i))
			}
		}
		if got := r.match(&Doc{Body: b.String()}); !slices.Equal(got, want) {
			t.Fatalf("%s: got %d rules, want %d", b.String(), len(got), len(want))
		}
		if r.firstOnly {
			firstOnly++
		}
	}
	if firstOnly < 100 || firstOnly > 290 {
		t.Errorf("%d texts of 300 had so many postings", firstOnly)
	}
}
