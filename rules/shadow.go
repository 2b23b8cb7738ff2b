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
		k := key(a.n)
		if at, ok := seen[k]; !ok {
			seen[k] = i
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
			if at, ok := seen["["+strings.Join(words[i:i+n], " ")+"]"]; ok {
				return at, true
			}
		}
	}
	return 0, false
}

func key(n node) string {
	if t, ok := n.(*text); ok && t.exact == nil {
		return "[" + strings.Join(t.words, " ") + "]"
	}
	return n.String()
}
