package storage_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/feedwatch/feedwatch/storage"
)

func TestPartsMarkEachMatchOnce(t *testing.T) {
	for name, c := range map[string]struct {
		spans []storage.Span
		want  string // matches in brackets
	}{
		"none":                   {nil, "OpenAI and Microsoft"},
		"in any order":           {[]storage.Span{{Start: 11, End: 20}, {Start: 0, End: 6}}, "[OpenAI] and [Microsoft]"},
		"overlapping":            {[]storage.Span{{Start: 0, End: 10}, {Start: 7, End: 20}}, "[OpenAI and][ Microsoft]"},
		"one within another":     {[]storage.Span{{Start: 0, End: 10}, {Start: 2, End: 4}}, "[OpenAI and] Microsoft"},
		"out of place":           {[]storage.Span{{Start: -1, End: 3}, {Start: 5, End: 99}, {Start: 4, End: 4}}, "OpenAI and Microsoft"},
		"of another field":       {[]storage.Span{{Field: "body", Start: 0, End: 2}}, "OpenAI and Microsoft"},
		"the whole of the title": {[]storage.Span{{Start: 0, End: 20}}, "[OpenAI and Microsoft]"},
	} {
		for i := range c.spans {
			if c.spans[i].Field == "" {
				c.spans[i].Field = "title"
			}
		}
		a := storage.Alert{
			Item:    storage.Item{Title: "OpenAI and Microsoft", Text: "text"},
			Matches: []storage.Match{{Spans: c.spans}},
		}
		var got strings.Builder
		for _, p := range a.Parts("title") {
			if p.Match {
				p.Text = "[" + p.Text + "]"
			}
			got.WriteString(p.Text)
		}
		if got.String() != c.want {
			t.Errorf("%s: %s, want %s", name, got.String(), c.want)
		}
	}
}

func TestPartsOfTheBodyAreThoseOfItsExcerpt(t *testing.T) {
	a := storage.Alert{
		Item:    storage.Item{Title: "title", Text: "the text"},
		Matches: []storage.Match{{Spans: []storage.Span{{Field: "body", Start: 4, End: 8}}}},
	}
	want := []storage.Part{{Text: "the "}, {Text: "text", Match: true}}
	if diff := cmp.Diff(want, a.Parts("body")); diff != "" {
		t.Error(diff)
	}
}
