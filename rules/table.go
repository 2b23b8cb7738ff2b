package rules

import (
	"cmp"
	"math/bits"
	"slices"
)

// posting hangs a rule on a word that it needs. check says what else is known to
// be needed, so that most rules are dismissed without a look at their program.
type posting struct {
	anchor uint64
	check  uint32 // the upper half of a word's number; it may only dismiss
	rule   uint32 // with the check's kind in the highest bits
}

type checkKind uint32

const (
	checkNothing checkKind = iota
	checkProof             // the anchor in title or body is all the rule needs
	checkWord              // the word of check occurs too
	checkBefore            // it stands right before the anchor
	checkBehind            // it stands right behind the anchor
)

const ruleBits = 28

func (p posting) kind() checkKind { return checkKind(p.rule >> ruleBits) }
func (p posting) ruleNo() int32   { return int32(p.rule & (1<<ruleBits - 1)) }

// table finds the postings of a word. They are sorted by their anchors, which are
// evenly spread as hashes are, so a directory by the highest bits leads
// right to them. A set of bits in front tells of most words that they have none.
type table struct {
	postings    []posting
	directory   []uint32 // highest bits of an anchor -> its first posting
	filter      []uint64
	shift       uint // of the directory
	filterShift uint
}

func newTable(postings []posting) table {
	slices.SortFunc(postings, func(a, b posting) int {
		return cmp.Or(cmp.Compare(a.anchor, b.anchor), cmp.Compare(a.rule, b.rule))
	})
	postings = slices.Clone(slices.Compact(postings)) // to its size
	size := bits.Len(uint(len(postings))/4 + 1)
	filterSize := max(10, bits.Len(uint(8*len(postings))))
	t := table{
		postings:  postings,
		directory: make([]uint32, 1<<size+1),
		filter:    make([]uint64, 1<<filterSize/64),
		shift:     uint(64 - size), filterShift: uint(64 - filterSize),
	}
	for _, p := range postings {
		t.directory[p.anchor>>t.shift+1]++
		n := p.anchor >> t.filterShift
		t.filter[n/64] |= 1 << (n % 64)
	}
	for i := range len(t.directory) - 1 {
		t.directory[i+1] += t.directory[i]
	}
	return t
}
