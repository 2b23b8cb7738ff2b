package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/feedwatch/feedwatch/rules/strictyaml"
)

// Format lays out the queries of a pack: as their canonical text, on one line
// where that fits, else in a block whose lines break between clauses. All else,
// comments above all, stays as it is, and so do queries written over several
// lines without | or >. The result says the same as src and formats to itself.
// The errors are those of Parse.
func Format(file string, src []byte) ([]byte, error) {
	before, err := Parse(file, src)
	if err != nil {
		return nil, err
	}
	f, err := strictyaml.Parse(file, src)
	if err != nil { // unreachable: Parse has read it
		return nil, err
	}
	var content packFile
	if err := f.Decode(&content); err != nil { // unreachable: likewise
		return nil, err
	}
	l := &layouter{file: f, lines: strings.Split(string(src), "\n")}
	for name, query := range content.Terms {
		l.query(query, "terms", name)
	}
	for i, rule := range content.Rules {
		l.query(rule.Query, "rules", i, "query")
	}
	out := l.apply()
	after, err := Parse(file, out)
	if err != nil || !samePacks(before, after) { // unreachable unless a layout changes a meaning
		return nil, fmt.Errorf("%s: formatting would change what a rule means, so it was left alone: %w", file, err)
	}
	return out, nil
}

func samePacks(a, b *Pack) bool {
	return slices.EqualFunc(a.Rules, b.Rules, func(x, y *Rule) bool { return x.Query == y.Query && x.Revision == y.Revision })
}

const (
	layoutWidth  = 100 // columns of a line
	layoutIndent = 2   // of what stands in a bracket, and of a block under its key
)

// layouter replaces lines of a file.
type layouter struct {
	file  *strictyaml.File
	lines []string
	edits []layoutEdit
}

// layoutEdit puts text in the place of lines first to last, counted from 0.
type layoutEdit struct {
	first, last int
	text        []string
}

// query lays out the query at path.
func (l *layouter) query(query string, path ...any) {
	n, problems := parse(query)
	scalar, ok := l.file.Scalar(path...)
	if failed(problems) || !ok {
		return
	}
	key := l.file.KeyPos(path...)
	first := scalar.Pos.Line - 1
	line := []rune(l.lines[first])
	head, rest := string(line[:scalar.Pos.Column-1]), string(line[scalar.Pos.Column-1:])
	switch {
	case scalar.Block:
		tail := strings.TrimLeft(rest, "|>+-0123456789") // a comment behind the header
		l.edit(first, l.blockEnd(first, key.Column-1), head, tail, n, key.Column-1)
	case scalar.OneLine:
		tail := string([]rune(rest)[scalar.Span:])
		l.edit(first, first, head, tail, n, key.Column-1)
	}
}

// edit writes n behind head on one line, or as a block where it is too long and
// nothing follows on the line.
func (l *layouter) edit(first, last int, head, tail string, n node, indent int) {
	tail = strings.TrimSuffix(tail, "\r")
	line := head + "'" + strings.ReplaceAll(n.String(), "'", "''") + "'" + tail
	text := []string{line}
	if rest := strings.TrimSpace(tail); len([]rune(line)) > layoutWidth && (rest == "" || rest[0] == '#') {
		text = []string{strings.TrimRight(head+">-"+tail, " ")}
		for _, s := range layout(n, layoutWidth-indent-layoutIndent) {
			text = append(text, strings.Repeat(" ", indent+layoutIndent)+s)
		}
	}
	if strings.HasSuffix(l.lines[first], "\r") {
		for i := range text {
			text[i] += "\r"
		}
	}
	l.edits = append(l.edits, layoutEdit{first, last, text})
}

// blockEnd is the last line of the block whose header stands in line first,
// under a key at a column.
func (l *layouter) blockEnd(first, column int) int {
	end := first
	for i := first + 1; i < len(l.lines); i++ {
		line := l.lines[i]
		if strings.TrimSpace(line) == "" {
			continue
		}
		if len(line)-len(strings.TrimLeft(line, " ")) <= column {
			break
		}
		end = i
	}
	return end
}

func (l *layouter) apply() []byte {
	slices.SortFunc(l.edits, func(a, b layoutEdit) int { return b.first - a.first })
	for _, e := range l.edits {
		l.lines = slices.Replace(l.lines, e.first, e.last+1, e.text...)
	}
	return []byte(strings.Join(l.lines, "\n"))
}

// layout is the canonical text of n in lines of at most width bytes, where its
// clauses allow that.
func layout(n node, width int) []string {
	if s := n.String(); len(s) <= width {
		return []string{s}
	}
	switch n := n.(type) {
	case *and:
		return fill(n.xs, "AND ", width)
	case *or:
		return fill(n.xs, "OR ", width)
	case *not:
		return hang("NOT ", n.x, levelNot, width)
	case *scope:
		return hang(n.field.name+":", n.x, levelTerm, width)
	case *exact:
		return hang("exact:", n.x, levelTerm, width)
	case *atLeast:
		return hang(fmt.Sprintf("atleast/%d:", n.n), n.x, levelTerm, width)
	}
	return []string{n.String()}
}

// fill lays out a list: as much on a line as fits, and what doesn't fit on one
// by itself.
func fill(xs []node, operator string, width int) []string {
	var lines []string
	open := false // the last line can take more
	for i, x := range xs {
		prefix := operator
		if i == 0 {
			prefix = ""
		}
		clause := hang(prefix, x, levelNot, width)
		if len(clause) == 1 && open && len(lines[len(lines)-1])+1+len(clause[0]) <= width {
			lines[len(lines)-1] += " " + clause[0]
			continue
		}
		lines = append(lines, clause...)
		open = len(clause) == 1
	}
	return lines
}

// hang lays out x behind a prefix, in brackets if it binds less tightly than
// least.
func hang(prefix string, x node, least level, width int) []string {
	if x.level() >= least {
		lines := layout(x, width-len(prefix))
		lines[0] = prefix + lines[0]
		return lines
	}
	if s := prefix + "(" + x.String() + ")"; len(s) <= width {
		return []string{s}
	}
	lines := []string{prefix + "("}
	for _, line := range layout(x, width-layoutIndent) {
		lines = append(lines, strings.Repeat(" ", layoutIndent)+line)
	}
	return append(lines, ")")
}
