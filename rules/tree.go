package rules

import (
	"slices"
	"strconv"
	"strings"
)

// node is a clause of a query. The set is closed: the types below. Trees are immutable once their terms are resolved.
type node interface {
	String() string // canonical text, which parses to an equal tree
	level() level
}

// level is how tightly the form binds. A child whose level is below what its
// place asks for is printed in brackets.
type level int

const (
	levelOr level = iota
	levelAnd
	levelNot
	levelNear // NEAR, ONEAR, SENTENCE, PARAGRAPH
	levelTerm
)

type (
	// text is a word or a phrase.
	text struct {
		src   string   // as written, without invisible characters
		words []string // folded; * and ? are wildcards; a stem has its mark, see stem.go
		exact []string // the same in the letter case as written, inside exact:
		off   int
		pivot int32   // the rarest of words
		share float32 // of documents that hold it, see frequency
	}

	// regex is /re2/.
	regex struct {
		src string // between the slashes
		off int
	}

	// value is what a field that isn't text is compared with: reuters.com in
	// site:reuters.com.
	value struct {
		field *field
		src   string
		off   int
	}

	// ref is a named term.
	ref struct {
		name string
		to   node // nil until resolved
		off  int
	}

	// scope confines a clause to a field.
	scope struct {
		field *field
		x     node
		off   int
	}

	// exact is exact:x. What it means stands in the texts under it.
	exact struct {
		x   node
		off int
	}

	// atLeast asks for a number of occurrences.
	atLeast struct {
		n   int
		x   node
		off int
	}

	// near is a NEAR/n b, a ONEAR/n b or a NOT NEAR/n b.
	near struct {
		a, b    node
		n       int // words between them, at most
		ordered bool
		absent  bool
		off     int
	}

	// together is a SENTENCE b or a PARAGRAPH b.
	together struct {
		a, b node
		unit unit
		off  int
	}

	not struct{ x node }
	and struct{ xs []node } // two or more, none of them an *and
	or  struct{ xs []node } // two or more, none of them an *or
)

func (*text) level() level     { return levelTerm }
func (*regex) level() level    { return levelTerm }
func (*value) level() level    { return levelTerm }
func (*ref) level() level      { return levelTerm }
func (*scope) level() level    { return levelTerm }
func (*exact) level() level    { return levelTerm }
func (*atLeast) level() level  { return levelTerm }
func (*near) level() level     { return levelNear }
func (*together) level() level { return levelNear }
func (*not) level() level      { return levelNot }
func (*and) level() level      { return levelAnd }
func (*or) level() level       { return levelOr }

func (n *text) String() string     { return quoteUnless(n.isPlain(), n.src) }
func (n *regex) String() string    { return render(n, false) }
func (n *value) String() string    { return render(n, false) }
func (n *ref) String() string      { return render(n, false) }
func (n *scope) String() string    { return render(n, false) }
func (n *exact) String() string    { return render(n, false) }
func (n *atLeast) String() string  { return render(n, false) }
func (n *near) String() string     { return render(n, false) }
func (n *together) String() string { return render(n, false) }
func (n *not) String() string      { return render(n, false) }
func (n *and) String() string      { return render(n, false) }
func (n *or) String() string       { return render(n, false) }

// children lists the clauses right under n. A ref has none: what it stands for
// is another tree.
func children(n node) []node {
	switch n := n.(type) {
	case *scope:
		return []node{n.x}
	case *exact:
		return []node{n.x}
	case *atLeast:
		return []node{n.x}
	case *near:
		return []node{n.a, n.b}
	case *together:
		return []node{n.a, n.b}
	case *not:
		return []node{n.x}
	case *and:
		return n.xs
	case *or:
		return n.xs
	}
	return nil
}

// walk visits n and all under it, parents first.
func walk(n node, visit func(node)) {
	visit(n)
	for _, x := range children(n) {
		walk(x, visit)
	}
}

// render is the canonical text of n, with terms replaced by what they stand for
// if expand is set.
func render(n node, expand bool) string {
	p := printer{buf: make([]byte, 0, 64), expand: expand}
	p.print(n)
	return string(p.buf)
}

type printer struct {
	buf    []byte
	expand bool
}

func (p *printer) write(parts ...string) {
	for _, s := range parts {
		p.buf = append(p.buf, s...)
	}
}

