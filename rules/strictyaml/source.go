package strictyaml

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Source is a text with a name, which errors point into. It also serves texts
// that are not YAML, such as a query typed on the command line.
type Source struct {
	name  string
	lines []string // without line ends
}

// NewSource makes a source of a text; name is what errors call it.
func NewSource(name, text string) *Source {
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimSuffix(l, "\r")
	}
	return &Source{name: name, lines: lines}
}

// At is the place of the byte at offset in the text, which is where its
// character begins. An offset outside the text gives the nearest end of it. For
// texts of one line, or whose lines end in LF.
func (s *Source) At(offset int) Pos {
	offset = max(offset, 0)
	for i, line := range s.lines {
		if offset <= len(line) || i == len(s.lines)-1 {
			return s.pos(i+1, column(line, offset))
		}
		offset -= len(line) + 1
	}
	return s.pos(1, 1)
}

// Errorf makes an error at a place of this source, source line included.
func (s *Source) Errorf(pos Pos, hint, format string, args ...any) *Error {
	e := &Error{Pos: pos, Msg: fmt.Sprintf(format, args...), Hint: hint}
	if pos.File == s.name {
		e.Line = s.line(pos.Line)
	}
	return e
}

// pos is a place in this source, brought to where the source has text.
func (s *Source) pos(line, col int) Pos {
	line = min(max(line, 1), len(s.lines))
	return Pos{File: s.name, Line: line, Column: max(col, 1)}
}

// line is the text of line n, counted from 1, or "".
func (s *Source) line(n int) string {
	if n < 1 || n > len(s.lines) {
		return ""
	}
	return s.lines[n-1]
}

// column is the column, from 1, of the character that the byte at offset of the
// line belongs to.
func column(line string, offset int) int {
	if offset >= len(line) {
		return utf8.RuneCountInString(line) + 1
	}
	for offset > 0 && !utf8.RuneStart(line[offset]) {
		offset--
	}
	return utf8.RuneCountInString(line[:offset]) + 1
}
