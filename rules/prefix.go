package rules

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/feedwatch/feedwatch/rules/strictyaml"
)

// ref reads @name.
func (p *parser) ref(t token) node {
	if !isName(t.text) {
		p.report(t.off, t.end, "names of terms are letters, digits, - and _; put other text in quotes",
			"@%s is not the name of a term", t.text)
	}
	if p.exact {
		p.report(t.off, t.end, "put exact: into the term", "exact: takes words and phrases, not a term")
	}
	if p.field != nil && !p.field.isText() {
		p.report(t.off, t.end, fmt.Sprintf("write %s:value here, or put the field into the term", p.field.name),
			"%s: takes a value, not a term", p.field.name)
	}
	return &ref{name: t.text, off: t.off}
}

// prefix reads title:x, exact:x or atleast/3:x.
func (p *parser) prefix(t token) node {
	next := p.peek()
	read := p.scope
	if t.text == "exact" {
		read = p.exactly
	} else if strings.HasPrefix(t.text, "atleast/") || t.text == "atleast" {
		read = p.atLeast
	} else if fieldNamed(t.text) == nil {
		p.unknownField(t)
		if next.kind == kRegexp || next.kind == kPrefix { // https://x, 10:30:00
			return p.stop()
		}
	}
	if next.off != t.end || next.kind == kMinus || next.kind == kNot || !next.begins() {
		return p.fail(t, fmt.Sprintf("write %[1]s:word, %[1]s:\"a phrase\" or %[1]s:(a OR b), without a space", t.text),
			"nothing stands behind %s:", t.text)
	}
	if !p.enter(t) {
		return nil
	}
	defer p.leave()
	return read(t)
}

// scope reads what stands behind a field's name.
func (p *parser) scope(t token) node {
	f := fieldNamed(t.text)
	if f == nil {
		f = &field{name: t.text, mask: inText} // so that the rest is read and checked
	}
	outer := p.field
	if outer != nil {
		p.report(t.off, t.end, fmt.Sprintf("take %s: out of the group of %s:", t.text, outer.name),
			"%s: stands inside %s:", t.text, outer.name)
	} else {
		p.field = f
	}
	n := &scope{field: f, x: p.term(), off: t.off}
	p.field = outer
	return n
}

func (p *parser) exactly(t token) node {
	if p.exact {
		p.report(t.off, t.end, "write it once", "exact: stands inside exact:")
	}
	outer := p.exact
	p.exact = true
	n := &exact{x: p.term(), off: t.off}
	p.exact = outer
	return n
}

func (p *parser) atLeast(t token) node {
	number := strings.TrimPrefix(t.text, "atleast/")
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || n > maxSpans || number[0] == '+' {
		p.report(t.off, t.end, "write atleast/3:word or atleast/3:(a OR b)", "%s: needs a number from 1 to %d behind the /", t.text, maxSpans)
	}
	return &atLeast{n: n, x: p.term(), off: t.off}
}

// unknownField reports the field and lets the parser read on.
func (p *parser) unknownField(t token) {
	names := append(fieldNames(), "exact")
	if hint := fieldHabit(t.text, p.peek()); hint != "" {
		p.report(t.off, t.end, hint, "there is no field %s:", t.text)
		return
	}
	hint := "fields are " + strings.Join(names, ", ") + "; put text that holds a colon in quotes"
	if near := strictyaml.Nearest(t.text, names); near != "" {
		hint = "did you mean " + near + ":? " + hint
	}
	p.report(t.off, t.end, hint, "there is no field %s:", t.text)
}
