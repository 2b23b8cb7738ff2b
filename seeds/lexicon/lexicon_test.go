package lexicon

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/feedwatch/feedwatch/rules"
)

func TestRarityGrowsFromFunctionWordsToNames(t *testing.T) {
	order := []string{"the", "government", "talks", "negotiations", "antitrust", "qzxv"}
	for i, w := range order[1:] {
		if Rarity(w) <= Rarity(order[i]) {
			t.Errorf("%s (%.1f) is no rarer than %s (%.1f)", w, Rarity(w), order[i], Rarity(order[i]))
		}
	}
}

// The shares of all words must add up to about one, or differences between
// rarities would mean nothing.
func TestSharesOfAllWordsAddUp(t *testing.T) {
	sum := 0.
	for w := range words() {
		sum += math.Exp(-Rarity(w))
	}
	if sum < 0.8 || sum > 1.2 {
		t.Errorf("all words together make up %.2f of a text", sum)
	}
}

func TestTableHoldsWordsAsRulesCutThem(t *testing.T) {
	if n := len(words()); n < 50_000 {
		t.Fatalf("%d words", n)
	}
	for w := range words() {
		var cut []string
		for c := range rules.Words(w) {
			cut = append(cut, c.Text)
		}
		if !slices.Equal(cut, []string{w}) {
			t.Errorf("%q is cut into %q", w, cut)
		}
	}
}

func TestPartsOfSpeechAreThoseOfTheBaseForm(t *testing.T) {
	for word, want := range map[string]Part{
		"negotiations": Noun, "restructured": Verb, "partnership": Noun, "strike": Noun | Verb, "the": 0,
	} {
		if got := Parts(word); got&want != want || want == 0 && got != 0 {
			t.Errorf("%s: parts %b, want %b", word, got, want)
		}
	}
}

func TestWhatHappensIsToldFromThings(t *testing.T) {
	for _, w := range []string{"deal", "disputes", "negotiations", "strike", "restructured", "stake", "partnership", "attack", "flaw"} {
		if !Happens(w) {
			t.Errorf("%s is not known to happen", w)
		}
	}
	for _, w := range []string{"technology", "cloud", "worker", "harbour", "future", "model", "qzxv"} {
		if Happens(w) {
			t.Errorf("%s is said to happen", w)
		}
	}
}

func TestWideningFindsWhatHeadlinesSayInstead(t *testing.T) {
	for word, want := range map[string]string{
		"partnership":  "collaboration",
		"partnerships": "collaboration",
		"alliance":     "pact",
		"strike":       "walkout",
		"restructure":  "revamp",
		"vulnerable":   "weak",
		"port":         "dock",
		"hire":         "recruit",
		"tensions":     "friction",
	} {
		if got := Widen(word); !slices.Contains(got, want) {
			t.Errorf("Widen(%s) = %q, which lacks %s", word, got, want)
		}
	}
	if got := Widen("qzxv"); len(got) > 0 {
		t.Errorf("an unknown word was widened to %q", got)
	}
}

func TestWideningLeavesOutOppositesAndOwnForms(t *testing.T) {
	for word, line := range kin().of {
		for other := range strings.FieldsSeq(line) {
			if rules.Stem(other) == rules.Stem(word) {
				t.Errorf("%s is widened to its own form %s", word, other)
			}
			if !Known(other) {
				t.Errorf("%s is widened to %s, which has no rarity", word, other)
			}
		}
	}
	for _, pair := range [][2]string{{"buy", "sell"}, {"rise", "fall"}, {"win", "lose"}} {
		if slices.Contains(Widen(pair[0]), pair[1]) {
			t.Errorf("%s is widened to its opposite %s", pair[0], pair[1])
		}
	}
}

// The floor is a look-up in a map of the same words.
func BenchmarkRarity(b *testing.B) {
	text := strings.Fields("the talks over a restructured partnership between two companies broke down qzxv")
	bare := map[string]int{}
	for w := range words() {
		bare[w]++
	}
	found := 0
	start := time.Now()
	for i := range b.N {
		found += bare[text[i%len(text)]]
	}
	floor := time.Since(start)
	b.ResetTimer()
	for i := range b.N {
		if Rarity(text[i%len(text)]) > 2 {
			found++
		}
	}
	b.ReportMetric(float64(b.Elapsed())/float64(max(1, floor)), "x-lookup")
	if found < b.N {
		b.Fatal("a word is commoner than any")
	}
}
