package rules

import (
	"time"

	"github.com/feedwatch/feedwatch/rules/strictyaml"
)

// Error is a mistake at a place in a pack or a query.
type Error = strictyaml.Error

// Pos is a place in a pack or a query.
type Pos = strictyaml.Pos

// Doc is what rules look at. Its text is plain: what a person reads, without
// markup.
type Doc struct {
	Feed       string // name of the feed: feed:name
	URL        string // of the document: site:example.com
	Title      string
	Body       string
	Author     string
	Language   string // BCP 47; "" where unknown
	Categories []string
	Tags       []string // of the feed: tag:ai
	Tier       int      // of the feed: tier:1; 0 where unknown
	Published  time.Time
}

// Pack is one parsed and checked file of terms and rules.
type Pack struct {
	File     string
	Rules    []*Rule
	Warnings []*Error // what runs but is probably not meant, in order of place
}

// Rule is one rule as its author wrote it. It comes from Parse or ParseQuery
// and is not changed afterwards.
type Rule struct {
	Name      string
	Query     string // canonical text, terms not expanded
	Revision  string // 12 hexadecimal digits: hash of all that decides what the rule matches
	Severity  string // low, normal (the default) or high
	Receivers []string
	PerItem   bool // alert: item
	Asks      Conditions
	OnNew     bool // on: [new], which is the default: a new item tells
	OnChange  bool // on: [changed]: a change of an item that matches, before or since, tells
	Pos       Pos  // of its name
	Tests     Tests

	n node // with terms resolved
}

// Tests are a rule's own examples: titles that must match and must not.
type Tests struct {
	Match   []string
	NoMatch []string

	matchPos, noMatchPos []Pos
}

// Match is a rule that a document satisfies, with the places that did it.
type Match struct {
	Rule  *Rule
	Spans []Span // in order of field and place; see the package comment
}

// Span is a place in a text field of a document.
type Span struct {
	Field string // title, body, author or category
	Value int    // which category, counted from 0; else 0
	Start int    // bytes into the field's text as the document has it
	End   int
	Text  string // the field's text from Start to End
}
