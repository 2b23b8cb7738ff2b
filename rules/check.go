package rules

import (
	"fmt"
	"slices"
	"strings"
)

// check finds what is valid in a tree with its terms resolved, but hardly meant.
// All it reports are warnings.
func check(n node) []problem {
	var c checker
	walk(n, func(n node) {
		switch n := n.(type) {
		case *and:
			all := &members{xs: n.xs}
			c.opposites(all, "the two exclude each other, so nothing can match: %s and NOT %s", "take one of them out")
			c.twice(all)
			c.onlyOne(n.xs)
			c.deniedTwice(n.xs)
			c.implied(n.xs)
		case *or:
			c.opposites(&members{xs: n.xs}, "one of the two always holds, so everything matches: %s or NOT %s", "take one of them out")
			c.shadowed(n, "%s adds nothing: %s matches wherever it does")
			c.tooCommon(n)
		}
	})
	return c.problems
}

// checkRule finds what is hardly meant in a whole rule.
func checkRule(n node) []problem {
	c := checker{problems: check(n)}
	if !demands(n) {
		c.warn(n, "add a word that must occur", "the rule matches nearly every document: it only says what must not occur")
	}
	return c.problems
}

type checker struct{ problems []problem }

func (c *checker) warn(n node, hint, format string, args ...any) {
	off, end := place(n)
	c.problems = append(c.problems, problem{off: off, end: end, msg: fmt.Sprintf(format, args...), hint: hint, warn: true})
}

// place is where n begins in the query, or for a leaf the whole of it.
func place(n node) (off, end int) {
	switch n := n.(type) {
	case *text:
		return n.off, n.off + len(n.src)
	case *value:
		return n.off, n.off + len(n.src)
	case *ref:
		return n.off, n.off + 1 + len(n.name)
	case *regex:
		return n.off, n.off + 2 + len(n.src)
	case *scope:
		return n.off, n.off + 1 + len(n.field.name)
	case *exact:
		return n.off, n.off + len("exact:")
	case *atLeast:
		return n.off, n.off + len("atleast")
	}
	off, _ = place(children(n)[0])
	return off, off + 1
}

// demands tells whether something must occur for n to hold.
func demands(n node) bool {
	switch n := n.(type) {
	case *ref:
		return demands(n.to)
	case *scope:
		return demands(n.x)
	case *exact:
		return demands(n.x)
	case *not:
		return false
	case *and:
		return slices.ContainsFunc(n.xs, demands)
	case *or:
		return !slices.ContainsFunc(n.xs, func(x node) bool { return !demands(x) })
	}
	return true
}

// members finds clauses in a list by their canonical text.
type members struct {
	xs     []node
	places map[string]int // canonical text -> where it first stands; nil until needed
}

// few is the number of clauses up to which comparing each with each is the quickest.
const few = 8

// find gives where a clause such as x first stands, or -1.
func (m *members) find(x node) int {
	if len(m.xs) <= few {
		return slices.IndexFunc(m.xs, func(y node) bool { return same(x, y) })
	}
	if m.places == nil {
		m.places = make(map[string]int, len(m.xs))
		for i, x := range slices.Backward(m.xs) {
			m.places[x.String()] = i
		}
	}
	if i, ok := m.places[x.String()]; ok {
		return i
	}
	return -1
}

// same tells whether two clauses have the same canonical text.
func same(x, y node) bool {
	if x == y || x.level() != y.level() {
		return x == y
	}
	a, one := x.(*text)
	b, other := y.(*text)
	switch {
	case one && other:
		return a.src == b.src && a.isPlain() == b.isPlain()
	case one || other: // a text is in quotes where it looks like something else
		return false
	}
	return x.String() == y.String()
}

// opposites warns of a clause beside its own NOT.
func (c *checker) opposites(in *members, format, hint string) {
	for _, x := range in.xs {
		if n, ok := x.(*not); ok && in.find(n.x) >= 0 {
			c.warn(x, hint, format, n.x, n.x)
		}
	}
}

func (c *checker) twice(in *members) {
	for i, x := range in.xs {
		if in.find(x) < i {
			c.warn(x, "take one of them out", "%s stands here twice", x)
		}
	}
}

// onlyOne warns where an AND asks for two values of a field that has one, or
// denies a value where another is asked for.
func (c *checker) onlyOne(xs []node) {
	asked := make(map[*field]*value)
	for _, x := range xs {
		if v := singleValue(x); v != nil && asked[v.field] == nil {
			asked[v.field] = v
		}
	}
	for _, x := range xs {
		if v := singleValue(x); v != nil && disjoint(v, asked[v.field]) {
			c.warn(x, "write "+v.field.name+":("+asked[v.field].src+" OR "+v.src+") for either", "nothing can match: a document has one %s", v.field.name)
		}
		if n, ok := x.(*not); ok {
			if v := singleValue(n.x); v != nil && disjoint(v, asked[v.field]) {
				c.warn(x, "take it out", "the NOT never excludes anything: %s:%s is asked for", v.field.name, asked[v.field].src)
			}
		}
	}
}

// singleValue is the value that n asks for if a document has one of its field.
func singleValue(n node) *value {
	if s, ok := n.(*scope); ok && (s.field.name == "tier" || s.field.name == "lang") {
		v, _ := s.x.(*value)
		return v
	}
	return nil
}

// disjoint tells whether no document has both values; b may be nil.
func disjoint(a, b *value) bool {
	if b == nil {
		return false
	}
	x, y := strings.ToLower(a.src), strings.ToLower(b.src)
	return !strings.HasPrefix(x+"-", y+"-") && !strings.HasPrefix(y+"-", x+"-")
}

// everywhere are words that hardly a text of English does without.
var everywhere = wordSet(`a an and are as at be been but by for from had has have he her his i if in is it its
	not of on or our she so that the their them there they this to was we were what when which who will with would you your`)

// tooCommon warns of an alternative that nearly every document has, so that the
// others say nothing.
func (c *checker) tooCommon(n *or) {
	for _, x := range n.xs {
		if t, ok := x.(*text); ok && t.exact == nil && len(t.words) == 1 && everywhere[t.words[0]] {
			c.warn(t, "take it out, or put it into a phrase", "%s occurs in nearly every document, so this OR nearly always holds", t)
		}
	}
}
