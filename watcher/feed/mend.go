package feed

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// The bounds of a document. Real feeds stay far below them: the largest known
// ones have 2,000 entries and about 50,000 tags.
const (
	maxDocument = 16 << 20
	maxDepth    = 64
	maxAttrs    = 256
	maxTags     = 500_000
	maxEntries  = 5_000
	// maxScope bounds the sum, over all elements, of the namespaces in scope:
	// gofeed's parser copies the whole set for each element.
	maxScope = 20_000_000
	maxBase  = 2048 // of an xml:base, resolved
)

// The ways Parse fails.
var (
	// ErrNotFeed says that a document is something else.
	ErrNotFeed = errors.New("not a feed")
	// ErrBound says that a document is larger, deeper or wider than any feed.
	ErrBound = errors.New("more than a feed may hold")
	// ErrBroken says that no entry could be saved from a damaged document.
	ErrBroken = errors.New("damaged beyond repair")
)

// mended is a document that gofeed can be trusted with, and what gofeed does
// not tell.
type mended struct {
	xml      []byte
	base     string      // xml:base of the root or channel, absolute; "" for none
	items    []entryMark // in document order
	known    []sum       // of the entries that were left out, since they are known
	warnings []string
	cut      bool
	more     bool // there are more entries than are read
}

// entryMark is what was seen of an entry on the way.
type entryMark struct {
	about string            // rdf:about
	base  string            // xml:base in scope, "" for none
	bases map[string]string // local name of a child -> xml:base in scope there
	texts []string          // the long texts that gofeed was spared, see setAside

	start, end int // where its bytes stand, by the rule of entryEnd
	sum        sum // of those bytes; zero where they do not tell it

	described string // the first of its <description> and <summary>
}

// element is an open element.
type element struct {
	name   string
	was    string // its name in the document, where it was renamed
	base   string // xml:base in scope, "" for none
	ns     int    // namespace declarations in scope
	xhtml  bool   // its first child may be the <div> that wraps Atom's XHTML
	unsaid bool   // it is that <div>, which is no part of the text

	foreign  bool // it is of an extension
	text     int  // bytes of text so far, of an extension's element
	verbatim bool // gofeed decodes no references in its text

	start, end int // of its tag, in the input
	unread     int // where in the output to go back to when it ends; 0: it stays
}

// mender rewrites one document. Its one loop goes over the input once, copies
// what is clean in runs, and never looks back; budget bounds the looking ahead.
type mender struct {
	in  []byte
	pos int
	out []byte

	format string
	bare   bool     // see kind
	entry  string   // the name of the entries' element, once one was seen
	base   *url.URL // where the document came from; nil if unknown
	open   []element
	item   int // len(open) within the open entry's element; 0 outside

	tags, scope, budget int
	wholeTo             int // length of out after the last whole entry
	missing             map[string]bool
	repairs             int
	listed              listed
	entities            map[string]string // that the document declares
	expanded            int               // bytes written for references to them
	graphics            map[string]string // prefixes of SVG, MathML and XHTML, and which
	result              mended
}

// mend rewrites the document from its root element on. See the package comment
// for what it promises.
//
// An entry that last knows is left out, and its sum is given instead.
func mend(doc []byte, k kind, base *url.URL, last *record) (*mended, error) {
	m := &mender{
		in: doc, pos: k.root, format: k.format, bare: k.bare, base: base,
		out:     make([]byte, 0, len(doc)-k.root+256),
		budget:  4*len(doc) + 1<<20,
		missing: map[string]bool{},
		listed:  listed{last: last, budget: len(doc)},

		entities: declaredEntities(k.subset),
		graphics: map[string]string{},
	}
	if m.bare {
		m.out = append(m.out, "<rss>"...)
	}
	if err := m.run(); err != nil {
		return nil, err
	}
	if m.tags == 0 {
		return nil, fmt.Errorf("%w: it ends within its root element's tag", ErrBroken)
	}
	if err := m.finish(); err != nil {
		return nil, err
	}
	if m.bare {
		m.out = append(m.out, "</rss>"...)
	}
	m.result.xml = m.out
	return &m.result, nil
}

func (m *mender) run() error {
	for m.pos < len(m.in) {
		if next := bytes.IndexByte(m.in[m.pos:], '<'); next != 0 {
			if next < 0 {
				next = len(m.in) - m.pos
			}
			m.text(m.in[m.pos : m.pos+next])
			m.pos += next
			continue
		}
		if err := m.markup(); err != nil {
			return err
		}
		if len(m.open) == 0 || m.result.more {
			return nil // The root is closed, or there is enough: the rest is junk.
		}
		if m.budget < 0 || len(m.out) > 2*len(m.in)+1<<20 {
			return fmt.Errorf("%w: it takes too much work to read", ErrBound)
		}
	}
	return nil
}

