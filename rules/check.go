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
			c.opposites(n.xs, "the two exclude each other, so nothing can match: %s and NOT %s", "take one of them out")
			c.twice(n.xs)
			c.onlyOne(n.xs)
			c.deniedTwice(n.xs)
		case *or:
			c.opposites(n.xs, "one of the two always holds, so everything matches: %s or NOT %s", "take one of them out")
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

// opposites warns of a clause beside its own NOT.
func (c *checker) opposites(xs []node, format, hint string) {
	if !slices.ContainsFunc(xs, func(x node) bool { _, ok := x.(*not); return ok }) {
		return
	}
	said := make(map[string]bool)
	for _, x := range xs {
		said[x.String()] = true
	}
	for _, x := range xs {
		if n, ok := x.(*not); ok && said[n.x.String()] {
			c.warn(x, hint, format, n.x, n.x)
		}
	}
}

func (c *checker) twice(xs []node) {
	said := make(map[string]bool)
	for _, x := range xs {
		if s := x.String(); said[s] {
			c.warn(x, "take one of them out", "%s stands here twice", s)
		} else {
			said[s] = true
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

// alternative is a member of an OR, or of an OR that a member's term stands for.
type alternative struct {
	n    node // the alternative itself
	from node // the member it comes from
}

func alternatives(n *or, from node) []alternative {
	var list []alternative
	for _, x := range n.xs {
		member := from
		if member == nil {
			member = x
		}
		shown := x
		for r, ok := shown.(*ref); ok && r.to != nil; r, ok = shown.(*ref) {
			shown = r.to
		}
		if inner, ok := shown.(*or); ok {
			list = append(list, alternatives(inner, member)...)
		} else {
			list = append(list, alternative{shown, member})
		}
	}
	return list
}

// shadowed warns of an alternative that holds only where another holds anyway.
// Each is reported once. Alternatives of one term are that term's business.
func (c *checker) shadowed(n *or, format string) {
	list := alternatives(n, nil)
	seen := make(map[string]int) // words of a text, or canonical text -> its place in list
	for i, a := range list {
		if at, ok := seen[key(a.n)]; !ok {
			seen[key(a.n)] = i
		} else if list[at].from != a.from {
			c.warn(a.from, "take one of them out", "%s stands here twice", a.n)
		}
	}
	for _, a := range list {
		t, ok := a.n.(*text)
		if !ok || t.exact != nil {
			continue
		}
		at, ok := shorter(t.words, seen)
		if !ok {
			at, ok = wider(t.words, list)
		}
		if ok && list[at].from != a.from {
			c.warn(a.from, "take one of them out", format, a.n, list[at].n)
		}
	}
}

// deniedTwice warns of a NOT that never fires, since another excludes whatever it
// does: NOT a AND NOT b is NOT (a OR b).
func (c *checker) deniedTwice(xs []node) {
	var denied []node
	for _, x := range xs {
		if n, ok := x.(*not); ok {
			denied = append(denied, n.x)
		}
	}
	if len(denied) > 1 {
		c.shadowed(&or{denied}, "NOT %s never fires: NOT %s excludes all of it")
	}
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

// wider finds a wildcard by itself that a word of a text satisfies.
func wider(words []string, list []alternative) (at int, ok bool) {
	at = slices.IndexFunc(list, func(a alternative) bool {
		t, ok := a.n.(*text)
		return ok && t.exact == nil && len(t.words) == 1 && isPattern(t.words[0]) &&
			slices.ContainsFunc(words, func(w string) bool { return !isPattern(w) && patternMatch(t.words[0], w) })
	})
	return at, at >= 0
}

// shorter finds an alternative that is part of a phrase.
func shorter(words []string, seen map[string]int) (at int, ok bool) {
	for n := 1; n < min(len(words), 8); n++ {
		for i := range len(words) - n + 1 {
			if at, ok := seen[key(&text{words: words[i : i+n]})]; ok {
				return at, true
			}
		}
	}
	return 0, false
}

func key(n node) string {
	if t, ok := n.(*text); ok && t.exact == nil {
		return fmt.Sprint(t.words)
	}
	return n.String()
}
