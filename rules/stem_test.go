package rules

import (
	"fmt"
	"testing"
)

func TestStemsAreRememberedWithinBounds(t *testing.T) {
	x := newStemIndex()
	x.add("plan"+stemMark, 7)
	memo := make(stemMemo)
	for i := range 2*maxStemMemo + 100 {
		x.find(memo, fmt.Appendf(nil, "p%d", i))
	}
	if len(memo) > maxStemMemo {
		t.Errorf("%d words are remembered, want at most %d", len(memo), maxStemMemo)
	}
	for range 2 {
		if got := x.find(memo, []byte("planning")); got != 7 {
			t.Errorf("planning has the stem %d, want 7", got)
		}
		if got := x.find(memo, []byte("planet")); got != -1 {
			t.Errorf("planet has the stem %d, want none", got)
		}
	}
}

// The index looks at words only that begin as a stem does.
func TestAStemBeginsAsItsWord(t *testing.T) {
	for _, word := range []string{"dying", "lying", "skis", "skies", "yes", "youth", "early", "news", "generously", "agreed", "cities"} {
		if s := stem(word); s[0] != word[0] {
			t.Errorf("%s has the stem %s", word, s)
		}
	}
}

func TestAMetStemIsFoundWithoutAllocating(t *testing.T) {
	set := mustCompile(t, "restructure~ AND title:absent")
	d := &Doc{Title: "Restructuring plans of restaurants", Body: "They restructured it."}
	set.Match(d)
	if n := testing.AllocsPerRun(100, func() { set.Match(d) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