// markup deals with what begins with "<" at pos.
func (m *mender) markup() error {
	rest := m.in[m.pos:]
	switch {
	case bytes.HasPrefix(rest, []byte("<![CDATA[")):
		m.cdata()
	case bytes.HasPrefix(rest, []byte("<!--")):
		m.skip("-->")
	case bytes.HasPrefix(rest, []byte("<?")):
		m.skip("?>")
	case bytes.HasPrefix(rest, []byte("<!")):
		m.skip(">")
	case bytes.HasPrefix(rest, []byte("</")):
		m.endTag()
	default:
		return m.startTag()
	}
	return nil
}

// find looks for s from pos on, and remembers when there is none left, so that
// a document full of openings without an end is not searched again and again.
func (m *mender) find(s string, from int) int {
	if m.missing[s] {
		return -1
	}
	i := bytes.Index(m.in[from:], []byte(s))
	if i < 0 {
		m.missing[s] = true
		return -1
	}
	return from + i
}

// skip leaves out a comment, processing instruction or declaration.
func (m *mender) skip(end string) {
	if i := m.find(end, m.pos+2); i >= 0 {
		m.pos = i + len(end)
		return
	}
	m.stray()
}

// stray makes the "<" at pos a character of the text.
func (m *mender) stray() {
	m.out = append(m.out, "&lt;"...)
	m.pos++
	m.repairs++
}

// cdata copies a section. One that is left open ends where its element does,
// so that it does not swallow the rest of the feed.
func (m *mender) cdata() {
	start := m.pos + len("<![CDATA[")
	end := m.find("]]>", start)
	next := end + len("]]>")
	if end < 0 {
		m.repairs++
		end = len(m.in)
		if n := len(m.open); n > 0 {
			if i := m.find("</"+m.open[n-1].name, start); i >= 0 {
				end = i
			}
		}
		next = end
	}
	m.pos = next
	if m.spare(m.in[start:end]) {
		return
	}
	m.out = append(m.out, "<![CDATA["...)
	if !m.setAside(m.in[start:end], true) {
		m.out = m.legal(m.out, m.in[start:end])
	}
	m.out = append(m.out, "]]>"...)
}

// finish closes what is open at the end of the document. An entry that was cut
// is left out whole.
func (m *mender) finish() error {
	if m.repairs > 0 {
		m.warn("%d places of broken markup were mended", m.repairs)
	}
	if m.item > 0 {
		m.out = m.out[:m.wholeTo]
		m.open = m.open[:m.item-1]
		m.result.items = m.result.items[:len(m.result.items)-1]
		m.result.cut = true
		m.warn("the document ends within an entry, which was left out")
		if len(m.result.items)+len(m.result.known) == 0 {
			return fmt.Errorf("%w: it ends within its first entry", ErrBroken)
		}
	}
	if len(m.open) > m.rootOnly() && !m.result.cut && !m.result.more {
		m.result.cut = true
		m.warn("the document ends before its last element does")
	}
	for len(m.open) > 0 {
		m.pop()
	}
	return nil
}

// rootOnly is how many elements may be open at the end without a doubt that
// the list of entries is whole: in RSS the channel has ended by then.
func (m *mender) rootOnly() int {
	if m.format == "rss" && !m.bare {
		return 1
	}
	return 0
}

// pop closes the innermost element.
func (m *mender) pop() {
	n := len(m.open)
	switch e := m.open[n-1]; {
	case e.unread > 0:
		m.out = m.out[:e.unread]
	case !e.unsaid:
		m.out = append(append(append(m.out, "</"...), e.name...), '>')
	}
	m.open = m.open[:n-1]
	if n == m.item {
		m.item = 0
		m.wholeTo = len(m.out)
	}
}

func (m *mender) warn(format string, args ...any) { m.result.warn(format, args...) }

func (r *mended) warn(format string, args ...any) {
	r.warnings = append(r.warnings, fmt.Sprintf(format, args...))
}

// endTag closes the element it names and those within it. One that names no
// open element is left out.
func (m *mender) endTag() {
	name := tagName(m.in[m.pos+2:])
	end := m.pos + 2 + len(name)
	stop := bytes.IndexAny(m.in[end:], "<>")
	switch {
	case stop < 0:
		stop = len(m.in)
	case m.in[end+stop] == '>':
		stop += end + 1
	default:
		stop += end
	}
	if name == "" {
		m.stray()
		return
	}
	m.pos = stop
	level := m.level(name)
	if level < 0 {
		m.repairs++
		return
	}
	if level != len(m.open)-1 {
		m.repairs++
	}
	item := m.item
	for len(m.open) > level {
		m.pop()
	}
	if item > 0 && m.item == 0 {
		m.signEntry()
	}
}

// level finds the open element that an end tag means: by its name, then by its
// local name in any case.
func (m *mender) level(name string) int {
	for i, v := range slices.Backward(m.open) {
		if v.name == name || v.was == name {
			return i
		}
	}
	for i, v := range slices.Backward(m.open) {
		if strings.EqualFold(localName(v.name), localName(name)) {
			return i
		}
	}
	return -1
}
