package strictyaml

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Pos is the place of the value at a path of map keys (string) and list indexes
// (int), or of the nearest parent that exists.
func (f *File) Pos(path ...any) Pos { return f.find(path).pos }

// KeyPos is the place of the key at the end of a path, or what Pos gives where
// the path ends in a list index or does not exist.
func (f *File) KeyPos(path ...any) Pos {
	if len(path) > 0 {
		if key, ok := path[len(path)-1].(string); ok {
			if e := f.find(path[:len(path)-1]).entry(key); e != nil {
				return e.pos
			}
		}
	}
	return f.Pos(path...)
}

// Has tells whether something stands at the path, be it null.
func (f *File) Has(path ...any) bool {
	v := f.root
	for _, step := range path {
		if v = v.child(step); v == nil {
			return false
		}
	}
	return true
}

// find is the value at a path, or the nearest parent that exists.
func (f *File) find(path []any) *value {
	v := f.root
	for _, step := range path {
		next := v.child(step)
		if next == nil {
			break
		}
		v = next
	}
	return v
}

// child is the value under a key or index, or nil.
func (v *value) child(step any) *value {
	switch step := step.(type) {
	case string:
		if e := v.entry(step); e != nil {
			return e.value
		}
	case int:
		if step >= 0 && step < len(v.list) {
			return v.list[step]
		}
	}
	return nil
}

// Errorf makes an error at a place of this file, source line included. If a
// value or a key begins at the place, all of it is marked.
func (f *File) Errorf(pos Pos, hint, format string, args ...any) *Error {
	e := f.Source.Errorf(pos, hint, format, args...)
	if pos.File == f.name {
		f.spansOnce.Do(func() {
			f.spans = make(map[place]int)
			f.root.addSpans(f.spans)
		})
		e.Span = f.spans[place{pos.Line, pos.Column}]
	}
	return e
}

// place is a Pos in a file that goes without saying.
type place struct{ line, column int }

// addSpans puts in the span of whatever begins at a place under v, of what
// begins at the same place the first.
func (v *value) addSpans(spans map[place]int) {
	if v.kind == scalar {
		addSpan(spans, v.pos, v.span)
	}
	for _, item := range v.list {
		item.addSpans(spans)
	}
	for _, e := range v.entries {
		addSpan(spans, e.pos, e.span)
		e.value.addSpans(spans)
	}
}

func addSpan(spans map[place]int, pos Pos, span int) {
	if at := (place{pos.Line, pos.Column}); spans[at] == 0 {
		spans[at] = span
	}
}

// PosIn is the place of the byte at offset in the decoded string at path: of
// the character it belongs to. It is exact for plain and quoted scalars on one
// line and for literal blocks (|), and the start of the scalar for others.
func (f *File) PosIn(offset int, path ...any) Pos {
	v := f.find(path)
	if v.kind != scalar || offset < 0 || offset > len(v.text) {
		return v.pos
	}
	for offset < len(v.text) && offset > 0 && !utf8.RuneStart(v.text[offset]) {
		offset--
	}
	if v.style == literal {
		return f.posInLiteral(v, offset)
	}
	if !v.oneLine {
		return v.pos
	}
	source := f.from(v.pos)
	at, _, _ := scan(source, v.style, v.text, offset)
	return f.pos(v.pos.Line, v.pos.Column+utf8.RuneCountInString(source[:at]))
}

// posInLiteral finds the place of an offset in a literal block, whose lines
// stand in the source as they are but for their indentation.
func (f *File) posInLiteral(v *value, offset int) Pos {
	line := v.pos.Line
	for _, text := range strings.SplitAfter(v.text, "\n") {
		line++
		if offset > len(text) || offset == len(text) && strings.HasSuffix(text, "\n") {
			offset -= len(text)
			continue
		}
		text = strings.TrimSuffix(text, "\n")
		indent, ok := strings.CutSuffix(f.line(line), text)
		if !ok || strings.Trim(indent, " ") != "" {
			break
		}
		return f.pos(line, len(indent)+column(text, offset))
	}
	return v.pos
}

// from is the rest of the source line from a place on.
func (s *Source) from(pos Pos) string {
	line := s.line(pos.Line)
	for range pos.Column - 1 {
		_, size := utf8.DecodeRuneInString(line)
		line = line[size:]
	}
	return line
}

