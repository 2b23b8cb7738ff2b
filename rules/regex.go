package rules

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"strings"
)

// regex reads /re2/. It is compiled when the set is; here it is only checked.
func (p *parser) regex(t token) node {
	switch x, err := compileRegex(t.text); {
	case p.field != nil && !p.field.isText():
		p.report(t.off, t.end, "write the value in full", "%s: takes no regular expression", p.field.name)
	case p.exact:
		p.report(t.off, t.end, "take it out of exact:", "a regular expression looks at folded text, so exact: has no sense")
	case err != nil:
		p.report(t.off, t.end, "the syntax is RE2's: https://github.com/google/re2/wiki/Syntax", "%s", regexMessage(err))
	case len(x.literal) == 0:
		p.warn(t.off, t.end, "put a word into it that always occurs", "every document is searched for this expression, since no text is certain to occur in it")
	}
	return &regex{src: t.text, off: t.off}
}

// errCanBeEmpty refuses expressions that hold everywhere.
var errCanBeEmpty = errors.New("the regular expression matches nothing at all, so it would match everywhere")

func regexMessage(err error) string {
	if bad, ok := errors.AsType[*syntax.Error](err); ok {
		return "the regular expression is wrong: " + bad.Code.String() + " " + clip(bad.Expr)
	}
	return err.Error()
}

// compileRegex compiles an expression for folded text.
func compileRegex(src string) (x expression, err error) {
	tree, err := syntax.Parse(src, syntax.Perl|syntax.FoldCase)
	if err != nil {
		return x, err
	}
	if shortest(tree) == 0 {
		return x, errCanBeEmpty
	}
	foldLiterals(newFolder(), tree)
	if x.re, err = regexp.Compile(tree.String()); err != nil {
		return x, err
	}
	tree = tree.Simplify()
	literal := certain(tree)
	x.literal, x.begins = []byte(literal), literal != "" && strings.HasPrefix(beginning(tree), literal)
	return x, nil
}

// pin makes use of a pattern that tells at which end of a word the literal stands, if
// that begins every match: nothing needs to be searched then.
func (x *expression) pin(pattern string) {
	x.toEnd = pattern[0] == '*'
	if x.begins && !(x.toEnd && pattern[len(pattern)-1] == '*') {
		x.run = len(strings.Trim(pattern, "*"))
		x.pinned = regexp.MustCompile(`\A(?:` + x.re.String() + `)`)
	}
}

// beginning is the text that every match of re begins with, wherever it stands.
func beginning(re *syntax.Regexp) string {
	for re.Op == syntax.OpConcat || re.Op == syntax.OpCapture {
		re = re.Sub[0]
	}
	if re.Op != syntax.OpLiteral || re.Flags&syntax.FoldCase != 0 {
		return ""
	}
	return string(re.Rune)
}

// foldLiterals folds the texts in an expression as documents are folded. Their
// letter case then needs no thought, so that package regexp can search for them.
func foldLiterals(f *folder, re *syntax.Regexp) {
	if re.Op == syntax.OpLiteral {
		if folded := []rune(f.form(string(re.Rune))); len(folded) > 0 {
			re.Rune, re.Flags = folded, re.Flags&^syntax.FoldCase
		}
	}
	for _, sub := range re.Sub {
		foldLiterals(f, sub)
	}
}

// shortest is how many characters re matches at least.
func shortest(re *syntax.Regexp) int {
	n := 0
	switch re.Op {
	case syntax.OpLiteral:
		return len(re.Rune)
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return 1
	case syntax.OpConcat, syntax.OpCapture, syntax.OpPlus:
		for _, sub := range re.Sub {
			n += shortest(sub)
		}
	case syntax.OpRepeat:
		return re.Min * shortest(re.Sub[0])
	case syntax.OpAlternate:
		n = shortest(re.Sub[0])
		for _, sub := range re.Sub[1:] {
			n = min(n, shortest(sub))
		}
	}
	return n
}

// certain is the longest text that stands in every match of re.
func certain(re *syntax.Regexp) string {
	best := ""
	switch re.Op {
	case syntax.OpLiteral:
		best = string(re.Rune)
	case syntax.OpConcat, syntax.OpCapture, syntax.OpPlus:
		for _, sub := range re.Sub {
			if s := certain(sub); len(s) > len(best) {
				best = s
			}
		}
	}
	return best
}
