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
	queryWordsPool = []string{"a", "b", "c", "Ab", "é", "for-profit", "R&D", "ab*", "?b", "a*b", "*", "U.S.", "京", "東京", "AI's", "and", "x~", "C++", "running~", "ties~"}
	docWordsPool   = []string{"a", "b", "c", "AB", "abc", "e\u0301", "for", "profit", "for‑profit", "r", "d", "b'", "u.s.", "東京", "京", "AI’s", "and", "a\u00adb", "x", ".", "-", ". A", "\n\n", "Inc.", "runs", "tied", "run~"}
)

func drawQuery(t *rapid.T, depth int) string {
	forms := 17
	if depth == 0 {
		forms = 6
	}
	sub := func() string { return drawQuery(t, depth-1) }
	word := func() string { return rapid.SampledFrom(queryWordsPool).Draw(t, "word") }
	side := func() string { return drawSide(t) }
	switch rapid.IntRange(0, forms).Draw(t, "form") {
	case 0, 1:
		return word()
	case 2:
		return `"` + word() + " " + word() + `"`
	case 3:
		return rapid.SampledFrom([]string{"site:x.com", "tag:ai", "tier:2", "-lang:en", `feed:"the b"`}).Draw(t, "value")
	case 4:
		return rapid.SampledFrom([]string{"title:", "lead:", "body:", "author:", "category:"}).Draw(t, "field") + side()
	case 5:
		return "-" + word()
	case 6:
		return rapid.SampledFrom([]string{`/a+b?/`, `/for.profit/`, `/[bc]|京/`, `/É/`}).Draw(t, "regexp")
	case 7:
		return sub() + " " + sub()
	case 8:
		return sub() + " AND " + sub()
	case 9, 10:
		return sub() + " OR " + sub()
	case 11:
		return "NOT " + sub()
	case 12:
		return "(" + sub() + ")"
	case 13:
		return rapid.SampledFrom([]string{"title:", "lead:", "body:", "category:"}).Draw(t, "field") + "(" + sub() + ")"
	case 14:
		return rapid.SampledFrom([]string{"atleast/2:", "atleast/3:", "title:atleast/2:"}).Draw(t, "number") + side()
	}
	operator := rapid.SampledFrom([]string{" NEAR/0 ", " NEAR/2 ", " ONEAR/1 ", " NOT NEAR/1 ", " SENTENCE ", " PARAGRAPH "}).Draw(t, "nearness")
	if rapid.IntRange(0, 4).Draw(t, "chain") == 0 {
		return side() + operator + side() + operator + side()
	}
	return side() + operator + side()
}

// drawSide draws what may stand beside NEAR.
func drawSide(t *rapid.T) string {
	word := func() string { return rapid.SampledFrom(queryWordsPool).Draw(t, "word") }
	switch rapid.IntRange(0, 6).Draw(t, "side") {
	case 0:
		return `"` + word() + " " + word() + `"`
	case 1:
		return "(" + word() + " OR " + word() + ")"
	case 2:
		return "(" + word() + ` OR "` + word() + " " + word() + `")`
	case 3:
		return "exact:" + word()
	}
	return word()
}

