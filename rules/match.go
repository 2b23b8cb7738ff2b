package rules

import (
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
	defer s.release(r)
	var matches []Match
	for _, rule := range r.match(d) {
		r.spans, _ = r.gather(s.program(rule), r.spans[:0])
		matches = append(matches, Match{Rule: s.rules[rule], Spans: spans(r.spans, r.parts)})
	}
	return matches
}

// MatchRules appends to dst the numbers of the rules that the document satisfies,
// which are their places in Rules, in ascending order. Unlike Match it doesn't tell
// where; it allocates only if dst has no room.
func (s *Set) MatchRules(dst []int, d *Doc) []int {
	r := s.pool.Get().(*reader)
	defer s.release(r)
	for _, rule := range r.match(d) {
		dst = append(dst, int(rule))
	}
	return dst
}

// release gives a reader back, without the texts it holds on to.
func (s *Set) release(r *reader) {
	if len(r.folded) <= keep {
		r.doc = nil
		clear(r.parts)
		s.pool.Put(r)
	}
}

// match gives the rules that hold, in order, until the next call. It goes in
// steps, each a short loop over what the one before left, so that the many
// places of memory that a large set touches are fetched side by side.
func (r *reader) match(d *Doc) []int32 {
	r.read(d)
	r.sift()
	r.lookUp()
	r.join()
	r.decide()
	for _, h := range r.fetch() {
		rule := r.candidates[h.entry]
		if r.holds(r.set.program(rule)) {
			r.matched = append(r.matched, rule)
		}
	}
	for _, rule := range r.touched {
		r.seen[rule/64] = 0
	}
	slices.Sort(r.matched)
	return r.matched
}

// holds decides a clause, looking no further than it must.
func (r *reader) holds(c clause) bool {
	switch c.op() {
	case opText:
		if c.n() == 1 && c.anywhere() && !c.has(flagExact) {
			entry := r.first(c.term(0))
			return entry != none && uint32(r.word(entry)) < r.textEnd
		}
		return r.find(c, r.first(c.term(c.pivot()))) != none
	case opRegex:
		return r.regexHolds(c)
	case opValue:
		return r.valueHolds(c.place())
	case opNear, opTogether, opAtLeast:
		from := r.occurrences(c)
		n := len(r.arena) - from
		r.arena = r.arena[:from]
		return n >= c.least()
	case opNot:
		return !r.holds(c.kids())
	case opAnd:
		for k := c.kids(); len(k) > 0; k = k.next() {
			if !r.holds(k) {
				return false
			}
		}
		return true
	}
	for k := c.kids(); len(k) > 0; k = k.next() {
		if r.holds(k) {
			return true
		}
	}
	return false
}

// gather decides a clause and appends the places that made it hold; if it
// doesn't hold, spans come back as they were.
func (r *reader) gather(c clause, spans []placed) ([]placed, bool) {
	before := len(spans)
	var ok bool
	switch c.op() {
	case opText, opNear, opTogether, opAtLeast:
		return r.gatherOccurrences(c, spans)
	case opRegex:
		spans = r.gatherRegex(c, spans)
		return spans, len(spans) > before
	case opAnd:
		for k := c.kids(); len(k) > 0; k = k.next() {
			if spans, ok = r.gather(k, spans); !ok {
				return spans[:before], false
			}
		}
		return spans, true
	case opOr:
		holds := false
		for k := c.kids(); len(k) > 0; k = k.next() {
			spans, ok = r.gather(k, spans)
			holds = holds || ok
		}
		return spans, holds
	}
	return spans, r.holds(c)
}

func (r *reader) gatherOccurrences(c clause, spans []placed) ([]placed, bool) {
	from := r.occurrences(c)
	list := r.arena[from:]
	r.arena = r.arena[:from]
	if len(list) < c.least() {
		return spans, false
	}
	for _, x := range list[:min(len(list), maxSpans)] {
		spans = append(spans, r.place(int(x.first), int(x.last)))
	}
	return spans, true
}

// find is the first entry from one on whose word is the pivot of an occurrence of
// the text, or none.
func (r *reader) find(c clause, entry uint32) uint32 {
	for ; entry != none; entry = r.following(entry) {
		if r.stands(c, r.word(entry)-c.pivot()) {
			return entry
		}
	}
	return none
}

// stands tells whether the text begins at word from, in a part it may be in. Only
// the pivot's word is known to be right.
func (r *reader) stands(c clause, from int) bool {
	n := c.n()
	if from < 0 || from+n > len(r.words) {
		return false
	}
	for i := range n {
		if i != c.pivot() && !r.is(from+i, c.term(i)) {
			return false
		}
	}
	if !r.within(c, from+n-1) {
		return false
	}
	if c.has(flagExact) {
		for i := range n {
			if !r.isExactly(from+i, r.set.forms[c.form(i)]) {
				return false
			}
		}
	}
	return true
}

// within tells whether a text that ends with word last is where c looks.
func (r *reader) within(c clause, last int) bool {
	if c.anywhere() {
		return uint32(last) < r.textEnd
	}
	p, in := &r.parts[r.partOf(last)], c.in()
	return p.in&in.mask != 0 && (!in.lead || p.in != inBody || last-p.word < leadWords)
}

// isExactly tells whether word n is spelled so in the source.
func (r *reader) isExactly(n int, form string) bool {
	at := r.place(n, n)
	source := r.parts[at.part].text[at.start:at.end]
	r.form, r.exact.seams = r.exact.fold(r.form[:0], r.exact.seams[:0], source)
	return globMatch(form, r.form)
}

// valueHolds compares the document with a value once, however many rules ask.
func (r *reader) valueHolds(n int) bool {
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