// scalarSpan is how many characters a scalar takes on its first line, of which
// source is what stands from there on, and whether that is all of it.
func scalarSpan(v *value, source string) (span int, oneLine bool) {
	if _, size, ok := scan(source, v.style, v.text, 0); ok {
		return utf8.RuneCountInString(source[:size]), true
	}
	return max(1, utf8.RuneCountInString(strings.TrimRight(source, " \t"))), false
}

// scan reads a one-line scalar at the start of source. It gives where the byte
// at offset of its text stands in source, the bytes the scalar takes, and
// whether it reads as text, which tells that goccy and scan agree about it.
func scan(source string, s style, text string, offset int) (at, size int, ok bool) {
	quote := quotes[s]
	if !strings.HasPrefix(source, quote) {
		return 0, 0, false
	}
	size = len(quote)
	if offset == 0 && strings.HasPrefix(source[size:], text) && !strings.ContainsAny(text, quote+`\`) { // it stands as it is
		size += len(text)
		return len(quote), size + len(quote), strings.HasPrefix(source[size:], quote)
	}
	for read := 0; read < len(text); {
		if read == offset {
			at = size
		}
		n, char := unit(source[size:], s)
		if n == 0 || !strings.HasPrefix(text[read:], char) {
			return 0, 0, false
		}
		size += n
		read += len(char)
	}
	if offset >= len(text) {
		at = size
	}
	return at, size + len(quote), strings.HasPrefix(source[size:], quote)
}

// quotes are what scalars of each style begin and end with.
var quotes = [...]string{singleQuoted: "'", doubleQuoted: `"`, folded: ""}

// unit reads one character of a scalar as it is written: how many bytes of the
// source it takes (0 if it is none), and what it stands for.
func unit(source string, s style) (n int, char string) {
	switch {
	case source == "":
		return 0, ""
	case s == singleQuoted && strings.HasPrefix(source, "''"):
		return 2, "'"
	case s == doubleQuoted && source[0] == '\\':
		return escape(source)
	case s == singleQuoted && source[0] == '\'', s == doubleQuoted && source[0] == '"':
		return 0, ""
	}
	_, n = utf8.DecodeRuneInString(source)
	return n, source[:n]
}

// escapes are the escapes of one letter, YAML 1.2 section 5.7.
var escapes = map[byte]string{
	'0': "\x00", 'a': "\a", 'b': "\b", 't': "\t", '\t': "\t", 'n': "\n", 'v': "\v", 'f': "\f", 'r': "\r", 'e': "\x1b",
	' ': " ", '"': `"`, '/': "/", '\\': `\`, 'N': "\u0085", '_': "\u00a0", 'L': "\u2028", 'P': "\u2029",
}

// escape reads an escape of a double-quoted scalar, as unit does.
func escape(source string) (n int, char string) {
	if len(source) < 2 {
		return 0, ""
	}
	if char, ok := escapes[source[1]]; ok {
		return 2, char
	}
	digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[source[1]]
	r, ok := hex(source[2:], digits)
	if !ok {
		return 0, ""
	}
	n = 2 + digits
	if utf16.IsSurrogate(r) && strings.HasPrefix(source[n:], `\u`) {
		low, _ := hex(source[n+2:], 4)
		return n + 6, string(utf16.DecodeRune(r, low))
	}
	return n, string(r)
}

// hex reads a number of exactly so many hexadecimal digits.
func hex(s string, digits int) (rune, bool) {
	if digits == 0 || len(s) < digits {
		return 0, false
	}
	n, err := strconv.ParseUint(s[:digits], 16, 31)
	return rune(n), err == nil
}

// Scalar is how a single value stands in the source.
type Scalar struct {
	Pos     Pos  // where it begins: its quote, or the | or > of a block
	Span    int  // how many characters it takes of the line of Pos
	OneLine bool // it ends on that line
	Block   bool // it is a block, which begins on the next line
}

// Scalar tells how the single value at a path is written, for those who want to
// write another in its place. It reports false where there is none.
func (f *File) Scalar(path ...any) (Scalar, bool) {
	v := f.find(path)
	if v.kind != scalar || !f.Has(path...) {
		return Scalar{}, false
	}
	return Scalar{Pos: v.pos, Span: v.span, OneLine: v.oneLine, Block: v.style == literal || v.style == folded}, true
}
