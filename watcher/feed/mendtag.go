package feed

import "bytes"

// attr is one attribute as it stands in the document.
type attr struct {
	name  string
	value []byte
}

// tag is a start tag that was read. clean says that it can be copied as it is.
type tag struct {
	name  string
	was   string // its name in the document, where it was renamed
	attrs []attr
	empty bool // <a/>
	clean bool
	xhtml bool // its text is wrapped in a <div>
	// verbatim: no references are decoded in its text
	verbatim bool
	end      int // past its ">"
}

// readTag reads the start tag at pos. If it is none, end says how far it was read.
func (m *mender) readTag() (tag, bool) {
	t := tag{name: tagName(m.in[m.pos+1:]), clean: true}
	i := m.pos + 1 + len(t.name)
	t.end = i
	if t.name == "" {
		return t, false
	}
	for {
		for i < len(m.in) && isSpace(m.in[i]) {
			i++
		}
		t.end = i
		switch {
		case i >= len(m.in) || m.in[i] == '<':
			return t, false
		case m.in[i] == '>':
			t.end = i + 1
			return t, true
		case m.in[i] == '/':
			if i+1 < len(m.in) && m.in[i+1] == '>' {
				t.empty, t.end = true, i+2
				return t, true
			}
			i++
			t.clean = false
		default:
			var ok bool
			if i, ok = m.readAttr(&t, i); !ok {
				t.end = i
				return t, false
			}
		}
	}
}

// readAttr reads the attribute at i and gives where it ends.
func (m *mender) readAttr(t *tag, i int) (int, bool) {
	start := i
	for i < len(m.in) && !isSpace(m.in[i]) && !endsAttrName(m.in[i]) {
		i++
	}
	raw := m.in[start:i]
	name := tagName(raw)
	if len(name) != len(raw) || name == "" {
		t.clean = false
		name = ""
	}
	eq := i
	for eq < len(m.in) && isSpace(m.in[eq]) {
		eq++
	}
	if eq >= len(m.in) || m.in[eq] != '=' {
		t.clean = false
		if i == start {
			i++ // A quote or "=" that belongs to nothing.
		}
		t.add(name, []byte(name))
		return i, true
	}
	value, i, ok := m.readValue(t, eq+1)
	t.add(name, value)
	return i, ok
}

func endsAttrName(c byte) bool {
	switch c {
	case '=', '>', '/', '<', '"', '\'':
		return true
	}
	return false
}

// readValue reads an attribute's value, quoted or not.
func (m *mender) readValue(t *tag, i int) ([]byte, int, bool) {
	for i < len(m.in) && isSpace(m.in[i]) {
		i++
	}
	if i < len(m.in) && (m.in[i] == '"' || m.in[i] == '\'') {
		end := m.find(string(m.in[i]), i+1)
		if end < 0 {
			return nil, i, false
		}
		v := m.in[i+1 : end]
		if bytes.IndexByte(v, '<') >= 0 || m.needsMending(v) {
			t.clean = false
		}
		return v, end + 1, true
	}
	start := i
	for i < len(m.in) && !isSpace(m.in[i]) && m.in[i] != '>' && m.in[i] != '<' {
		i++
	}
	t.clean = false
	return m.in[start:i], i, true
}

// add keeps an attribute, the first of a name. Beyond the bound one more is
// kept, so that the bound is seen to be passed.
func (t *tag) add(name string, value []byte) {
	if name == "" || len(t.attrs) > maxAttrs {
		return
	}
	for _, a := range t.attrs {
		if a.name == name {
			t.clean = false
			return
		}
	}
	t.attrs = append(t.attrs, attr{name, value})
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }
