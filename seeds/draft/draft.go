package draft

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/feedwatch/feedwatch/rules"
)

// Document is one text of a corpus.
type Document struct {
	Name  string // as evidence gives it: a file's name
	Title string // may be empty
	Body  string // plain text, a paragraph a line
}

// Draft is a pack with what is to be known of it.
type Draft struct {
	Pack      []byte     // in the rule language, with evidence as comments, and tests
	Documents []Coverage // in the order of the pack's evidence
	Rules     []Estimate
	Subjects  []string // the names that the corpus is about
	Sentences int
	LeftOut   int // paragraphs taken for boilerplate
}

// Coverage is which rules of a draft match a document that it was made from.
type Coverage struct {
	Name  string
	Title string
	Rules []string
}

// Estimate is how much a rule matches.
type Estimate struct {
	Rule       string
	Documents  int     // of the corpus
	PerMillion float64 // unrelated items, if words came independently: it tells broad from narrow
}

// ErrNothing is the error of Write for documents in which nothing stands out.
var ErrNothing = errors.New("nothing stands out in these documents: give more of them, about one topic, in English")

// Write drafts a pack from documents about one topic, best between 3 and 500. The
// same documents give the same draft, in whatever order they come. It may be
// called concurrently.
func Write(documents []Document) (*Draft, error) {
	documents = slices.Clone(documents)
	slices.SortFunc(documents, func(a, b Document) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Title, b.Title), cmp.Compare(a.Body, b.Body))
	})
	seen := map[[2]string]bool{}
	documents = slices.DeleteFunc(documents, func(d Document) bool {
		text := [2]string{d.Title, d.Body}
		again := seen[text]
		seen[text] = true
		return again
	})
	c, err := compose(findNames(read(documents)))
	if err == nil {
		err = c.test()
	}
	if err != nil {
		return nil, fmt.Errorf("drafting rules: %w", err)
	}
	return c.report()
}

// Bounds of tests: how long a title may be, in bytes, and how many a rule gets of
// each kind.
const (
	longestTest  = 200
	mostMatching = 3
	mostOthers   = 2
)

// test gives each rule tests from the corpus, and drops rules that match nothing
// of it.
func (c *composition) test() error {
	if len(c.rules) == 0 {
		return ErrNothing
	}
	set, err := c.compile()
	if err != nil {
		return err
	}
	refused := map[string]bool{}
	for _, i := range c.candidates() {
		s := c.sentences[i]
		hit := set.MatchRules(nil, &rules.Doc{Title: s.text})
		for at, r := range c.rules {
			switch matched := slices.Contains(hit, at); {
			case matched && len(r.match) < mostMatching:
				r.match = append(r.match, s.text)
			case !matched && len(r.noMatch) < mostOthers && !refused[s.text] && len(hit) == 0 && c.isAside(i):
				r.noMatch = append(r.noMatch, s.text)
				refused[s.text] = true
			}
		}
	}
	c.rules = slices.DeleteFunc(c.rules, func(r *rule) bool { return len(r.match) == 0 })
	if len(c.rules) == 0 {
		return ErrNothing
	}
	c.dropUnused()
	return nil
}

// candidates gives the sentences that may serve as tests: headlines first, then
// the shortest.
func (c *composition) candidates() (order []int) {
	seen := map[string]bool{}
	for i, s := range c.sentences {
		if len(s.text) <= longestTest && len(s.words) > 3 && !seen[s.text] && isPlain(s.text) {
			seen[s.text] = true
			order = append(order, i)
		}
	}
	rank := func(i int) int {
		if c.sentences[i].headline {
			return 0
		}
		return len(c.sentences[i].text)
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(rank(a), rank(b)) })
	return order
}

// isPlain tells whether a text can be written into the pack as it stands.
func isPlain(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) })
}

// isAside tells whether a sentence mentions a subject, but nothing of what happens
// in the corpus.
func (c *composition) isAside(sentence int) bool {
	mentions := slices.ContainsFunc(c.subjects, func(s *subject) bool { return c.sentencesOf(s.name)[sentence] })
	return mentions && !slices.ContainsFunc(c.sentences[sentence].words, func(w word) bool {
		return slices.ContainsFunc(c.events, func(e *stemmed) bool { return e.stem == w.stem })
	})
}

// report tells what the rules match of what they were made from.
func (c *composition) report() (*Draft, error) {
	d := &Draft{Pack: c.pack(), Sentences: len(c.sentences), LeftOut: c.left}
	set, err := c.compile()
	if err != nil {
		return nil, err
	}
	matched := map[string]int{}
	for _, doc := range c.documents {
		cover := Coverage{Name: doc.Name, Title: doc.Title}
		for _, m := range set.Match(&rules.Doc{Title: doc.Title, Body: doc.Body}) {
			cover.Rules = append(cover.Rules, m.Rule.Name)
			matched[m.Rule.Name]++
		}
		d.Documents = append(d.Documents, cover)
	}
	for _, r := range c.rules {
		d.Rules = append(d.Rules, Estimate{Rule: r.name, Documents: matched[r.name], PerMillion: r.expected()})
	}
	for _, s := range c.subjects {
		d.Subjects = append(d.Subjects, s.form)
	}
	return d, nil
}
