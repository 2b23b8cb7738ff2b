package rules

import (
	"cmp"
	"encoding/binary"
	"maps"
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
	s := &Set{hasher: newHasher(), patterns: newPatternIndex()}
	n := 0
	for _, p := range packs {
		n += len(p.Rules)
	}
	s.rules = make([]*Rule, 0, n)
	for _, p := range packs {
		s.rules = append(s.rules, p.Rules...)
	}
	s.byName = sortedByName(s.rules)
	if err := s.sharedNames(); err != nil {
		return nil, err
	}
	s.compile()
	s.pool.New = func() any { return newReader(s) }
	return s, nil
}

// sortedByName sorts the numbers of rules by their names, and of those that share a
// name by themselves.
func sortedByName(rules []*Rule) []int32 {
	type named struct {
		begins uint64 // the first eight bytes of the name, which mostly decide
		rule   int32
	}
	list := make([]named, len(rules))
	for i, r := range rules {
		var begins [8]byte
		copy(begins[:], r.Name)
		list[i] = named{binary.BigEndian.Uint64(begins[:]), int32(i)}
	}
	slices.SortFunc(list, func(a, b named) int {
		if a.begins != b.begins {
			return cmp.Compare(a.begins, b.begins)
		}
		return cmp.Or(strings.Compare(rules[a.rule].Name, rules[b.rule].Name), cmp.Compare(a.rule, b.rule))
	})
	sorted := make([]int32, len(rules))
	for i, n := range list {
		sorted[i] = n.rule
	}
	return sorted
}

// sharedNames is an error for each rule that has the name of another before it.
func (s *Set) sharedNames() error {
	firsts := make(map[int32]int32) // rule -> the first of its name, where that is another
	first := 0                      // where in byName the name first stands
	for i, rule := range s.byName {
		if s.rules[rule].Name != s.rules[s.byName[first]].Name {
			first = i
		} else if i > first {
			firsts[rule] = s.byName[first]
		}
	}
	var errs []*Error
	for _, rule := range slices.Sorted(maps.Keys(firsts)) {
		r := s.rules[rule]
		errs = append(errs, &strictyaml.Error{Pos: r.Pos, Span: len(r.Name), Hint: "give each rule its own name",
			Msg: "a second rule is named " + r.Name + "; the first is at " + s.rules[firsts[rule]].Pos.String()})
	}
	return strictyaml.Join(errs)
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

// compile builds programs and table, batch by batch.
func (s *Set) compile() {
	compilers := make([]*compiler, batches(len(s.rules)))
	numbers := newNumbers(s)
	inBatches(len(s.rules), func(no, from, to int) {
		c := &compiler{numbers: numbers, hasher: s.hasher}
		c.run(s.rules[from:to], from)
		compilers[no] = c
	})
	var code, always, postings int
	for _, c := range compilers {
		code, always, postings = code+len(c.code), always+len(c.always), postings+len(c.postings)
	}
	s.programs = make([]uint32, 0, len(s.rules))
	s.code, s.always = make([]uint32, 0, code), make([]int32, 0, always)
	all := make([]posting, 0, postings)
	for _, c := range compilers {
		for _, at := range c.programs {
			s.programs = append(s.programs, uint32(len(s.code))+at)
		}
		s.code, s.always = append(s.code, c.code...), append(s.always, c.always...)
		all = append(all, c.postings...)
		s.parts |= c.parts
	}
	s.table = newTable(all)
}

// compiler builds the programs and postings of one batch of rules.
type compiler struct {
	numbers     *numbers
	hasher      hasher
	code        []uint32
	programs    []uint32
	always      []int32
	postings    []posting
	parts       partMask
	anchorArena []anchor // of the rule under way
	buf         []byte
}

// run compiles rules, the first of which has a number.
func (c *compiler) run(rules []*Rule, first int) {
	c.code = make([]uint32, 0, 12*len(rules)) // about as much as they need
	c.postings = make([]posting, 0, 3*len(rules))
	c.programs = make([]uint32, len(rules))
	for i, r := range rules {
		c.programs[i] = uint32(len(c.code))
		c.emit(r.n, anywhere)
		c.hang(first+i, r.n)
	}
}

// term is the number of a word of a query.
func (c *compiler) term(w string) uint64 {
	if isPattern(w) {
		return c.numbers.pattern(w)
	}
	c.buf = append(append(c.buf[:0], w...), zeros[:]...)
	return c.hasher.word(c.buf, 0, uint32(len(w)))
}

var zeros [padding]byte

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
		c.code = append(c.code, header(opValue, in, 0, 0), c.numbers.value(n))
	case *regex:
		c.parts |= in.mask
		_, no := c.expression(n)
		c.code = append(c.code, header(opRegex, in, 0, 0), no)
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
	at := len(c.code)
	c.code = append(c.code, header)
	short := op(header&15) >= opNot
	if !short {
		c.code = append(c.code, 0)
	}
	for _, x := range xs {
		c.emit(x, in)
	}
	switch size := uint32(len(c.code) - at); {
	case !short:
		c.code[at+1] = size
	case size < maxNumber:
		c.code[at] |= size << 12
	default:
		c.code = slices.Insert(c.code, at+1, size+1)
	}
}

// rarestFirst puts words and phrases before other clauses and rare ones before
// common ones, so that an AND is mostly decided by the first.
func (c *compiler) rarestFirst(xs []node) []node {
	type ranked struct {
		n    node
		rank float32
	}
	var room [8]ranked
	list := room[:0]
	for _, x := range xs {
		r := ranked{x, 2}
		if t, ok := x.(*text); ok {
			r.rank = t.share
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
	c.parts |= in.mask
	flags := uint32(0)
	if n.exact != nil {
		flags = flagExact
	}
	c.code = append(c.code, header(opText, in, flags, len(n.words)))
	if len(n.words) > 1 {
		c.code = append(c.code, uint32(n.pivot))
	}
	for _, w := range n.words {
		t := c.term(w)
		c.code = append(c.code, uint32(t), uint32(t>>32))
	}
	for _, form := range n.exact {
		c.code = append(c.code, c.numbers.form(form))
	}
}

// expression is what n is compiled to, and its place in Set.regexps.
func (c *compiler) expression(n *regex) (expression, uint32) {
	x, no, ok := c.numbers.known(n.src)
	if ok {
		return x, no
	}
	x, err := compileRegex(n.src)
	if err != nil { // unreachable unless a tree was not made by parse
		panic(err)
	}
	if word, before := literalWord(string(x.literal)); word != "" {
		x.word, x.before = c.term(word), before
		x.pin(word)
	}
	return x, c.numbers.expression(n.src, x)
}
