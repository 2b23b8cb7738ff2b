package rules

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"slices"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// folder turns text into the form in which rules and documents are compared:
// NFKC, case folded, without diacritics, with straight quotes and dashes and
// without characters that nobody sees. It holds buffers, so one goroutine at a
// time may use it.
type folder struct {
	exact bool // keep letter case and diacritics
	caser cases.Caser
	pages [256]*[256]foldedRune // of the runes below 1<<16, by their upper half; nil until one is seen
	wide  map[rune]*foldedRune  // of others, at most foldWide
	pairs *[1 << 11]uint16      // see appendPairs
	raw   []byte                // a segment without its invisible characters
	deco  []byte                // the segment decomposed
	bare  []byte                // the same without diacritics
	cased []byte                // the same case folded
	left  []byte                // names under comparison
	right []byte
	seams []seam
}

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

// seam is a stretch where folded text and source differ: buf[folded:foldedEnd]
// came from src[source:sourceEnd]. Between seams both run in step.
type seam struct {
	folded, foldedEnd int
	source, sourceEnd int
}

func newFolder() *folder {
	return &folder{caser: cases.Fold(), wide: make(map[rune]*foldedRune)}
}

// newExactFolder makes a folder for exact:, which leaves letter case and
// diacritics on.
func newExactFolder() *folder {
	f := newFolder()
	f.exact = true
	return f
}

// form is the folded form of a text by itself.
func (f *folder) form(text string) string {
	f.left, f.seams = f.fold(f.left[:0], f.seams[:0], text)
	return string(f.left)
}

// fold appends the folded form of src to dst, and to seams the stretches where
// it doesn't run in step with src. Offsets of seams count from the start of dst.
// It does what foldSlowly does, but looks at runes that nothing combines with
// only once, and at ASCII many bytes at a time.
func (f *folder) fold(dst []byte, seams []seam, src string) ([]byte, []seam) {
	for i := 0; i < len(src); {
		from := i
		if dst, i = f.appendASCII(dst, src, i); i == len(src) {
			break
		}
		if at := i; 0xC3 < src[i] && src[i] < 0xE0 { // not those of Latin, which stand by themselves
			if dst, i = f.appendPairs(dst, src, i); i > at {
				continue
			}
		}
		e, size := f.leading(src[i:])
		if end := i + size; e.alone() && (end == len(src) || src[end] < utf8.RuneSelf) {
			if !e.inStep {
				seams = append(seams, seam{len(dst), len(dst) + int(e.length), i, end})
			}
			dst, i = e.appendTo(dst), end
			continue
		}
		if e.joins() && i > from && src[i-1] != ' ' { // nothing visible combines with a space
			dst, seams, i = f.appendSegment(dst[:len(dst)-1], seams, src, i-1)
			continue
		}
		dst, seams, i = f.appendWide(dst, seams, src, i, e, size)
	}
	return dst, seams
}

// foldSlowly is fold without short cuts.
func (f *folder) foldSlowly(dst []byte, seams []seam, src string) ([]byte, []seam) {
	for i := 0; i < len(src); {
		dst, seams, i = f.appendSegment(dst, seams, src, i)
	}
	return dst, seams
}

// appendSegment folds the segment at src[i:] and gives where it ends.
func (f *folder) appendSegment(dst []byte, seams []seam, src string, i int) ([]byte, []seam, int) {
	from := len(dst)
	dst, n := f.foldSegment(dst, src[i:])
	return dst, append(seams, seam{from, len(dst), i, i + n}), i + n
}

// joins tells whether the rune may change with what stands before it.
func (e *foldedRune) joins() bool { return e.kind == combining || e.kind == invisible }

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

