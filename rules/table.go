package rules

import (
	"cmp"
	"math/bits"
	"slices"
)

// posting hangs a rule on a word that it needs. Its cell says in the upper half what
// else is known to be needed, so that most rules are dismissed without a look at
// their program, and in the lower half, from the lowest bit on, the rule (28 bits),
// the kind of check (3) and whether it is the last of its word.
type posting struct{ anchor, cell uint64 }

type checkKind uint64

const (
	checkNothing checkKind = iota
	checkProof             // the anchor in title or body is all the rule needs
	checkWord              // a word occurs too that has this upper half
	checkBefore            // it stands right before the anchor
	checkBehind            // it stands right behind the anchor
)

const (
	ruleBits = 28
	lastCell = 1 << 31

	filterShift  = 32 + 6 // of a hash, above the six bits that choose one of a filter's cell
	confirmShift = 64 - 6 // the six bits that choose another

	spareCells = 3 // behind the last, so that four can be read anywhere
)

// postingCell makes a cell. The check is 0 where there is none.
func postingCell(rule int, kind checkKind, check uint64) uint64 {
	return check>>32<<32 | uint64(kind)<<ruleBits | uint64(rule)
}

func kindOf(cell uint64) checkKind { return checkKind(cell >> ruleBits & 7) }
func ruleOf(cell uint64) int32     { return int32(cell & (1<<ruleBits - 1)) }

// table finds the postings of a word. In cells each anchor is followed by its
// postings. Anchors ascend and are evenly spread as hashes are, so a directory by
// the highest bits leads right to them. A set of bits in front tells of most words
// that they are no anchor: each anchor sets two bits of one cell.
type table struct {
	cells     []uint64
	directory []uint32 // highest bits of an anchor -> where the first such one stands in cells
	filter    []uint64 // by bits that the directory doesn't need; its length is a power of two
	shift     uint     // of the directory
}

// sorted gives postings by anchor and cell. Anchors are evenly spread, so putting them
// in order by their highest bits leaves few to compare with each other.
func sorted(postings []posting) []posting {
	n := bits.Len(uint(len(postings)))
	shift := 64 - n
	places := make([]uint32, 1<<n+1) // by the highest bits: where those begin, and at last, where they end
	for _, p := range postings {
		places[p.anchor>>shift+1]++
	}
	for i := range len(places) - 1 {
		places[i+1] += places[i]
	}
	list := make([]posting, len(postings))
	for _, p := range postings {
		at := &places[p.anchor>>shift]
		list[*at] = p
		*at++
	}
	from := uint32(0)
	for _, to := range places {
		if to-from > 1 {
			slices.SortFunc(list[from:to], func(a, b posting) int {
				return cmp.Or(cmp.Compare(a.anchor, b.anchor), cmp.Compare(a.cell, b.cell))
			})
		}
		from = to
	}
	return list
}

func newTable(postings []posting) table {
	postings = slices.Compact(sorted(postings))
	anchors := 0
	for i, p := range postings {
		if i == 0 || p.anchor != postings[i-1].anchor {
			anchors++
		}
	}
	size := max(1, bits.Len(uint(anchors)))
	filterSize := max(10, bits.Len(uint(8*len(postings))))
	t := table{
		cells:     make([]uint64, 0, anchors+len(postings)+spareCells),
		directory: make([]uint32, 1<<size+1),
		filter:    make([]uint64, 1<<filterSize/64),
		shift:     uint(64 - size),
	}
	for i, p := range postings {
		if i == 0 || p.anchor != postings[i-1].anchor {
			t.filter[p.anchor>>filterShift%uint64(len(t.filter))] |= 1<<(p.anchor>>32%64) | 1<<(p.anchor>>confirmShift)
			t.cells = append(t.cells, p.anchor)
		}
		if i+1 == len(postings) || p.anchor != postings[i+1].anchor {
			p.cell |= lastCell
		}
		t.cells = append(t.cells, p.cell)
		t.directory[p.anchor>>t.shift+1] = uint32(len(t.cells))
	}
	t.cells = append(t.cells, make([]uint64, spareCells)...)
	for i := range len(t.directory) - 1 { // where no anchor is, as in the slot before
		t.directory[i+1] = max(t.directory[i+1], t.directory[i])
	}
	return t
}

// sift puts into survivors, which has room for one more, the places of hashes that may
// be anchors, and says how many those are. It has no branch, since which words are
// anchors can't be foreseen.
func (t *table) sift(survivors []uint32, hashes []uint64) int {
	filter, last, k := t.filter, uint64(len(t.filter)-1), 0
	for i, h := range hashes {
		survivors[k] = uint32(i)
		step := 0
		if filter[h>>filterShift&last]&(1<<(h>>32%64)) != 0 {
			step = 1
		}
		k += step
	}
	confirmed := 0
	for _, i := range survivors[:k] {
		h := hashes[i]
		survivors[confirmed] = i
		step := 0
		if filter[h>>filterShift&last]&(1<<(h>>confirmShift)) != 0 {
			step = 1
		}
		confirmed += step
	}
	return confirmed
}

// next gives where a word stands among cells[from:end], which begin with another
// anchor, or end.
func (t *table) next(word uint64, from, end uint32) uint32 {
	for from < end && t.cells[from] != word {
		for from++; t.cells[from]&lastCell == 0; {
			from++
		}
		from++
	}
	return from
}
