package rules

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/words"
)

// cutter cuts folded text into words: those of UAX #29, but a colon always
// parts, a possessive 's comes off, and every Han, kana or Thai character is a
// word. What holds neither letter nor digit is no word.
type cutter struct {
	buf []byte
	pos int
	it  *words.Iterator[[]byte]
}

func newCutter() *cutter { return &cutter{it: words.FromBytes(nil)} }

func (c *cutter) reset(buf []byte, pos int) { c.buf, c.pos = buf, pos }

// byteClass sorts the bytes of folded text by what they may do to a word.
type byteClass uint8

const (
	parting byteClass = iota // ends a word and begins none
	within                   // a letter or digit
	between                  // joins if more of the word follows
	unsure                   // UAX #29 decides
)

var byteClasses = func() (t [256]byteClass) {
	for b := range t {
		switch {
		case 'a' <= b && b <= 'z', '0' <= b && b <= '9':
			t[b] = within
		case b == '.', b == ',', b == ';', b == '\'':
			t[b] = between
		case b == '_', b >= utf8.RuneSelf:
			t[b] = unsure
		}
	}
	return t
}()

// next gives the place of the next word in the folded text.
func (c *cutter) next() (start, end int, ok bool) {
	for c.pos < len(c.buf) {
		switch byteClasses[c.buf[c.pos]] {
		case within:
			start, end = c.simple()
			if end == start {
				start, end = c.segment()
			}
		case unsure:
			start, end = c.segment()
		default:
			c.pos++
			continue
		}
		if end > start {
			return start, end, true
		}
	}
	return 0, 0, false
}

// simple takes a word of ASCII letters and digits whose end needs no look into
// the tables of UAX #29; where it does, the word comes back empty.
func (c *cutter) simple() (start, end int) {
	start, end = c.pos, c.pos
	for end < len(c.buf) && byteClasses[c.buf[end]] == within {
		end++
	}
	rest := c.buf[end:]
	switch {
	case len(rest) == 0 || byteClasses[rest[0]] == parting:
		c.pos = end
	case byteClasses[rest[0]] == between && (len(rest) == 1 || ends(rest[1])):
		c.pos = end + 1
	case c.buf[end-1] >= 'a' && len(rest) > 1 && string(rest[:2]) == "'s" && (len(rest) == 2 || byteClasses[rest[2]] == parting):
		c.pos = end + 2
	default:
		return c.pos, c.pos
	}
	return start, end
}

func ends(b byte) bool { return byteClasses[b] == parting || byteClasses[b] == between }

// segment takes the next segment of UAX #29; it comes back empty where that
// holds no word.
func (c *cutter) segment() (start, end int) {
	start = c.pos
	c.it.SetText(c.buf[start:])
	c.it.Next()
	end = start + c.it.End()
	if i := bytes.IndexByte(c.buf[start:end], ':'); i >= 0 {
		end = start + max(i, 1)
	}
	if n := spacelessChar(c.buf[start:end]); n > 0 {
		end = start + n
	}
	c.pos = end
	word := c.buf[start:end]
	if !holdsWord(word) {
		return end, end
	}
	if word[len(word)-1] == '\'' { // UAX #29 keeps a quote behind a Hebrew letter.
		return start, end - 1
	}
	if n := len(word) - 2; n > 0 && string(word[n:]) == "'s" {
		end -= 2
	}
	return start, end
}

// spacelessChar is the length of the first character with its marks if its
// script writes no spaces, else 0.
func spacelessChar(b []byte) int {
	r, n := utf8.DecodeRune(b)
	if !isSpaceless(r) {
		return 0
	}
	for n < len(b) {
		r, size := utf8.DecodeRune(b[n:])
		if !unicode.IsMark(r) {
			break
		}
		n += size
	}
	return n
}

// isSpaceless tells the scripts that don't put spaces between words. The long
// vowel mark of kana belongs to no script by itself.
func isSpaceless(r rune) bool {
	if r < 0xE00 {
		return false
	}
	return r == 'ー' || unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana,
		unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

func holdsWord(b []byte) bool {
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if unicode.IsLetter(r) || unicode.IsNumber(r) {
			return true
		}
		b = b[n:]
	}
	return false
}

// queryWords cuts a query's text into words as documents are cut: folded, or if
// form is given in that form of the source. A wildcard belongs to the letters it
// touches.
func queryWords(src string, form func(string) string) (list []string) {
	if form == nil && onlyLettersAndSpaces(src) {
		return strings.Fields(strings.ToLower(src))
	}
	buf, seams := newFolder().fold(nil, nil, src)
	place := placer{seams: seams}
	last := -1 // where the word under way ends
	add := func(start, end int) {
		piece := string(buf[start:end])
		if form != nil {
			from, to := place.source(start, end)
			piece = form(src[from:to])
		}
		if start == last && (isWild(buf[start]) || isWild(buf[start-1])) {
			list[len(list)-1] += piece
		} else {
			list = append(list, piece)
		}
		last = end
	}
	done := 0
	wildcards := func(upto int) {
		for ; done < upto; done++ {
			if isWild(buf[done]) {
				add(done, done+1)
			}
		}
	}
	c := newCutter()
	c.reset(buf, 0)
	for start, end, ok := c.next(); ok; start, end, ok = c.next() {
		wildcards(start)
		add(start, end)
		done = end
	}
	wildcards(len(buf))
	return list
}

// onlyLettersAndSpaces tells most phrases, whose words need no cutter.
func onlyLettersAndSpaces(src string) bool {
	for i := range len(src) {
		if src[i] != ' ' && !isLower(src[i]|0x20) {
			return false
		}
	}
	return true
}

func isWild(b byte) bool { return b == '*' || b == '?' }

// literals counts the characters of a word that are no wildcards.
func literals(word string) int {
	n := 0
	for _, r := range word {
		if r != '*' && r != '?' {
			n++
		}
	}
	return n
}
