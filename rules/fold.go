package rules

import (
	"bytes"
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
