package rules

import (
	"cmp"
	"slices"
)

// occurrence is where a text stands, for the explainer: first and last word of
// a part.
type occurrence struct{ part, first, last int }

// occurrences lists those of a positional clause, in order and each once. It is
// written from the definitions in the package comment, pair by pair.
func (e *explainer) occurrences(n node, in where) []occurrence {
	switch n := n.(type) {
	case *text:
		return e.find(n, in)
	case *ref:
		return e.occurrences(n.to, in)
	case *exact:
		return e.occurrences(n.x, in)
	case *scope:
		return e.occurrences(n.x, where{n.field.mask, n.field.lead})
	case *or:
		var list []occurrence
		for _, x := range n.xs {
			list = append(list, e.occurrences(x, in)...)
		}
		return inOrder(list)
	case *near:
		return e.nearby(n, in)
	case *together:
		inUnit := e.sameUnit(n.unit)
		return pairs(e.occurrences(n.a, in), e.occurrences(n.b, in), func(a, b occurrence) bool {
			return a.part == b.part && (a.last < b.first || b.last < a.first) && inUnit(a, b)
		})
	}
	return nil
}

// pairs lists the occurrences on both sides that have a partner on the other.
func pairs(as, bs []occurrence, fit func(a, b occurrence) bool) []occurrence {
	var list []occurrence
	for _, a := range as {
		if slices.ContainsFunc(bs, func(b occurrence) bool { return fit(a, b) }) {
			list = append(list, a)
		}
	}
	for _, b := range bs {
		if slices.ContainsFunc(as, func(a occurrence) bool { return fit(a, b) }) {
			list = append(list, b)
		}
	}
	return inOrder(list)
}

func (e *explainer) nearby(n *near, in where) []occurrence {
	as, bs := e.occurrences(n.a, in), e.occurrences(n.b, in)
	if !n.absent {
		return pairs(as, bs, func(a, b occurrence) bool {
			ahead := a.last < b.first && b.first-a.last-1 <= n.n
			behind := b.last < a.first && a.first-b.last-1 <= n.n
			return a.part == b.part && (ahead || behind && !n.ordered)
		})
	}
	return slices.DeleteFunc(as, func(a occurrence) bool {
		return slices.ContainsFunc(bs, func(b occurrence) bool {
			return a.part == b.part && b.first-a.last-1 <= n.n && a.first-b.last-1 <= n.n
		})
	})
}

// sameUnit gives a test of whether two occurrences stand in one sentence or
// paragraph, each of them whole.
func (e *explainer) sameUnit(u unit) func(a, b occurrence) bool {
	ends := make([][]int, len(e.parts))
	for i, p := range e.parts {
		ends[i] = u.ends(nil, p.text)
	}
	of := func(part, word int) int {
		start := e.words[part][word].start
		return slices.IndexFunc(ends[part], func(end int) bool { return start < end })
	}
	return func(a, b occurrence) bool {
		no := of(a.part, a.first)
		return no == of(a.part, a.last) && no == of(b.part, b.first) && no == of(b.part, b.last)
	}
}

// find tries a text at every word of every part it may stand in.
func (e *explainer) find(n *text, in where) []occurrence {
	var list []occurrence
	for i, p := range e.parts {
		if p.in&in.mask == 0 {
			continue
		}
		words := e.words[i]
		if in.lead && p.in == inBody {
			words = words[:min(leadWords, len(words))]
		}
		for j := 0; j+len(n.words) <= len(words); j++ {
			if e.begins(n, p.text, words[j:]) {
				list = append(list, occurrence{i, j, j + len(n.words) - 1})
			}
		}
	}
	return list
}

// begins tells whether words of the text of a part begin with n.
func (e *explainer) begins(n *text, text string, words []spelled) bool {
	for i, want := range n.words {
		if !patternMatch(want, words[i].word) {
			return false
		}
	}
	for i, want := range n.exact {
		if !globMatch(want, e.exact.form(text[words[i].start:words[i].end])) {
			return false
		}
	}
	return true
}

func inOrder(list []occurrence) []occurrence {
	slices.SortFunc(list, func(a, b occurrence) int {
		return cmp.Or(cmp.Compare(a.part, b.part), cmp.Compare(a.first, b.first), cmp.Compare(a.last, b.last))
	})
	return slices.Compact(list)
}
