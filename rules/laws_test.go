package rules

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/feedwatch/feedwatch/rules/strictyaml"
)

// Few words, so that random documents satisfy random queries.
var (
	queryWordsPool = []string{"a", "b", "c", "Ab", "é", "for-profit", "R&D", "ab*", "?b", "a*b", "*", "U.S.", "京", "東京", "AI's", "and", "x~", "C++"}
	docWordsPool   = []string{"a", "b", "c", "AB", "abc", "e\u0301", "for", "profit", "for‑profit", "r", "d", "b'", "u.s.", "東京", "京", "AI’s", "and", "a\u00adb", "x", ".", "-"}
)

func drawQuery(t *rapid.T, depth int) string {
	forms := 12
	if depth == 0 {
		forms = 5
	}
	sub := func() string { return drawQuery(t, depth-1) }
	word := func() string { return rapid.SampledFrom(queryWordsPool).Draw(t, "word") }
	switch rapid.IntRange(0, forms).Draw(t, "form") {
	case 0, 1:
		return word()
	case 2:
		return `"` + word() + " " + word() + `"`
	case 3:
		return rapid.SampledFrom([]string{"site:x.com", "tag:ai", "tier:2", "-lang:en", `feed:"the b"`}).Draw(t, "value")
	case 4:
		return rapid.SampledFrom([]string{"title:", "lead:", "body:", "author:", "category:"}).Draw(t, "field") + word()
	case 5:
		return "-" + word()
	case 6:
		return sub() + " " + sub()
	case 7:
		return sub() + " AND " + sub()
	case 8, 9:
		return sub() + " OR " + sub()
	case 10:
		return "NOT " + sub()
	case 11:
		return "(" + sub() + ")"
	}
	return rapid.SampledFrom([]string{"title:", "lead:", "body:", "category:"}).Draw(t, "field") + "(" + sub() + ")"
}

// drawTree draws queries until one has no mistake.
func drawTree(t *rapid.T) node {
	n, problems := parse(drawQuery(t, 3))
	if n == nil || failed(problems) {
		t.Skip()
	}
	return n
}

func drawText(t *rapid.T, label string) string {
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom(docWordsPool), 0, 6).Draw(t, label), " ")
}

func drawDoc(t *rapid.T) *Doc {
	d := &Doc{
		Title: drawText(t, "title"), Body: drawText(t, "body"), Author: drawText(t, "author"),
		Categories: []string{drawText(t, "category"), drawText(t, "category")},
		Feed:       "The B", Language: "en", Tier: rapid.IntRange(0, 3).Draw(t, "tier"),
		URL: rapid.SampledFrom([]string{"", "https://x.com/", "http://www.X.com", "http://notx.com"}).Draw(t, "url"),
	}
	if rapid.Bool().Draw(t, "far") { // beyond the lead
		d.Body = strings.Repeat("z ", 58) + d.Body
	}
	if rapid.Bool().Draw(t, "tagged") {
		d.Tags = []string{"news", "AI"}
	}
	return d
}

func TestWhatIsPrintedParsesToTheSameTree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := drawTree(t)
		again, problems := parse(n.String())
		if failed(problems) {
			t.Fatalf("%s: %v", n, problems)
		}
		if !equal(n, again) || again.String() != n.String() {
			t.Fatalf("%s became %s", n, again)
		}
	})
}

// TestMatchExplainAndOracleAgree compares three ways to decide a rule: the
// compiled set, the walk over the tree, and regular expressions.
func TestMatchExplainAndOracleAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pack := &Pack{}
		for i := range rapid.IntRange(1, 12).Draw(t, "rules") {
			pack.Rules = append(pack.Rules, &Rule{Name: fmt.Sprint("r", i), n: drawTree(t)})
		}
		set, err := Compile(pack)
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			agree(t, set, drawDoc(t))
		}
	})
}

func agree(t *rapid.T, set *Set, d *Doc) {
	matches := set.Match(d)
	if !slices.IsSortedFunc(matches, func(a, b Match) int { return int(set.byName[a.Rule.Name] - set.byName[b.Rule.Name]) }) {
		t.Fatal("matches are not in the order of the rules")
	}
	for _, r := range set.Rules() {
		trace, _ := set.Explain(d, r.Name)
		at := slices.IndexFunc(matches, func(m Match) bool { return m.Rule == r })
		if want := oracle(r.n, d, inText, false); trace.Holds != want || (at >= 0) != want {
			t.Fatalf("%s on %+v: match %t, oracle %t, explain:\n%s", r.n, d, at >= 0, want, trace)
		}
		if at < 0 {
			continue
		}
		if diff := cmp.Diff(trace.Spans, matches[at].Spans); diff != "" {
			t.Fatalf("%s on %+v: (-explain +match)\n%s", r.n, d, diff)
		}
		for _, s := range matches[at].Spans {
			if text := partText(d, s); text[s.Start:s.End] != s.Text {
				t.Fatalf("span %+v is not in %q", s, text)
			}
		}
	}
}

