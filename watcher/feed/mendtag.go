package feed

import (
	"bytes"
	"fmt"
	"net/url"
	"strings"
)

// attr is one attribute as it stands in the document.
type attr struct {
	name  string
	value []byte
}

// tag is a start tag that was read. clean says that it can be copied as it is.
type tag struct {
	name  string
	attrs []attr
	empty bool // <a/>
	clean bool
	xhtml bool // its text is wrapped in a <div>
	end   int  // past its ">"
}

// startTag copies the tag at pos, mended where that is needed, and opens its
// element. What is no tag after all becomes text.
func (m *mender) startTag() error {
	t, ok := m.readTag()
	if !ok {
		m.budget -= t.end - m.pos
		m.stray()
		return nil
	}
	m.unclosed(t)
	m.simplify(&t)
	if m.tags++; m.tags > maxTags {
		return fmt.Errorf("%w: more than %d tags", ErrBound, maxTags)
	}
	if len(t.attrs) > maxAttrs {
		return fmt.Errorf("%w: an element has more than %d attributes", ErrBound, maxAttrs)
	}
	if len(m.open) >= maxDepth {
		return fmt.Errorf("%w: it is nested more than %d deep", ErrBound, maxDepth)
	}
	e := m.enter(&t)
	if m.scope += e.ns; m.scope > maxScope {
		return fmt.Errorf("%w: too many namespaces", ErrBound)
	}
	isItem := m.startsItem(t.name)
	if isItem && len(m.result.items) == maxEntries {
		m.result.cut = true
		m.warn("only the first %d entries were read", maxEntries)
		return nil
	}
	m.mark(t, e, isItem)
	m.write(t, e, isItem)
	m.pos = t.end
	return nil
}

// unclosed ends an entry whose end tag is missing before the next one begins.
func (m *mender) unclosed(t tag) {
	if m.item > 0 && m.item == len(m.open) && strings.EqualFold(localName(t.name), localName(m.open[m.item-1].name)) {
		m.repairs++
		m.pop()
	}
}

// startsItem says whether the tag begins an entry: it stands where entries do.
func (m *mender) startsItem(name string) bool {
	local := strings.ToLower(localName(name))
	switch m.format {
	case "atom":
		return local == "entry" && len(m.open) == 1
	default:
		return local == "item" && (len(m.open) == 1 || len(m.open) == 2)
	}
}

const xhtmlNamespace = "http://www.w3.org/1999/xhtml"

// simplify rewrites what gofeed reads at a cost or with a loss: the types of
// Atom's texts, which it would parse as HTML documents and print anew, and the
// XHTML body of an RSS item, which it would take for an extension.
func (m *mender) simplify(t *tag) {
	child := m.item > 0 && len(m.open) == m.item || m.item == 0 && len(m.open) == 1
	local := strings.ToLower(localName(t.name))
	switch {
	case m.format != "atom" && child && local == "body":
		t.name, t.attrs, t.clean = "body", nil, false
	case m.format == "atom" && child && isTextConstruct(local):
		t.retype()
	case m.format == "atom" && !child && len(m.open) > 1:
		t.drop("xmlns", xhtmlNamespace)
	}
}

func isTextConstruct(local string) bool {
	switch local {
	case "title", "summary", "content", "subtitle", "tagline", "rights", "copyright", "info":
		return true
	}
	return false
}

// retype names the types by what gofeed should do with the text: nothing,
// decode the references, or decode base64 (Atom 0.3).
func (t *tag) retype() {
	kind, base64 := -1, false
	for i, a := range t.attrs {
		switch a.name {
		case "type":
			kind = i
		case "mode":
			base64 = strings.EqualFold(string(a.value), "base64")
		}
	}
	if kind < 0 {
		return
	}
	as := ""
	switch v := strings.ToLower(string(t.attrs[kind].value)); {
	case base64:
		as = "application/octet-stream"
	case v == "xhtml", v == "application/xml":
		as, t.xhtml = "application/xml", true
	case strings.Contains(v, "xhtml"):
		as = "application/xml"
	case v == "html":
		as = "text"
	default:
		return
	}
	t.attrs[kind].value, t.clean = []byte(as), false
}

// drop takes an attribute of this value out.
func (t *tag) drop(name, value string) {
	for i, a := range t.attrs {
		if a.name == name && string(a.value) == value {
			t.attrs = append(t.attrs[:i], t.attrs[i+1:]...)
			t.clean = false
			return
		}
	}
}

