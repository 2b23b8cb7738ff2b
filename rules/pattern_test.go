package rules

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestPatternsAreRememberedWithinBounds(t *testing.T) {
	x, h := newPatternIndex(), newHasher()
	x.add("plan" + stemMark)
	x.add("p*")
	x.build()
	var memo patternMemo
	for i := range 3 * memoMost {
		w := fmt.Sprint("p", i)
		if got := memo.find(x, h.text(w), []byte(w)); !slices.Equal(got, []uint32{1}) {
			t.Fatalf("%s satisfies %v", w, got)
		}
	}
	if len(memo.found) > memoMost+1 {
		t.Errorf("%d patterns are remembered, want at most %d", len(memo.found), memoMost+1)
	}
	for range 2 {
		if got := memo.find(x, h.text("planning"), []byte("planning")); !slices.Equal(got, []uint32{1, 0}) {
			t.Errorf("planning satisfies %v, want the wildcard and the stem", got)
		}
	}
}

// TestTheGateLetsAllPassThatSatisfyAPattern compares the gate with no gate.
func TestTheGateLetsAllPassThatSatisfyAPattern(t *testing.T) {
	endings := strings.Fields("s es ed ing er ers ation ations ational ization izer ability able ably bility ness fulness ously ousness iveness ivity ency ance ally al ic ical y ies ied ier ily eed eedly ingly edly ment ful less ogy ogies")
	words := strings.Fields("dying lying tying dies lies ties skis skies sky idly gently ugly early only singly news howe atlas cosmos bias andes yes youth by say cry enjoy ying eing gas abs gaps this kiwis inning outing canning herring earring proceed exceed succeed a is it us arsenal communism generic happy happiness rational relational conditional")
	for _, root := range strings.Fields("hop hope fil fail like plan plann restructur relat sens arb ab enabl x xy fizz tr tann controll roll agre fe organ nation commun gener arsen ey yo ay") {
		for _, e := range endings {
			words = append(words, root+e)
		}
	}
	for _, word := range words {
		x := newPatternIndex()
		x.add(stem(word) + stemMark)
		if n := min(len(word), 3); n > 1 {
			x.add(word[:n] + "*")
			x.add("*" + word[1:])
		}
		x.build()
		if begin := binary.LittleEndian.Uint32([]byte(word + "    ")); !x.admits(begin) {
			t.Errorf("%s does not pass, though its stem is %s", word, stem(word))
		}
		y := newPatternIndex()
		y.add(stem(word) + stemMark)
		y.build()
		if begin := binary.LittleEndian.Uint32([]byte(word + "    ")); !y.admits(begin) {
			t.Errorf("%s does not pass, though its stem is %s", word, stem(word))
		}
		for _, other := range words {
			found := len(y.find(nil, []byte(other))) == 1
			if begin := binary.LittleEndian.Uint32([]byte(other + "    ")); found && !y.admits(begin) {
				t.Errorf("%s does not pass, though its stem is %s", other, stem(other))
			}
		}
	}
}
