package rules

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"github.com/feedwatch/feedwatch/rules/strictyaml"
)

// Set is a compiled set of rules. It is immutable and safe for concurrent use.
//
// Each word of a rule is known by its number, see hasher. A rule hangs on words
// one of which must occur for it to match, its anchors, in table; those that have
// none, because they only say what must not occur or where a document comes
// from, are in always.
type Set struct {
	rules    []*Rule
	byName   []int32  // rules sorted by name
	code     []uint32 // programs, one behind the other; see clause
	programs []uint32 // rule -> where its program begins in code
	always   []int32
	table    table
	hasher   hasher
	patterns *patternIndex
	forms    []string // words inside exact:
	regexps  []expression
	values   []*value
	parts    partMask // text parts that some rule looks at

	pool sync.Pool // of *reader
}

// Compile joins packs into one set. A rule name that two packs share is an
// error at the second one's place.
func Compile(packs ...*Pack) (*Set, error) {
	s := &Set{hasher: newHasher()}
	var errs []*Error
	byName := make(map[string]*Rule)
	for _, p := range packs {
		for _, r := range p.Rules {
			if first, ok := byName[r.Name]; ok {
				errs = append(errs, &strictyaml.Error{Pos: r.Pos, Span: len(r.Name), Hint: "give each rule its own name",
					Msg: "a second rule is named " + r.Name + "; the first is at " + first.Pos.String()})
				continue
			}
			byName[r.Name] = r
			s.rules = append(s.rules, r)
		}
	}
	if err := strictyaml.Join(errs); err != nil {
		return nil, err
	}
	s.rules = slices.Clone(s.rules) // to its size
	newCompiler(s).run()
	s.pool.New = func() any { return newReader(s) }
	return s, nil
}

// Rules lists the rules of the set in the order of their packs.
func (s *Set) Rules() []*Rule { return slices.Clone(s.rules) }

// rule gives the number of the rule of a name.
func (s *Set) rule(name string) (int, bool) {
	at, ok := slices.BinarySearchFunc(s.byName, name, func(i int32, name string) int { return cmp.Compare(s.rules[i].Name, name) })
	if !ok {
		return 0, false
	}
	return int(s.byName[at]), true
}

func (s *Set) program(rule int32) clause { return s.code[s.programs[rule]:] }

// compiler numbers words, expressions and values, and builds programs and
// table.
type compiler struct {
	set         *Set
	postings    []posting
	anchorArena []anchor          // of the rule under way
	patterns    map[string]uint64 // pattern -> its term
	regexps     map[string]uint32 // source -> its place in Set.regexps
	values      map[string]uint32 // canonical text -> its place in Set.values
	buf         []byte
}

func newCompiler(s *Set) *compiler {
	return &compiler{set: s, patterns: make(map[string]uint64), regexps: make(map[string]uint32), values: make(map[string]uint32)}
}

func (c *compiler) run() {
	s := c.set
	s.patterns = newPatternIndex()
	s.code = make([]uint32, 0, 12*len(s.rules)) // about as much as they need
	c.postings = make([]posting, 0, 2*len(s.rules))
	s.programs = make([]uint32, len(s.rules))
	s.byName = make([]int32, len(s.rules))
	for i, r := range s.rules {
		s.byName[i] = int32(i)
		s.programs[i] = uint32(len(s.code))
		c.emit(r.n, anywhere)
		c.hang(i, r.n)
	}
	slices.SortFunc(s.byName, func(a, b int32) int { return strings.Compare(s.rules[a].Name, s.rules[b].Name) })
	s.code, s.always = slices.Clone(s.code), slices.Clone(s.always) // to their size
	s.table = newTable(c.postings)
}

// term is the number of a word of a query.
func (c *compiler) term(w string) uint64 {
	if !isPattern(w) {
		c.buf = append(append(c.buf[:0], w...), make([]byte, padding)...)
		return c.set.hasher.word(c.buf, 0, uint32(len(w)))
	}
	t, ok := c.patterns[w]
	if !ok {
		t = c.set.patterns.add(w)
		c.patterns[w] = t
	}
	return t
}

// where is the part of a document that a clause is confined to.
type where struct {
	mask partMask
	lead bool
}

