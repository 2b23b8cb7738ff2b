package rules

import (
	"strings"
	"testing"
	"time"
)

func TestTheLanguageOfATextIsToldOrLeftOpen(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{"OpenAI ends Azure exclusivity, signs Oracle", ""}, // too short to tell
		{strings.Repeat("OpenAI Azure Oracle Nvidia ", 6), ""},
		{strings.Repeat("0123 456 789 ", 20), ""},
		{"The company said on Monday that it would restructure its business, and that the talks with its largest backer are far from over.", "en"},
		{"Die Bundesregierung will die Regeln für künstliche Intelligenz verschärfen, wie aus einem Entwurf des Ministeriums hervorgeht.", "de"},
		{"Le gouvernement français veut encadrer l'intelligence artificielle dès la rentrée, selon un projet de loi dévoilé lundi matin.", "fr"},
		{"日本の政府は、人工知能に関する新しい規則を発表した。企業はこれに従わなければならないという。", "ja"},
		{strings.Repeat("これは日本語の文章です。", 100), "ja"}, // cut in the middle of a character
	} {
		if got := DetectLanguage(c.text); got != c.want {
			t.Errorf("%.40q is %q, want %q", c.text, got, c.want)
		}
	}
}

func TestALongTextIsDetectedByItsBeginning(t *testing.T) {
	text := strings.Repeat("The company said that it would restructure its business. ", 40_000)
	start := time.Now()
	if got := DetectLanguage(text); got != "en" {
		t.Errorf("got %q, want en", got)
	}
	t.Logf("%d bytes took %v", len(text), time.Since(start))
}

func TestASetKnowsWhetherItAsksForTheLanguage(t *testing.T) {
	if mustCompile(t, "OpenAI tier:1").AsksLanguage() || !mustCompile(t, "OpenAI -lang:de").AsksLanguage() {
		t.Error("wrong")
	}
}
