package rules

import (
	"slices"
	"strings"
)

// Clauses that another makes needless.

// implied warns of a member of an AND that holds wherever another does: a beside
// the phrase "a b", or a wildcard beside a word that satisfies it. Each is compared
// with each, so of long lists, which programs write, nothing is said.
func (c *checker) implied(xs []node) {
	const most = 64
	if len(xs) > most {
		return
	}
	for _, x := range xs {
		wide, ok := x.(*text)
		if !ok || wide.exact != nil {
			continue
		}
		at := slices.IndexFunc(xs, func(y node) bool {
			narrow, ok := y.(*text)
			return ok && narrow != wide && wide.within(narrow) && y.String() != x.String()
		})
		if at >= 0 {
			c.warn(x, "take it out", "%s adds nothing: it holds wherever %s does", x, xs[at])
		}
	}
}

// within tells whether n stands in all that has the occurrences of narrow, since
// narrow's words hold its own.
func (n *text) within(narrow *text) bool {
	for from := range len(narrow.words) - len(n.words) + 1 {
		fits := true
		for i, w := range n.words {
			other := narrow.words[from+i]
			fits = fits && (w == other || !isPattern(other) && patternMatch(w, other))
		}
		if fits {
			return true
		}
	}
	return false
}

// alternative is a member of an OR, or of an OR that a member's term stands for.
type alternative struct {
	n    node // the alternative itself
	from node // the member it comes from
}

// alternatives are those of one OR.
type alternatives struct {
	list     []alternative
	places   map[string]int // key -> where it first stands; nil in a short list
	patterns []int          // where wildcards and stems stand by themselves
}

func newAlternatives(n *or) *alternatives {
	a := &alternatives{list: make([]alternative, 0, len(n.xs))}
	a.add(n, nil)
	if len(a.list) > few {
		a.places = make(map[string]int, len(a.list))
		for i, x := range slices.Backward(a.list) {
			a.places[key(x.n)] = i
		}
	}
	for i, x := range a.list {
		if t := searched(x.n); t != nil && len(t.words) == 1 && isPattern(t.words[0]) {
			a.patterns = append(a.patterns, i)
		}
	}
	return a
}

func (a *alternatives) add(n *or, from node) {
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
			a.add(inner, member)
		} else {
			a.list = append(a.list, alternative{shown, member})
		}
	}
}

// searched is n if it is a text that is compared folded, else nil.
func searched(n node) *text {
	if t, ok := n.(*text); ok && t.exact == nil {
		return t
	}
	return nil
}

// find gives where an alternative first stands that says what n says, or -1.
func (a *alternatives) find(n node) int {
	if t := searched(n); t != nil {
		return a.text(t.words)
	}
	if a.places != nil {
		return a.place(key(n))
	}
	return slices.IndexFunc(a.list, func(x alternative) bool { return searched(x.n) == nil && same(x.n, n) })
}

// text gives where a text of these words first stands, or -1.
func (a *alternatives) text(words []string) int {
	if a.places != nil {
		return a.place(textKey(words))
	}
	return slices.IndexFunc(a.list, func(x alternative) bool {
		t := searched(x.n)
		return t != nil && slices.Equal(t.words, words)
	})
}

func (a *alternatives) place(key string) int {
	if i, ok := a.places[key]; ok {
		return i
	}
	return -1
}

func key(n node) string {
	if t := searched(n); t != nil {
		return textKey(t.words)
	}
	return n.String()
}

func textKey(words []string) string { return "[" + strings.Join(words, " ") + "]" }

// shadowed warns of an alternative that holds only where another holds anyway.
// Each is reported once. Alternatives of one term are that term's business.
func (c *checker) shadowed(n *or, format string) {
	all := newAlternatives(n)
	for i, a := range all.list {
		if at := all.find(a.n); at < i && all.list[at].from != a.from {
			c.warn(a.from, "take one of them out", "%s stands here twice", a.n)
		}
	}
	for _, a := range all.list {
		t := searched(a.n)
		if t == nil {
			continue
		}
		at := all.shorter(t.words)
		if at < 0 {
			at = all.wider(t.words)
		}
		if at >= 0 && all.list[at].from != a.from {
			c.warn(a.from, "take one of them out", format, a.n, all.list[at].n)
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

// wider finds a wildcard by itself that a word of a text satisfies.
func (a *alternatives) wider(words []string) int {
	for _, at := range a.patterns {
		pattern := a.list[at].n.(*text).words[0]
		if slices.ContainsFunc(words, func(w string) bool { return !isPattern(w) && patternMatch(pattern, w) }) {
			return at
		}
	}
	return -1
}

// shorter finds an alternative that is part of a phrase.
func (a *alternatives) shorter(words []string) int {
	for n := 1; n < min(len(words), 8); n++ {
		for i := range len(words) - n + 1 {
			if at := a.text(words[i : i+n]); at >= 0 {
				return at
			}
		}
	}
	return -1
}
