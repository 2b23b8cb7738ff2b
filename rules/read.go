package rules

// reader is a document as the matcher of one set sees it, and the scratch space
// for it. It is used for one document after another, by one goroutine.
type reader struct {
	set *Set

	folder  *folder
	cutter  *cutter
	folded  []byte // all parts, one behind the other
	seams   []seam // of all parts
	parts   []part
	words   []word
	matched []int32 // globs that the word in hand satisfies
	stems   stemMemo

	doc *Doc

	epoch      uint32 // the document's number; what bears another is stale
	occurs     []chain
	links      []link
	ruleEpoch  []uint32
	candidates []int32
	truths     []truth
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

// word is a word of the document.
type word struct {
	atom              int32 // of the word itself, or -1
	part              int32
	start, end        int32 // bytes of the part's text
	folded, foldedEnd int32 // bytes of reader.folded
}

// chain is where an atom occurs: a list through links, in order.
type chain struct {
	epoch       uint32
	first, last int32
}

type link struct{ word, next int32 }

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
		cutter:    newCutter(),
		exact:     newExactFolder(),
		stems:     make(stemMemo),
		occurs:    make([]chain, len(s.anchored)),
		ruleEpoch: make([]uint32, len(s.rules)),
		truths:    make([]truth, len(s.values)),
	}
}

// keep is the number of bytes above which a reader is not used again, lest one
// huge document hold its memory for ever.
const keep = 1 << 18

// read cuts a document into words, notes where the atoms of the set occur, and
// gathers the rules that hang on one of them.
func (r *reader) read(d *Doc) {
	r.begin(d)
	for p := range d.parts {
		r.part(p)
	}
}

func (r *reader) begin(d *Doc) {
	r.doc = d
	r.folded, r.seams, r.parts = r.folded[:0], r.seams[:0], r.parts[:0]
	r.words, r.links = r.words[:0], r.links[:0]
	r.unitsKnown = [units]bool{}
	r.candidates = append(r.candidates[:0], r.set.always...)
	if r.epoch++; r.epoch == 0 { // wrapped: old marks would look new
		clear(r.occurs)
		clear(r.ruleEpoch)
		clear(r.truths)
		r.epoch = 1
	}
}

func (r *reader) part(p part) {
	if p.in&r.set.parts == 0 || p.text == "" {
		return
	}
	p.folded, p.seams, p.word = len(r.folded), len(r.seams), len(r.words)
	r.folded, r.seams = r.folder.fold(r.folded, r.seams, p.text)
	p.foldedEnd, p.seamsEnd = len(r.folded), len(r.seams)
	r.cutter.reset(r.folded, p.folded)
	place := r.placer(p)
	for start, end, ok := r.cutter.next(); ok; start, end, ok = r.cutter.next() {
		from, to := place.source(start, end)
		r.add(word{atom: -1, part: int32(len(r.parts)), start: int32(from), end: int32(to),
			folded: int32(start), foldedEnd: int32(end)})
	}
	p.wordEnd = len(r.words)
	r.parts = append(r.parts, p)
}

func (r *reader) placer(p part) placer {
	return placer{seams: r.seams[p.seams:p.seamsEnd], shift: p.folded}
}

// add notes one word and the atoms it is.
func (r *reader) add(w word) {
	spelled := r.folded[w.folded:w.foldedEnd]
	n := int32(len(r.words))
	if r.set.gate.admits(spelled) {
		if atom, ok := r.set.words[string(spelled)]; ok {
			w.atom = atom
			r.occur(atom, n)
		}
	}
	r.matched = r.set.globs.find(r.matched[:0], spelled)
	for _, g := range r.matched {
		r.occur(int32(len(r.set.words))+g, n)
	}
	if atom := r.set.stems.find(r.stems, spelled); atom >= 0 {
		r.occur(atom, n)
	}
	r.words = append(r.words, w)
}

// occur notes that word n is an atom.
func (r *reader) occur(atom, n int32) {
	at := int32(len(r.links))
	r.links = append(r.links, link{n, -1})
	c := &r.occurs[atom]
	if c.epoch == r.epoch {
		r.links[c.last].next = at
		c.last = at
		return
	}
	*c = chain{r.epoch, at, at}
	for _, rule := range r.set.anchored[atom] {
		if r.ruleEpoch[rule] != r.epoch {
			r.ruleEpoch[rule] = r.epoch
			r.candidates = append(r.candidates, rule)
		}
	}
}

// first is the first link of an atom's chain, or -1.
func (r *reader) first(atom int32) int32 {
	if c := r.occurs[atom]; c.epoch == r.epoch {
		return c.first
	}
	return -1
}

// is tells whether word n is an atom, which is no stem: those stand alone, so
// their occurrences are found and never compared.
func (r *reader) is(n int, atom int32) bool {
	w := r.words[n]
	if words := int32(len(r.set.words)); atom >= words {
		return globMatch(r.set.globs.patterns[atom-words], r.folded[w.folded:w.foldedEnd])
	}
	return w.atom == atom
}

// placer finds where folded text stood in its source. It goes forward only.
type placer struct {
	seams []seam
	shift int // where the folded text begins
	at    int // seams before it end at or before the last start
}

// source gives the place of folded[start:end].
func (p *placer) source(start, end int) (from, to int) {
	for p.at < len(p.seams) && p.seams[p.at].foldedEnd <= start {
		p.at++
	}
	from, to = start-p.shift, end-p.shift
	if p.at > 0 {
		before := p.seams[p.at-1]
		from = before.sourceEnd + start - before.foldedEnd
		to = from + end - start
	}
	for i := p.at; i < len(p.seams) && p.seams[i].folded < end; i++ {
		s := p.seams[i]
		if s.folded <= start && start < s.foldedEnd {
			from = s.source
		}
		to = s.sourceEnd + max(0, end-s.foldedEnd)
	}
	return from, to
}
