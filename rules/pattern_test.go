package rules

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestPatternsAreRememberedWithinBounds(t *testing.T) {
	x, h := newPatternIndex(), newHasher()
	x.add("plan" + stemMark)
	x.add("p*")
	memo := newPatternMemo()
	for i := range 3 * memoMost {
		w := fmt.Sprint("p", i)
		if got := memo.find(x, h.text(w), apart(w), 8, 8+uint32(len(w))); !slices.Equal(got, []uint32{1}) {
			t.Fatalf("%s satisfies %v", w, got)
		}
	}
	if len(memo.found) > memoMost+1 {
		t.Errorf("%d patterns are remembered, want at most %d", len(memo.found), memoMost+1)
	}
	for range 2 {
		if got := memo.find(x, h.text("planning"), apart("planning"), 8, 16); !slices.Equal(got, []uint32{1, 0}) {
			t.Errorf("planning satisfies %v, want the wildcard and the stem", got)
		}
	}
}

// TestTheGateLetsAllPassThatSatisfyAPattern compares the gate with no gate.
func TestTheGateLetsAllPassThatSatisfyAPattern(t *testing.T) {
	endings := strings.Fields("s es ed ing er ers ation ations ational ization izer ability able ably bility ness fulness ously ousness iveness ivity ency ance ally al ic ical y ies ied ier ily eed eedly ingly edly ment ful less ogy ogies")
	words := strings.Fields("dying lying tying dies lies ties skis skies sky idly gently ugly early only singly news howe atlas cosmos bias andes yes youth by say cry enjoy ying eing gas abs gaps this kiwis inning outing canning herring earring proceed exceed succeed a is it us arsenal communism generic happy happiness rational relational conditional")
	for _, root := range strings.Fields("hop hope fil fail like plan plann restructur relat sens arb ab enabl x xy fizz tr tann patroll roll agre fe organ nation commun gener arsen ey yo ay") {
		for _, e := range endings {
			words = append(words, root+e)
		}
	}
	stems := make(map[string]string)
	for _, word := range words {
		stems[word] = stem(word)
	}
	for _, word := range words {
		x := newPatternIndex()
		x.add(stems[word] + stemMark)
		if n := min(len(word), 3); n > 1 {
			x.add(word[:n] + "*")
			x.add("*" + word[1:])
		}
		if !admits(x, word) {
			t.Errorf("%s does not pass, though its stem is %s", word, stems[word])
		}
		y := newPatternIndex()
		y.add(stems[word] + stemMark)
		if !admits(y, word) {
			t.Errorf("%s does not pass, though its stem is %s", word, stems[word])
		}
		for _, other := range words {
			want := stems[other] == stems[word]
			if !want && other[0] != word[0] {
				continue
			}
			n := uint32(len(other))
			found := len(y.find(nil, apart(other), 8, 8+n)) == 1
			if found != want || want && !admits(y, other) {
				t.Errorf("%s has the stem %s, as %s has: found %t", other, stems[other], word, found)
			}
		}
	}
}

// TestAllThatSatisfyAPatternAreAdmitted holds the gate, which looks at a few letters at
// the edges of words, against the search behind it.
func TestAllThatSatisfyAPatternAreAdmitted(t *testing.T) {
	letters := rapid.StringMatching(`[ab1é]{1,8}`)
	rapid.Check(t, func(t *rapid.T) {
		x := newPatternIndex()
		for range rapid.IntRange(1, 4).Draw(t, "patterns") {
			a, b := letters.Draw(t, "letters"), letters.Draw(t, "letters")
			x.add(rapid.SampledFrom([]string{a + "*", "*" + a, a + "?", "?" + a, a + "*" + b, a + "?" + b, "*" + a + "*"}).Draw(t, "pattern"))
		}
		for range 10 {
			word := letters.Draw(t, "word")
			found := x.find(nil, apart(word), 8, 8+uint32(len(word)))
			if len(found) > 0 && !admits(x, word) {
				t.Fatalf("%s satisfies %s", word, x.list[found[0]])
			}
		}
	})
}

func admits(x *patternIndex, word string) bool {
	return x.admit(make([]uint32, 2), []extentOf{{8, 8 + uint32(len(word))}}, apart(word)) == 1
}

// apart gives a word with eight spaces before and behind it.
func apart(word string) []byte { return []byte("        " + word + "        ") }
