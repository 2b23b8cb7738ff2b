package feed

import (
	"bytes"
	"net/url"
	"strings"
)

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
	case m.bare && child && local == "abstract":
		t.rename("description")
	case m.format != "atom" && m.item > 0 && child && (t.name == "summary" || t.name == "description"):
		m.describe(t)
	case m.format == "atom" && child && isTextConstruct(local):
		t.retype()
	case m.format == "atom" && !child && len(m.open) > 1:
		t.drop("xmlns", xhtmlNamespace)
	}
}

// describe tells RSS's description from a summary that stands beside it, which
// RSS does not know: the one that comes first is the summary, the other the text.
func (m *mender) describe(t *tag) {
	mark := &m.result.items[len(m.result.items)-1]
	switch {
	case mark.described == "":
		mark.described = t.name
		if t.name == "summary" {
			t.rename("description")
		}
	case mark.described != t.name:
		t.rename("body")
	}
}

// rename gives the element another name; its end tag still has the old one.
func (t *tag) rename(name string) {
	t.was, t.name, t.clean = t.name, name, false
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
			base64, t.verbatim = strings.EqualFold(string(a.value), "base64"), true
		}
	}
	if kind < 0 {
		return
	}
	t.verbatim = true
	as := ""
	switch v := strings.ToLower(string(t.attrs[kind].value)); {
	case base64:
		as = "application/octet-stream"
	case v == "xhtml", v == "application/xml":
		as, t.xhtml = "application/xml", true
	case strings.Contains(v, "xhtml"):
		as = "application/xml"
	case v == "html":
		as, t.verbatim = "text", false
	case v == "text", strings.HasPrefix(v, "text/"):
		t.verbatim = false
		return
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
	m.graphic(t)
	e := element{name: t.name, was: t.was, xhtml: t.xhtml, verbatim: t.verbatim, start: m.pos, end: t.end}
	if n := len(m.open); n > 0 {
		parent := &m.open[n-1]
		e.base, e.ns = parent.base, parent.ns
		e.foreign = parent.foreign || m.isForeign(t.name)
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
			e.foreign = e.foreign || a.name == "xmlns" && len(m.open) > 0 && !m.inText() && !isNative(a.value)
			if len(m.open) == 0 && m.format == "atom" && m.namesRoot(t.name, a.name) && !isAtomNamespace(a.value) {
				a.value, t.clean = []byte(atomNamespace), false
				m.warn("the feed is in a namespace that is not Atom's")
			}
		}
		if a.name == "rel" && localName(t.name) == "link" {
			a.value = m.relation(t, a.value)
		}
		kept = append(kept, a)
	}
	t.attrs = kept
	if e.base != "" {
		m.rebase(t, e.base)
	}
	return e
}

// relation gives the short name of a relation that is written as an address (RFC
// 4287, section 4.2.7.2).
func (m *mender) relation(t *tag, value []byte) []byte {
	for _, registry := range []string{"http://www.iana.org/assignments/relation/", "http://www.iana.org/assignments/link-relations/"} {
		if name, ok := bytes.CutPrefix(value, []byte(registry)); ok {
			t.clean = false
			return name
		}
	}
	return value
}

// isForeign says whether gofeed will read the element, a child of the entry or
// channel, as an extension.
func (m *mender) isForeign(name string) bool {
	prefix, _, ok := strings.Cut(name, ":")
	rootPrefix, _, _ := strings.Cut(m.open[0].name, ":")
	return ok && prefix != rootPrefix && name != "content:encoded" && !m.inText()
}

const atomNamespace = "http://www.w3.org/2005/Atom"

func isAtomNamespace(v []byte) bool {
	switch string(bytes.TrimSpace(v)) {
	case "", atomNamespace, "http://purl.org/atom/ns#":
		return true
	}
	return false
}

// isNative says whether the elements of a namespace are those of a feed.
func isNative(v []byte) bool {
	switch string(bytes.TrimSpace(v)) {
	case xhtmlNamespace, "http://purl.org/rss/1.0/", "http://my.netscape.com/rdf/simple/0.9/", "http://channel.netscape.com/rdf/simple/0.9/":
		return true
	}
	return isAtomNamespace(v)
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

// isAddressAttr knows the attributes whose value is an address, in HTML and in feeds.
func isAddressAttr(name string) bool {
	switch strings.ToLower(name) {
	case "href", "src", "cite", "action", "background", "longdesc", "poster", "codebase", "classid", "data", "usemap", "profile", "uri", "ping":
		return true
	}
	return false
}
