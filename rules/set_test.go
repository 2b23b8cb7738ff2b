package rules

import (
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
)

func mustCompile(t *testing.T, query string) *Set {
	t.Helper()
	set, err := compileQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestEveryRuneFoldsToItsOwnFolding(t *testing.T) {
	f := newFolder()
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if 0xD800 <= r && r <= 0xDFFF || r > 0x323AF && r < 0xE0000 || r > 0xE0200 {
			continue // surrogates, unassigned and private planes
		}
		once := f.form("a" + string(r) + "b")
		if twice := f.form(once); once != twice {
			t.Errorf("%U folds to %+q, and that to %+q", r, once, twice)
		}
	}
}

func TestASetServesManyGoroutines(t *testing.T) {
	set := mustCompile(t, `title:(é* OR "b c") AND NOT tag:x AND a NEAR/3 exact:B AND a SENTENCE c AND /b.c/ AND atleast/2:b`)
	d := &Doc{Title: "Éa b c b", Body: "a B c", Tags: []string{"y"}}
	want := set.Match(d)
	if len(want) != 1 {
		t.Fatal("no match")
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				if diff := cmp.Diff(want[0].Spans, set.Match(d)[0].Spans); diff != "" {
					t.Error(diff)
					return
				}
				if trace, ok := set.Explain(d, "q"); !ok || !trace.Holds {
					t.Error("explain disagrees")
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestOneDocumentLeavesNothingForTheNext(t *testing.T) {
	set := mustCompile(t, "a AND (b* OR tag:x) AND a SENTENCE a")
	r := newReader(set)
	r.epoch = math.MaxUint32 - 2 // the counter of documents wraps in this test
	for i := range 6 {
		d := &Doc{Title: "a bb a", Tags: []string{"x"}}
		if i%2 == 1 {
			d = &Doc{Title: "z. a z"}
		}
		if got, want := len(r.match(d)) == 1, i%2 == 0; got != want {
			t.Errorf("document %d: %t", i, got)
		}
	}
}

func TestPacksMayNotShareANameOfARule(t *testing.T) {
	var packs []*Pack
	for _, names := range [][]string{{"z", "a"}, {"z", "b"}, {"a", "z"}} {
		src := "rules:\n"
		for _, name := range names {
			src += "  - {name: " + name + ", query: x}\n"
		}
		pack, err := Parse(fmt.Sprintf("%d.yaml", len(packs)), []byte(src))
		if err != nil {
			t.Fatal(err)
		}
		packs = append(packs, pack)
	}
	_, err := Compile(packs...)
	want := `1.yaml:2:12: a second rule is named z; the first is at 0.yaml:2:12
2.yaml:2:12: a second rule is named a; the first is at 0.yaml:3:12
2.yaml:3:12: a second rule is named z; the first is at 0.yaml:2:12`
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestMatchesComeInTheOrderOfTheRules(t *testing.T) {
	var packs []*Pack
	var want []string
	for i, q := range []string{"zebra", "NOT nothing", "absent", "a*", "tier:1", "a b", "b OR c"} {
		name := fmt.Sprint("r", i)
		pack, err := ParseQuery(name, q)
		if err != nil {
			t.Fatal(err)
		}
		packs = append(packs, pack)
		if q != "absent" {
			want = append(want, name)
		}
	}
	set, err := Compile(packs...)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range set.Match(&Doc{Title: "b a zebra", Tier: 1}) {
		got = append(got, m.Rule.Name)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, ok := set.Explain(&Doc{}, "no such rule"); ok {
		t.Error("a rule that isn't there is explained")
	}
}

func TestAnEmptySetMatchesNothing(t *testing.T) {
	set, err := Compile()
	if err != nil {
		t.Fatal(err)
	}
	if m := set.Match(&Doc{Title: "a", Body: "b"}); m != nil {
		t.Error(m)
	}
}

func TestARevisionFollowsTheMeaning(t *testing.T) {
	revision := func(term, query, rest string) string {
		t.Helper()
		pack, err := Parse("p", []byte("terms: {t: '"+term+"'}\nrules: [{name: r, query: '"+query+"'"+rest+"}]"))
		if err != nil {
			t.Fatal(err)
		}
		return pack.Rules[0].Revision
	}
	base := revision("a OR b", "@t AND c", "")
	if len(base) != 12 {
		t.Errorf("revision %q", base)
	}
	for _, same := range []string{
		revision("a   OR b", "@t c", ""), revision("a OR b", "@t AND c", ", severity: high, receivers: [x]"), revision("x", "(a OR b) AND c", ""),
	} {
		if same != base {
			t.Errorf("%s differs from %s though the same matches", same, base)
		}
	}
	for _, other := range []string{revision("a", "@t AND c", ""), revision("a OR b", "@t AND d", ""), revision("a OR b", "@t OR c", "")} {
		if other == base {
			t.Error("another query has the same revision")
		}
	}
}

func TestQueriesAreBounded(t *testing.T) {
	tests := []struct{ name, query, want string }{
		{"long", strings.Repeat("a ", maxQuery), "more than 16384 bytes"},
		{"brackets", strings.Repeat("(", 5000) + "a" + strings.Repeat(")", 5000), "stand inside each other"},
		{"not", strings.Repeat("NOT ", 4000) + "a", "stand inside each other"},
		{"minus", strings.Repeat("-", 4000) + "a", "stand inside each other"},
		{"prefixes", strings.Repeat("exact:", 2000) + "a", "stand inside each other"},
		{"nearness", strings.Repeat("a NEAR/1 ", 1500) + "a", "stand inside each other"},
		{"written out", strings.Repeat("a ", maxQuery/2), "bytes with its operators written out"},
		{"at the limit", strings.Repeat("NOT (a ", maxDepth/2) + "OR b c" + strings.Repeat(")", maxDepth/2), "stand inside each other"},
		{"not UTF-8", "a \xff", "not UTF-8"},
		{"regexp", "/(a{500}){500}{500}/", "regular expression is wrong"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ParseQuery("q", tt.query)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestHostileDocumentsEnd(t *testing.T) {
	queries := []string{"a* AND *b* AND a?b*c", `"a a a a b"`, "a NEAR/5 b", "a SENTENCE b", "atleast/64:a", "/a+b/", "exact:A", "a NOT NEAR/3 a", "NOT zz", "(a OR \"a a\") NEAR/2 (a OR \"a a a\")"}
	var sets []*Set
	for _, q := range queries {
		sets = append(sets, mustCompile(t, q))
	}
	const many = 1 << 13
	docs := map[string]string{
		"one word":        strings.Repeat("a", 8*many),
		"words":           strings.Repeat("a ", many),
		"two words":       strings.Repeat("a ", many) + strings.Repeat("b ", many),
		"marks":           "a" + strings.Repeat("\u0301", many) + "b",
		"mid letters":     strings.Repeat("a.\u0308", many),
		"growing":         strings.Repeat("ﷺ", many/4),
		"ends":            strings.Repeat("A. ", many),
		"not UTF-8":       strings.Repeat("\xe3\x80", many),
		"invisible":       strings.Repeat("\u200b", many),
		"empty lines":     strings.Repeat("\n", many),
		"invisible marks": "a" + strings.Repeat("\u00ad\u0301", many),
	}
	for name, body := range docs {
		for _, set := range sets {
			for _, m := range set.Match(&Doc{Title: "a b", Body: body}) {
				if len(m.Spans) > maxSpans {
					t.Errorf("%s on %s: %d spans", m.Rule.Query, name, len(m.Spans))
				}
			}
		}
	}
}

func TestARulesTestsSayWhatDecided(t *testing.T) {
	pack, err := Parse("p.yaml", []byte(`
terms: {ai: 'OpenAI OR Anthropic'}
rules:
  - name: r
    query: '@ai AND NOT (title:Azure OR lead:how)'
    tests:
      match: [OpenAI sues, Microsoft sues, Anthropic on Azure]
      no_match: [OpenAI, How to OpenAI]
`))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range pack.Test() {
		got = append(got, fmt.Sprintf("%s %s want=%t got=%t %s", r.Pos, r.Title, r.Want, r.Got, r.Clause))
	}
	want := []string{
		"p.yaml:7:15 OpenAI sues want=true got=true ",
		"p.yaml:7:28 Microsoft sues want=true got=false OpenAI OR Anthropic",
		"p.yaml:7:44 Anthropic on Azure want=true got=false Azure",
		"p.yaml:8:18 OpenAI want=false got=true @ai AND NOT (title:Azure OR lead:how)",
		"p.yaml:8:26 How to OpenAI want=false got=false ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
