package seeds_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/feedwatch/feedwatch/rules"
)

// shared is the place of a file of the corpus, which is read where it lies; the
// test is skipped where there is none.
func shared(t *testing.T, parts ...string) string {
	t.Helper()
	root := os.Getenv("FEEDWATCH_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "shared")
	}
	name := filepath.Join(append([]string{root}, parts...)...)
	if _, err := os.Stat(name); err != nil {
		t.Skipf("no corpus: set FEEDWATCH_SHARED to the directory that holds %s", filepath.Join(parts...))
	}
	return name
}

// articles are the source articles and the topics that each is about.
var articles = map[string][]string{
	"000_90dd917c66f36b89.txt": {"antitrust", "azure-exclusivity", "compute-diversification", "partnership", "restructuring", "revenue-share"},
	"001_54e6518420420502.txt": {"antitrust", "compute-diversification", "partnership", "restructuring", "revenue-share"},
	"002_98b1c4e3dc4b1dc6.txt": {"agi-clause", "azure-exclusivity", "compute-diversification", "partnership", "restructuring", "revenue-share"},
	"003_c842633892c370e0.txt": {"antitrust", "compute-diversification", "partnership"},
	"004_2bdcb298c8401455.txt": {"azure-exclusivity", "partnership", "restructuring"},
}

func TestEveryArticleSetsOffItsTopicsAndNoOthers(t *testing.T) {
	set := compilePack(t)
	for name, want := range articles {
		text := readArticle(t, name)
		first, rest, _ := strings.Cut(text, "\n")
		for form, d := range map[string]*rules.Doc{
			"without a title":         {Body: text},
			"first line as the title": {Title: first, Body: rest},
		} {
			if diff := cmp.Diff(want, matched(set, d)); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s", name, form, diff)
			}
		}
	}
}

func TestNoBriefSharesSevenWordsInARowWithAnArticle(t *testing.T) {
	const run = 7
	seen := map[string]string{}
	for name := range articles {
		for r := range runs(words(readArticle(t, name)), run) {
			seen[r] = name
		}
	}
	for _, b := range readBriefs(t) {
		for r := range runs(words(b.Title+"\n"+b.Text), run) {
			if name, ok := seen[r]; ok {
				t.Errorf("%q has words of %s: %q", b.Title, name, r)
			}
		}
	}
}

// The floors are a little below what the pack reaches, so that an edit may
// trade one item for another and may not give the topic away.
func TestThePackFindsTheTopicInLabelledNews(t *testing.T) {
	s := score(t, compilePack(t), readRows(t, shared(t, "news", "labelled.jsonl")))
	s.hold(t, 0.98, 0.98)
	if r := s.storyRecall(); r < 0.97 {
		t.Errorf("recall by story is %.3f, below 0.97", r)
	}
}

func TestThePackIsQuietOnOrdinaryNews(t *testing.T) {
	set := compilePack(t)
	rows := readRows(t, shared(t, "news", "background.jsonl"))
	hits := 0
	for _, r := range rows {
		if got := matched(set, r.doc()); len(got) > 0 {
			hits++
			t.Logf("%s %v: %s", r.ID, got, r.Title)
		}
	}
	t.Logf("%d of %d items matched", hits, len(rows))
	if hits*2000 > len(rows) {
		t.Errorf("%d of %d items matched, more than one in two thousand", hits, len(rows))
	}
}

func readArticle(t *testing.T, name string) string {
	t.Helper()
	src, err := os.ReadFile(shared(t, "seeds", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(src)
}

// words are the letters and digits of a text, lower case, apostrophes dropped.
func words(text string) []string {
	text = strings.NewReplacer("'", "", "’", "").Replace(strings.ToLower(text))
	return strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// runs gives every n words that stand in a row.
func runs(w []string, n int) map[string]bool {
	all := map[string]bool{}
	for i := 0; i+n <= len(w); i++ {
		all[strings.Join(w[i:i+n], " ")] = true
	}
	return all
}
