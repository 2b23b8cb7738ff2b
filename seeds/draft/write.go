package draft

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// lineLength is where lines of a query are broken, in bytes.
const lineLength = 100

// pack writes the pack.
func (c *composition) pack() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# Drafted by feedwatch seed from %s.\n#\n", plural(len(c.documents), "document"))
	b.WriteString("# Evidence is given as file:paragraph:sentence; the title is paragraph 0.\n" +
		"# Read it, strike what does not fit, then run: feedwatch rules test FILE\n")
	if len(c.terms) > 0 {
		b.WriteString("\nterms:\n")
	}
	for _, t := range c.terms {
		b.WriteByte('\n')
		comments(&b, t.comments)
		fmt.Fprintf(&b, "  %s: >-\n", t.name)
		wrap(&b, "    ", t.clauses())
	}
	b.WriteString("\nrules:\n")
	for _, r := range c.rules {
		b.WriteByte('\n')
		comments(&b, r.comments)
		fmt.Fprintf(&b, "  - name: %s\n    query: >-\n", r.name)
		wrap(&b, "      ", strings.Split(strings.ReplaceAll(strings.ReplaceAll(r.query, " AND ", "\nAND "), " OR ", "\nOR "), "\n"))
		if len(r.match)+len(r.noMatch) > 0 {
			b.WriteString("    tests:\n")
			titles(&b, "match", r.match)
			titles(&b, "no_match", r.noMatch)
		}
	}
	return b.Bytes()
}

// commentLength is where lines of prose are broken, in bytes.
const commentLength = 80

// comments writes lines of prose, broken where they are long, and of evidence,
// which begin with a space, as they are.
func comments(b *bytes.Buffer, lines []string) {
	for _, line := range lines {
		if strings.HasPrefix(line, " ") {
			fmt.Fprintf(b, "  # %s\n", line)
			continue
		}
		wrap(b, "  # ", strings.Fields(line))
	}
}

// titles writes a list of tests, quoted as YAML does: a quote in it is doubled.
func titles(b *bytes.Buffer, key string, list []string) {
	if len(list) > 0 {
		fmt.Fprintf(b, "      %s:\n", key)
	}
	for _, t := range list {
		fmt.Fprintf(b, "        - '%s'\n", strings.ReplaceAll(t, "'", "''"))
	}
}

// clauses gives what a term stands for.
func (t *term) clauses() (list []string) {
	for _, p := range t.says {
		q := p.query
		if len(list) > 0 {
			q = "OR " + q
		}
		if !slices.Contains(list, q) && !slices.Contains(list, p.query) {
			list = append(list, q)
		}
	}
	return list
}

// wrap writes clauses one behind the other, in lines.
func wrap(b *bytes.Buffer, indent string, clauses []string) {
	lineLength, used := lineLength, 0
	if strings.Contains(indent, "#") {
		lineLength = commentLength
	}
	for _, q := range clauses {
		q = strings.TrimSpace(q)
		switch {
		case used == 0:
			b.WriteString(indent)
			used = len(indent)
		case used+1+len(q) > lineLength:
			b.WriteString("\n" + indent)
			used = len(indent)
		default:
			b.WriteByte(' ')
			used++
		}
		b.WriteString(q)
		used += len(q)
	}
	b.WriteByte('\n')
}

// tell gives the evidence of the first phrases, one a line.
func tell(says []phrase, most int) (lines []string) {
	for _, p := range says {
		if p.count == 0 {
			continue
		}
		if len(lines) == most {
			break
		}
		lines = append(lines, fmt.Sprintf("  %s: %s in %s, first %s",
			strings.Trim(p.query, `"~`), plural(p.count, "sentence"), plural(p.docs, "document"), p.first))
	}
	return lines
}

func (c *corpus) ofDocuments(n int) string {
	return fmt.Sprintf("%d of %s", n, plural(len(c.documents), "document"))
}

// address tells where a sentence stands.
func (c *corpus) address(i int) string {
	s := c.sentences[i]
	return fmt.Sprintf("%s:%d:%d", c.documents[s.doc].Name, s.paragraph, s.number+1)
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
