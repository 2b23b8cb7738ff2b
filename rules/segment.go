package rules

import "iter"

// Word is a word of a text as rules compare it.
type Word struct {
	Text       string // folded: see the package's section on text
	Start, End int    // bytes of the text that it came from
}

// Words yields the words of a text in order, folded and cut as those of
// documents and queries are, so that whoever counts or compares words outside
// of this package agrees with it on what a word is. It may be called
// concurrently.
func Words(text string) iter.Seq[Word] {
	return func(yield func(Word) bool) {
		folded, seams := newFolder().fold(nil, nil, text)
		place, c := placer{seams: seams}, newCutter()
		c.reset(folded, 0)
		for start, end, ok := c.next(); ok; start, end, ok = c.next() {
			w := Word{Text: string(folded[start:end])}
			w.Start, w.End = place.source(start, end)
			if !yield(w) {
				return
			}
		}
	}
}

// Stem gives the English stem of a folded word, as word~ compares it.
func Stem(word string) string { return stem(word) }
