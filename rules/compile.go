package rules

import (
	"regexp"
	"slices"
	"sync"

	"github.com/feedwatch/feedwatch/rules/strictyaml"
)

// Set is a compiled set of rules. It is immutable and safe for concurrent use.
//
// Each distinct word and wildcard of all rules is an atom, a small number. A
// rule hangs on atoms one of which must occur for it to match (its anchors);
// those that have none, because they only say what must not occur or where a
// document comes from, are in always.
type Set struct {
	rules    []*Rule
	byName   map[string]int32 // name -> rule
	programs []clause         // rule -> what to evaluate
	anchored [][]int32        // atom -> rules that hang on it
	always   []int32
	words    map[string]int32 // folded word -> atom
	gate     wordGate         // lets every word of words pass, and few others
	globs    *globIndex       // atoms from len(words) on, in order
	stems    *stemIndex       // atoms behind those
	values   []*value         // value number -> value
	parts    partMask         // text parts that some rule looks at

	pool sync.Pool // of *reader
}

// op is what a clause of a program does.
type op uint8

const (
	opText op = iota
	opRegex
	opValue
	opNear
	opTogether
	opAtLeast
	opNot
	opAnd
	opOr
)

// clause is a compiled node. Terms are put in and fields moved to the leaves.
type clause struct {
	op   op
	kids []clause
	in   where // opText, opRegex

	atoms []int32  // opText: one for each word
	exact []string // opText inside exact:, one for each word
	pivot int      // opText: the word to look for first

	re      *regexp.Regexp // opRegex
	literal []byte         // opRegex: stands in every match

	value   int32 // opValue
	n       int   // opNear: distance; opAtLeast: number
	ordered bool  // opNear
	absent  bool  // opNear
	unit    unit  // opTogether
}

// Compile joins packs into one set. A rule name that two packs share is an
// error at the second one's place.
func Compile(packs ...*Pack) (*Set, error) {
	s := &Set{byName: make(map[string]int32), words: make(map[string]int32)}
	var errs []*Error
	for _, p := range packs {
		for _, r := range p.Rules {
			if first, ok := s.byName[r.Name]; ok {
				errs = append(errs, &strictyaml.Error{Pos: r.Pos, Span: len(r.Name), Hint: "give each rule its own name",
					Msg: "a second rule is named " + r.Name + "; the first is at " + s.rules[first].Pos.String()})
				continue
			}
			s.byName[r.Name] = int32(len(s.rules))
			s.rules = append(s.rules, r)
		}
	}
	if err := strictyaml.Join(errs); err != nil {
		return nil, err
	}
	newCompiler(s).run()
	s.pool.New = func() any { return newReader(s) }
	return s, nil
}

// Rules lists the rules of the set in the order of their packs.
func (s *Set) Rules() []*Rule { return slices.Clone(s.rules) }

// compiler numbers atoms and values, then builds the programs and the index.
type compiler struct {
	set    *Set
	globs  []string
	globNo map[string]int32 // pattern -> its place in globs
	stems  []string
	stemNo map[string]int32 // stem -> its place in stems
	valNo  map[string]int32 // canonical text -> value number
	costs  []float64        // atom -> how often it probably occurs
}

func newCompiler(s *Set) *compiler {
	return &compiler{set: s, globNo: make(map[string]int32), stemNo: make(map[string]int32), valNo: make(map[string]int32)}
}

func (c *compiler) run() {
	for _, r := range c.set.rules {
		c.number(r.n)
	}
	c.set.gate = newWordGate(c.set.words)
	c.set.globs = newGlobIndex(c.globs)
	c.set.anchored = make([][]int32, len(c.costs)+len(c.globs)+len(c.stems))
	for _, g := range c.globs {
		c.costs = append(c.costs, frequency(g))
	}
	c.set.stems = newStemIndex()
	for _, s := range c.stems {
		c.set.stems.add(s, c.atom(s))
		c.costs = append(c.costs, frequency(s))
	}
	for i, r := range c.set.rules {
		program := c.compile(r.n, anywhere)
		c.set.programs = append(c.set.programs, program)
		c.anchor(int32(i), program)
	}
}

// number gives every word under n its atom. Words come first, so that a word's
// atom is its number and wildcards follow.
func (c *compiler) number(n node) {
	walk(n, func(n node) {
		switch n := n.(type) {
		case *ref:
			c.number(n.to)
		case *text:
			for _, w := range n.words {
				c.numberWord(w)
			}
		}
	})
}

func (c *compiler) numberWord(w string) {
	if isStem(w) {
		if _, ok := c.stemNo[w]; !ok {
			c.stemNo[w] = int32(len(c.stems))
			c.stems = append(c.stems, w)
		}
		return
	}
	if isGlob(w) {
		if _, ok := c.globNo[w]; !ok {
			c.globNo[w] = int32(len(c.globs))
			c.globs = append(c.globs, w)
		}
		return
	}
	if _, ok := c.set.words[w]; !ok {
		c.set.words[w] = int32(len(c.costs))
		c.costs = append(c.costs, frequency(w))
	}
}

func (c *compiler) atom(w string) int32 {
	if isStem(w) {
		return int32(len(c.set.words)+len(c.globs)) + c.stemNo[w]
	}
	if isGlob(w) {
		return int32(len(c.set.words)) + c.globNo[w]
	}
	return c.set.words[w]
}

// where is the part of a document that a clause is confined to.
type where struct {
	mask partMask
	lead bool
}

// anywhere is where a clause looks that stands in no field.
var anywhere = where{mask: inText}

func (c *compiler) compile(n node, in where) clause {
	switch n := n.(type) {
	case *ref:
		return c.compile(n.to, in)
	case *scope:
		return c.compile(n.x, where{n.field.mask, n.field.lead})
	case *exact:
		return c.compile(n.x, in)
	case *value:
		return clause{op: opValue, value: c.value(n)}
	case *regex:
		return c.regex(n, in)
	case *text:
		return c.text(n, in)
	}
	cl := clause{kids: c.compileAll(children(n), in)}
	switch n := n.(type) {
	case *near:
		cl.op, cl.n, cl.ordered, cl.absent = opNear, n.n, n.ordered, n.absent
	case *together:
		cl.op, cl.unit = opTogether, n.unit
	case *atLeast:
		cl.op, cl.n = opAtLeast, n.n
	case *not:
		cl.op = opNot
	case *and:
		cl.op = opAnd
	case *or:
		cl.op = opOr
	}
	return cl
}

func (c *compiler) compileAll(xs []node, in where) []clause {
	kids := make([]clause, len(xs))
	for i, x := range xs {
		kids[i] = c.compile(x, in)
	}
	return kids
}

func (c *compiler) text(n *text, in where) clause {
	c.set.parts |= in.mask
	cl := clause{op: opText, in: in, exact: n.exact}
	for i, w := range n.words {
		cl.atoms = append(cl.atoms, c.atom(w))
		if c.costs[cl.atoms[i]] < c.costs[cl.atoms[cl.pivot]] {
			cl.pivot = i
		}
	}
	return cl
}

func (c *compiler) value(n *value) int32 {
	name := n.field.name + ":" + n.src
	no, ok := c.valNo[name]
	if !ok {
		no = int32(len(c.set.values))
		c.valNo[name] = no
		c.set.values = append(c.set.values, n)
	}
	return no
}

func (c *compiler) regex(n *regex, in where) clause {
	c.set.parts |= in.mask
	re, literal, err := compileRegex(n.src)
	if err != nil { // unreachable unless a tree was not made by parse
		panic(err)
	}
	return clause{op: opRegex, in: in, re: re, literal: []byte(literal)}
}
