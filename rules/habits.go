package rules

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// What people write who come from Google, Lucene, Meltwater, Brandwatch, Lexis
// or SQL, and what it is here. Where the meaning is plain it is simply accepted
// (typographic quotes, full-width brackets, "-" for NOT); what would be searched
// as something else than meant is refused with the form to write.

// habit is a bare word of another language.
type habit struct {
	looks *regexp.Regexp
	msg   string // %s is the word
	hint  string // in the notation of regexp.Expand
}

var habits = []habit{
	{regexp.MustCompile(`^(O?NEAR)[-_~]?(\d+)$`), "%s lacks its slash", `write $1/$2 for at most $2 words between them`},
	{regexp.MustCompile(`^(?i:w|within)/(\d+)$`), "%s is no operator", `write NEAR/$1 for at most $1 words between them`},
	{regexp.MustCompile(`^(?i:pre|adj)/(\d+)$`), "%s is no operator", `write ONEAR/$1 for at most $1 words between them, in this order`},
	{regexp.MustCompile(`^!(.+)$`), "! is no operator", `write NOT $1`},
	{regexp.MustCompile(`^\+(.+)$`), "+ is no operator", `write $1 alone: words side by side must all occur; for its exact spelling write exact:$1`},
	{regexp.MustCompile(`^(.+)~[0-9.]+$`), "there is no fuzzy search such as %s", `write $1~ for the word's English stem, or a wildcard such as $1*`},
	{regexp.MustCompile(`^(.+)\^[0-9.]+$`), "words have no weight, so %s has no sense", `write $1; a document matches a rule or doesn't`},
	{regexp.MustCompile(`^(.*\pL)%$`), "% is no wildcard", `did you mean $1*?`},
}

// isHabit tells words that are refused without quotes.
func isHabit(word string) bool {
	return !onlyLetters(word) && slices.ContainsFunc(habits, func(h habit) bool { return h.looks.MatchString(word) })
}

// onlyLetters tells most words apart from all habits, each of which holds a digit
// or a symbol.
func onlyLetters(word string) bool {
	for i := range len(word) {
		if !isLower(word[i] | 0x20) {
			return false
		}
	}
	return true
}

// habit reports a bare word that means something in another language.
func (p *parser) habit(t token) (refused bool) {
	for _, h := range habits {
		if onlyLetters(t.text) {
			break
		}
		if at := h.looks.FindStringSubmatchIndex(t.text); at != nil {
			msg := strings.Replace(h.msg, "%s", t.text, 1)
			p.report(t.off, t.end, string(h.looks.ExpandString(nil, h.hint, t.text, at)), "%s", msg)
			return true
		}
	}
	next := p.peek()
	switch {
	case strings.EqualFold(t.text, "around") && next.kind == kOpen && next.off == t.end:
		n := p.ahead(1).text
		p.fail(t, "write NEAR/"+n+" for at most "+n+" words between them", "%s is no operator", t)
	case strings.ContainsAny(t.text[:1], "[{") && next.kind == kWord && next.text == "TO":
		p.fail(t, "write the values out with OR, such as tier:(1 OR 2)", "there are no ranges")
	default:
		return false
	}
	return true
}

// behindPhrase refuses "a b"~5 and "a b"^2, which the lexer reads as a phrase and
// a word.
func (p *parser) behindPhrase(t token) {
	next := p.peek()
	if next.kind != kWord || next.off != t.end || len(next.text) < 2 {
		return
	}
	switch number := next.text[1:]; {
	case strings.Trim(number, "0123456789.") != "":
	case next.text[0] == '~':
		p.next()
		p.report(t.off, next.end, "write "+nearOf(t.text, number), "a phrase has no distance")
	case next.text[0] == '^':
		p.next()
		p.report(t.off, next.end, "leave "+next.text+" out; a document matches a rule or doesn't", "phrases have no weight")
	}
}

// nearOf is what people mean by "a b"~5.
func nearOf(phrase, n string) string {
	words := strings.Fields(phrase)
	for i, w := range words {
		words[i] = quoteUnless(isPlainWord(w), w)
	}
	if len(words) < 2 {
		return "the phrase without ~" + n
	}
	return strings.Join(words, " NEAR/"+n+" ")
}

// otherFields are names that fields have elsewhere, and what to write here.
var otherFields = map[string]string{
	"intitle": "title:", "allintitle": "title:", "headline": "title:", "subject": "title:",
	"ingress": "lead:", "intro": "lead:", "summary": "lead:",
	"text": "body:", "intext": "body:", "content": "body:", "inbody": "body:", "fulltext": "body:",
	"by": "author:", "byline": "author:",
	"url": "site: with a host name", "inurl": "site: with a host name", "host": "site:", "domain": "site:", "source": "site: or feed:",
	"language": "lang:", "label": "tag:", "tags": "tag:", "categories": "category:", "section": "category:",
	"raw": "exact:, for letter case and diacritics; other symbols are never compared", "case": "exact:",
}

// fieldHabit is a hint for a field's name, or an operator's, from elsewhere.
func fieldHabit(name string, value token) string {
	switch name {
	case "near", "onear":
		n := value.text
		if !isDigits(n) {
			n = "8"
		}
		return fmt.Sprintf("write %[1]s/%[2]s for at most %[2]s words between them", strings.ToUpper(name), n)
	case "http", "https", "www":
		return "write site: and the host name; put text that holds a colon in quotes"
	case "date", "published", "after", "before", "since":
		return "rules look at every new item, whatever its date: leave it out"
	}
	if here := otherFields[name]; here != "" {
		return "write " + here
	}
	return ""
}
