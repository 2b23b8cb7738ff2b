package watcher

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/feedwatch/feedwatch/storage"
)

func TestExcerptKeepsThePlacesOfMatches(t *testing.T) {
	long := strings.Repeat("Čekání na zprávy. ", 1000)
	text := long + "\nThen OpenAI and Microsoft spoke. " + long
	at := strings.Index(text, "OpenAI")
	matches := []storage.Match{{Rule: "a", Spans: []storage.Span{
		{Field: "title", Start: 3, End: 9, Text: "OpenAI"},
		{Field: "body", Start: at, End: at + 6, Text: "OpenAI"},
		{Field: "body", Start: len(text) - 20, End: len(text) - 10, Text: "far away"},
	}}}
	got := excerpt(text, matches)
	if len(got) > excerptBytes || !utf8.ValidString(got) {
		t.Fatalf("an excerpt of %d bytes, valid UTF-8: %v", len(got), utf8.ValidString(got))
	}
	near, far, title := matches[0].Spans[1], matches[0].Spans[2], matches[0].Spans[0]
	if got[near.Start:near.End] != "OpenAI" {
		t.Errorf("the place of the match shows %q", got[near.Start:near.End])
	}
	if far.Start != 0 || far.End != 0 || far.Text != "far away" {
		t.Errorf("a match outside the excerpt is %+v, want its text without a place", far)
	}
	if title.Start != 3 {
		t.Error("a place in the title was moved")
	}
}
