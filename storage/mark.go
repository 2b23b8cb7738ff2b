package storage

import "slices"

// Part is a run of a text: either words that made a rule match, or what stands
// between them.
type Part struct {
	Text  string
	Match bool
}

// Parts splits the item's title (field "title") or its excerpt (field "body") at
// the places where rules matched, so that they can be marked. Joined, the parts
// are the text. Spans of several rules may overlap; those without a place are
// passed over.
func (a *Alert) Parts(field string) []Part {
	text := a.Item.Title
	if field == "body" {
		text = a.Item.Text
	}
	var spans []Span
	for _, m := range a.Matches {
		for _, s := range m.Spans {
			if s.Field == field && 0 <= s.Start && s.Start < s.End && s.End <= len(text) {
				spans = append(spans, s)
			}
		}
	}
	slices.SortFunc(spans, func(a, b Span) int { return a.Start - b.Start })
	var parts []Part
	at := 0
	for _, s := range spans {
		start := max(s.Start, at)
		if start >= s.End {
			continue // Inside of one that is marked already.
		}
		if start > at {
			parts = append(parts, Part{Text: text[at:start]})
		}
		parts = append(parts, Part{Text: text[start:s.End], Match: true})
		at = s.End
	}
	if at < len(text) {
		parts = append(parts, Part{Text: text[at:]})
	}
	return parts
}
