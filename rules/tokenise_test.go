package rules

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// sameFold and sameWords hold a short cut against the long way.
func sameFold(t interface{ Fatalf(string, ...any) }, s string) {
	for _, f := range []*folder{newFolder(), newExactFolder()} {
		fast, fastSeams := f.fold(nil, nil, s)
		slow, slowSeams := f.foldSlowly(nil, nil, s)
		if string(fast) != string(slow) {
			t.Fatalf("%+q folds to %+q, slowly to %+q", s, fast, slow)
		}
		c := newCutter()
		c.reset(fast, 0)
		for start, end, ok := c.next(); ok; start, end, ok = c.next() {
			a, b := placer{seams: fastSeams}, placer{seams: slowSeams}
			from, to := a.source(start, end)
			if slowFrom, slowTo := b.source(start, end); from != slowFrom || to != slowTo {
				t.Fatalf("%+q: %+q stands at %d-%d, slowly at %d-%d", s, fast[start:end], from, to, slowFrom, slowTo)
			}
		}
	}
}

func sameWords(t interface{ Fatalf(string, ...any) }, s string) {
	buf, _ := newFolder().fold([]byte("x "), nil, s)
	end := len(buf)
	buf = append(buf, gapBytes[:]...)
	fast, slow := newTokeniser(newHasher()), newTokeniser(newHasher())
	slow.hasher = fast.hasher
	fast.cut(buf, 2, end)
	slow.cutSlowly(buf, 2, end)
	spell := func(t *tokeniser) []string {
		list := []string{}
		for i, w := range t.words {
			if t.hashes[i] != t.hasher.text(string(buf[w.start:w.end])) {
				list = append(list, "wrong hash")
			}
			list = append(list, string(buf[w.start:w.end]))
		}
		return list
	}
	if a, b := spell(slow), spell(fast); !slices.Equal(a, b) || !slices.Equal(fast.hashes, slow.hashes) {
		t.Fatalf("%+q: (-slow +fast)\n%s", s, cmp.Diff(a, b))
	}
}

var tokenPieces = []string{"a", "b", "s", "x", "1", "9", "_", ".", ",", ";", "'", "’", "\"", ":", " ", "  ", "-", "/", "\n", "`", "´",
	"A", "É", "e\u0301", "\u00ad", "\u0301", "ж", "ё", "ς", "ß", "ﬁ", "½", "ﷺ", "㍿", "京", "か", "\u3099", "ー", "カ", "ไ", "กิ", "한", "א", "״", "हि", "\u200d", "🚀", "1️⃣",
	"٣", "ﾞ", "‿", "\xff", "𝐀", "𐐀", "𠀀", "\u1680", "abcdefghijklmnop", "internationalisation", "it's", "'s", "10,000", "u.s."}

func TestFastWordsAreSlowWords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pieces := rapid.SliceOfN(rapid.SampledFrom(tokenPieces), 0, 40).Draw(t, "pieces")
		s := strings.Join(pieces, "")
		sameFold(t, s)
		sameWords(t, s)
	})
}

func TestEveryRuneIsCutFastAsSlowly(t *testing.T) {
	var b strings.Builder
	for r := range rune(0x20000) {
		s := string(r)
		b.WriteString(s + "a" + s + "1" + s + s + " " + s + "'" + s + ".x" + s + "," + s + " 京" + s + "か_" + s + "\n")
		if r%512 == 511 {
			sameWords(t, b.String())
			b.Reset()
		}
	}
}

// FuzzFastWordsAreSlowWords holds that the quick ways to fold and to cut give
// what the clear ones give, in words, places and hashes.
func FuzzFastWordsAreSlowWords(f *testing.F) {
	for _, s := range tokenPieces {
		f.Add(s)
		f.Add(strings.Repeat("word ", 12) + s + "s" + s)
		f.Add(s + "it's's " + s + "5's " + s + "'s's")
	}
	f.Fuzz(func(t *testing.T, s string) {
		sameFold(t, s)
		sameWords(t, s)
	})
}

// TestAccentsJoinBehindAnyStretch holds where the short cuts of folding hand over to
// each other.
func TestAccentsJoinBehindAnyStretch(t *testing.T) {
	for n := range 80 {
		for _, s := range []string{"", "ж", "ö", "京", "’"} {
			for _, mark := range []string{"\u0301", "\u00ad", "`", "ж\u0301", "京\u3099", "ï"} {
				sameFold(t, s+strings.Repeat("a", n)+mark+"b")
				sameWords(t, s+strings.Repeat("a", n)+mark+"b "+strings.Repeat("ж", n)+mark)
			}
		}
	}
}