func (p *printer) quoteUnless(plain bool, src string) {
	if plain {
		p.write(src)
	} else {
		p.write(`"`, src, `"`)
	}
}

func (p *printer) print(n node) {
	switch n := n.(type) {
	case *text:
		p.quoteUnless(n.isPlain(), n.src)
	case *value:
		p.quoteUnless(isPlainWord(n.src) && !isGlob(n.src), n.src)
	case *regex:
		p.write("/", n.src, "/")
	case *ref:
		if p.expand && n.to != nil {
			p.print(n.to)
		} else {
			p.write("@", n.name)
		}
	case *scope:
		p.prefix(n.field.name, n.x)
	case *exact:
		p.prefix("exact", n.x)
	case *atLeast:
		p.prefix("atleast/"+strconv.Itoa(n.n), n.x)
	case *near:
		p.infix(n.a, n.operator(), n.b)
	case *together:
		p.infix(n.a, n.unit.operator(), n.b)
	case *not:
		p.write("NOT ")
		p.nest(n.x, levelNot)
	case *and:
		p.join(n.xs, " AND ", levelNot)
	case *or:
		// AND binds before OR, yet people misread it: it gets brackets.
		p.join(n.xs, " OR ", levelNot)
	}
}

func (p *printer) prefix(name string, x node) {
	p.write(name, ":")
	p.nest(x, levelTerm)
}

// infix prints a and b, of which a may be such a clause itself: they are read
// from left to right.
func (p *printer) infix(a node, operator string, b node) {
	p.nest(a, levelNear)
	p.write(" ", operator, " ")
	p.nest(b, levelTerm)
}

func (p *printer) join(xs []node, operator string, least level) {
	for i, x := range xs {
		if i > 0 {
			p.write(operator)
		}
		p.nest(x, least)
	}
}

func (n *near) operator() string {
	operator := "NEAR/" + strconv.Itoa(n.n)
	switch {
	case n.absent:
		return "NOT " + operator
	case n.ordered:
		return "O" + operator
	}
	return operator
}

// nest prints n, in brackets if it binds less tightly than least.
func (p *printer) nest(n node, least level) {
	shown := n
	for r, ok := shown.(*ref); ok && p.expand && r.to != nil; r, ok = shown.(*ref) {
		shown = r.to
	}
	if shown.level() >= least {
		p.print(shown)
		return
	}
	p.write("(")
	p.print(shown)
	p.write(")")
}

// nesting is how deep the parts of n's canonical text stand inside each other.
func nesting(n node) int {
	in := func(x node, least level) int {
		if x.level() < least {
			return nesting(x) + 1
		}
		return nesting(x)
	}
	switch n := n.(type) {
	case *scope:
		return 1 + in(n.x, levelTerm)
	case *exact:
		return 1 + in(n.x, levelTerm)
	case *atLeast:
		return 1 + in(n.x, levelTerm)
	case *near:
		return 1 + max(in(n.a, levelNear), in(n.b, levelTerm))
	case *together:
		return 1 + max(in(n.a, levelNear), in(n.b, levelTerm))
	case *not:
		return 1 + in(n.x, levelNot)
	}
	depth := 0
	for _, x := range children(n) {
		depth = max(depth, in(x, levelNot))
	}
	return depth
}

func quoteUnless(plain bool, src string) string {
	if plain {
		return src
	}
	return `"` + src + `"`
}

// isPlain tells whether n is printed without quotes.
func (n *text) isPlain() bool { return n.isStem() || isPlainWord(n.src) }

// isPlainWord tells whether src, written without quotes, is read as a word.
func isPlainWord(src string) bool {
	if onlyLetters(src) {
		return src != "" && !slices.ContainsFunc(operators, func(o string) bool { return len(o) == len(src) && strings.EqualFold(o, src) })
	}
	for i, r := range src {
		if !isBare(r) || i == 0 && (isDash(r) || strings.ContainsRune("@/!+[{'‘’", r)) {
			return false
		}
	}
	return !strings.HasSuffix(src, "~") && keyword(strings.ToUpper(src)) == kWord && !isHabit(src)
}

// operators are those that consist of letters only.
var operators = []string{"AND", "OR", "NOT", "NEAR", "ONEAR", "SENTENCE", "PARAGRAPH"}
