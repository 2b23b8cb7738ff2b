package feed

import (
	"fmt"
	"strings"
)

// startTag copies the tag at pos, mended where that is needed, and opens its
// element. What is no tag after all becomes text.
func (m *mender) startTag() error {
	t, ok := m.readTag()
	if !ok {
		m.budget -= t.end - m.pos
		m.stray()
		return nil
	}
	m.resync(t)
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
	if isItem && len(m.result.items)+len(m.result.known) == maxEntries {
		m.result.more = true
		m.warn("only the first %d entries were read", maxEntries)
		return nil
	}
	if isItem && m.skipKnown(t) {
		return nil
	}
	m.mark(t, e, isItem)
	m.write(t, e, isItem)
	m.pos = t.end
	return nil
}

// resync ends what was left open when the next entry begins: an entry without
// its end tag, or a text without one, which would swallow all that follows.
func (m *mender) resync(t tag) {
	if len(m.open) == 0 || t.name != m.entryName() {
		return
	}
	switch {
	case m.item == 0:
		for len(m.open) > 1 && !m.startsItem(t.name) {
			m.repairs++
			m.pop()
		}
	case len(m.open) == m.item || holdsText(m.open[m.item].name):
		m.repairs++
		for m.item > 0 {
			m.pop()
		}
	}
}

// entryName is how the document spells the element of its entries.
func (m *mender) entryName() string {
	if m.entry != "" {
		return m.entry
	}
	if m.format == "atom" {
		return "entry"
	}
	return "item"
}

// holdsText knows the children of entries in which no other entry can begin.
func holdsText(name string) bool {
	switch strings.ToLower(localName(name)) {
	case "title", "link", "guid", "id", "description", "summary", "content", "encoded", "pubdate", "published",
		"updated", "date", "author", "creator", "category", "comments", "enclosure", "subject":
		return true
	}
	return false
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

// mark notes what will be wanted of the element after gofeed has forgotten it.
func (m *mender) mark(t tag, e element, isItem bool) {
	switch n := len(m.result.items); {
	case isItem:
		m.entry = t.name
		mark := entryMark{base: e.base, start: m.pos}
		if !t.empty {
			mark.end = m.entryEnd(t)
		}
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

// write emits the tag. Within a text, elements are HTML: void ones are
// closed at once, so that twenty <br> are not twenty levels, and empty ones of
// any other name get an end tag, without which HTML would not see them end.
func (m *mender) write(t tag, e element, isItem bool) {
	inText := m.inText()
	void := inText && isVoid(t.name)
	before := len(m.out)
	if m.item > 0 && !inText && isUnreadElement(t.name) {
		if !t.empty {
			e.unread = before
			m.open = append(m.open, e)
		}
		return
	}
	if e.unsaid {
		m.open = append(m.open, e)
		return
	}
	if t.clean && !t.empty && !void {
		m.out = append(m.out, m.in[m.pos:t.end]...)
	} else {
		m.spell(t)
		if void {
			m.out = append(m.out, " />"...) // As XHTML is written for readers of HTML.
		} else if t.empty && !inText {
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
		if m.bare && !inText {
			m.children(t)
		}
	}
}

// children writes what CDF says in attributes as RSS says it.
func (m *mender) children(t tag) {
	for _, a := range t.attrs {
		name := ""
		switch strings.ToLower(a.name) {
		case "href":
			name = "link"
		case "lastmod":
			name = "pubDate"
		default:
			continue
		}
		m.out = append(append(append(m.out, '<'), name...), '>')
		m.out = m.attrValue(m.out, a.value)
		m.out = append(append(append(m.out, "</"...), name...), '>')
	}
}

// inText says whether what comes next stands in the text of an element.
func (m *mender) inText() bool {
	switch {
	case m.item > 0:
		return len(m.open) > m.item
	case m.format == "atom":
		return len(m.open) > 1
	}
	return len(m.open) > 2
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