// enter works out what the element's scope is, and takes xml:base and wrong
// namespaces out of the tag.
func (m *mender) enter(t *tag) element {
	e := element{name: t.name, xhtml: t.xhtml}
	if n := len(m.open); n > 0 {
		parent := &m.open[n-1]
		e.base, e.ns = parent.base, parent.ns
		// RFC 4287, section 3.1.1.3: the div itself is not of the content.
		e.unsaid = parent.xhtml && localName(t.name) == "div" && !t.empty
		parent.xhtml = false
	}
	kept := t.attrs[:0]
	for _, a := range t.attrs {
		switch {
		case a.name == "xml:base":
			e.base = m.resolveBase(e.base, a.value)
			t.clean = false
			continue
		case a.name == "xmlns" || strings.HasPrefix(a.name, "xmlns:"):
			e.ns++
			if len(m.open) == 0 && m.format == "atom" && m.namesRoot(t.name, a.name) && !isAtomNamespace(a.value) {
				a.value, t.clean = []byte(atomNamespace), false
				m.warn("the feed is in a namespace that is not Atom's")
			}
		}
		kept = append(kept, a)
	}
	t.attrs = kept
	if e.base != "" {
		m.rebase(t, e.base)
	}
	return e
}

const atomNamespace = "http://www.w3.org/2005/Atom"

func isAtomNamespace(v []byte) bool {
	switch string(bytes.TrimSpace(v)) {
	case "", atomNamespace, "http://purl.org/atom/ns#":
		return true
	}
	return false
}

// namesRoot says whether the declaration binds the root element's own prefix.
func (m *mender) namesRoot(root, declaration string) bool {
	prefix, _, ok := strings.Cut(root, ":")
	if !ok {
		return declaration == "xmlns"
	}
	return declaration == "xmlns:"+prefix
}

// resolveBase applies an xml:base to the one in scope (RFC 3986, section 5.1).
// One that is no URL, or too long, changes nothing.
func (m *mender) resolveBase(outer string, value []byte) string {
	base := m.base
	if u, err := url.Parse(outer); outer != "" && err == nil {
		base = u
	}
	resolved := resolve(base, unescape(value))
	if resolved == "" || len(resolved) > maxBase {
		return outer
	}
	return resolved
}

// rebase makes the addresses in a tag absolute. It is done here only under an
// xml:base, which is the one thing that is not known later.
func (m *mender) rebase(t *tag, base string) {
	b, err := url.Parse(base)
	if err != nil {
		return
	}
	for i, a := range t.attrs {
		if !isAddressAttr(a.name) {
			continue
		}
		if abs := resolve(b, unescape(a.value)); abs != "" {
			t.attrs[i].value, t.clean = []byte(escapeAmp(abs)), false
		}
	}
}

// mark notes what will be wanted of the element after gofeed has forgotten it.
func (m *mender) mark(t tag, e element, isItem bool) {
	switch n := len(m.result.items); {
	case isItem:
		mark := entryMark{base: e.base}
		for _, a := range t.attrs {
			if localName(a.name) == "about" {
				mark.about = unescape(a.value)
			}
		}
		m.result.items = append(m.result.items, mark)
	case m.item > 0 && len(m.open) == m.item:
		if mark := &m.result.items[n-1]; e.base != mark.base {
			if mark.bases == nil {
				mark.bases = map[string]string{}
			}
			mark.bases[strings.ToLower(localName(t.name))] = e.base
		}
	case n == 0 && len(m.open) <= 1 && m.result.base == "":
		m.result.base = e.base
	}
}

// write emits the tag. Within an entry's text, elements are HTML: void ones are
// closed at once, so that twenty <br> are not twenty levels, and empty ones of
// any other name get an end tag, without which HTML would not see them end.
func (m *mender) write(t tag, e element, isItem bool) {
	inText := m.item > 0 && len(m.open) > m.item
	void := inText && isVoid(t.name)
	before := len(m.out)
	if e.unsaid {
		m.open = append(m.open, e)
		return
	}
	if t.clean && !t.empty && !void {
		m.out = append(m.out, m.in[m.pos:t.end]...)
	} else {
		m.spell(t)
		if void || t.empty && !inText {
			m.out = append(m.out, "/>"...)
		} else {
			m.out = append(m.out, '>')
		}
	}
	if isItem {
		m.wholeTo = before
	}
	switch {
	case void:
	case t.empty && inText:
		m.open = append(m.open, e)
		m.pop()
	case t.empty:
		if isItem {
			m.wholeTo = len(m.out)
		}
	default:
		m.open = append(m.open, e)
		if isItem {
			m.item = len(m.open)
		}
	}
}

// spell writes a tag anew, each attribute quoted.
func (m *mender) spell(t tag) {
	m.out = append(append(m.out, '<'), t.name...)
	for _, a := range t.attrs {
		m.out = append(append(append(m.out, ' '), a.name...), `="`...)
		m.out = m.attrValue(m.out, a.value)
		m.out = append(m.out, '"')
	}
}

func isVoid(name string) bool {
	switch strings.ToLower(localName(name)) {
	case "br", "hr", "img", "wbr", "input", "col", "area", "embed", "param", "track", "meta":
		return true
	}
	return false
}

// isAddressAttr knows the attributes whose value is an address, in HTML and in feeds.
func isAddressAttr(name string) bool {
	switch strings.ToLower(name) {
	case "href", "src", "cite", "action", "background", "longdesc", "poster", "codebase", "classid", "data", "usemap", "profile", "uri", "ping":
		return true
	}
	return false
}
