package rules

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/sentences"
)

// unit is a stretch of text that two terms may have to share.
type unit uint8

const (
	sentence unit = iota
	paragraph
	units // how many there are
)

func (u unit) operator() string {
	if u == paragraph {
		return "PARAGRAPH"
	}
	return "SENTENCE"
}

func unitNamed(operator string) unit {
	if operator == "PARAGRAPH" {
		return paragraph
	}
	return sentence
}

// ends appends where the units of text end. The last one ends with the text.
func (u unit) ends(list []int, text string) []int {
	if u == paragraph {
		return paragraphEnds(list, text)
	}
	return sentenceEnds(list, text)
}

// paragraphEnds parts at empty lines.
func paragraphEnds(list []int, text string) []int {
	start := 0
	for line := range strings.Lines(text) {
		start += len(line)
		if strings.TrimSpace(line) == "" {
			list = append(list, start)
		}
	}
	return append(list, len(text))
}

// sentenceEnds parts by UAX #29, but not behind an abbreviation that seldom ends
// a sentence.
func sentenceEnds(list []int, text string) []int {
	start := 0
	for it := sentences.FromString(text); it.Next(); {
		if !abbreviated(text[start:it.End()], text[it.End():]) {
			list = append(list, it.End())
			start = it.End()
		}
	}
	return append(list, len(text))
}

// titles stand before a name, so no sentence ends with them.
var titles = wordSet("mr mrs ms mx dr prof sen rep gov gen lt col capt sgt st hon rev pres messrs vs v fig e.g i.e cf approx")

// shortened may end a sentence; if one does, the next begins with a word such
// as those of openers.
var (
	shortened = wordSet("inc corp co ltd llc plc bros jr sr etc al est dept univ jan feb mar apr jun jul aug sep sept oct nov dec")
	openers   = wordSet("the a an it its he she they we i you this that these those in on at but and or so if as for with when while after before by from to according however meanwhile there here what who why how last")
)

func wordSet(list string) map[string]bool {
	set := make(map[string]bool)
	for w := range strings.FieldsSeq(list) {
		set[w] = true
	}
	return set
}

// abbreviated tells whether a break between before and after is none, because
// before ends with an abbreviation.
func abbreviated(before, after string) bool {
	trimmed := strings.TrimRight(before, " \u00a0\t")
	word, ok := strings.CutSuffix(trimmed, ".")
	if !ok || after == "" {
		return false
	}
	word = strings.ToLower(word[strings.LastIndexFunc(word, notInAbbreviation)+1:])
	switch {
	case titles[word]:
		return true
	case shortened[word], isInitials(word):
		next := after[:len(after)-len(strings.TrimLeftFunc(after, isWordRune))]
		return !openers[strings.ToLower(next)]
	}
	return false
}

func notInAbbreviation(r rune) bool { return !unicode.IsLetter(r) && r != '.' }

// isInitials tells u.s and j, the dotted letters of a country or a name.
func isInitials(word string) bool {
	for part := range strings.SplitSeq(word, ".") {
		if utf8.RuneCountInString(part) != 1 {
			return false
		}
	}
	return word != "i" // "... and I. The ..." ends a sentence
}