// drawTree draws queries until one has no mistake.
func drawTree(t *rapid.T) node {
	n, problems := parse(drawQuery(t, 3))
	ts := &terms{report: func(*term, problem) {}}
	if n == nil || failed(problems) {
		t.Skip()
	}
	if _, _, ok := ts.resolve(n, nil); !ok {
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

func TestWhatIsPrintedIsWithinTheBounds(t *testing.T) {
	open := []string{"NOT (x OR ", "exact:(x y ", "atleast/2:(", "(y NEAR/1 ", "(x OR y "}
	for n := range 3 * maxDepth {
		if n%(maxDepth/2) > 4 && n%(maxDepth/2) < maxDepth/2-4 {
			continue // far from every limit
		}
		for _, s := range open {
			if !strings.Contains(s, "x") {
				s += "y OR "
			}
			checkPrinted(t, strings.Repeat(s, n)+"a b OR c"+strings.Repeat(")", n))
		}
		checkPrinted(t, strings.Repeat("a NEAR/1 ", n)+"(b OR c)")
		checkPrinted(t, strings.Repeat("-a ", n*maxQuery/3/maxDepth))
	}
}

func checkPrinted(t *testing.T, query string) {
	t.Helper()
	n, problems := parse(query)
	if failed(problems) {
		return
	}
	if again, problems := parse(n.String()); failed(problems) || !equal(n, again) {
		t.Fatalf("%s: %v", clip(query), problems)
	}
}

// TestMatchExplainAndOracleAgree compares four ways to decide a rule: the compiled
// set, the walk over the tree, a naive evaluator, and but for chains of nearness
// regular expressions.
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
	if !slices.IsSortedFunc(matches, func(a, b Match) int { return slices.Index(set.rules, a.Rule) - slices.Index(set.rules, b.Rule) }) {
		t.Fatal("matches are not in the order of the rules")
	}
	for _, r := range set.Rules() {
		trace, _ := set.Explain(d, r.Name)
		at := slices.IndexFunc(matches, func(m Match) bool { return m.Rule == r })
		want := newNaive(d).holds(r.n, anywhere)
		if !beyondOracle(r.n) && oracle(r.n, d, inText, false) != want {
			t.Fatalf("%s on %+v: the two oracles disagree", r.n, d)
		}
		if trace.Holds != want || (at >= 0) != want {
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

// oracle decides a tree by joining the words of each part, each with its exact
// form and its stem behind it, and searching them with regular expressions.
func oracle(n node, d *Doc, in partMask, lead bool) bool {
	sub := func(x node) bool { return oracle(x, d, in, lead) }
	switch n := n.(type) {
	case *and:
		return !slices.ContainsFunc(n.xs, func(x node) bool { return !sub(x) })
	case *or:
		return slices.ContainsFunc(n.xs, sub)
	case *not:
		return !sub(n.x)
	case *exact:
		return sub(n.x)
	case *scope:
		return oracle(n.x, d, n.field.mask, n.field.lead)
	case *value:
		return oracleValue(n, d)
	case *regex:
		re := regexp.MustCompile("(?i)" + strings.ToLower(strings.ReplaceAll(n.src, "É", "e")))
		return slices.ContainsFunc(oracleParts(d, in, lead), func(s string) bool { return re.MatchString(newFolder().form(s)) })
	case *atLeast:
		count := 0
		for _, s := range oracleParts(d, in, lead) {
			count += len(oracleOccurrences(n.x, oracleJoin(s)))
		}
		return count >= n.n
	case *together:
		any := oracleWord + "*"
		for _, s := range oracleParts(d, in, lead) {
			start := 0
			for _, end := range n.unit.ends(nil, s) {
				if oracleBoth(n.a, n.b, any, s[start:end]) {
					return true
				}
				start = end
			}
		}
		return false
	}
	return slices.ContainsFunc(oracleParts(d, in, lead), func(s string) bool { return oracleText(n, s) })
}

// oracleWord is one word of the joined text.
const oracleWord = "(?:[^ ]* )"

func oracleText(n node, s string) bool {
	joined := oracleJoin(s)
	switch n := n.(type) {
	case *text:
		return regexp.MustCompile("(?:^| )" + oraclePattern(n)).MatchString(joined)
	case *near:
		between := fmt.Sprintf("%s{0,%d}", oracleWord, n.n)
		switch {
		case n.absent:
			return oracleAlone(n, joined)
		case n.ordered:
			return regexp.MustCompile("(?:^| )" + oraclePattern(n.a) + between + oraclePattern(n.b)).MatchString(joined)
		}
		return oracleBoth(n.a, n.b, between, s)
	}
	panic(fmt.Sprintf("%T", n))
}

func oracleBoth(a, b node, between, s string) bool {
	x, y := oraclePattern(a), oraclePattern(b)
	return regexp.MustCompile("(?:^| )(?:" + x + between + y + "|" + y + between + x + ")").MatchString(oracleJoin(s))
}

func oracleJoin(s string) string {
	var b strings.Builder
	for _, w := range cut(newFolder(), s) {
		b.WriteString(w.word + "|" + newExactFolder().form(s[w.start:w.end]) + "|" + stem(w.word) + " ")
	}
	return b.String()
}

func oraclePattern(n node) string {
	wild := func(s string) string {
		return strings.NewReplacer(`\*`, `[^ |]*`, `\?`, `[^ |]`).Replace(regexp.QuoteMeta(s))
	}
	var b strings.Builder
	switch n := n.(type) {
	case *exact:
		return oraclePattern(n.x)
	case *or:
		for i, x := range n.xs {
			b.WriteString([]string{"(?:", "|"}[min(i, 1)] + oraclePattern(x))
		}
		return b.String() + ")"
	case *text:
		for i, w := range n.words {
			switch {
			case n.exact != nil:
				b.WriteString(`[^ |]*\|` + wild(n.exact[i]) + `\|[^ ]* `)
			case n.isStem():
				b.WriteString(`[^ |]*\|[^ |]*\|` + strings.TrimSuffix(w, "~") + " ")
			default:
				b.WriteString(wild(w) + `\|[^ ]* `)
			}
		}
	}
	return b.String()
}

// oracleOccurrences lists first word and length of what a side of NOT NEAR or
// atleast finds.
func oracleOccurrences(n node, joined string) (list [][2]int) {
	if o, ok := n.(*or); ok {
		for _, x := range o.xs {
			for _, o := range oracleOccurrences(x, joined) {
				if !slices.Contains(list, o) {
					list = append(list, o)
				}
			}
		}
		return list
	}
	re := regexp.MustCompile("^" + oraclePattern(n))
	words := strings.SplitAfter(joined, " ")
	for i := range words {
		if m := re.FindString(strings.Join(words[i:], "")); m != "" {
			list = append(list, [2]int{i, strings.Count(m, " ")})
		}
	}
	return list
}

func oracleAlone(n *near, joined string) bool {
	others := oracleOccurrences(n.b, joined)
	return slices.ContainsFunc(oracleOccurrences(n.a, joined), func(a [2]int) bool {
		return !slices.ContainsFunc(others, func(b [2]int) bool {
			return b[0]-(a[0]+a[1]) <= n.n && a[0]-(b[0]+b[1]) <= n.n
		})
	})
}

// beyondOracle tells chains, whose occurrences regular expressions can't give.
func beyondOracle(n node) bool {
	chained := false
	walk(n, func(n node) {
		switch n.(type) {
		case *near, *together:
			for _, x := range children(n) {
				walk(x, func(x node) {
					switch x.(type) {
					case *near, *together:
						chained = true
					}
				})
			}
		}
	})
	return chained
}

func oracleParts(d *Doc, in partMask, lead bool) (list []string) {
	for p := range d.parts {
		s := p.text
		if words := cut(newFolder(), s); lead && p.in == inBody && len(words) > 60 {
			s = s[:words[59].end]
		}
		if p.in&in != 0 {
			list = append(list, s)
		}
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
	for _, s := range append(queryWordsPool, "a AND (b OR -c)", `title:"x y"`, "((((", `"`, "NOT NOT", "@a:b", "/x", "a NEAR/", "site:x lang:", "\xff", `"w/5" OR "NEAR5" "a b"~5 x^2 "y%"`, "AROUND(5) [a TO b]", "intitle:x", "'a’", "（“", "-\u00ad-a", "\u00ad", "*?*", "atleast/3:", "C++ (beta") {
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
	f.Add("restructure~ NEAR/2 plan~", "Restructuring plans")
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
