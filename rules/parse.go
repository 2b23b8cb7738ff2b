package rules

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of a query. They keep every later walk over a tree short, so that no
// pack can exhaust the stack or the memory. They hold for a query as written and
// for its canonical text, so that what is printed can always be read.
const (
	maxQuery = 16 << 10 // bytes
	maxDepth = 64       // brackets, prefixes, NOTs and NEARs inside each other

	maxDistance = 999 // of NEAR
)

// problem is a mistake in a query, or with warn set what is probably not meant.
type problem struct {
	off, end  int // bytes of the query
	msg, hint string
	warn      bool
}

// parser reads tokens by recursive descent, a method for each level of
// precedence. After a mistake it goes on where that can be done without
// guessing; broken tells that it can't. It can be used again, and keeps its room.
type parser struct {
	lexer    lexer
	tokens   []token
	at       int
	depth    int    // of brackets, prefixes and NOTs as written
	field    *field // that the clause stands in, or nil
	exact    bool   // the clause stands in exact:
	problems []problem
	broken   bool
	room     room
}

// parse reads a query. With mistakes that leave its shape clear there is a tree
// all the same, so that the terms it names can be checked too; see failed.
func parse(src string) (node, []problem) { return new(parser).parse(src) }

func (p *parser) parse(src string) (node, []problem) {
	if p := unreadable(src); p != nil {
		return nil, []problem{*p}
	}
	*p = parser{lexer: p.lexer, room: p.room}
	p.room.list = p.room.list[:0]
	p.tokens, p.problems = p.lexer.lex(src)
	n := p.or()
	if t := p.peek(); !p.broken && t.kind != kEnd {
		p.unexpected(t)
	}
	if !p.broken {
		p.checkSize(n)
	}
	if p.broken {
		return nil, p.problems
	}
	return n, p.problems
}

// checkSize refuses a tree whose canonical text would be refused.
func (p *parser) checkSize(n node) {
	if nesting(n) > maxDepth {
		p.tooDeep(p.tokens[0])
	}
	if end := p.tokens[len(p.tokens)-1].off; 8*end <= maxQuery { // writing out doesn't lengthen a query so much
		return
	}
	if size := len(n.String()); size > maxQuery {
		p.fail(p.tokens[0], "move parts of it into terms, or make several rules of it",
			"the query has %d bytes with its operators written out; at most %d are read", size, maxQuery)
	}
}

// failed tells whether there is more than warnings.
func failed(problems []problem) bool {
	return slices.ContainsFunc(problems, func(p problem) bool { return !p.warn })
}

func unreadable(src string) *problem {
	switch {
	case len(src) > maxQuery:
		return &problem{off: maxQuery, end: maxQuery + 1, msg: fmt.Sprintf("the query has more than %d bytes", maxQuery),
			hint: "move parts of it into terms, or make several rules of it"}
	case !utf8.ValidString(src):
		off := strings.IndexRune(src, utf8.RuneError)
		return &problem{off: off, end: off + 1, msg: "the query is not UTF-8", hint: "save the file as UTF-8"}
	case strings.TrimFunc(src, func(r rune) bool { return unicode.IsSpace(r) || isInvisible(r) }) == "":
		return &problem{msg: "the query is empty", hint: "write the words to look for, for example: OpenAI AND Microsoft"}
	}
	return nil
}

func (p *parser) peek() token { return p.tokens[p.at] }

// ahead is the token n after the next one; kEnd repeats.
func (p *parser) ahead(n int) token { return p.tokens[min(p.at+n, len(p.tokens)-1)] }

func (p *parser) next() token {
	t := p.tokens[p.at]
	if t.kind != kEnd {
		p.at++
	}
	return t
}

func (p *parser) report(off, end int, hint, format string, args ...any) {
	p.problems = append(p.problems, problem{off: off, end: end, msg: fmt.Sprintf(format, args...), hint: hint})
}

func (p *parser) warn(off, end int, hint, format string, args ...any) {
	p.report(off, end, hint, format, args...)
	p.problems[len(p.problems)-1].warn = true
}

// fail reports a mistake after which the rest can't be understood.
func (p *parser) fail(t token, hint, format string, args ...any) node {
	if !p.broken {
		p.report(t.off, t.end, hint, format, args...)
	}
	return p.stop()
}

