package feed

import (
	"slices"
	"strings"
)

const (
	svgNamespace    = "http://www.w3.org/2000/svg"
	mathNamespace   = "http://www.w3.org/1998/Math/MathML"
	xlinkNamespace  = "http://www.w3.org/1999/xlink"
	xlinkPrefix     = "xlink:"
	declaresDefault = "xmlns"
)

// graphic writes SVG, MathML and XHTML within a text as HTML knows them: without a
// prefix, the namespace at the element that begins them, and attributes in the
// order of their names, as canonical XML has it. A prefix would be declared on an
// element that is no part of the text.
func (m *mender) graphic(t *tag) {
	for _, a := range t.attrs {
		if prefix, ok := strings.CutPrefix(a.name, "xmlns:"); ok && isMarkupNamespace(string(a.value)) && len(m.graphics) < maxAttrs {
			m.graphics[prefix] = string(a.value)
		}
	}
	prefix, local, prefixed := strings.Cut(t.name, ":")
	bound := m.graphics[prefix]
	prefixed = prefixed && bound != ""
	if !m.inText() || !prefixed && local != "" {
		return
	}
	if prefixed && bound == xhtmlNamespace {
		t.name, t.clean = local, false
		return
	}
	if prefixed {
		t.name, t.clean = local, false
	}
	namespace := svgNamespace
	switch t.name {
	case "svg":
	case "math":
		namespace = mathNamespace
	default:
		if !prefixed && !m.inGraphic() {
			return
		}
		namespace = ""
	}
	t.clean = false
	linked := slices.ContainsFunc(t.attrs, func(a attr) bool { return strings.HasPrefix(a.name, xlinkPrefix) })
	if namespace != "" {
		t.add(declaresDefault, []byte(namespace))
	}
	if linked {
		t.add("xmlns:xlink", []byte(xlinkNamespace))
	}
	slices.SortFunc(t.attrs, func(a, b attr) int { return strings.Compare(a.name, b.name) })
}

func isMarkupNamespace(uri string) bool {
	return uri == svgNamespace || uri == mathNamespace || uri == xhtmlNamespace
}

// inGraphic says whether an open element is SVG or MathML.
func (m *mender) inGraphic() bool {
	return slices.ContainsFunc(m.open[min(max(m.item, 1), len(m.open)):], func(e element) bool { return e.name == "svg" || e.name == "math" })
}
