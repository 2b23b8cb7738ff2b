package rules

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/feedwatch/feedwatch/rules/strictyaml"
)

// Bounds of a query with its terms put in: a term that uses another twice,
// which uses a third twice, grows exponentially.
const (
	maxClauses  = 10_000
	maxExpanded = 8 * maxDepth // clauses inside each other
)

// term is a named sub-query.
type term struct {
	name string
	n    node

	broken         bool // which has been reported where it stands
	visiting, done bool
	clauses, depth int // with its own terms put in
	hasField       bool
	used           bool
}

// terms resolves references. It goes depth first, so a cycle shows as a
// reference to a term that is being visited.
type terms struct {
	byName map[string]*term
	path   []string // names under way
	report func(in *term, p problem)
}

// resolve points every reference under n at its term, and returns how many
// clauses n has and how deep they stand, or false after a problem. in is the
// term that n belongs to, nil for a rule.
func (ts *terms) resolve(n node, in *term) (clauses, depth int, ok bool) {
	ok = true
	if r, isRef := n.(*ref); isRef {
		t := ts.find(r, in)
		if t == nil {
			return 0, 0, false
		}
		r.to = t.n
		return t.clauses + 1, t.depth + 1, true
	}
	clauses = 1
	for _, x := range children(n) {
		c, d, fine := ts.resolve(x, in)
		clauses, depth, ok = clauses+c, max(depth, d), ok && fine
	}
	if ok {
		ok = ts.checkForm(n, in)
	}
	return clauses, depth + 1, ok
}

// find is the resolved term that r names, or nil after a problem.
func (ts *terms) find(r *ref, in *term) *term {
	t := ts.byName[r.name]
	switch {
	case t == nil:
		ts.problem(r, in, nearestName(r.name, slices.Sorted(maps.Keys(ts.byName))), "there is no term @"+r.name)
		return nil
	case t.visiting:
		from := slices.Index(ts.path, r.name)
		cycle := strings.Join(append(slices.Clone(ts.path[from:]), r.name), " -> @")
		ts.problem(r, in, "break the circle", "@"+r.name+" leads back to itself: @"+cycle)
		return nil
	}
	if ts.resolveTerm(t); t.broken {
		return nil
	}
	if t.clauses > maxClauses || t.depth > maxExpanded {
		ts.problem(r, in, "make several rules of it", fmt.Sprintf("@%s stands for too much: %d clauses, %d of them inside each other; at most %d and %d are read",
			r.name, t.clauses, t.depth, maxClauses, maxExpanded))
		return nil
	}
	return t
}

// resolveTerm resolves what stands in a term, once.
func (ts *terms) resolveTerm(t *term) {
	if t.done || t.n == nil {
		return
	}
	t.visiting = true
	ts.path = append(ts.path, t.name)
	var ok bool
	t.clauses, t.depth, ok = ts.resolve(t.n, t)
	ts.path = ts.path[:len(ts.path)-1]
	t.visiting, t.done = false, true
	if t.broken = t.broken || !ok; t.broken {
		return
	}
	walk(t.n, func(n node) {
		switch n := n.(type) {
		case *scope:
			t.hasField = true
		case *ref:
			t.hasField = t.hasField || ts.byName[n.name].hasField
		}
	})
}

// markUsed marks the terms that n stands on, directly or through others.
func (ts *terms) markUsed(n node) {
	walk(n, func(n node) {
		if r, ok := n.(*ref); ok && !ts.byName[r.name].used {
			ts.byName[r.name].used = true
			ts.markUsed(r.to)
		}
	})
}

// checkForm refuses what can only be told once terms are known.
func (ts *terms) checkForm(n node, in *term) bool {
	switch n := n.(type) {
	case *scope:
		return ts.checkScope(n, in)
	case *atLeast:
		return ts.checkPositional(fmt.Sprintf("atleast/%d:", n.n), n.x, in)
	case *near:
		return ts.checkPositional(n.operator(), n.a, in) && ts.checkPositional(n.operator(), n.b, in)
	case *together:
		return ts.checkPositional(n.unit.operator(), n.a, in) && ts.checkPositional(n.unit.operator(), n.b, in)
	}
	return true
}

// checkScope refuses terms that name fields inside a field.
func (ts *terms) checkScope(s *scope, in *term) bool {
	ok := true
	walk(s.x, func(n node) {
		if r, isRef := n.(*ref); isRef && ts.byName[r.name].hasField {
			ts.problem(r, in, "take @"+r.name+" out of "+s.field.name+":", fmt.Sprintf("@%s names a field itself and can't stand inside %s:", r.name, s.field.name))
			ok = false
		}
	})
	return ok
}

func (ts *terms) checkPositional(operator string, x node, in *term) bool {
	if positional(x) {
		return true
	}
	ts.problem(x, in, "it takes words, phrases and groups of them with OR", fmt.Sprintf("%s can't be applied to %s", operator, clip(x.String())))
	return false
}

// positional tells whether n has occurrences, which nearness and atleast need:
// texts have, and what picks out or unites occurrences of texts.
func positional(n node) bool {
	switch n := n.(type) {
	case *text, *near, *together:
		return true
	case *ref:
		return positional(n.to)
	case *exact:
		return positional(n.x)
	case *scope:
		return positional(n.x)
	case *or:
		return !slices.ContainsFunc(n.xs, func(x node) bool { return !positional(x) })
	}
	return false
}

func (ts *terms) problem(n node, in *term, hint, msg string) {
	off, end := place(n)
	ts.report(in, problem{off: off, end: end, msg: msg, hint: hint})
}

// nearestName is a hint with the name that was probably meant.
func nearestName(name string, known []string) string {
	if near := strictyaml.Nearest(name, known); near != "" {
		return "did you mean @" + near + "?"
	}
	if len(known) == 0 {
		return "define it under terms:"
	}
	return "the terms here are @" + strings.Join(known, ", @")
}
