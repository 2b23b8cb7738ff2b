package draft

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/feedwatch/feedwatch/rules"
)

var update = flag.Bool("update", false, "write the golden packs anew")

// labelled is a headline that was held apart from the corpus.
type labelled struct{ Class, Title, Text string }

// corpora are invented articles, of topics that have nothing in common.
var corpora = []string{"port-strike", "vulnerability"}

// readCorpus gives the documents and labels of an archive under testdata.
func readCorpus(t testing.TB, name string) (documents []Document, labels []labelled) {
	t.Helper()
	archive, err := txtar.ParseFile(filepath.Join("testdata", name+".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range archive.Files {
		if filepath.Ext(f.Name) == ".txt" {
			documents = append(documents, document(f.Name, f.Data))
			continue
		}
		for line := range bytes.Lines(f.Data) {
			var l labelled
			if err := json.Unmarshal(line, &l); err != nil {
				t.Fatalf("%s: %v", f.Name, err)
			}
			labels = append(labels, l)
		}
	}
	return documents, labels
}

// document reads a file whose first line is the title.
func document(name string, data []byte) Document {
	title, body, _ := strings.Cut(string(data), "\n")
	return Document{Name: name, Title: title, Body: body}
}

// compiled drafts a pack and makes rules of it.
func compiled(t testing.TB, documents []Document) (*Draft, *rules.Pack, *rules.Set) {
	t.Helper()
	d, err := Write(documents)
	if err != nil {
		t.Fatal(err)
	}
	pack, err := rules.Parse("draft.yaml", d.Pack)
	if err != nil {
		t.Fatalf("%v\n%s", err, d.Pack)
	}
	set, err := rules.Compile(pack)
	if err != nil {
		t.Fatal(err)
	}
	return d, pack, set
}

// score counts what is found of class P, missed, and found of class N.
func score(set *rules.Set, labels []labelled) (found, missed, wrong int, which []string) {
	for _, l := range labels {
		body := strings.TrimSpace(strings.TrimPrefix(l.Text, l.Title))
		hit := len(set.MatchRules(nil, &rules.Doc{Title: l.Title, Body: body})) > 0
		switch {
		case l.Class == "P" && hit:
			found++
		case l.Class == "P":
			missed++
			which = append(which, "missed: "+l.Title)
		case strings.HasPrefix(l.Class, "N") && hit:
			wrong++
			which = append(which, "wrong: "+l.Title)
		}
	}
	return found, missed, wrong, which
}

// The aim that packs drafted without a hand are held to.
const (
	leastPrecision = 0.9
	leastRecall    = 0.9
)

func holdToAim(t *testing.T, set *rules.Set, labels []labelled) {
	t.Helper()
	hold(t, set, labels, leastPrecision, leastRecall)
}

func hold(t *testing.T, set *rules.Set, labels []labelled, leastPrecision, leastRecall float64) {
	t.Helper()
	found, missed, wrong, which := score(set, labels)
	precision, recall := float64(found)/float64(found+wrong), float64(found)/float64(found+missed)
	t.Logf("precision %.3f, recall %.3f of %d labels\n%s", precision, recall, len(labels), strings.Join(which, "\n"))
	if precision < leastPrecision || recall < leastRecall {
		t.Errorf("precision %.3f and recall %.3f fall short of %.2f and %.2f", precision, recall, leastPrecision, leastRecall)
	}
}

func TestDraftsFindTheTopicsNextNews(t *testing.T) {
	for _, name := range corpora {
		t.Run(name, func(t *testing.T) {
			documents, labels := readCorpus(t, name)
			_, _, set := compiled(t, documents)
			holdToAim(t, set, labels)
		})
	}
}

// shared gives a path of the data that lie beside the repository.
func shared(t testing.TB, elements ...string) string {
	t.Helper()
	root := os.Getenv("FEEDWATCH_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared")
	}
	path := filepath.Join(append([]string{root}, elements...)...)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("the shared data are not here: %v", err)
	}
	return path
}

// seedArticles are the articles that the built-in pack was made from.
func seedArticles(t testing.TB) (documents []Document) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(shared(t, "seeds"), "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no articles: %v", err)
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		documents = append(documents, document(filepath.Base(f), data))
	}
	return documents
}

func TestDraftOfFiveArticlesFindsLabelledNews(t *testing.T) {
	_, _, set := compiled(t, seedArticles(t))
	holdToAim(t, set, readLabels(t, shared(t, "news", "labelled.jsonl")))
}

