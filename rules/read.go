package rules

import (
	"math/bits"
	"slices"
)

// reader is a document as the matcher of one set sees it, and the scratch space
// for it. It is used for one document after another, by one goroutine.
type reader struct {
	set *Set
	doc *Doc

	folder    *folder
	tokeniser *tokeniser
	folded    []byte // all parts, one behind the other
	seams     []seam // of all parts
	parts     []part

	// Words are counted through all parts. Before the first and behind each part
	// stands a gap, whose hash is 0, so that nothing reaches across. Behind
	// the words stand, in hashes only, the patterns that they satisfy.
	words   []extentOf
	hashes  []uint64
	bearers []uint32 // the words that satisfy those patterns
	unknown []uint32 // those that may
	textEnd uint32   // title and body end before this word
	memo    patternMemo

	chains    []uint32 // highest bits of a hash -> its first entry and 1, or 0
	links     []uint32 // entry of hashes -> the next in its chain and 1, or 0
	chainBits uint
	indexed   bool // chains and links are those of this document
	asked     int  // how often it was asked whether a word occurs

	epoch  uint32 // the document's number; what bears another is stale
	truths []truth

	survivors    []uint32           // entries that may be an anchor
	present      [presentSize]uint8 // mark where an entry has these highest bits
	pairs        [presentSize]uint8 // mark where two words side by side have this place, if firstOnly
	mark         uint8
	hits, others []hit
	firstOnly    bool // hits have but the first entry of each word
	passed       []passed

	fetched    uint64   // makes the processor fetch what is needed soon; says nothing
	seen       []uint64 // a bit for each rule that is decided or a candidate
	touched    []int32  // those rules
	candidates []int32
	matched    []int32

	spans      []placed
	arena      []extent // a stack of lists of occurrences
	unitsKnown [units]bool
	unitOf     [units][]int32 // word -> number of its sentence or paragraph
	ends       []int
	exact      *folder
	form       []byte
}

// part is one text of the document: its title, its body, one of its categories.
type part struct {
	in    partMask
	value int // which category
	text  string

	folded, foldedEnd int // bytes of reader.folded
	seams, seamsEnd   int // of reader.seams
	word, wordEnd     int // of reader.words
}

const (
	presentShift = 50
	presentSize  = 1 << (64 - presentShift)
)

// truth remembers whether a value holds for the document.
type truth struct {
	epoch uint32
	holds bool
}

// parts yields the texts of a document in the order of their spans.
func (d *Doc) parts(yield func(part) bool) {
	if !yield(part{in: inTitle, text: d.Title}) || !yield(part{in: inBody, text: d.Body}) ||
		!yield(part{in: inAuthor, text: d.Author}) {
		return
	}
	for i, c := range d.Categories {
		if !yield(part{in: inCategory, value: i, text: c}) {
			return
		}
	}
}

func newReader(s *Set) *reader {
	return &reader{
		set:       s,
		folder:    newFolder(),
		tokeniser: newTokeniser(s.hasher),
		exact:     newExactFolder(),
		seen:      make([]uint64, len(s.rules)/64+1),
		truths:    make([]truth, len(s.values)),
	}
}

// keep is the number of bytes above which a reader is not used again, lest one
// huge document hold its memory for ever.
const keep = 1 << 18

// read cuts a document into words and finds the patterns that they satisfy.
func (r *reader) read(d *Doc) {
	r.begin(d)
	for p := range d.parts {
		if p.in&r.set.parts != 0 && p.text != "" {
			r.part(p)
		}
		if p.in&inText != 0 {
			r.textEnd = uint32(len(r.tokeniser.words))
		}
	}
	r.words, r.hashes = r.tokeniser.words, r.tokeniser.hashes
	if len(r.set.patterns.list) > 0 {
		r.findPatterns()
	}
}

func (r *reader) begin(d *Doc) {
	r.doc = d
	r.folded, r.seams, r.parts = append(r.folded[:0], gapBytes[:]...), r.seams[:0], r.parts[:0]
	r.tokeniser.reset()
	r.tokeniser.gap()
	r.bearers = r.bearers[:0]
	r.indexed, r.asked, r.unitsKnown = false, 0, [units]bool{}
	if r.epoch++; r.epoch == 0 { // wrapped: old marks would look new
		clear(r.truths)
		r.epoch = 1
	}
}

func (r *reader) part(p part) {
	p.folded, p.seams, p.word = len(r.folded), len(r.seams), len(r.tokeniser.words)
	r.folded, r.seams = r.folder.fold(r.folded, r.seams, p.text)
	p.foldedEnd, p.seamsEnd = len(r.folded), len(r.seams)
	r.folded = append(r.folded, gapBytes[:]...)
	r.tokeniser.cut(r.folded, p.folded, p.foldedEnd)
	p.wordEnd = len(r.tokeniser.words)
	r.tokeniser.gap()
	r.parts = append(r.parts, p)
}