func partText(d *Doc, s Span) string {
	switch s.Field {
	case "title":
		return d.Title
	case "body":
		return d.Body
	case "author":
		return d.Author
	}
	return d.Categories[s.Value]
}

// oracle decides a tree by joining the words of each part with spaces and
// searching them with a regular expression.
func oracle(n node, d *Doc, in partMask, lead bool) bool {
	sub := func(x node) bool { return oracle(x, d, in, lead) }
	switch n := n.(type) {
	case *and:
		return !slices.ContainsFunc(n.xs, func(x node) bool { return !sub(x) })
	case *or:
		return slices.ContainsFunc(n.xs, sub)
	case *not:
		return !sub(n.x)
	case *scope:
		return oracle(n.x, d, n.field.mask, n.field.lead)
	case *value:
		return oracleValue(n, d)
	}
	words := n.(*text).words
	pattern := regexp.QuoteMeta(strings.Join(words, " "))
	pattern = strings.NewReplacer(`\*`, `[^ ]*`, `\?`, `[^ ]`).Replace(pattern)
	search := regexp.MustCompile(" " + pattern + " ")
	for _, p := range oracleParts(d) {
		list := spellings(p.text)
		if lead && p.in == inBody && len(list) > 60 {
			list = list[:60]
		}
		if p.in&in != 0 && search.MatchString(" "+strings.Join(list, " ")+" ") {
			return true
		}
	}
	return false
}

func oracleParts(d *Doc) []part {
	list := []part{{inTitle, 0, d.Title}, {inBody, 0, d.Body}, {inAuthor, 0, d.Author}}
	for i, c := range d.Categories {
		list = append(list, part{inCategory, i, c})
	}
	return list
}

func oracleValue(n *value, d *Doc) bool {
	switch n.field.name {
	case "site":
		return d.URL == "https://x.com/" || d.URL == "http://www.X.com"
	case "tag":
		return len(d.Tags) > 0
	case "tier":
		return d.Tier == 2
	}
	return true // feed and lang
}

// FuzzParse holds that any input ends, without a crash, in a tree that prints
// back or in an error at a place.
func FuzzParse(f *testing.F) {
	for _, s := range append(queryWordsPool, "a AND (b OR -c)", `title:"x y"`, "((((", `"`, "NOT NOT", "@a:b", "/x", "a NEAR/", "site:x lang:", "\xff", "'a’", "（“", "-\u00ad-a", "\u00ad", "*?*", "atleast/3:", "C++ (beta") {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		n, problems := parse(src)
		for _, p := range problems {
			if p.off < 0 || p.off > len(src) || p.msg == "" {
				t.Fatalf("%q: problem %+v", src, p)
			}
			strictyaml.NewSource("", src).At(p.off)
		}
		if failed(problems) {
			return
		}
		if !utf8.ValidString(n.String()) {
			t.Fatalf("%q prints as %q", src, n.String())
		}
		again, problems := parse(n.String())
		if failed(problems) || !equal(n, again) {
			t.Fatalf("%q prints as %q, which is not the same: %v", src, n, problems)
		}
	})
}

// FuzzKeyword holds that whatever a user types as a word or a text, it is
// compiled or refused, never a crash.
func FuzzKeyword(f *testing.F) {
	f.Add("C++ (beta", "C++ beta")
	f.Add("東*", "東京")
	f.Add("title:ﷺ OR ½*", "ﷺ ½")
	f.Fuzz(func(t *testing.T, query, text string) {
		set, err := compileQuery(query)
		if err != nil {
			return
		}
		d := &Doc{Title: text, Body: text, Author: query, Categories: []string{text}, URL: text, Feed: text, Language: query}
		matches := set.Match(d)
		trace, _ := set.Explain(d, "q")
		if trace.Holds != (len(matches) == 1) {
			t.Fatalf("%q on %q: match %d\n%s", query, text, len(matches), trace)
		}
		if trace.Holds && !cmp.Equal(trace.Spans, matches[0].Spans) {
			t.Fatalf("%q on %q: %s", query, text, cmp.Diff(trace.Spans, matches[0].Spans))
		}
	})
}