// The headlines are harder than the news is: half of them are traps, and they
// range over years and names that the five articles do not know.
func TestDraftOfFiveArticlesFindsHeadlinesOfOtherYears(t *testing.T) {
	_, _, set := compiled(t, seedArticles(t))
	hold(t, set, readLabels(t, filepath.Join("..", "testdata", "headlines.jsonl")), 0.9, 0.88)
}

func readLabels(t *testing.T, name string) (labels []labelled) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(data) {
		var l labelled
		if err := json.Unmarshal(line, &l); err != nil {
			t.Fatal(err)
		}
		labels = append(labels, l)
	}
	return labels
}

// Names that meet in a headline about a product, a suit or an outage meet by
// chance, unless the corpus tells of that itself.
func TestWhatTheCorpusTellsIsNoRoutine(t *testing.T) {
	tell := func(what string) []Document {
		return []Document{
			{"1", "Acme and Borvo " + what, "Acme and Borvo ended their alliance. The alliance of Acme and Borvo was old."},
			{"2", "Borvo leaves Acme", "Borvo left the alliance with Acme. Acme, which made the alliance, is sad."},
			{"3", "Acme mourns Borvo", "The alliance of Borvo and Acme is over. Acme says that Borvo broke it."},
		}
	}
	for what, routine := range map[string]bool{"part": true, "meet in court over a lawsuit": false} {
		_, pack, set := compiled(t, tell(what))
		got := len(set.Match(&rules.Doc{Title: "Lawsuit over noise names Acme beside Borvo"})) == 0
		if got != routine {
			t.Errorf("of documents that say %q: a lawsuit is routine: %t, want %t\n%v", what, got, routine, pack.Rules)
		}
	}
}

func TestEveryDocumentIsCovered(t *testing.T) {
	for name, documents := range everyCorpus(t) {
		d, _, _ := compiled(t, documents)
		for _, doc := range d.Documents {
			if len(doc.Rules) == 0 {
				t.Errorf("%s: no rule matches %s (%s)", name, doc.Name, doc.Title)
			}
		}
	}
}

// everyCorpus has the articles of the built-in pack too, where they are.
func everyCorpus(t *testing.T) map[string][]Document {
	t.Helper()
	all := map[string][]Document{}
	for _, name := range corpora {
		all[name], _ = readCorpus(t, name)
	}
	t.Run("articles", func(t *testing.T) { all["articles"] = seedArticles(t) })
	return all
}

func TestDraftsPassTheirTestsAndTheLinter(t *testing.T) {
	for name, documents := range everyCorpus(t) {
		_, pack, _ := compiled(t, documents)
		for _, r := range pack.Test() {
			if !r.OK() {
				t.Errorf("%s: rule %s on %q: %v", name, r.Rule.Name, r.Title, r.Got)
			}
		}
		for _, w := range pack.Warnings {
			t.Errorf("%s: %v", name, w)
		}
		for _, r := range pack.Rules {
			if len(r.Tests.Match) == 0 {
				t.Errorf("%s: rule %s has no test", name, r.Name)
			}
		}
	}
}

func TestDraftsReadAsTheGoldenPacks(t *testing.T) {
	for _, name := range corpora {
		documents, _ := readCorpus(t, name)
		d, _, _ := compiled(t, documents)
		golden := filepath.Join("testdata", name+".yaml")
		if *update {
			if err := os.WriteFile(golden, d.Pack, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(d.Pack)); diff != "" {
			t.Errorf("%s (run with -update if it is better): -want +got\n%s", golden, diff)
		}
	}
}

func TestOrderOfDocumentsMakesNoDifference(t *testing.T) {
	documents, _ := readCorpus(t, "port-strike")
	want, _, _ := compiled(t, documents)
	r := rand.New(rand.NewPCG(1, 2))
	for range 5 {
		r.Shuffle(len(documents), func(i, j int) { documents[i], documents[j] = documents[j], documents[i] })
		got, _, _ := compiled(t, append(slices.Clone(documents), documents[0]))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("another order, or a document twice, gives another draft: -want +got\n%s", diff)
		}
	}
}

func TestWiderWordsStandOnlyBesideTwoNames(t *testing.T) {
	for name, documents := range everyCorpus(t) {
		d, pack, _ := compiled(t, documents)
		subjects := d.subjectTerms(t)
		for _, r := range pack.Rules {
			if !strings.Contains(r.Query, "-wider") {
				continue
			}
			named := 0
			for _, s := range subjects {
				if strings.Contains(r.Query, "lead:@"+s+" ") {
					named++
				}
			}
			if named < 2 {
				t.Errorf("%s: rule %s widens words beside %d names, want two: %s", name, r.Name, named, r.Query)
			}
		}
	}
}

