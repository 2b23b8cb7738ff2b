package rules

import "slices"

// naive decides a tree from the definitions in the package comment by asking of
// every stretch of words whether it is an occurrence. It knows nothing of lists
// of occurrences, and so decides chains of nearness in a third way.
type naive struct {
	doc   *Doc
	parts []part
	words [][]spelled
	known map[stretch]bool
}

// stretch is a question: are these words of a part an occurrence of n?
type stretch struct {
	n                 node
	in                where
	part, first, last int
}

// longest is how many words a text of the tests has at most.
const longest = 4

func newNaive(d *Doc) *naive {
	v := &naive{doc: d, known: make(map[stretch]bool)}
	for p := range d.parts {
		v.parts = append(v.parts, p)
		v.words = append(v.words, cut(newFolder(), p.text))
	}
	return v
}

func (v *naive) holds(n node, in where) bool {
	sub := func(x node) bool { return v.holds(x, in) }
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
		return v.holds(n.x, where{n.field.mask, n.field.lead})
	case *value:
		return oracleValue(n, v.doc)
	case *regex:
		return oracle(n, v.doc, in.mask, in.lead)
	case *atLeast:
		return v.count(n.x, in) >= n.n
	}
	return v.count(n, in) > 0
}

// count counts the stretches that are occurrences of n.
func (v *naive) count(n node, in where) (count int) {
	for part := range v.parts {
		v.each(part, func(first, last int) bool {
			if v.is(stretch{n, in, part, first, last}) {
				count++
			}
			return false
		})
	}
	return count
}

// each asks of every stretch of a part until one satisfies.
func (v *naive) each(part int, satisfies func(first, last int) bool) bool {
	for first := range v.words[part] {
		for last := first; last < min(first+longest, len(v.words[part])); last++ {
			if satisfies(first, last) {
				return true
			}
		}
	}
	return false
}

func (v *naive) is(s stretch) bool {
	answer, known := v.known[s]
	if !known {
		answer = v.decide(s)
		v.known[s] = answer
	}
	return answer
}

func (v *naive) decide(s stretch) bool {
	of := func(x node) bool { return v.is(stretch{x, s.in, s.part, s.first, s.last}) }
	switch n := s.n.(type) {
	case *exact:
		return of(n.x)
	case *scope:
		return v.is(stretch{n.x, where{n.field.mask, n.field.lead}, s.part, s.first, s.last})
	case *or:
		return slices.ContainsFunc(n.xs, of)
	case *text:
		return v.reads(s, n)
	case *together:
		inUnit := func(first, last int) bool { return v.unit(n.unit, s.part, first) == v.unit(n.unit, s.part, last) }
		beside := func(x node) bool {
			return v.each(s.part, func(first, last int) bool {
				apart := last < s.first || first > s.last
				return apart && inUnit(min(first, s.first), max(last, s.last)) && v.is(stretch{x, s.in, s.part, first, last})
			})
		}
		return of(n.a) && beside(n.b) || of(n.b) && beside(n.a)
	case *near:
		return v.isNear(n, s, of)
	}
	return false
}

func (v *naive) isNear(n *near, s stretch, of func(node) bool) bool {
	beside := func(x node, before, behind bool) bool {
		return v.each(s.part, func(first, last int) bool {
			fits := before && last < s.first && s.first-last-1 <= n.n || behind && first > s.last && first-s.last-1 <= n.n
			return fits && v.is(stretch{x, s.in, s.part, first, last})
		})
	}
	overlapped := func(x node) bool {
		return v.each(s.part, func(first, last int) bool {
			return first <= s.last && last >= s.first && v.is(stretch{x, s.in, s.part, first, last})
		})
	}
	if n.absent {
		return of(n.a) && !beside(n.b, true, true) && !overlapped(n.b)
	}
	return of(n.a) && beside(n.b, !n.ordered, true) || of(n.b) && beside(n.a, true, !n.ordered)
}

// reads tells whether the words of a stretch are those of a text.
func (v *naive) reads(s stretch, n *text) bool {
	p := v.parts[s.part]
	if p.in&s.in.mask == 0 || s.last-s.first+1 != len(n.words) || s.in.lead && p.in == inBody && s.last >= leadWords {
		return false
	}
	for i, w := range v.words[s.part][s.first : s.last+1] {
		if !patternMatch(n.words[i], w.word) || n.exact != nil && !globMatch(n.exact[i], newExactFolder().form(p.text[w.start:w.end])) {
			return false
		}
	}
	return true
}

// unit is the number of the sentence or paragraph of a word.
func (v *naive) unit(u unit, part, word int) (no int) {
	for _, end := range u.ends(nil, v.parts[part].text) {
		if end <= v.words[part][word].start {
			no++
		}
	}
	return no
}