// findPatterns puts the patterns that words satisfy behind the words.
func (r *reader) findPatterns() {
	if r.memo.known == nil {
		r.memo = newPatternMemo()
	}
	n := len(r.words)
	r.unknown = slices.Grow(r.unknown[:0], n+1)[:n+1]
	admitted := r.unknown[:r.set.patterns.admit(r.unknown, r.words, r.folded)]
	for _, i := range admitted[:r.memo.unknown(admitted, r.hashes)] {
		if r.hashes[i] == 0 {
			continue
		}
		w := r.words[i]
		for _, p := range r.memo.find(r.set.patterns, r.hashes[i], r.folded, w.start, w.end) {
			r.hashes = append(r.hashes, r.set.patterns.terms[p])
			r.bearers = append(r.bearers, i)
		}
	}
	r.tokeniser.hashes = r.hashes // which may have moved
}

// index chains the entries of hashes, each chain in order. Most documents do
// without.
func (r *reader) index() {
	n := len(r.hashes)
	r.chainBits = uint(max(10, bits.Len(uint(2*n))))
	r.chains = slices.Grow(r.chains[:0], 1<<r.chainBits)[:1<<r.chainBits]
	clear(r.chains)
	r.links = slices.Grow(r.links[:0], n)[:n]
	for i := n - 1; i >= 0; i-- {
		chain := &r.chains[r.hashes[i]>>(64-r.chainBits)]
		r.links[i], *chain = *chain, uint32(i+1)
	}
	r.indexed = true
}

// none is the entry behind the last of a chain.
const none = ^uint32(0)

// first is the first entry of a term, or none.
func (r *reader) first(term uint64) uint32 {
	if !r.indexed {
		r.index()
	}
	return r.after(r.chains[term>>(64-r.chainBits)], term)
}

// following is the next entry of the same term, or none.
func (r *reader) following(entry uint32) uint32 {
	return r.after(r.links[entry], r.hashes[entry])
}

func (r *reader) after(link uint32, term uint64) uint32 {
	for ; link != 0; link = r.links[link-1] {
		if r.hashes[link-1] == term {
			return link - 1
		}
	}
	return none
}

// occurs tells whether a word occurs of whose number this is the upper half, or one
// that looks like it. An index is only worth its cost if that is asked often.
func (r *reader) occurs(upper uint32) bool {
	if r.asked++; r.asked <= 3 && !r.indexed {
		return slices.ContainsFunc(r.hashes, func(hash uint64) bool { return uint32(hash>>32) == upper })
	}
	if !r.indexed {
		r.index()
	}
	for link := r.chains[upper>>(32-r.chainBits)]; link != 0; link = r.links[link-1] {
		if uint32(r.hashes[link-1]>>32) == upper {
			return true
		}
	}
	return false
}

// word is the word that an entry stands for.
func (r *reader) word(entry uint32) int {
	if n := uint32(len(r.words)); entry >= n {
		return int(r.bearers[entry-n])
	}
	return int(entry)
}

// is tells whether word n is a term of a phrase.
func (r *reader) is(n int, term uint64) bool {
	if term&1 != 0 || r.hashes[n] == 0 {
		return r.hashes[n] == term
	}
	w := r.words[n]
	return globMatch(r.set.patterns.pattern(term), r.folded[w.start:w.end]) // stems stand in no phrase
}

// partOf is the place of the part that a word is in.
func (r *reader) partOf(word int) int {
	at, _ := slices.BinarySearchFunc(r.parts, word, func(p part, word int) int { return p.wordEnd - word - 1 })
	return at
}

// place is where words first to last of one part stand in its source.
func (r *reader) place(first, last int) placed {
	i := r.partOf(first)
	p := &r.parts[i]
	at := r.placer(p)
	from, to := at.source(int(r.words[first].start), int(r.words[first].end))
	if last != first {
		_, to = at.source(int(r.words[last].start), int(r.words[last].end))
	}
	return placed{int32(i), int32(from), int32(to)}
}

func (r *reader) placer(p *part) placer {
	return placer{seams: r.seams[p.seams:p.seamsEnd], shift: p.folded}
}

// placer finds where folded text stood in its source.
type placer struct {
	seams []seam
	shift int // where the folded text begins
}

// source gives the place of folded[start:end].
func (p placer) source(start, end int) (from, to int) {
	at, _ := slices.BinarySearchFunc(p.seams, start, func(s seam, start int) int { return s.foldedEnd - start - 1 })
	from, to = start-p.shift, end-p.shift
	if at > 0 {
		before := p.seams[at-1]
		from = before.sourceEnd + start - before.foldedEnd
		to = from + end - start
	}
	for i := at; i < len(p.seams) && p.seams[i].folded < end; i++ {
		s := p.seams[i]
		if s.folded <= start && start < s.foldedEnd {
			from = s.source
		}
		to = s.sourceEnd + max(0, end-s.foldedEnd)
	}
	return from, to
}