// anywhere is where a clause looks that stands in no field.
var anywhere = where{mask: inText}

// emit appends the clause of n to the code.
func (c *compiler) emit(n node, in where) {
	switch n := n.(type) {
	case *ref:
		c.emit(n.to, in)
	case *scope:
		c.emit(n.x, where{n.field.mask, n.field.lead})
	case *exact:
		c.emit(n.x, in)
	case *value:
		c.set.code = append(c.set.code, header(opValue, in, 0, 0), c.value(n))
	case *regex:
		c.set.parts |= in.mask
		c.expression(n)
		c.set.code = append(c.set.code, header(opRegex, in, 0, 0), c.regexps[n.src])
	case *text:
		c.text(n, in)
	case *near:
		flags := uint32(0)
		if n.ordered {
			flags |= flagOrdered
		}
		if n.absent {
			flags |= flagAbsent
		}
		c.group(header(opNear, in, flags, n.n), in, n.a, n.b)
	case *together:
		c.group(header(opTogether, in, flagParagraph*uint32(n.unit), 0), in, n.a, n.b)
	case *atLeast:
		c.group(header(opAtLeast, in, 0, n.n), in, n.x)
	case *not:
		c.group(header(opNot, in, 0, 0), in, n.x)
	case *and:
		c.group(header(opAnd, in, 0, 0), in, c.rarestFirst(n.xs)...)
	case *or:
		c.group(header(opOr, in, 0, 0), in, n.xs...)
	}
}

func (c *compiler) group(header uint32, in where, xs ...node) {
	at := len(c.set.code)
	c.set.code = append(c.set.code, header)
	short := op(header&15) >= opNot
	if !short {
		c.set.code = append(c.set.code, 0)
	}
	for _, x := range xs {
		c.emit(x, in)
	}
	switch size := uint32(len(c.set.code) - at); {
	case !short:
		c.set.code[at+1] = size
	case size < maxNumber:
		c.set.code[at] |= size << 12
	default:
		c.set.code = slices.Insert(c.set.code, at+1, size+1)
	}
}

// rarestFirst puts words and phrases before other clauses and rare ones before
// common ones, so that an AND is mostly decided by the first.
func (c *compiler) rarestFirst(xs []node) []node {
	type ranked struct {
		n    node
		rank float64
	}
	var room [8]ranked
	list := room[:0]
	for _, x := range xs {
		r := ranked{x, 2}
		if t, ok := x.(*text); ok {
			r.rank = frequency(t.words[pivot(t.words)])
		}
		list = append(list, r)
	}
	slices.SortStableFunc(list, func(a, b ranked) int { return cmp.Compare(a.rank, b.rank) })
	xs = slices.Clone(xs)
	for i, r := range list {
		xs[i] = r.n
	}
	return xs
}

func (c *compiler) text(n *text, in where) {
	s := c.set
	s.parts |= in.mask
	flags := uint32(0)
	if n.exact != nil {
		flags = flagExact
	}
	s.code = append(s.code, header(opText, in, flags, len(n.words)))
	if len(n.words) > 1 {
		s.code = append(s.code, uint32(pivot(n.words)))
	}
	for _, w := range n.words {
		t := c.term(w)
		s.code = append(s.code, uint32(t), uint32(t>>32))
	}
	for _, form := range n.exact {
		s.code = append(s.code, uint32(len(s.forms)))
		s.forms = append(s.forms, form)
	}
}

func (c *compiler) value(n *value) uint32 {
	name := n.field.name + ":" + n.src
	no, ok := c.values[name]
	if !ok {
		no = uint32(len(c.set.values))
		c.values[name] = no
		c.set.values = append(c.set.values, n)
	}
	return no
}

func (c *compiler) expression(n *regex) expression {
	no, ok := c.regexps[n.src]
	if !ok {
		x, err := compileRegex(n.src)
		if err != nil { // unreachable unless a tree was not made by parse
			panic(err)
		}
		if word, before := literalWord(string(x.literal)); word != "" {
			x.word, x.before = c.term(word), before
		}
		no = uint32(len(c.set.regexps))
		c.regexps[n.src] = no
		c.set.regexps = append(c.set.regexps, x)
	}
	return c.set.regexps[no]
}