func (p *parser) stop() node {
	p.broken, p.at = true, len(p.tokens)-1
	return nil
}

// or = and { "OR" and } .
func (p *parser) or() node {
	x, compound := p.and()
	if p.peek().kind != kOr || p.broken {
		return x
	}
	mixed, from := compound, len(p.room.list)
	splice[*or](p, x)
	var operator token
	for p.peek().kind == kOr {
		operator = p.next()
		x, compound := p.and()
		mixed = mixed || compound
		splice[*or](p, x)
	}
	if p.broken {
		return x
	}
	n := &or{p.members(from)}
	if mixed && !failed(p.problems) {
		p.warn(operator.off, operator.end, "write "+clip(n.String()),
			"AND and OR are mixed without brackets; AND binds first")
	}
	return n
}

// and = not { [ "AND" ] not } . compound tells that there was more than one.
func (p *parser) and() (n node, compound bool) {
	if t := p.peek(); strings.EqualFold(t.text, "not") {
		p.lowerCase()
	}
	n = p.not()
	from := len(p.room.list)
	for !p.broken {
		if p.peek().kind == kAnd {
			p.next()
		} else if !p.peek().begins() {
			break
		}
		if !compound {
			splice[*and](p, n)
			compound = true
		}
		p.lowerCase()
		splice[*and](p, p.not())
	}
	if !compound {
		return n, false
	}
	return &and{p.members(from)}, true
}

// splice adds x to the list under way, or if x is a list of the same kind its
// members, so that brackets which change nothing don't count.
func splice[T node](p *parser, x node) {
	if _, same := x.(T); same {
		p.room.list = append(p.room.list, children(x)...)
	} else {
		p.room.list = append(p.room.list, x)
	}
}

// members ends the list that began at from.
func (p *parser) members(from int) []node {
	list := p.room.list[from:]
	p.room.list = p.room.list[:from]
	return append(p.room.lists.take(len(list))[:0], list...)
}

// begins tells whether a term or a NOT can begin with t.
func (t token) begins() bool {
	switch t.kind {
	case kWord, kPhrase, kOpen, kMinus, kPrefix, kTerm, kRegexp, kNot:
		return true
	}
	return false
}

// lowerCase warns of and, or, not that look like operators but are words.
func (p *parser) lowerCase() {
	t := p.peek()
	if t.kind != kWord || !p.ahead(1).begins() {
		return
	}
	if upper := strings.ToUpper(t.text); keyword(upper) != kWord {
		p.warn(t.off, t.end, fmt.Sprintf("write %s for the operator, %q for the word", upper, t.text),
			"%q is searched as a word; operators are in capitals", t.text)
	}
}

// not = { "NOT" | "-" } near .
func (p *parser) not() node {
	t := p.peek()
	if t.kind != kNot && t.kind != kMinus {
		return p.near()
	}
	p.next()
	if !p.enter(t) {
		return nil
	}
	defer p.leave()
	if next := p.peek(); t.kind == kNot && (next.kind == kNear || next.kind == kTogether) {
		return p.fail(t, "write a NOT NEAR/8 b", "NOT %s needs a term on its left", next)
	}
	return &not{p.not()}
}

// enter counts a level of depth and refuses too many. Brackets that change
// nothing count here, but not in checkSize.
func (p *parser) enter(t token) bool {
	if p.depth++; p.depth > 2*maxDepth {
		p.tooDeep(t)
		return false
	}
	return true
}

func (p *parser) tooDeep(t token) {
	p.fail(t, "move inner parts into terms", "more than %d clauses stand inside each other", maxDepth)
}

func (p *parser) leave() { p.depth-- }

// near = term { nearness term } . What may stand beside nearness is checked when
// terms are known; see positional.
func (p *parser) near() node {
	x := p.term()
	for !p.broken {
		t := p.peek()
		absent := t.kind == kNot && (p.ahead(1).kind == kNear || p.ahead(1).kind == kTogether)
		if absent {
			p.next()
			t = p.peek()
		}
		switch t.kind {
		case kTogether:
			p.next()
			if absent {
				return p.fail(t, "write a AND NOT (a "+t.text+" b), or a NOT NEAR/8 b", "there is no NOT %s", t)
			}
			x = &together{a: x, b: p.term(), unit: unitNamed(t.text), off: t.off}
		case kNear:
			p.next()
			n, ok := p.distance(t, absent)
			if !ok {
				return nil
			}
			x = &near{a: x, b: p.term(), n: n, ordered: t.text[0] == 'O', absent: absent, off: t.off}
		default:
			return x
		}
	}
	return nil
}

