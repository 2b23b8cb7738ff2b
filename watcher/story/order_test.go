package story

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/feedwatch/feedwatch/seeds"
)

// delayed gives the news in an order in which they could have come: each up to a
// day and a half late.
func delayed(rows []*news, seed uint64) []*news {
	r := rand.New(rand.NewPCG(seed, 1))
	late := map[*news]time.Duration{}
	for _, n := range rows {
		late[n] = time.Duration(r.Int64N(int64(36 * time.Hour)))
	}
	rows = slices.Clone(rows)
	slices.SortStableFunc(rows, func(a, b *news) int {
		return a.text().At.Add(late[a]).Compare(b.text().At.Add(late[b]))
	})
	return rows
}

// What another order of arrival may change, less a small margin: the groups agree to
// this F1 (B-cubed, one order laid beside the other), and are as right to that much.
const (
	leastAgreement = 0.97
	mostChange     = 0.035
)

// A text is placed once, so the order of arrival moves the margins of stories. It
// moves no more.
func TestAnyOrderGivesNearlyTheSameGroups(t *testing.T) {
	rows := labelledNews(t)
	want := placeAll(rows, &weights)
	score := Evaluate(judge(rows, want, labelOfData))
	for seed := range uint64(6) {
		order := delayed(rows, seed)
		got := placeAll(order, &weights)
		both := Evaluate(judge(rows, got, func(n *news) string { return want[n] }))
		s := Evaluate(judge(order, got, labelOfData))
		t.Logf("order %d: agreement %.3f, F1 %.3f and in order of time %.3f", seed, both.F1, s.F1, score.F1)
		if both.F1 < leastAgreement || score.F1-s.F1 > mostChange {
			t.Errorf("order %d: agreement %.3f, want %.3f; F1 %.3f for %.3f", seed, both.F1, leastAgreement, s.F1, score.F1)
		}
	}
}

// Links and headlines that are the same tie texts together in every order.
func TestCopiesAreOneStoryInAnyOrder(t *testing.T) {
	rows := labelledNews(t)[:120]
	for seed := range uint64(4) {
		g := New(english())
		var texts []Text
		for i, n := range rows {
			text := n.text()
			text.Link = "https://x.example/" + n.ID
			copied := text
			copied.ID, copied.Outlet, copied.At = n.ID+"copy", "y.example", text.At.Add(time.Hour)
			if i%2 == 0 {
				copied.Title, copied.Lead = "Read this", ""
			} else {
				copied.Link = ""
			}
			texts = append(texts, text, copied)
		}
		r := rand.New(rand.NewPCG(seed, 3))
		r.Shuffle(len(texts), func(i, j int) { texts[i], texts[j] = texts[j], texts[i] })
		for _, text := range texts {
			g.Place(text)
		}
		for i, n := range rows {
			a, b := g.texts[n.ID], g.texts[n.ID+"copy"]
			if a.group != b.group && (i%2 == 0 || a.heading != 0) {
				t.Errorf("seed %d: %q and its copy are apart", seed, n.Title)
			}
		}
	}
}

func TestTheSameOrderGivesTheSameGroups(t *testing.T) {
	rows := readNews(t)[:1500]
	a, b := placeAll(rows, &weights), placeAll(rows, &weights)
	for _, n := range rows {
		if a[n] != b[n] {
			t.Fatalf("%s is in %s and in %s", n.ID, a[n], b[n])
		}
	}
}

// Five outlets tell what one paper has found out, at length, within an hour.
func TestTheSeedArticlesAreOneStoryInAnyOrder(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(shared(t, "seeds"), "*.txt"))
	if err != nil || len(files) != 5 {
		t.Fatal(files, err)
	}
	var texts []Text
	for i, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		title, lead, _ := strings.Cut(string(data), "\n")
		texts = append(texts, Text{ID: fmt.Sprint(i), Outlet: fmt.Sprint("outlet", i), Title: title, Lead: lead, Language: "en"})
	}
	for _, order := range permutations(len(texts)) {
		g := New(english())
		first := ""
		for i, k := range order {
			text := texts[k]
			text.At = noon.Add(time.Duration(i) * 12 * time.Minute)
			p := g.Place(text)
			if i == 0 {
				first = p.Story
			}
			if p.Story != first {
				t.Fatalf("order %v: article %d founds a second story", order, k)
			}
		}
	}
}

func permutations(n int) (all [][]int) {
	if n == 0 {
		return [][]int{nil}
	}
	for _, p := range permutations(n - 1) {
		for at := range n {
			all = append(all, slices.Insert(slices.Clone(p), at, n-1))
		}
	}
	return all
}

// Each brief retells a report of its own, some of them weeks apart. Whatever their
// order, none is taken for one that has nothing to do with the topic, or for one that
// came after the story was closed.
func TestBriefsOffTheTopicStayAlone(t *testing.T) {
	briefs, err := seeds.Briefs()
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(20) {
		g := New(english())
		story := map[string]int{}
		for _, k := range rand.New(rand.NewPCG(seed, 2)).Perm(len(briefs)) {
			b := briefs[k]
			p := g.Place(Text{ID: b.Title, At: b.Published, Outlet: b.Outlet, Link: b.Link, Title: b.Title, Lead: b.Text, Language: "en"})
			story[p.Story]++
			if len(b.Triggers) == 0 && (p.Near != "" || story[p.Story] > 1) {
				t.Errorf("order %d: %q joined %q: %s", seed, b.Title, p.Near, p.Why)
			}
		}
	}
}
