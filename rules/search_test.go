package rules

import (
	"slices"
	"testing"
)

// TestExpressionsAreSearchedFromTheirWordOn compares the search, which begins or is tried at the
// word of a literal, with one of the whole text.
func TestExpressionsAreSearchedFromTheirWordOn(t *testing.T) {
	texts := []string{
		"", "openai", "openai signs", "Why OpenAI signs: openai, OpenAI signs.", "xopenai signs openaix signs", "signs openai",
		"the end openai", "openai\nopenai signs", "2openai signs, open-ai signs", "xopenai, openaix openai-openai x openai signs", "ｏｐｅｎａｉ signs", "signs of openai's signs",
	}
	for _, src := range []string{
		"openai", "openai signs", "openai [a-z]+", "^openai [a-z]+", `\bopenai signs`, `\Bopenai signs`, `(openai) signs`, "(?m)^openai", "openai$", "(?m)openai$",
		`openai\b.{0,9}signs`, "x?openai", "o?penai signs", "[a-z]*openai", " openai signs", "s openai ", "(openai|signs) openai", "of.*signs", `signs\W+openai`,
	} {
		set := compileAll(t, []string{"/" + src + "/"})
		re := set.regexps[0].re
		for _, title := range texts {
			for _, body := range texts {
				var want []Span
				for field, text := range map[string]string{"title": title, "body": body} {
					folded, seams := newFolder().fold(nil, nil, text)
					place := placer{seams: seams}
					for _, at := range re.FindAllIndex(folded, -1) {
						from, to := place.source(at[0], at[1])
						want = append(want, Span{Field: field, Start: from, End: to, Text: text[from:to]})
					}
				}
				slices.SortFunc(want, func(a, b Span) int {
					if a.Field != b.Field {
						return int(b.Field[0]) - int(a.Field[0])
					}
					return a.Start - b.Start
				})
				doc := &Doc{Title: title, Body: body}
				var got []Span
				for _, m := range set.Match(doc) {
					got = m.Spans
				}
				if !slices.Equal(got, want) || len(set.MatchRules(nil, doc)) != min(len(want), 1) {
					t.Errorf("/%s/ in %q and %q: got %v, want %v", src, title, body, got, want)
				}
			}
		}
	}
}
