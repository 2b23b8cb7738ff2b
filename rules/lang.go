package rules

import (
	"unicode/utf8"

	"github.com/abadojack/whatlanggo"
)

// Bounds of DetectLanguage. A headline is too short: the names of firms decide
// it. More text than a few paragraphs makes it slower, not better.
const (
	leastForLanguage = 100  // bytes
	mostForLanguage  = 1000 // bytes
	sureOfLanguage   = 0.8  // of the detector's confidence, which goes up to 1
)

// DetectLanguage gives the language of a text as an ISO 639-1 code such as en,
// for Doc.Language where nobody names it, or "" where the text is too short or
// the answer would be a guess. It compares trigrams (Cavnar and Trenkle, 1994)
// and takes about a millisecond, far longer than matching does: see
// Set.AsksLanguage.
func DetectLanguage(text string) string {
	if len(text) < leastForLanguage {
		return ""
	}
	if len(text) > mostForLanguage {
		end := mostForLanguage
		for !utf8.RuneStart(text[end]) {
			end--
		}
		text = text[:end]
	}
	found := whatlanggo.Detect(text)
	if found.Confidence < sureOfLanguage {
		return ""
	}
	return found.Lang.Iso6391()
}

// AsksLanguage tells whether a rule of the set looks at Doc.Language, so that
// callers who have to detect it know whether it is worth it.
func (s *Set) AsksLanguage() bool {
	for _, v := range s.values {
		if v.field.name == "lang" {
			return true
		}
	}
	return false
}
