package rules

import (
	"slices"
	"testing"
)

func TestWordsAreFoldedAndKnowWhereTheyStood(t *testing.T) {
	const text = "OpenAI’s “Café” — $10,000, ﬁrst‑ever for-profit\u00AD"
	var got []string
	var source []string
	for w := range Words(text) {
		got = append(got, w.Text)
		source = append(source, text[w.Start:w.End])
	}
	if want := []string{"openai", "cafe", "10,000", "first", "ever", "for", "profit"}; !slices.Equal(got, want) {
		t.Errorf("words %q, want %q", got, want)
	}
	if want := []string{"OpenAI", "Café", "10,000", "ﬁrst", "ever", "for", "profit"}; !slices.Equal(source, want) {
		t.Errorf("places of %q, want %q", source, want)
	}
}

func TestWordsStopWhenNoMoreAreWanted(t *testing.T) {
	for w := range Words("one two three") {
		if w.Text == "two" {
			return
		}
	}
	t.Error("the sequence went past the word")
}
