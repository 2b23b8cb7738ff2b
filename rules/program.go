package rules

import "regexp"

// op is what a clause of a program does.
type op uint32

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

// clause is a compiled node: a few cells of Set.code, and whatever stands behind
// them. Terms are put in and fields moved to the leaves. The first cell holds, from
// the lowest bit on, op (4 bits), where it looks (5), flags (3) and a number (20).
// Then follow
//
//	opText           with two words or more the word to look for first; each word,
//	                 in two cells; inside exact: for each its place in Set.forms
//	opRegex, opValue the place in Set.regexps or Set.values
//	all others       the clauses inside, before them how many cells there are in
//	                 all unless the header has it
//
// The number is that of the words, of NEAR/n or of atleast/n; of NOT, AND and OR it is
// that of the cells if it has room, else 0.
type clause []uint32

const (
	flagOrdered   = 1 << 9 // opNear
	flagAbsent    = 1 << 10
	flagParagraph = 1 << 11 // opTogether
	flagExact     = 1 << 11 // opText
)

func header(o op, in where, flags uint32, n int) uint32 {
	cell := uint32(o) | uint32(in.mask)<<4 | flags | uint32(n)<<12
	if in.lead {
		cell |= 1 << 8
	}
	return cell
}

func (c clause) op() op            { return op(c[0] & 15) }
func (c clause) n() int            { return int(c[0] >> 12) }
func (c clause) has(flag int) bool { return c[0]&uint32(flag) != 0 }
func (c clause) anywhere() bool    { return c[0]>>4&31 == uint32(inText) }
func (c clause) in() where         { return where{mask: partMask(c[0] >> 4 & 15), lead: c[0]>>8&1 != 0} }
func (c clause) next() clause      { return c[c.size():] }
func (c clause) place() int        { return int(c[1]) }
func (c clause) form(i int) int    { return int(c[c.words()+2*c.n()+i]) }
func (c clause) term(i int) uint64 {
	at := c.words() + 2*i
	return uint64(c[at]) | uint64(c[at+1])<<32
}

// words is where the words of a text begin.
func (c clause) words() int {
	if c.n() > 1 {
		return 2
	}
	return 1
}

// pivot is the word of a text to look for first.
func (c clause) pivot() int {
	if c.n() > 1 {
		return int(c[1])
	}
	return 0
}

func (c clause) size() int {
	switch c.op() {
	case opText:
		size := c.words() + 2*c.n()
		if c.has(flagExact) {
			size += c.n()
		}
		return size
	case opRegex, opValue:
		return 2
	case opNot, opAnd, opOr:
		if c.n() > 0 {
			return c.n()
		}
	}
	return int(c[1])
}

// kids are the clauses inside, one behind the other.
func (c clause) kids() clause {
	if c.op() >= opNot && c.n() > 0 {
		return c[1:c.n()]
	}
	return c[2:c[1]]
}

// maxNumber is the first number that has no room in a header.
const maxNumber = 1 << 20

// unit is that of opTogether.
func (c clause) unit() unit {
	if c.has(flagParagraph) {
		return paragraph
	}
	return sentence
}

// least is how many occurrences a clause needs.
func (c clause) least() int {
	if c.op() == opAtLeast {
		return c.n()
	}
	return 1
}

// expression is a compiled regular expression and a text that stands in every
// match of it, or "".
type expression struct {
	re      *regexp.Regexp
	literal []byte
	word    uint64 // the word or pattern of the word that holds most of literal, or 0
	before  int    // bytes of literal before what that word holds
	begins  bool   // literal begins every match

	pinned *regexp.Regexp // re where a match begins with the text; nil if a word doesn't tell where one begins
	run    int            // bytes of literal that word holds
	toEnd  bool           // they end the word, and else begin it
}
