package feed

import (
	"bytes"
	"regexp"
)

// The bounds of a document type's own entities. They stand for short texts in
// the few feeds that have any; what is larger, or holds another, is an attack.
const (
	maxEntities    = 32
	maxEntityValue = 200
	maxExpanded    = 64 << 10 // of all references to them
)

// entityDeclaration matches internal general entities that are plain text: no
// reference of any kind, no mark-up (XML 1.0, section 4.2). What is outside the
// document has no match.
var entityDeclaration = regexp.MustCompile(`<!ENTITY\s+([A-Za-z_][\w.-]{0,60})\s+(?:"([^"&%<]*)"|'([^'&%<]*)')\s*>`)

// declaredEntities reads a doctype's internal subset, nil where it declares none
// that count.
func declaredEntities(doctype []byte) map[string]string {
	if !bytes.Contains(doctype, []byte("<!ENTITY")) {
		return nil
	}
	out := map[string]string{}
	for _, d := range entityDeclaration.FindAllSubmatch(doctype, maxEntities) {
		if value := string(d[2]) + string(d[3]); len(value) <= maxEntityValue {
			out[string(d[1])] = value
		}
	}
	return out
}

// entity gives the text of the declared entity that s begins with, and the length
// of its reference; 0 if it begins with none, or if enough was said.
func (m *mender) entity(s []byte) (text string, length int) {
	if len(m.entities) == 0 || s[0] != '&' || m.expanded > maxExpanded {
		return "", 0
	}
	end := bytes.IndexByte(s[:min(len(s), maxReference)], ';')
	if end < 0 {
		return "", 0
	}
	text, ok := m.entities[string(s[1:end])]
	if !ok {
		return "", 0
	}
	m.expanded += len(text)
	return text, end + 1
}
