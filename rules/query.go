package rules

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/feedwatch/feedwatch/rules/strictyaml"
)

// meaning is part of every rule's revision. It grows by one whenever a change
// of this package lets an unchanged query match other documents.
const meaning = "1"

// ParseQuery makes a pack of one rule from a query alone, such as one typed on
// a command line. name is the rule's name and what errors call the source.
func ParseQuery(name, text string) (*Pack, error) {
	source := strictyaml.NewSource(name, text)
	rule := &Rule{Name: name, Severity: "normal", OnNew: true, Pos: source.At(0)}
	pack := &Pack{File: name, Rules: []*Rule{rule}}
	var errs []*Error
	for _, p := range newQueryReader(&terms{}).read(rule, text) {
		e := source.Errorf(source.At(p.off), p.hint, "%s", p.msg)
		e.Span = p.span(text)
		if p.warn {
			pack.Warnings = append(pack.Warnings, e)
		} else {
			errs = append(errs, e)
		}
	}
	if err := strictyaml.Join(errs); err != nil {
		return nil, err
	}
	return pack, nil
}

// span is the length of the place in characters.
func (p problem) span(src string) int {
	from, to := min(p.off, len(src)), min(p.end, len(src))
	if from >= to {
		return 1
	}
	return utf8.RuneCountInString(src[from:to])
}

// query is the text of a rule that has yet to be read.
type query struct {
	rule  *Rule
	text  string
	place int // of the rule in its pack
}

// readQueries reads queries, on all cores where they are many, and gives the
// problems of each. The terms must be resolved.
func readQueries(queries []query, known *terms) [][]problem {
	problems := make([][]problem, len(queries))
	inBatches(len(queries), func(_, from, to int) {
		r := newQueryReader(known)
		for i, q := range queries[from:to] {
			problems[from+i] = r.read(q.rule, q.text)
		}
	})
	return problems
}

// queryReader reads one query after the other, and keeps its room.
type queryReader struct {
	parser   parser
	printer  printer
	terms    terms
	problems []problem // of the query under way
}

// newQueryReader makes a reader of queries that may name some terms.
func newQueryReader(known *terms) *queryReader {
	r := &queryReader{}
	r.terms = terms{byName: known.byName, report: func(_ *term, p problem) { r.problems = append(r.problems, p) }}
	return r
}

// read parses, resolves and checks the query of a rule, and fills in what
// follows from it.
func (r *queryReader) read(rule *Rule, query string) []problem {
	var n node
	if n, r.problems = r.parser.parse(query); n == nil {
		return r.problems
	}
	wrong := failed(r.problems)
	clauses, depth, ok := r.terms.resolve(n, nil)
	switch {
	case !ok || wrong:
		return r.problems
	case clauses > maxClauses || depth > maxExpanded:
		return append(r.problems, problem{end: 1, hint: "make several rules of it",
			msg: fmt.Sprintf("with its terms put in the query has %d clauses, %d of them inside each other; at most %d and %d are read",
				clauses, depth, maxClauses, maxExpanded)})
	}
	rule.n = n
	rule.Query, rule.Revision = r.identify(n, query)
	return append(r.problems, checkRule(n)...)
}

// identify gives the canonical text of n, which most often is how it was written,
// and its revision.
func (r *queryReader) identify(n node, written string) (text, revision string) {
	const head = meaning + "\n"
	p := &r.printer
	p.buf = append(p.buf[:0], head...)
	p.expand = false
	p.print(n)
	if text = written; string(p.buf[len(head):]) != written {
		text = string(p.buf[len(head):])
	}
	if slices.Contains(p.buf, '@') {
		p.buf = p.buf[:len(head)]
		p.expand = true
		p.print(n)
	}
	sum := sha256.Sum256(p.buf)
	return text, hex.EncodeToString(sum[:6])
}
