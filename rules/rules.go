// Package rules is the rule language.
package rules

import (
	"time"

	"github.com/feedwatch/feedwatch/rules/strictyaml"
)

// Error is a mistake at a place in a pack or a query.
type Error = strictyaml.Error

// Pos is a place in a pack or a query.
type Pos = strictyaml.Pos

// Doc is what rules look at.
type Doc struct {
	Feed       string // name of the feed: feed:name
	URL        string // of the document: site:example.com
	Title      string // plain text
	Body       string // plain text
	Author     string
	Language   string // BCP 47; "" where unknown
	Categories []string
	Tags       []string // of the feed: tag:ai
	Tier       int      // of the feed: tier:1
	Published  time.Time
}

// Pack is one parsed and checked file of terms and rules.
type Pack struct {
	File     string
	Rules    []*Rule
	Warnings []*Error // what runs but is probably not meant
}

// Rule is one rule as its author wrote it.
type Rule struct {
	Name      string
	Query     string // canonical text, terms not expanded
	Revision  string // hash of all that decides what it matches
	Severity  string // low, normal (the default) or high
	Receivers []string
	PerItem   bool // alert: item
	Pos       Pos
	Tests     Tests
}

// Tests are a rule's own examples.
type Tests struct {
	Match   []string
	NoMatch []string
}

// Set is a compiled set of rules. It is immutable and safe for concurrent use.
type Set struct{}

// Match is a rule that a document satisfies, with the places that did it.
type Match struct {
	Rule  *Rule
	Spans []Span // in order of field and place
}

// Span is a place in a field of a document.
type Span struct {
	Field string // title, body, author, category, ...
	Start int    // bytes into the field's text
	End   int
	Text  string
}

// Parse reads a pack. The error joins every *Error found.
func Parse(file string, src []byte) (*Pack, error) { panic("unwritten") }

// Compile joins packs into one set. A rule name that two packs share is an
// error at the second one's place.
func Compile(packs ...*Pack) (*Set, error) { panic("unwritten") }

// Rules lists the rules of the set in the order of their packs.
func (s *Set) Rules() []*Rule { panic("unwritten") }

// Match gives the rules that the document satisfies, in the order of Rules.
func (s *Set) Match(d *Doc) []Match { panic("unwritten") }
