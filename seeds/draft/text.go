package draft

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/sentences"

	"github.com/feedwatch/feedwatch/rules"
)

// sentence is one sentence of the corpus, or a title.
type sentence struct {
	doc, paragraph, number int // counted from 0; a title is paragraph 0, sentence 0
	text                   string
	words                  []word
	headline               bool // a title, or set in capitals as titles are
}

// word is a word of a sentence.
type word struct {
	text string // folded
	form string // as written
	stem string
	gap  string // what stands between it and the word before, in the source
}

// capital tells whether a word begins with a capital letter.
func (w word) capital() bool {
	r, _ := utf8.DecodeRuneInString(w.form)
	return unicode.IsUpper(r)
}

// coined tells whether the letter case alone shows a name: a capital inside, as
// in eBay, or nothing but capitals, as in NATO.
func (w word) coined() bool {
	_, n := utf8.DecodeRuneInString(w.form)
	return strings.IndexFunc(w.form[n:], unicode.IsUpper) >= 0
}

// corpus is the documents cut into sentences.
type corpus struct {
	documents []Document
	titles    []string // of each document; "" where it has none
	sentences []sentence
	left      int // paragraphs left out as boilerplate
	words     int
}

// longestTitle is how long a first line may be that still is a title, in bytes.
const longestTitle = 160

// read cuts documents into sentences and leaves out what is not theirs: what
// stands in them twice, or in several, and what asks the reader for something.
func read(documents []Document) *corpus {
	c := &corpus{documents: documents}
	cut := make([][]string, len(documents))
	shared := map[string]int{}
	for i, d := range documents {
		cut[i] = paragraphs(d)
		own := slices.Clone(cut[i])
		slices.Sort(own)
		for _, p := range slices.Compact(own) {
			shared[p]++
		}
	}
	for i, list := range cut {
		c.titles = append(c.titles, "")
		seen := map[string]bool{}
		for n, p := range list {
			switch {
			case p == "":
			case seen[p], isBoilerplate(p), n > 0 && shared[p] >= max(3, len(documents)/5):
				c.left++
			default:
				c.add(i, n, p)
			}
			seen[p] = true
		}
	}
	return c
}

// paragraphs gives the title, or "", and the paragraphs of a document.
func paragraphs(d Document) []string {
	list := []string{strings.TrimSpace(d.Title)}
	wrapped := false
	for line := range strings.Lines(d.Body) {
		line = strings.TrimSpace(line)
		switch r, _ := utf8.DecodeRuneInString(line); {
		case line == "":
			wrapped = false
			continue
		case wrapped && unicode.IsLower(r):
			list[len(list)-1] += " " + line
		default:
			list = append(list, line)
		}
		wrapped = isWrapped(line)
	}
	return list
}

// isWrapped tells whether a line is as long as lines that were broken for the
// eye, and ends in the midst of a sentence.
func isWrapped(line string) bool {
	return len(line) >= 45 && len(line) <= 120 && !strings.ContainsRune(".?!:\"”’)", rune(line[len(line)-1]))
}

// add takes a paragraph in.
func (c *corpus) add(doc, paragraph int, text string) {
	pieces := split(text)
	if paragraph == 0 && len(text) > 0 && len(text) <= longestTitle {
		c.titles[doc] = text
		pieces = []string{text}
	}
	for n, piece := range pieces {
		s := sentence{doc: doc, paragraph: paragraph, number: n, text: piece}
		end := 0
		for w := range rules.Words(piece) {
			s.words = append(s.words, word{
				text: w.Text, form: piece[w.Start:w.End], stem: rules.Stem(w.Text), gap: piece[end:max(end, w.Start)],
			})
			end = w.End
		}
		s.headline = paragraph == 0 && c.titles[doc] != "" || capitalised(s.words)
		c.words += len(s.words)
		if len(s.words) > 0 {
			c.sentences = append(c.sentences, s)
		}
	}
}

// capitalised tells whether most longer words have a capital, so that it shows
// nothing.
func capitalised(words []word) bool {
	long, capital := 0, 0
	for _, w := range words {
		if len(w.text) > 3 {
			long++
			if w.capital() {
				capital++
			}
		}
	}
	return capital*10 >= long*7
}

// glued finds sentences that lost the space between them.
var glued = regexp.MustCompile(`(\pL{2}[.?!]["”’)]?)(\p{Lu}\p{Ll}|\p{Lu}\p{Lu})`)

// split cuts a paragraph into sentences.
func split(paragraph string) (list []string) {
	for it := sentences.FromString(glued.ReplaceAllString(paragraph, "$1 $2")); it.Next(); {
		s := strings.TrimSpace(it.Value())
		if last := len(list) - 1; last >= 0 && abbreviation.MatchString(list[last]) {
			list[last] += " " + s
		} else if s != "" {
			list = append(list, s)
		}
	}
	return list
}

// abbreviation ends what is no sentence yet.
var abbreviation = regexp.MustCompile(`(?:^|[ (])(?:Mr|Mrs|Ms|Dr|Prof|Gen|Sen|Rep|Gov|St|vs|No|\p{Lu}|\p{Lu}\.\p{Lu})\.$`)

var (
	// code is style sheets and scripts that the scraper took for text.
	code = regexp.MustCompile(`[{}].*[;:].*[{}]|</?\w+[ >]|\bfunction\s*\(`)
	// plea is what is said to the reader of the page, not in the article.
	plea = regexp.MustCompile(`(?i)\b(subscribe|subscription|newsletters?|sign up|sign in|log in|leave a comment|add a comment|comments?$|read more|read full|read the full|continue reading|click here|cookies?|advertisements?|advertising|media kit|all rights reserved|follow us|share this|related (articles|stories)|with inputs from|written by|originally (appeared|published)|unsubscribe|your inbox|privacy policy|terms of (use|service)|logo$|contact us)\b`)
)

// A plea is short; a long paragraph that holds its words is an article's own.
const longestPlea = 220

// isBoilerplate tells whether a paragraph is none of the article's.
func isBoilerplate(p string) bool {
	if code.MatchString(p) || len(p) <= longestPlea && plea.MatchString(p) {
		return true
	}
	longest := 0
	for f := range strings.FieldsSeq(p) {
		longest = max(longest, len(f))
	}
	return longest > 40 && longest*3 > len(p) // tags run together
}