// distance reads the number of NEAR/8.
func (p *parser) distance(t token, absent bool) (n int, ok bool) {
	_, number, _ := strings.Cut(t.text, "/")
	n, err := strconv.Atoi(number)
	switch {
	case number == "":
		p.fail(t, "write NEAR/8 (Meltwater's is NEAR/4) for at most eight words between them, \"near\" for the word", "%s needs a distance", t)
	case strings.HasSuffix(number, "f") && err != nil && isDigits(number[:len(number)-1]):
		p.fail(t, "write ONEAR/"+number[:len(number)-1]+" for terms in this order", "the distance of %s must be a number", t)
	case err != nil || n > maxDistance || number[0] == '+' || number[0] == '-':
		p.fail(t, "write NEAR/8 for at most eight words between them", "the distance of %s must be a number from 0 to %d", t, maxDistance)
	case absent && t.text[0] == 'O':
		p.fail(t, "write NOT NEAR/"+number, "there is no NOT %s", t)
	default:
		return n, true
	}
	return 0, false
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// term = word | word "~" | phrase | regexp | "@" name | prefix term | "(" or ")" .
func (p *parser) term() node {
	t := p.next()
	switch t.kind {
	case kWord, kPhrase:
		return p.text(t)
	case kTerm:
		return p.ref(t)
	case kPrefix:
		return p.prefix(t)
	case kOpen:
		return p.group(t)
	case kRegexp:
		return p.regex(t)
	}
	return p.expected(t)
}

func (p *parser) group(open token) node {
	if !p.enter(open) {
		return nil
	}
	defer p.leave()
	if t := p.peek(); t.kind == kClose {
		return p.fail(token{off: open.off, end: t.end}, "write a term between them or take them out", "the brackets hold nothing")
	}
	n := p.or()
	if t := p.peek(); t.kind == kClose || p.broken {
		p.next()
		return n
	} else if t.kind != kEnd {
		return p.unexpected(t)
	}
	return p.fail(open, "add a ) where the group ends", "this bracket is never closed")
}

// unexpected refuses a token behind a complete clause.
func (p *parser) unexpected(t token) node {
	if t.kind == kClose {
		return p.fail(t, "take it out, or add a ( where the group begins", "this bracket was never opened")
	}
	return p.fail(t, "", "%s is not expected here", t)
}

// expected refuses a token where a term must stand.
func (p *parser) expected(t token) node {
	const wanted = "a word, a phrase in quotes or ("
	if p.at == 1 && (t.kind == kAnd || t.kind == kOr) && p.peek().kind != kEnd {
		return p.fail(t, "begin with what must occur, as in OpenAI AND NOT Azure; "+operatorHint(t), "%s has nothing on its left", t)
	}
	if p.at < 2 && t.kind != kEnd || t.kind == kEnd && len(p.tokens) < 2 {
		return p.fail(t, operatorHint(t), "expected %s, found %s", wanted, t)
	}
	before := p.tokens[max(p.at-2, 0)]
	if t.kind == kEnd {
		before = p.tokens[len(p.tokens)-2]
		t.off, t.end = before.off, before.end
		return p.fail(t, operatorHint(before), "expected %s after %s, found the end of the query", wanted, before)
	}
	return p.fail(t, operatorHint(t), "expected %s after %s, found %s", wanted, before, t)
}

func operatorHint(t token) string {
	switch t.kind {
	case kAnd, kOr, kNot, kNear, kTogether:
		return fmt.Sprintf("%q is an operator; to look for the word write it in quotes", t.text)
	case kClose:
		return "take the bracket out, or write what is missing before it"
	}
	return ""
}

// clip shortens a text that a message quotes.
func clip(s string) string {
	const most = 120
	if len(s) <= most {
		return s
	}
	cut := most
	for !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "..."
}
