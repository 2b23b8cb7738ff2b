package feed

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// digest stands for what a reader sees of an entry. It must change with a
// correction of one word or figure, and stay the same for what feeds change by
// themselves: mark-up, white space, letter case, punctuation and quotation
// marks, addresses that are written out, and lines that only count (comments,
// points, shares, views) or say how long ago something was.
func digest(title, text string) uint64 {
	d := digester{hash: fnvOffset}
	d.line(title)
	for line := range strings.SplitSeq(text, "\n") {
		if !counts(line) {
			d.line(line)
		}
	}
	return d.hash
}

// FNV-1a, written out since hash/fnv takes bytes through an interface.
const (
	fnvOffset uint64 = 14695981039346656037
	fnvPrime  uint64 = 1099511628211
)

// digester hashes words. Signs that change what a figure or a name means are
// of the word ("-5", "3.5", "C++", "$5", "5%"), save those that end a sentence.
type digester struct {
	hash    uint64
	started bool // a word is under way
	held    []byte
}

func (d *digester) add(b byte) { d.hash = (d.hash ^ uint64(b)) * fnvPrime }

// wordByte says what an ASCII byte is in a word: itself in lower case, '.' for
// what may be of the word if more of it follows, or 0 for none of it.
var wordByte = func() (t [utf8.RuneSelf]byte) {
	for c := range t {
		switch b := byte(c); {
		case b >= 'A' && b <= 'Z':
			t[c] = b + 'a' - 'A'
		case b >= 'a' && b <= 'z', b >= '0' && b <= '9', b == '+', b == '#', b == '$', b == '%':
			t[c] = b
		case b == '.', b == ',', b == '-':
			t[c] = '.'
		}
	}
	return t
}()

func (d *digester) line(s string) {
	for i := 0; i < len(s); {
		c := s[i]
		if c == 'h' && !d.started {
			if n := addressLen(s[i:]); n > 0 {
				i += n
				continue
			}
		}
		if c < utf8.RuneSelf {
			if w := wordByte[c]; d.started && len(d.held) == 0 && w != 0 && w != '.' { // Nearly always.
				d.hash = (d.hash ^ uint64(w)) * fnvPrime
			} else {
				d.ascii(c)
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		d.rune(r)
		i += n
	}
	d.end()
}

func (d *digester) ascii(c byte) {
	switch w := wordByte[c]; w {
	case 0:
		d.end()
	case '.':
		d.held = append(d.held, c)
	default:
		d.begin()
		d.add(w)
	}
}

func (d *digester) rune(r rune) {
	if !unicode.In(r, unicode.L, unicode.N, unicode.M) && r != '€' && r != '£' && r != '¥' {
		d.end()
		return
	}
	d.begin()
	var b [utf8.UTFMax]byte
	for _, c := range b[:utf8.EncodeRune(b[:], unicode.ToLower(r))] {
		d.add(c)
	}
}

// begin writes what was held back, now that it stands within a word. Before one,
// only a minus counts.
func (d *digester) begin() {
	if n := len(d.held); n > 0 && !d.started {
		d.held = d.held[n-1:]
		if d.held[0] != '-' {
			d.held = d.held[:0]
		}
	}
	for _, c := range d.held {
		d.add(c)
	}
	d.held, d.started = d.held[:0], true
}

func (d *digester) end() {
	if d.started {
		d.add(' ')
	}
	d.held, d.started = d.held[:0], false
}

// addressLen is the length of the address that s begins with, 0 if it begins with
// none.
func addressLen(s string) int {
	if !strings.HasPrefix(s, "http://") && !strings.HasPrefix(s, "https://") {
		return 0
	}
	if n := strings.IndexFunc(s, unicode.IsSpace); n >= 0 {
		return n
	}
	return len(s)
}

// maxCounting is the longest line, in bytes, that only counts.
const maxCounting = 40

// counts says whether a line only counts, or says how long ago something was: it
// is short, has a figure, and all its words are of that kind.
func counts(line string) bool {
	if len(line) > maxCounting || !strings.ContainsAny(line, "0123456789") {
		return false
	}
	named := false
	for word := range strings.FieldsFuncSeq(strings.ToLower(line), func(r rune) bool { return !unicode.IsLetter(r) }) {
		switch word {
		case "comment", "comments", "reply", "replies", "point", "points", "share", "shares", "view", "views", "vote",
			"votes", "like", "likes", "read", "reads", "upvote", "upvotes", "min", "minute", "minutes", "hour", "hours",
			"day", "days", "ago":
			named = true
		case "k", "m", "and", "by", "of", "a", "h", "d":
		default:
			return false
		}
	}
	return named
}
