package rules

import (
	"encoding/binary"
	"slices"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// foldWide bounds what a text of many scripts can make a folder remember.
const foldWide = 4096

// foldedRune is what a rune becomes where nothing combines with it.
type foldedRune struct {
	known  bool
	kind   runeKind
	length int8 // -1: longer than out
	inStep bool // out is one rune of as many bytes as the source
	out    [8]byte
}

// runeKind says how a rune behaves beside others.
type runeKind uint8

const (
	starter   runeKind = iota // begins a segment of its own
	combining                 // may change with the rune before it
	invisible                 // is removed before anything else
	malformed                 // is not UTF-8
)

// leading looks up the rune that src begins with, which is none of ASCII.
func (f *folder) leading(src string) (*foldedRune, int) {
	r, size := decode(src)
	if size == 0 {
		r, size = utf8.DecodeRuneInString(src)
	} else if page := f.pages[r>>8&255]; page != nil && page[r&255].known {
		return &page[r&255], size
	}
	return f.lookup(r, size), size
}

// decode reads a rune of two or three bytes, of those that need no more than a
// glance to tell that they are right; the size is 0 if src begins with another.
func decode[T string | []byte](src T) (r rune, size int) {
	switch {
	case len(src) > 1 && 0xC2 <= src[0] && src[0] < 0xE0 && isTrailing(src[1]):
		return rune(src[0]&0x1F)<<6 | rune(src[1]&0x3F), 2
	case len(src) > 2 && 0xE1 <= src[0] && src[0] < 0xED && isTrailing(src[1]) && isTrailing(src[2]):
		return rune(src[0]&0x0F)<<12 | rune(src[1]&0x3F)<<6 | rune(src[2]&0x3F), 3
	}
	return 0, 0
}

// isTrailing tells the bytes of UTF-8 behind the first of a rune.
func isTrailing(b byte) bool { return b&0xC0 == 0x80 }

// alone tells whether out is what the rune becomes if nothing follows that
// combines with it.
func (e *foldedRune) alone() bool {
	return e.length >= 0 && (e.kind == starter || e.kind == malformed)
}

// appendTo appends out, all eight bytes of it at once where there is room.
func (e *foldedRune) appendTo(dst []byte) []byte {
	n := len(dst)
	dst = slices.Grow(dst, len(e.out))[:n+len(e.out)]
	binary.LittleEndian.PutUint64(dst[n:], binary.LittleEndian.Uint64(e.out[:]))
	return dst[:n+int(e.length)]
}

// appendPairs folds from src[i:] on what needs little thought of Latin, Greek,
// Cyrillic, Hebrew, Arabic and the like: runes of two bytes that become others of two
// bytes, with a little ASCII between. It says where it stopped, which is before
// whatever the next rune may combine with.
func (f *folder) appendPairs(dst []byte, src string, i int) ([]byte, int) {
	const mostASCII = 8 // of which many at a time fold faster elsewhere
	if f.pairs == nil {
		f.pairs = new([1 << 11]uint16)
	}
	at, rest := len(dst), src[i:]
	dst = slices.Grow(dst, len(rest))
	out := dst[at : at+len(rest)]
	n, size, ascii := 0, 0, 0
	for ; n < len(rest) && ascii < mostASCII; n += size {
		b := rest[n]
		if b < utf8.RuneSelf {
			out[n] = f.foldASCII(b)
			size = 1
			ascii++
			continue
		}
		pair := uint16(unfit)
		if n+1 < len(rest) && 0xC2 <= b && b < 0xE0 && isTrailing(rest[n+1]) {
			if pair = f.pairs[uint(b&0x1F)<<6|uint(rest[n+1]&0x3F)]; pair == 0 {
				pair = f.learnPair(rest[n:])
			}
		}
		if pair == unfit { // and may combine with what was last
			n -= size
			break
		}
		out[n], out[n+1] = byte(pair), byte(pair>>8)
		size, ascii = 2, 0
	}
	if ascii == mostASCII { // the last of which an accent may follow
		n--
	}
	return dst[:at+n], i + n
}

// unfit stands in pairs for a rune that needs more thought.
const unfit = 1

// learnPair puts into pairs the two bytes, the first of them lowest, that src begins
// with when folded, if it begins with a rune of two bytes that becomes them whatever
// but a rune that joins it follows.
func (f *folder) learnPair(src string) uint16 {
	pair := uint16(unfit)
	if e, _ := f.leading(src); e.kind == starter && e.inStep && e.length == 2 {
		pair = uint16(e.out[0]) | uint16(e.out[1])<<8
	}
	f.pairs[uint(src[0]&0x1F)<<6|uint(src[1]&0x3F)] = pair
	return pair
}

// noRune is what follows where nothing does: a starter.
// illFormed is a byte that is not UTF-8, which becomes a space.
var (
	noRune    = foldedRune{known: true}
	illFormed = foldedRune{kind: malformed, length: 1, inStep: true, out: [8]byte{' '}}
)

// lookup gives what is known of a rune, until the next call.
func (f *folder) lookup(r rune, size int) *foldedRune {
	if r == utf8.RuneError && size == 1 {
		return &illFormed
	}
	if r >= 1<<16 {
		return f.lookupWide(r)
	}
	page := f.pages[r>>8]
	if page == nil {
		page = new([256]foldedRune)
		f.pages[r>>8] = page
	}
	e := &page[r&255]
	if !e.known {
		*e = f.foldRune(r)
		e.known = true
	}
	return e
}

func (f *folder) lookupWide(r rune) *foldedRune {
	e, ok := f.wide[r]
	if !ok {
		if len(f.wide) >= foldWide {
			clear(f.wide)
		}
		made := f.foldRune(r)
		e = &made
		f.wide[r] = e
	}
	return e
}

func (f *folder) foldRune(r rune) foldedRune {
	e := foldedRune{known: true, length: -1}
	f.raw = utf8.AppendRune(f.raw[:0], r)
	switch {
	case isInvisible(r):
		e.kind = invisible
		return e
	case !norm.NFKC.Properties(f.raw).BoundaryBefore():
		e.kind = combining
	}
	if out := f.foldRaw(nil); len(out) <= len(e.out) {
		e.length = int8(copy(e.out[:], out))
		_, n := utf8.DecodeRune(out)
		e.inStep = n == len(out) && n == utf8.RuneLen(r)
	}
	return e
}
