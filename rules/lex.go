package rules

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// kind is what a token is.
type kind int

const (
	kEnd      kind = iota
	kWord          // a bare word
	kPhrase        // "a b"
	kOpen          // (
	kClose         // )
	kMinus         // - in front of a term
	kPrefix        // title:
	kTerm          // @name
	kRegexp        // /re2/
	kAnd           // AND
	kOr            // OR
	kNot           // NOT
	kNear          // NEAR/8, ONEAR/8
	kTogether      // SENTENCE, PARAGRAPH
)

// token is one piece of a query. Its text is without invisible characters,
// quotes, the colon of a prefix and the @ of a term.
type token struct {
	kind     kind
	text     string
	off, end int // bytes of the query
}

// String is how messages name the token.
func (t token) String() string {
	switch t.kind {
	case kEnd:
		return "the end of the query"
	case kPhrase:
		return strconv.Quote(t.text)
	case kPrefix:
		return t.text + ":"
	case kTerm:
		return "@" + t.text
	case kRegexp:
		return "/" + t.text + "/"
	}
	return t.text
}

// lexer cuts a query into tokens. It never fails: what it can't read it puts
// into problems and steps over. It can be used again, and keeps its room for tokens.
type lexer struct {
	src      string
	pos      int
	tokens   []token
	problems []problem
}

// lex gives the tokens of a query, the last of them kEnd. They are valid until the
// next call.
func (l *lexer) lex(src string) ([]token, []problem) {
	*l = lexer{src: src, tokens: l.tokens[:0]}
	for l.skipSpace(); l.pos < len(l.src); l.skipSpace() {
		l.token()
	}
	l.add(kEnd, "", l.pos)
	return l.tokens, l.problems
}

func (l *lexer) add(k kind, text string, off int) {
	l.tokens = append(l.tokens, token{k, text, off, l.pos})
}

func (l *lexer) errorf(off, end int, hint, format string, args ...any) {
	l.problems = append(l.problems, problem{off: off, end: end, msg: fmt.Sprintf(format, args...), hint: hint})
}

// peek is the next rune and its size; at the end the size is 0.
func (l *lexer) peek() (rune, int) { return utf8.DecodeRuneInString(l.src[l.pos:]) }

// take reads runes while ok holds and gives what stands from start on, without the
// invisible ones.
func (l *lexer) take(start int, ok func(rune) bool) string {
	for {
		r, n := l.peek()
		switch {
		case n > 0 && isInvisible(r):
			return l.takeVisible(start, ok)
		case n == 0 || !ok(r):
			return l.src[start:l.pos]
		}
		l.pos += n
	}
}

// takeVisible goes on with what take began at start.
func (l *lexer) takeVisible(start int, ok func(rune) bool) string {
	var b strings.Builder
	b.WriteString(l.src[start:l.pos])
	for {
		r, n := l.peek()
		if n == 0 || !isInvisible(r) && !ok(r) {
			return b.String()
		}
		if !isInvisible(r) {
			b.WriteRune(r)
		}
		l.pos += n
	}
}

func (l *lexer) skipSpace() {
	for l.pos < len(l.src) && l.src[l.pos] == ' ' {
		l.pos++
	}
	if l.pos < len(l.src) && !isLower(l.src[l.pos]|0x20) {
		l.take(l.pos, unicode.IsSpace)
	}
}

// skipLetters steps over ASCII letters, of which most texts consist.
func (l *lexer) skipLetters() {
	for l.pos < len(l.src) && isLower(l.src[l.pos]|0x20) {
		l.pos++
	}
}

func (l *lexer) token() {
	off := l.pos
	r, n := l.peek()
	switch {
	case isOpen(r):
		l.pos += n
		l.add(kOpen, "(", off)
	case isClose(r):
		l.pos += n
		l.add(kClose, ")", off)
	case isQuote(r):
		l.pos += n
		l.phrase(off)
	case isColon(r):
		l.pos += n
		l.errorf(off, l.pos, "fields are written title:word; put text that holds a colon in quotes",
			"a colon needs the name of a field before it")
	case isDash(r) && l.negates(n):
		l.pos += n
		l.add(kMinus, "-", off)
	case r == '/':
		l.pos += n
		l.regexp(off)
	default:
		l.bare(off)
	}
}

// negates tells whether a dash of n bytes stands right before a term.
func (l *lexer) negates(n int) bool {
	r, size := utf8.DecodeRuneInString(l.src[l.pos+n:])
	return size > 0 && !unicode.IsSpace(r) && !isClose(r)
}

func (l *lexer) phrase(off int) {
	start := l.pos
	l.skipLetters()
	text := l.take(start, func(r rune) bool { return !isQuote(r) })
	_, n := l.peek()
	l.pos += n
	if n == 0 {
		l.errorf(off, off+1, `close it with another "`, "this quote is never closed")
	}
	l.add(kPhrase, squeeze(text), off)
}

// squeeze makes one space of any white space, and none at the ends.
func squeeze(text string) string {
	if onlyLettersAndSpaces(text) && !strings.Contains(text, "  ") {
		return strings.Trim(text, " ")
	}
	return strings.Join(strings.Fields(text), " ")
}

func (l *lexer) regexp(off int) {
	escaped := false
	text := l.take(l.pos, func(r rune) bool {
		end := r == '/' && !escaped
		escaped = r == '\\' && !escaped
		return !end
	})
	_, n := l.peek()
	l.pos += n
	if n == 0 {
		l.errorf(off, off+1, "close it with another /, or put text that begins with / in quotes",
			"this regular expression is never closed")
	}
	l.add(kRegexp, text, off)
}

func (l *lexer) bare(off int) {
	l.skipLetters()
	text := l.take(off, isBare)
	r, n := l.peek()
	switch {
	case n > 0 && isColon(r):
		l.pos += n
		l.add(kPrefix, strings.ToLower(text), off)
	case strings.HasPrefix(text, "@"):
		l.add(kTerm, text[1:], off)
	default:
		l.add(keyword(text), text, off)
	}
}

// keyword tells operators, which are in capitals, from words.
func keyword(text string) kind {
	switch text {
	case "AND":
		return kAnd
	case "OR":
		return kOr
	case "NOT":
		return kNot
	case "SENTENCE", "PARAGRAPH":
		return kTogether
	}
	if rest, ok := strings.CutPrefix(strings.TrimPrefix(text, "O"), "NEAR"); ok && (rest == "" || rest[0] == '/') {
		return kNear
	}
	return kWord
}

// isBare tells what a bare word may hold.
func isBare(r rune) bool {
	return r < utf8.RuneSelf && isLower(byte(r)|0x20) || !unicode.IsSpace(r) && !isQuote(r) && !isOpen(r) && !isClose(r) && !isColon(r)
}

// Word processors and input methods put typographic and full-width forms where
// people mean plain ones.

func isQuote(r rune) bool {
	return r == '"' || r >= utf8.RuneSelf && strings.ContainsRune("“”„‟«»＂", r)
}
func isOpen(r rune) bool  { return r == '(' || r == '（' }
func isClose(r rune) bool { return r == ')' || r == '）' }
func isColon(r rune) bool { return r == ':' || r == '：' }
