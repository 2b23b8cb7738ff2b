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
	out = out[:len(src)]
	n := 0
	for ; n < len(src)-15; n += 16 { // in a form of which the compiler knows that all is in bounds
		s, o := src[n:n+16], out[n:n+16:n+16]
		v := load8(s)
		binary.LittleEndian.PutUint64(o, v|upper8(v)&upper>>2)
		if odd := unplain(v) & high; odd != 0 {
			return n + bits.TrailingZeros64(odd)/8
		}
		v = load8(s[8:])
		binary.LittleEndian.PutUint64(o[8:], v|upper8(v)&upper>>2)
		if odd := unplain(v) & high; odd != 0 {
			return n + 8 + bits.TrailingZeros64(odd)/8
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

// upper8 has the high bit of each capital, if all are ASCII; a quarter of it is what a
// capital lacks to lower case.
func upper8(v uint64) uint64 { return between8(v, 'A', 'Z') }
