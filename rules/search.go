package rules

import (
	"bytes"
	"slices"
)

// regexHolds searches the parts for an expression, but only where a text stands
// without which it can't match.
func (r *reader) regexHolds(c clause) bool {
	x := &r.set.regexps[c.place()]
	for i := range r.parts {
		p := &r.parts[i]
		from, end := r.regexRange(c, p)
		if from >= end {
			continue
		}
		holds, ok := r.pinnedHolds(x, p, end)
		if !ok {
			holds = x.re.Match(r.folded[from:end])
		}
		if holds {
			return true
		}
	}
	return false
}

// mostPinned is how many words an expression is tried at before all is searched, which
// takes no longer however many there are.
const mostPinned = 3

// pinnedHolds tries an expression where its matches begin, in a part up to end, unless
// that is not known or there are many such places.
func (r *reader) pinnedHolds(x *expression, p *part, end int) (holds, ok bool) {
	if x.pinned == nil {
		return false, false
	}
	for n, word := 0, p.word; ; n, word = n+1, word+1 {
		if word, ok = r.nextIn(p, x.word, word); !ok {
			return false, true
		}
		if n == mostPinned {
			return false, false
		}
		at := int(r.words[word].start)
		if x.toEnd {
			at = int(r.words[word].end) - x.run
		}
		if at -= x.before; p.folded <= at && at < end && x.pinned.Match(r.folded[at:end]) {
			return true, true
		}
	}
}

// regexRange is the stretch of folded in a part of the document that an expression
// must search; it may be empty.
func (r *reader) regexRange(c clause, p *part) (from, end int) {
	in, x := c.in(), &r.set.regexps[c.place()]
	if p.in&in.mask == 0 {
		return 0, 0
	}
	from, end = p.folded, p.foldedEnd
	if in.lead && p.in == inBody && p.wordEnd-p.word > leadWords {
		end = int(r.words[p.word+leadWords-1].end)
	}
	if x.word == 0 {
		if !bytes.Contains(r.folded[from:end], x.literal) {
			return 0, 0
		}
		return from, end
	}
	word, ok := r.nextIn(p, x.word, p.word)
	if !ok {
		return 0, 0
	}
	if x.begins {
		from = max(from, int(r.words[word].start)-x.before)
	}
	return from, end
}

// nextIn is the first word of a part from one on that is a term.
func (r *reader) nextIn(p *part, term uint64, from int) (word int, ok bool) {
	if term&1 != 0 {
		word = slices.Index(r.hashes[from:p.wordEnd], term)
		return from + word, word >= 0
	}
	for i, w := range r.bearers {
		if r.hashes[len(r.words)+i] == term && from <= int(w) && int(w) < p.wordEnd {
			return int(w), true
		}
	}
	return 0, false
}

func (r *reader) gatherRegex(c clause, spans []placed) []placed {
	n := 0
	for i := range r.parts {
		p := &r.parts[i]
		begin, end := r.regexRange(c, p)
		if begin >= end {
			continue
		}
		place := r.placer(p)
		for _, at := range r.set.regexps[c.place()].re.FindAllIndex(r.folded[begin:end], maxSpans-n) {
			from, to := place.source(begin+at[0], begin+at[1])
			spans = append(spans, placed{int32(i), int32(from), int32(to)})
			n++
		}
	}
	return spans
}
