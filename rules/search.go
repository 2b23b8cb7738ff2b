package rules

import (
	"bytes"
	"slices"
)

// regexHolds searches the parts for an expression, but only where a text stands
// without which it can't match.
func (r *reader) regexHolds(c clause) bool {
	for i := range r.parts {
		if from, end := r.regexRange(c, &r.parts[i]); from < end && r.set.regexps[c.place()].re.Match(r.folded[from:end]) {
			return true
		}
	}
	return false
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
	word, ok := r.firstIn(p, x.word)
	if !ok {
		return 0, 0
	}
	if x.begins {
		from = max(from, int(r.words[word].start)-x.before)
	}
	return from, end
}

// firstIn is the first word of a part that is a term.
func (r *reader) firstIn(p *part, term uint64) (word int, ok bool) {
	if term&1 != 0 {
		word = slices.Index(r.hashes[p.word:p.wordEnd], term)
		return p.word + word, word >= 0
	}
	for i, w := range r.bearers {
		if r.hashes[len(r.words)+i] == term && p.word <= int(w) && int(w) < p.wordEnd {
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
