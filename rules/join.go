package rules

import "slices"

// hit is an entry of the document that may be an anchor, and where the cells
// begin and end that may be its own. passed is a posting of an entry whose check
// can't be dismissed at a glance.
type (
	hit    struct{ entry, from, end uint32 }
	passed struct {
		cell  uint64
		entry uint32
	}
)

// sift lists the entries that may be an anchor, and marks in present what occurs.
func (r *reader) sift() {
	if r.mark++; r.mark == 0 { // wrapped: old marks would look new
		r.present, r.mark = [presentSize]uint8{}, 1
	}
	markAll(&r.present, r.hashes, r.mark)
	n := len(r.hashes)
	r.survivors = slices.Grow(r.survivors[:0], n+1)[:n+1]
	r.survivors = r.survivors[:r.set.table.sift(r.survivors, r.hashes)]
	r.present[0] = r.mark // a check of 0 asks for nothing
}

// markAll marks hashes by their highest bits, four at a time.
func markAll(present *[presentSize]uint8, hashes []uint64, mark uint8) {
	marks := present[:]
	for ; len(hashes) >= 4; hashes = hashes[4:] {
		marks[hashes[0]>>presentShift], marks[hashes[1]>>presentShift] = mark, mark
		marks[hashes[2]>>presentShift], marks[hashes[3]>>presentShift] = mark, mark
	}
	for _, h := range hashes {
		marks[h>>presentShift] = mark
	}
}

// lookUp turns survivors into hits, and reads of each where its cells begin and end.
func (r *reader) lookUp() {
	t, n := &r.set.table, len(r.survivors)
	r.hits = slices.Grow(r.hits[:0], n+1)[:n+1]
	k := 0
	for _, entry := range r.survivors {
		slot := r.hashes[entry] >> (t.shift & 63)
		from, end := t.directory[slot], t.directory[slot+1]
		r.hits[k] = hit{entry, from, end}
		if from != end {
			k++
		}
	}
	r.hits = r.hits[:k]
	cells := 0
	for _, h := range r.hits {
		r.fetched += t.cells[h.from] + t.cells[h.end-1]
		cells += int(h.end - h.from)
	}
	if r.firstOnly = cells > mostCells; r.firstOnly {
		r.hits = slices.DeleteFunc(r.hits, func(h hit) bool { return r.first(r.hashes[h.entry]) != h.entry })
		r.pair()
	}
}

// mostCells is how many cells a document may look through with no thought of words
// that occur again, for which the same cells are looked through again. Beyond that a
// text could make many rules come up without end.
const mostCells = 1 << 14

// pair marks which words stand side by side.
func (r *reader) pair() {
	left := uint32(0)
	for _, h := range r.hashes[:len(r.words)] {
		right := uint32(h >> 32)
		r.pairs[pairOf(left, right)] = r.mark
		left = right
	}
}

// pairOf is a place for two words, of whose numbers these are the upper halves.
func pairOf(left, right uint32) uint64 {
	return (uint64(left)<<32 | uint64(right)) * 0x9E3779B97F4A7C15 >> presentShift
}

// join goes through the postings of the anchors that occur, and keeps those whose
// check may be among the entries. Most anchors come first among the cells of
// their slot; the few others have their turn later.
func (r *reader) join() {
	cells := r.set.table.cells
	r.others = slices.Grow(r.others[:0], len(r.hits))[:len(r.hits)]
	first, others := 0, 0
	for _, h := range r.hits {
		r.hits[first], r.others[others] = h, h
		is := 0
		if cells[h.from] == r.hashes[h.entry] {
			is = 1
		}
		first, others = first+is, others+1-is
	}
	r.passed = r.passed[:0]
	r.pass(r.hits[:first])
	first = 0
	for _, h := range r.others[:others] {
		h.from = r.set.table.next(r.hashes[h.entry], h.from, h.end)
		r.hits[first] = h
		if h.from < h.end {
			first++
		}
	}
	r.pass(r.hits[:first])
}

// pass keeps of the postings behind each anchor those whose check may be among the
// entries. It takes four at a time, and without a branch on any of them.
func (r *reader) pass(anchors []hit) {
	cells, mark := r.set.table.cells, r.mark
	list, k := r.passed[:cap(r.passed)], len(r.passed)
	for _, h := range anchors {
		for at, more := h.from+1, 1; more != 0; at += 4 {
			if len(list)-k < 4 {
				list = slices.Grow(list, 64)
				list = list[:cap(list)]
			}
			for _, cell := range (*[4]uint64)(cells[at : at+4 : at+4]) {
				list[k] = passed{cell, h.entry}
				kept := 0
				if r.present[cell>>presentShift] == mark {
					kept = more
				}
				k += kept
				more &^= int(cell / lastCell)
			}
		}
	}
	r.passed = list[:k]
}

// decide makes matches of rules that their postings prove and candidates of those
// that they don't dismiss.
func (r *reader) decide() {
	r.matched, r.touched = r.matched[:0], r.touched[:0]
	r.candidates = append(r.candidates[:0], r.set.always...)
	for _, p := range r.passed {
		rule := ruleOf(p.cell)
		if r.seen[rule/64]>>(rule%64)&1 != 0 || !r.passes(p) {
			continue
		}
		r.seen[rule/64] |= 1 << (rule % 64)
		r.touched = append(r.touched, rule)
		if kindOf(p.cell) == checkProof {
			r.matched = append(r.matched, rule)
		} else {
			r.candidates = append(r.candidates, rule)
		}
	}
}

// passes tells whether a rule may hold that hangs on the word of the entry.
func (r *reader) passes(p passed) bool {
	upper := uint32(p.cell >> 32)
	switch kindOf(p.cell) {
	case checkProof:
		return uint32(r.word(p.entry)) < r.textEnd
	case checkWord:
		return r.occurs(upper)
	case checkBefore:
		return r.isBeside(p.entry, -1, upper)
	case checkBehind:
		return r.isBeside(p.entry, 1, upper)
	}
	return true
}

// isBeside tells whether a word with this upper half stands a step away from the entry,
// or if this stands for all entries of its word, from some of those.
func (r *reader) isBeside(entry uint32, step int, upper uint32) bool {
	if uint32(r.hashes[r.word(entry)+step]>>32) == upper {
		return true
	}
	if !r.firstOnly {
		return false
	}
	if int(entry) < len(r.words) {
		left, right := uint32(r.hashes[entry]>>32), upper
		if step < 0 {
			left, right = right, left
		}
		if r.pairs[pairOf(left, right)] != r.mark { // old marks do no harm
			return false
		}
	}
	for entry = r.first(r.hashes[entry]); entry != none; entry = r.following(entry) {
		if uint32(r.hashes[r.word(entry)+step]>>32) == upper {
			return true
		}
	}
	return false
}

// fetch reads a cell of each candidate's program.
func (r *reader) fetch() []hit {
	r.hits = r.hits[:0]
	for i, rule := range r.candidates {
		r.hits = append(r.hits, hit{entry: uint32(i), from: r.set.programs[rule]})
	}
	for _, h := range r.hits {
		r.fetched += uint64(r.set.code[h.from])
	}
	return r.hits
}
