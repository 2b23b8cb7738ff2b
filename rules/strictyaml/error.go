package strictyaml

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/agnivade/levenshtein"
	"golang.org/x/text/width"
)

// Pos is a place in a source.
type Pos struct {
	File   string // as the user named it
	Line   int    // from 1
	Column int    // from 1, in characters
}

// String is file:line:column, the form editors jump to.
func (p Pos) String() string {
	place := strconv.Itoa(p.Line) + ":" + strconv.Itoa(p.Column)
	if p.File == "" {
		return place
	}
	return p.File + ":" + place
}

// Error is something wrong at a place, with the remedy where one is known.
type Error struct {
	Pos  Pos
	Msg  string // what is wrong: no capital, no full stop
	Hint string // what to do; may be empty
	Line string // the source line the place is in; may be empty
	Span int    // how many characters from Pos on are meant; 0 means 1
}

// Error is one line: file:line:column: message.
func (e *Error) Error() string { return e.Pos.String() + ": " + e.Msg }

// Detail is several lines: the error, the source line, a caret under the place,
// and the hint. The last line has no line end.
func (e *Error) Detail() string {
	var b strings.Builder
	b.WriteString(e.Error())
	if strings.TrimSpace(e.Line) != "" {
		source, caret := e.excerpt()
		number := strconv.Itoa(e.Pos.Line)
		fmt.Fprintf(&b, "\n%s | %s", number, source)
		fmt.Fprintf(&b, "\n%*s | %s", len(number), "", caret)
	}
	if e.Hint != "" {
		b.WriteString("\nhint: " + e.Hint)
	}
	return b.String()
}

// Excerpts of longer lines show this many characters around the place.
const excerptBefore, excerptAfter = 60, 60

// excerpt gives the part of the source line around the place, fit for a
// terminal, and the line of carets to print under it.
func (e *Error) excerpt() (source, caret string) {
	line := []rune(e.Line)
	at := min(max(e.Pos.Column-1, 0), len(line))
	end := min(at+max(e.Span, 1), len(line))
	from, to := 0, len(line)
	if to > excerptBefore+excerptAfter {
		from, to = max(0, at-excerptBefore), min(to, at+excerptAfter)
	}
	var text, under strings.Builder
	if from > 0 {
		text.WriteRune('…')
		under.WriteRune(' ')
	}
	for i, r := range line[from:to] {
		text.WriteRune(printable(r))
		switch i += from; {
		case i == at:
			under.WriteString("^" + strings.Repeat("~", columns(r)-1))
		case i > at && i < end:
			under.WriteString(strings.Repeat("~", columns(r)))
		case r == '\t':
			under.WriteRune('\t') // both lines then advance to the same tab stop
		default:
			under.WriteString(strings.Repeat(" ", columns(r)))
		}
	}
	if at >= to {
		under.WriteString("^") // behind the end of the line
	}
	if to < len(line) {
		text.WriteRune('…')
	}
	return text.String(), strings.TrimRight(under.String(), " \t")
}

// printable replaces what a terminal would obey or not show, so that the caret
// stands where it should and a file cannot drive the terminal.
func printable(r rune) rune {
	if r != '\t' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Mn, unicode.Me, unicode.Zl, unicode.Zp) {
		return '·'
	}
	return r
}

// columns is how many columns of a terminal a character takes.
func columns(r rune) int {
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// Errors lists the *Error values in err, which may be joined or wrapped, in
// order of place: files in the order they first appear, then line and column.
// Other errors in err are left out.
func Errors(err error) []*Error {
	var found []*Error
	collect(err, &found)
	order := map[string]int{}
	for _, e := range found {
		if _, ok := order[e.Pos.File]; !ok {
			order[e.Pos.File] = len(order)
		}
	}
	slices.SortStableFunc(found, func(a, b *Error) int {
		if d := order[a.Pos.File] - order[b.Pos.File]; d != 0 {
			return d
		}
		if d := a.Pos.Line - b.Pos.Line; d != 0 {
			return d
		}
		return a.Pos.Column - b.Pos.Column
	})
	return found
}

// collect appends the *Error values in the tree of errors under err.
func collect(err error, found *[]*Error) {
	switch e := err.(type) {
	case nil:
	case *Error:
		*found = append(*found, e)
	case interface{ Unwrap() []error }:
		for _, one := range e.Unwrap() {
			collect(one, found)
		}
	default:
		collect(errors.Unwrap(err), found)
	}
}

// Join makes one error of many, in order of place, or nil of none.
func Join(list []*Error) error {
	all := make([]error, len(list))
	for i, e := range list {
		all[i] = e
	}
	for i, e := range Errors(errors.Join(all...)) {
		all[i] = e
	}
	return errors.Join(all...)
}

// Nearest is the word of known that is closest to word, or "" where none is
// close enough to be meant.
func Nearest(word string, known []string) string {
	best, nearest := "", max(2, (len(word)+1)/3)+1
	if len(word) < 4 {
		nearest = 2
	}
	for _, k := range known {
		a, b := strings.ToLower(word), strings.ToLower(k)
		d := levenshtein.ComputeDistance(a, b)
		if d == 2 && sameLetters(a, b) {
			d = 1 // two letters are exchanged, which is one slip of the fingers
		}
		if d < nearest && d < len(k) {
			best, nearest = k, d
		}
	}
	return best
}

func sameLetters(a, b string) bool {
	return slices.Equal(slices.Sorted(slices.Values([]rune(a))), slices.Sorted(slices.Values([]rune(b))))
}
