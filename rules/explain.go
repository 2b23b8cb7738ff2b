package rules

import (
	"fmt"
	"strings"
)

// Trace tells of one clause of a rule whether a document satisfies it, and why:
// every clause under it is decided too, whatever the others say.
type Trace struct {
	Clause   string // canonical text
	Holds    bool
	Spans    []Span  // the places that made it hold; none for NOT and for values
	Nearest  string  // where it doesn't hold, what came closest to that; may be empty
	Children []Trace // the clauses it is made of; of a term, what it stands for

	decisive int  // the child that decided by itself, or -1 where all did
	anyOf    bool // one of the children is enough
}

// Explain decides one rule clause by clause. It reports false if the set has no
// rule of that name. It walks the tree that the query was parsed into, which is
// slow and simple; what it says of the whole rule is what Match says.
func (s *Set) Explain(d *Doc, rule string) (Trace, bool) {
	i, ok := s.rule(rule)
	if !ok {
		return Trace{}, false
	}
	e := newExplainer(d)
	t, _ := e.explain(s.rules[i].n, anywhere)
	return t, true
}

// String draws the trace as a tree, a clause a line: "+" before what holds, "-"
// before what doesn't, and behind it the places, or what came closest.
func (t Trace) String() string {
	var b strings.Builder
	t.draw(&b, "")
	return b.String()
}

func (t Trace) draw(b *strings.Builder, indent string) {
	mark := "-"
	if t.Holds {
		mark = "+"
	}
	fmt.Fprintf(b, "%s%s %s", indent, mark, clip(t.Clause))
	if len(t.Children) == 0 {
		for i, s := range t.Spans {
			sep := ","
			if i == 0 {
				sep = "   "
			}
			fmt.Fprintf(b, "%s %s %d-%d %q", sep, s.Field, s.Start, s.End, s.Text)
		}
	}
	if t.Nearest != "" {
		b.WriteString("    " + t.Nearest)
	}
	b.WriteByte('\n')
	for _, child := range t.Children {
		child.draw(b, indent+"  ")
	}
}

// explainer holds a document cut into words, part by part.
type explainer struct {
	doc    *Doc
	folder *folder
	exact  *folder
	parts  []part
	words  [][]spelled // part -> its words
}

// spelled is a folded word and its place in the part's text.
type spelled struct {
	word       string
	start, end int
}

func newExplainer(d *Doc) *explainer {
	e := &explainer{doc: d, folder: newFolder(), exact: newExactFolder()}
	for p := range d.parts {
		e.parts = append(e.parts, p)
		e.words = append(e.words, cut(e.folder, p.text))
	}
	return e
}

// cut folds a text and cuts it into words.
func cut(f *folder, text string) []spelled {
	buf, seams := f.foldSlowly(nil, nil, text)
	c := newCutter()
	c.reset(buf, 0)
	place := placer{seams: seams}
	var words []spelled
	for start, end, ok := c.next(); ok; start, end, ok = c.next() {
		from, to := place.source(start, end)
		words = append(words, spelled{string(buf[start:end]), from, to})
	}
	return words
}

// explain decides n in a part of the document, and gives the places that made
// it hold, unsorted.
func (e *explainer) explain(n node, in where) (Trace, []placed) {
	t := Trace{Clause: n.String(), decisive: -1}
	var found []placed
	switch n := n.(type) {
	case *text:
		found = e.count(&t, n, in, 1)
	case *near, *together:
		for _, x := range children(n) {
			side, _ := e.explain(x, in)
			t.Children = append(t.Children, side)
		}
		found = e.count(&t, n, in, 1)
	case *atLeast:
		e.all(&t, []node{n.x}, in)
		found, t.decisive = e.count(&t, n.x, in, n.n), -1
	case *regex:
		found = e.search(n, in)
		t.Holds = len(found) > 0
	case *value:
		t.Clause = n.field.name + ":" + t.Clause
		t.Holds = n.field.holds(e.folder, e.doc, n.src)
	case *ref:
		found = e.all(&t, []node{n.to}, in)
	case *scope:
		found = e.all(&t, []node{n.x}, where{n.field.mask, n.field.lead})
	case *exact:
		found = e.all(&t, []node{n.x}, in)
	case *not:
		e.all(&t, []node{n.x}, in)
		t.Holds, t.decisive = !t.Holds, 0
	case *and:
		found = e.all(&t, n.xs, in)
	case *or:
		found = e.any(&t, n.xs, in)
	}
	if !t.Holds {
		t.Nearest = e.nearest(n, in)
		return t, nil
	}
	t.Spans = spans(found, e.parts)
	return t, found
}

// all explains the clauses of t, which holds if each of them does.
func (e *explainer) all(t *Trace, xs []node, in where) (found []placed) {
	t.Holds = true
	for i, x := range xs {
		child, places := e.explain(x, in)
		t.Children = append(t.Children, child)
		found = append(found, places...)
		if t.Holds && !child.Holds || len(xs) == 1 {
			t.Holds, t.decisive = child.Holds, i
		}
	}
	return found
}

// any explains the clauses of t, which holds if one of them does.
func (e *explainer) any(t *Trace, xs []node, in where) (found []placed) {
	t.anyOf = true
	for i, x := range xs {
		child, places := e.explain(x, in)
		t.Children = append(t.Children, child)
		found = append(found, places...)
		if child.Holds && !t.Holds {
			t.Holds, t.decisive = true, i
		}
	}
	return found
}

// count decides t by the number of occurrences of n.
func (e *explainer) count(t *Trace, n node, in where, least int) (found []placed) {
	list := e.occurrences(n, in)
	t.Holds = len(list) >= least
	for _, o := range list[:min(len(list), maxSpans)] {
		words := e.words[o.part]
		found = append(found, placed{int32(o.part), int32(words[o.first].start), int32(words[o.last].end)})
	}
	return found
}

// search looks for a regular expression in the folded parts.
func (e *explainer) search(n *regex, in where) (found []placed) {
	x, err := compileRegex(n.src)
	if err != nil { // unreachable unless a tree was not made by parse
		return nil
	}
	for i, p := range e.parts {
		if p.in&in.mask == 0 {
			continue
		}
		text := p.text
		if in.lead && p.in == inBody && len(e.words[i]) > leadWords {
			text = text[:e.words[i][leadWords-1].end]
		}
		buf, seams := e.folder.fold(nil, nil, text)
		place := placer{seams: seams}
		for _, at := range x.re.FindAllIndex(buf, maxSpans-len(found)) {
			from, to := place.source(at[0], at[1])
			found = append(found, placed{int32(i), int32(from), int32(to)})
		}
	}
	return found
}
