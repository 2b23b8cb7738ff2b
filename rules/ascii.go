package rules

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"unicode/utf8"
)

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
