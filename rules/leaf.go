package rules

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// text reads a word or a phrase, or in a field of values a value.
func (p *parser) text(t token) node {
	if p.field != nil && !p.field.isText() {
		return p.value(t)
	}
	switch {
	case t.kind == kPhrase:
		p.behindPhrase(t)
	case p.habit(t):
		return p.newText(t, nil)
	case isStem(t.text):
		return p.stem(t)
	case strings.HasPrefix(t.text, "'"), strings.HasPrefix(t.text, "‘"):
		p.warn(t.off, t.end, `phrases are written "in double quotes"`, "a single quote doesn't begin a phrase")
	}
	words := p.words(t.text)
	switch {
	case t.kind == kPhrase && t.text == "":
		p.report(t.off, t.end, "write a word between the quotes or take them out", "the phrase is empty")
	case len(words) == 0:
		p.report(t.off, t.end, symbolHint(t.text), "%s holds no word", t)
	case slices.ContainsFunc(words, func(w string) bool { return literals(w) == 0 }):
		p.report(t.off, t.end, "a wildcard stands for characters of a word; write \"a\" AND \"b\" for words apart",
			"a wildcard here has no letters beside it")
	default:
		p.checkWords(t, words)
	}
	n := p.newText(t, words)
	if p.exact {
		n.exact = queryWords(t.text, newExactFolder().form)
	}
	return n
}

// words are those of a text. Most texts are one word of ASCII letters.
func (p *parser) words(text string) []string {
	if text == "" || !onlyLetters(text) {
		return queryWords(text, nil)
	}
	words := p.room.words.take(1)
	words[0] = strings.ToLower(text)
	return words
}

func (p *parser) newText(t token, words []string) *text {
	n := &p.room.texts.take(1)[0]
	*n = text{src: t.text, words: words, off: t.off}
	if len(words) > 0 {
		n.pivot = int32(pivot(words))
		n.share = float32(frequency(words[n.pivot]))
	}
	return n
}

// symbolHint tells what to write for operators of other languages.
func symbolHint(s string) string {
	switch s {
	case "&&", "&":
		return "write AND"
	case "+":
		return "leave it out: terms side by side must all occur"
	case "||", "|":
		return "write OR"
	case "!":
		return "write NOT"
	case "-":
		return "write NOT, or put the - right before the term"
	}
	return "only letters and digits are compared; take it out"
}

// checkWords warns of words that are compared with something else than it seems.
func (p *parser) checkWords(t token, words []string) {
	if onlyLettersAndSpaces(t.text) {
		return
	}
	last := words[len(words)-1]
	for _, w := range words {
		r, _ := utf8.DecodeRuneInString(strings.TrimLeft(w, "*?"))
		switch n := literals(w); {
		case isGlob(w) && isSpaceless(r) && strings.Contains(w, "?"):
			p.report(t.off, t.end, "leave the ? out", "? has no use in scripts without spaces, where each character is a word")
		case isGlob(w) && n < 3 && !isSpaceless(r):
			p.warn(t.off, t.end, "write at least three letters", "the wildcard %s will match very many words", w)
		}
	}
	switch lost := lostSymbols(t); {
	case t.kind == kPhrase && len(words) > 1 && strings.HasSuffix(last, "?"):
		p.warn(t.off, t.end, "leave the question mark out", "? stands for exactly one more character of %q", strings.TrimSuffix(last, "?"))
	case lost != "":
		p.warn(t.off, t.end, "if that is too broad, add words that stand beside it",
			"%s is searched as %s: %s does not count", t, spell(words), lost)
	}
}

// lostSymbols is what of a bare word at its ends is not compared but looks as
// if the author meant it: ++ in C++, # in #AI.
func lostSymbols(t token) string {
	if t.kind != kWord {
		return ""
	}
	inner := strings.TrimFunc(t.text, func(r rune) bool { return !isWordRune(r) })
	if inner == "" { // letters in circles and the like
		return ""
	}
	before, after, _ := strings.Cut(t.text, inner)
	after = strings.TrimLeft(after, ".,;'’")
	before = strings.TrimLeft(before, "'’‘")
	return before + after
}

func isWordRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r) || r == '*' || r == '?' || r == '_'
}

func spell(words []string) string {
	if len(words) == 1 {
		return fmt.Sprintf("the word %q", words[0])
	}
	return fmt.Sprintf("the phrase %q", strings.Join(words, " "))
}

// value reads a value and checks it by its field.
func (p *parser) value(t token) node {
	f, v := p.field, t.text
	wants, hint := f.check(v)
	if wants == "" && t.kind == kWord && isGlob(v) {
		wants, hint = "takes no wildcard", fmt.Sprintf("name it in full, or write %s:%q if it holds the character", f.name, v)
	}
	if wants != "" {
		p.report(t.off, t.end, hint, "%s: %s, not %q", f.name, wants, v)
	}
	return &value{field: f, src: v, off: t.off}
}

// isName tells whether s can name a term or a rule.
func isName(s string) bool {
	for i, r := range s {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && (i == 0 || r != '-' && r != '_') {
			return false
		}
	}
	return s != "" && len(s) <= 64
}
