package rules

import (
	"bytes"
	"cmp"
	"slices"
)

// maxSpans bounds the spans of a clause and of a match, since a text may repeat
// a word without end.
const maxSpans = 64

// Match gives the rules that the document satisfies, in the order of Rules. It
// allocates nothing for a document that satisfies none.
func (s *Set) Match(d *Doc) []Match {
	r := s.pool.Get().(*reader)
	matches := r.match(d)
	if len(r.folded) <= keep {
		r.doc = nil
		clear(r.parts) // lest the pool hold on to texts
		s.pool.Put(r)
	}
	return matches
}

func (r *reader) match(d *Doc) []Match {
	r.read(d)
	slices.Sort(r.candidates)
	var matches []Match
	for _, rule := range r.candidates {
		program := &r.set.programs[rule]
		if !r.holds(program) {
			continue
		}
		r.spans, _ = r.gather(program, r.spans[:0])
		matches = append(matches, Match{Rule: r.set.rules[rule], Spans: spans(r.spans, r.parts)})
	}
	return matches
}

// holds decides a clause, looking no further than it must.
func (r *reader) holds(c *clause) bool {
	switch c.op {
	case opText:
		return r.find(c, r.first(c.atoms[c.pivot])) >= 0
	case opRegex:
		return r.regexHolds(c)
	case opValue:
		return r.valueHolds(c.value)
	case opNear, opTogether, opAtLeast:
		from := r.occurrences(c)
		n := len(r.arena) - from
		r.arena = r.arena[:from]
		return n >= c.least()
	case opNot:
		return !r.holds(&c.kids[0])
	case opAnd:
		for i := range c.kids {
			if !r.holds(&c.kids[i]) {
				return false
			}
		}
		return true
	}
	for i := range c.kids {
		if r.holds(&c.kids[i]) {
			return true
		}
	}
	return false
}

// gather decides a clause and appends the places that made it hold; if it
// doesn't hold, spans come back as they were.
func (r *reader) gather(c *clause, spans []placed) ([]placed, bool) {
	before := len(spans)
	var ok bool
	switch c.op {
	case opText, opNear, opTogether, opAtLeast:
		return r.gatherOccurrences(c, spans)
	case opRegex:
		spans = r.gatherRegex(c, spans)
		return spans, len(spans) > before
	case opAnd:
		for i := range c.kids {
			if spans, ok = r.gather(&c.kids[i], spans); !ok {
				return spans[:before], false
			}
		}
		return spans, true
	case opOr:
		holds := false
		for i := range c.kids {
			spans, ok = r.gather(&c.kids[i], spans)
			holds = holds || ok
		}
		return spans, holds
	}
	return spans, r.holds(c)
}

func (r *reader) gatherOccurrences(c *clause, spans []placed) ([]placed, bool) {
	from := r.occurrences(c)
	list := r.arena[from:]
	r.arena = r.arena[:from]
	if len(list) < c.least() {
		return spans, false
	}
	for _, x := range list[:min(len(list), maxSpans)] {
		first, last := r.words[x.first], r.words[x.last]
		spans = append(spans, placed{first.part, first.start, last.end})
	}
	return spans, true
}

// find is the first link from at on whose word is the pivot of an occurrence of
// the text, or -1.
func (r *reader) find(c *clause, at int32) int32 {
	for ; at >= 0; at = r.links[at].next {
		if r.stands(c, int(r.links[at].word)-c.pivot) {
			return at
		}
	}
	return -1
}

// stands tells whether the text begins at word from, in a part it may be in.
func (r *reader) stands(c *clause, from int) bool {
	last := from + len(c.atoms) - 1
	if from < 0 || last >= len(r.words) || r.words[from].part != r.words[last].part {
		return false
	}
	p := &r.parts[r.words[from].part]
	if p.in&c.in.mask == 0 || c.in.lead && p.in == inBody && last-p.word >= leadWords {
		return false
	}
	for i, atom := range c.atoms {
		if i != c.pivot && !r.is(from+i, atom) {
			return false
		}
	}
	for i, form := range c.exact {
		if !r.isExactly(from+i, form) {
			return false
		}
	}
	return true
}

// isExactly tells whether word n is spelled so in the source.
func (r *reader) isExactly(n int, form string) bool {
	w := r.words[n]
	source := r.parts[w.part].text[w.start:w.end]
	r.form, r.exact.seams = r.exact.fold(r.form[:0], r.exact.seams[:0], source)
	return globMatch(form, r.form)
}

// least is how many occurrences a clause needs.
func (c *clause) least() int {
	if c.op == opAtLeast {
		return c.n
	}
	return 1
}

// regexHolds searches the parts for an expression, but only where a text stands
// without which it can't match.
func (r *reader) regexHolds(c *clause) bool {
	for i := range r.parts {
		if text := r.regexText(c, &r.parts[i]); text != nil && c.re.Match(text) {
			return true
		}
	}
	return false
}

// regexText is the part of the document that an expression must search, or nil.
func (r *reader) regexText(c *clause, p *part) []byte {
	if p.in&c.in.mask == 0 {
		return nil
	}
	end := p.foldedEnd
	if c.in.lead && p.in == inBody && p.wordEnd-p.word > leadWords {
		end = int(r.words[p.word+leadWords-1].foldedEnd)
	}
	if text := r.folded[p.folded:end]; bytes.Contains(text, c.literal) {
		return text
	}
	return nil
}

func (r *reader) gatherRegex(c *clause, spans []placed) []placed {
	n := 0
	for i := range r.parts {
		p := &r.parts[i]
		text := r.regexText(c, p)
		if text == nil {
			continue
		}
		place := r.placer(*p)
		for _, at := range c.re.FindAllIndex(text, maxSpans-n) {
			from, to := place.source(p.folded+at[0], p.folded+at[1])
			spans = append(spans, placed{int32(i), int32(from), int32(to)})
			n++
		}
	}
	return spans
}

// valueHolds compares the document with a value once, however many rules ask.
func (r *reader) valueHolds(n int32) bool {
	t := &r.truths[n]
	if t.epoch != r.epoch {
		v := r.set.values[n]
		*t = truth{r.epoch, v.field.holds(r.folder, r.doc, v.src)}
	}
	return t.holds
}

// placed is a span before it is given out.
type placed struct{ part, start, end int32 }

// spans sorts places, merges those that overlap, and gives at most maxSpans.
func spans(places []placed, parts []part) []Span {
	slices.SortFunc(places, func(a, b placed) int {
		return cmp.Or(cmp.Compare(a.part, b.part), cmp.Compare(a.start, b.start), cmp.Compare(a.end, b.end))
	})
	var list []Span
	for i := 0; i < len(places) && len(list) < maxSpans; {
		p := places[i]
		for i++; i < len(places) && places[i].part == p.part && places[i].start < p.end; i++ {
			p.end = max(p.end, places[i].end)
		}
		in := parts[p.part]
		list = append(list, Span{Field: partNames[in.in], Value: in.value,
			Start: int(p.start), End: int(p.end), Text: in.text[p.start:p.end]})
	}
	return list
}
