package rules

import (
	"cmp"
	"slices"
	"sort"
)

// extent is an occurrence of a text: its first and last word.
type extent struct{ first, last int32 }

// occurrences pushes the occurrences of a positional clause onto the arena, in
// order and each once, and gives where they begin. Whoever calls pops them.
func (r *reader) occurrences(c clause) (from int) {
	from = len(r.arena)
	switch c.op() {
	case opText:
		for e := r.find(c, r.first(c.term(c.pivot()))); e != none; e = r.find(c, r.following(e)) {
			first := int32(r.word(e) - c.pivot())
			r.arena = append(r.arena, extent{first, first + int32(c.n()) - 1})
		}
		return from
	case opOr, opAtLeast:
		for k := c.kids(); len(k) > 0; k = k.next() {
			r.occurrences(k)
		}
		return r.tidy(from)
	}
	a := c.kids()
	r.occurrences(a)
	middle := r.occurrences(a.next())
	if c.op() == opTogether {
		middle = r.withinUnits(c.unit(), from, middle)
	}
	return r.pick(c, from, middle)
}

// tidy sorts the list on top of the arena and takes out what stands twice.
func (r *reader) tidy(from int) int {
	list := r.arena[from:]
	slices.SortFunc(list, compareExtents)
	r.arena = r.arena[:from+len(slices.Compact(list))]
	return from
}

func compareExtents(a, b extent) int {
	return cmp.Or(cmp.Compare(a.first, b.first), cmp.Compare(a.last, b.last))
}

// pick replaces the lists a and b on top of the arena by those of their
// extents that satisfy c.
func (r *reader) pick(c clause, from, middle int) int {
	end := len(r.arena)
	a, b := r.neighbours(from, middle), r.neighbours(middle, end)
	kept := len(r.arena)
	for i := from; i < end; i++ {
		x, others := r.arena[i], b
		if i >= middle {
			others = a
		}
		if c.has(flagAbsent) && i >= middle {
			break
		}
		if r.selects(c, x, others, i >= middle) {
			r.arena = append(r.arena, x)
		}
	}
	n := copy(r.arena[from:], r.arena[kept:])
	r.arena = r.arena[:from+n]
	return r.tidy(from)
}

// selects tells whether x, of b if right is set, has the neighbour c asks for.
func (r *reader) selects(c clause, x extent, others neighbours, right bool) bool {
	low, high := r.around(c, x)
	switch {
	case c.has(flagAbsent):
		return !others.meet(low, high)
	case c.has(flagOrdered) && right:
		return others.endIn(low, x.first-1)
	case c.has(flagOrdered):
		return others.beginIn(x.last+1, high)
	}
	return others.beginIn(x.last+1, high) || others.endIn(low, x.first-1)
}

// around gives the first and the last word where a neighbour of x may stand.
func (r *reader) around(c clause, x extent) (low, high int32) {
	p := &r.parts[r.partOf(int(x.first))]
	if c.op() == opNear {
		n := int32(c.n()) + 1
		return max(x.first-n, int32(p.word)), min(x.last+n, int32(p.wordEnd)-1)
	}
	unitOf := r.unitOf[c.unit()]
	words := unitOf[p.word:p.wordEnd]
	first, _ := slices.BinarySearch(words, unitOf[x.first])
	next, _ := slices.BinarySearch(words, unitOf[x.first]+1)
	return int32(p.word + first), int32(p.word + next - 1)
}

// neighbours is a list of extents twice: by first word and by last word.
type neighbours struct{ byFirst, byLast []extent }

// neighbours makes them of a list in the arena, which may move the arena.
func (r *reader) neighbours(from, to int) neighbours {
	start := len(r.arena)
	r.arena = append(r.arena, r.arena[from:to]...)
	byLast := r.arena[start:]
	slices.SortFunc(byLast, func(a, b extent) int { return cmp.Compare(a.last, b.last) })
	return neighbours{r.arena[from:to], byLast}
}

// beginIn tells whether an extent begins at low to high.
func (n neighbours) beginIn(low, high int32) bool {
	i := sort.Search(len(n.byFirst), func(i int) bool { return n.byFirst[i].first >= low })
	return i < len(n.byFirst) && n.byFirst[i].first <= high
}

// endIn tells whether an extent ends at low to high.
func (n neighbours) endIn(low, high int32) bool {
	i := sort.Search(len(n.byLast), func(i int) bool { return n.byLast[i].last >= low })
	return i < len(n.byLast) && n.byLast[i].last <= high
}

// meet tells whether an extent has a word at low to high: more begin before the
// end of that stretch than end before its start.
func (n neighbours) meet(low, high int32) bool {
	begun := sort.Search(len(n.byFirst), func(i int) bool { return n.byFirst[i].first > high })
	ended := sort.Search(len(n.byLast), func(i int) bool { return n.byLast[i].last >= low })
	return begun > ended
}

// withinUnits drops from both lists what crosses the end of a sentence or
// paragraph, and gives where the second list begins now.
func (r *reader) withinUnits(u unit, from, middle int) int {
	r.numberUnits(u)
	unitOf := r.unitOf[u]
	kept, newMiddle := from, from
	for i := from; i < len(r.arena); i++ {
		if i == middle {
			newMiddle = kept
		}
		if x := r.arena[i]; unitOf[x.first] == unitOf[x.last] {
			r.arena[kept] = x
			kept++
		}
	}
	if middle == len(r.arena) {
		newMiddle = kept
	}
	r.arena = r.arena[:kept]
	return newMiddle
}

// numberUnits numbers the sentences or paragraphs of the document, once.
func (r *reader) numberUnits(u unit) {
	if r.unitsKnown[u] {
		return
	}
	r.unitsKnown[u] = true
	list, no := append(r.unitOf[u][:0], 0), int32(0) // of the gap before the first part
	for i := range r.parts {
		p := &r.parts[i]
		r.ends = u.ends(r.ends[:0], p.text)
		at, place := 0, r.placer(p)
		for _, w := range r.words[p.word:p.wordEnd] {
			start, _ := place.source(int(w.start), int(w.end))
			for at < len(r.ends)-1 && start >= r.ends[at] {
				at++
				no++
			}
			list = append(list, no)
		}
		no++
		list = append(list, no) // of the gap behind it
		no++
	}
	r.unitOf[u] = list
}