// subjectTerms are the names of the terms for the subjects, as the pack has them.
func (d *Draft) subjectTerms(t *testing.T) (list []string) {
	t.Helper()
	for _, s := range d.Subjects {
		list = append(list, strings.ReplaceAll(fold(s), " ", "-"))
	}
	return list
}

func TestDraftSaysWhoTheCorpusIsAbout(t *testing.T) {
	want := map[string][]string{
		"port-strike":   {"Velmont", "Crane Terminals", "Harbour Workers Union"},
		"vulnerability": {"Quillmail", "Brightmoor"},
	}
	for _, name := range corpora {
		documents, _ := readCorpus(t, name)
		d, _, _ := compiled(t, documents)
		if diff := cmp.Diff(want[name], d.Subjects); diff != "" {
			t.Errorf("%s: -want +got\n%s", name, diff)
		}
	}
}

func TestBoilerplateIsNoneOfTheCorpus(t *testing.T) {
	for _, p := range []string{
		"Sign up for our morning newsletter", "Read full article on The Site", "Comments", "Leave a comment in the app",
		"Written by Jane Roe", ".ref{font-size:0.85em;color:#666;}a.link:hover{color:#11628d}",
		"politicsharbourstrikesharboursandstrikestradeunions",
	} {
		if !isBoilerplate(p) {
			t.Errorf("%q is taken for the article's own", p)
		}
	}
	for _, p := range []string{
		"The company sells its newsletter business to a rival, and asks readers for patience while subscriptions are moved over; those who pay by the year will get back what is left of it, the owner said on Tuesday, once the sale is through, which may take until autumn.",
		"Talks broke down on Monday.", "Dockers vote to strike",
	} {
		if isBoilerplate(p) {
			t.Errorf("%q is taken for boilerplate", p)
		}
	}
}

func TestLinesBrokenForTheEyeAreOneParagraph(t *testing.T) {
	got := paragraphs(Document{Title: "Talks fail", Body: "The union and the company, which had talked for\na week, parted without a word to the press.\nNobody knows\n\nwhat comes next."})
	want := []string{"Talks fail", "The union and the company, which had talked for a week, parted without a word to the press.", "Nobody knows", "what comes next."}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestNothingIsMadeOfNothing(t *testing.T) {
	for _, documents := range [][]Document{
		nil,
		{{Name: "empty"}},
		{{Name: "a", Title: "the of and"}, {Name: "b", Body: "it was then that they were there"}},
	} {
		if _, err := Write(documents); !errors.Is(err, ErrNothing) {
			t.Errorf("%v: got %v, want ErrNothing", documents, err)
		}
	}
}

// Whatever the documents hold, there is a pack that can be read and passes its
// tests, or a word that nothing stands out.
func FuzzWrite(f *testing.F) {
	for _, name := range corpora {
		documents, _ := readCorpus(f, name)
		f.Add(documents[0].Title, documents[0].Body, documents[1].Body)
	}
	f.Add("Acme's @boss: \"sues\" O'Neil {x} #1 -- 'no'", "AND OR NOT (Acme) NEAR/3 \\ Acme's OR's\x00\u2028", "ÄÖ Acme 株式会社 * ? ~")
	f.Fuzz(func(t *testing.T, title, one, other string) {
		if !utf8.ValidString(title + one + other) {
			t.Skip("documents are decoded before they come here")
		}
		d, err := Write([]Document{{"a", title, one}, {"b", title, other}, {"c", title, one + "\n" + other}})
		if errors.Is(err, ErrNothing) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		pack, err := rules.Parse("draft.yaml", d.Pack)
		if err != nil {
			t.Fatalf("%v\n%s", err, d.Pack)
		}
		for _, r := range pack.Test() {
			if !r.OK() {
				t.Errorf("rule %s on %q: %v", r.Rule.Name, r.Title, r.Got)
			}
		}
	})
}

// The floor is cutting the same texts into words. The corpus is its articles
// again and again, each time with a number in every paragraph, so that none is
// taken for a copy.
func BenchmarkWrite(b *testing.B) {
	base, _ := readCorpus(b, "port-strike")
	for _, n := range []int{5, 50, 500} {
		var documents []Document
		for i := range n {
			d := base[i%len(base)]
			d.Name = fmt.Sprintf("%03d.txt", i)
			d.Title = fmt.Sprintf("%s (%d)", d.Title, i)
			d.Body = strings.ReplaceAll(d.Body, ".\n", fmt.Sprintf(", item %d.\n", i))
			documents = append(documents, d)
		}
		b.Run(fmt.Sprintf("%d-documents", n), func(b *testing.B) { benchmarkWrite(b, documents) })
	}
}