// appendWide folds the run of runes beyond ASCII at src[i:], the first of which is
// e, and gives where it ends.
func (f *folder) appendWide(dst []byte, seams []seam, src string, i int, e *foldedRune, size int) ([]byte, []seam, int) {
	for {
		next := &noRune
		nextSize, end := 0, i+size
		more := end < len(src) && src[end] >= utf8.RuneSelf
		if more {
			next, nextSize = f.leading(src[end:])
		}
		if e.alone() && !next.joins() {
			if !e.inStep {
				seams = append(seams, seam{len(dst), len(dst) + int(e.length), i, end})
			}
			dst, i = e.appendTo(dst), end
		} else {
			dst, seams, i = f.appendSegment(dst, seams, src, i)
			if more = i < len(src) && src[i] >= utf8.RuneSelf; more {
				next, nextSize = f.leading(src[i:])
			}
		}
		if !more {
			return dst, seams, i
		}
		e, size = next, nextSize
	}
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

// appendASCII folds the ASCII bytes of src from i on and says where they end.
func (f *folder) appendASCII(dst []byte, src string, i int) ([]byte, int) {
	at, rest := len(dst), src[i:]
	dst = slices.Grow(dst, len(rest))
	out := dst[at : at+len(rest)]
	for n := 0; ; n++ {
		n += f.foldPlain(out[n:], rest[n:])
		if n == len(rest) || rest[n] >= utf8.RuneSelf {
			return dst[:at+n], i + n
		}
		out[n] = f.foldASCII(rest[n])
	}
}

// foldPlain folds the bytes of src up to the first that isn't ASCII or needs more
// than lower case, and says how many those were. What it writes behind them is
// overwritten later.
func (f *folder) foldPlain(out []byte, src string) int {
	upper := uint64(high)
	if f.exact {
		upper = 0
	}
	n := 0
	for ; len(src)-n >= 32 && len(out)-n >= 32; n += 32 {
		s, o := src[n:n+32], (*[32]byte)(out[n:n+32:n+32])
		a, b, c, d := load8(s), load8(s[8:]), load8(s[16:]), load8(s[24:])
		binary.LittleEndian.PutUint64(o[0:], lower8(a, upper))
		binary.LittleEndian.PutUint64(o[8:], lower8(b, upper))
		binary.LittleEndian.PutUint64(o[16:], lower8(c, upper))
		binary.LittleEndian.PutUint64(o[24:], lower8(d, upper))
		a, b, c, d = unplain(a), unplain(b), unplain(c), unplain(d)
		if (a|b|c|d)&high != 0 {
			return n + bits.TrailingZeros64(gather8(a)|gather8(b)<<8|gather8(c)<<16|gather8(d)<<24)
		}
	}
	for ; n < len(src) && src[n] < utf8.RuneSelf && src[n] != '`'; n++ {
		out[n] = f.foldASCII(src[n])
	}
	return n
}

func (f *folder) foldASCII(c byte) byte {
	switch {
	case 'A' <= c && c <= 'Z' && !f.exact:
		return c + 'a' - 'A'
	case c == '`': // typed as an apostrophe
		return '\''
	}
	return c
}

// Eight bytes at a time, in one register, ASCII folds about as fast as it is
// copied.
const (
	ones = 0x0101010101010101
	high = 0x80 * ones
)

func load8(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// unplain has the high bit of each byte that isn't ASCII or is a `; behind the
// first such byte what it has may be wrong.
func unplain(v uint64) uint64 { return v | between8(v, '`', '`') }

// between8 has the high bit of each byte from first to last, if all are ASCII:
// adding brings it up from some value on.
func between8(v uint64, first, last byte) uint64 {
	return (v + uint64(0x80-first)*ones) ^ (v + uint64(0x80-last-1)*ones)
}

// gather8 gathers the high bits of eight bytes.
func gather8(v uint64) uint64 { return v & high * gather >> 56 }

const gather = 0x0002040810204081

// lower8 puts eight ASCII bytes in lower case where mask has their high bit. Behind
// a byte that isn't ASCII what comes out may be wrong.
func lower8(v, mask uint64) uint64 { return v | between8(v, 'A', 'Z')&mask>>2 }

// foldSegment folds the first rune of src with what combines with it, and says
// how many bytes of src that was.
func (f *folder) foldSegment(dst []byte, src string) ([]byte, int) {
	r, size := utf8.DecodeRuneInString(src)
	first := f.lookup(r, size)
	switch first.kind {
	case invisible:
		return dst, size
	case malformed:
		return append(dst, ' '), size
	}
	end := f.segmentEnd(src, size)
	if end == size && first.length >= 0 {
		return append(dst, first.out[:first.length]...), size
	}
	f.raw = f.raw[:0]
	for _, r := range src[:end] {
		if !isInvisible(r) {
			f.raw = utf8.AppendRune(f.raw, r)
		}
	}
	return f.foldRaw(dst), end
}

// segmentEnd is the end of the last rune that combines with the one which ends
// at size. Invisible runes between them are stepped over, so a soft hyphen
// can't keep an accent from its letter.
func (f *folder) segmentEnd(src string, size int) int {
	end := size
	for i := size; i < len(src) && src[i] >= utf8.RuneSelf; {
		r, n := utf8.DecodeRuneInString(src[i:])
		kind := f.lookup(r, n).kind
		if kind != combining && kind != invisible {
			break
		}
		if i += n; kind == combining {
			end = i
		}
	}
	return end
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

// foldRaw appends the folded form of the segment in f.raw.
func (f *folder) foldRaw(dst []byte) []byte {
	switch r, _ := utf8.DecodeRune(f.raw); r {
	case '™', '℠': // NFKC would glue "tm" to the name
		return append(dst, ' ')
	case '´': // NFKC would make a space of what is typed as an apostrophe
		return append(dst, '\'')
	}
	f.deco = norm.NFKD.Append(f.deco[:0], f.raw...)
	f.bare = f.bare[:0]
	if i := bytes.IndexRune(f.deco, '⁄'); i > 0 { // 2½ is not 21/2
		f.bare = append(f.bare, ' ')
	}
	for b := f.deco; len(b) > 0; {
		r, n := utf8.DecodeRune(b)
		b = b[n:]
		if f.exact {
			f.bare = utf8.AppendRune(f.bare, straight(r))
		} else if !isDiacritic(r) {
			f.bare = utf8.AppendRune(f.bare, plain(r))
		}
	}
	if f.exact {
		return norm.NFC.Append(dst, f.bare...)
	}
	f.cased = f.foldCase(f.cased[:cap(f.cased)], f.bare)
	return norm.NFC.Append(dst, f.cased...)
}

// foldCase writes the full case folding of src into dst, which it enlarges.
func (f *folder) foldCase(dst, src []byte) []byte {
	if need := 3 * len(src); len(dst) < need { // CaseFolding.txt: at most three runes for one
		dst = make([]byte, need)
	}
	n, _, err := f.caser.Transform(dst, src, true)
	if err != nil { // unreachable unless folding grows a text more than threefold
		return bytes.ToLower(src)
	}
	return dst[:n]
}

// isInvisible tells what a reader can't see: soft hyphens, zero-width and
// bidirectional controls, variation selectors, tags.
func isInvisible(r rune) bool {
	switch {
	case r < 0xAD:
		return false
	case r == 0xAD, r == 0x34F, r == 0x61C, r == 0xFEFF,
		0x180B <= r && r <= 0x180F,
		0x200B <= r && r <= 0x200F,
		0x202A <= r && r <= 0x202E,
		0x2060 <= r && r <= 0x206F,
		0xFE00 <= r && r <= 0xFE0F,
		0xE0000 <= r && r <= 0xE0FFF:
		return true
	}
	return false
}

// isDiacritic tells the marks that come off: accents, Hebrew points, Arabic
// vowels. Indic and Thai vowel signs and the voicing of kana spell the word and
// stay.
func isDiacritic(r rune) bool {
	if r < 0x300 || !unicode.In(r, unicode.Mn, unicode.Me) || r == 0x3099 || r == 0x309A {
		return false
	}
	return unicode.In(r, unicode.Inherited, unicode.Cyrillic, unicode.Hebrew, unicode.Arabic)
}

// plain gives the straight form of quotes and dashes, and the bare letter of
// those whose stroke or missing dot Unicode doesn't decompose.
func plain(r rune) rune {
	switch r {
	case 'ø', 'Ø':
		return 'o'
	case 'ł', 'Ł':
		return 'l'
	case 'đ', 'Đ':
		return 'd'
	case 'ħ', 'Ħ':
		return 'h'
	case 'ı':
		return 'i'
	}
	switch { // x/text swaps the cases of Cherokee; given one case it folds to the other
	case 0xAB70 <= r && r <= 0xABBF:
		return r - 0xAB70 + 0x13A0
	case 0x13F8 <= r && r <= 0x13FD:
		return r - 8
	}
	return straight(r)
}

// straight gives the straight form of quotes and dashes.
func straight(r rune) rune {
	switch r {
	case '‘', '’', '‚', '‛', 'ʼ', 'ʹ', '′', '`':
		return '\''
	case '“', '”', '„', '‟', '«', '»':
		return '"'
	case '⁄':
		return '/'
	}
	if isDash(r) {
		return '-'
	}
	return r
}

// isDash tells what people type for a hyphen or a minus.
func isDash(r rune) bool {
	return r == '-' || 0x2010 <= r && r <= 0x2015 || r == '−' || r == '﹘' || r == '﹣' || r == '－'
}
