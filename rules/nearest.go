package rules

import (
	"fmt"
	"slices"
	"strings"
)

// What stood nearest where a clause doesn't hold. It is for people who ask why a
// rule was silent, so it is found only by Explain, and from the definitions.

// WhyNot keeps of a trace the clauses that made it turn out as it did: of one
// that doesn't hold those that failed, and under a NOT those that held. Of
// alternatives that all failed it keeps those of which something was near.
func (t Trace) WhyNot() Trace {
	var kept []Trace
	for _, child := range t.Children {
		said := !t.anyOf || t.Holds || child.near()
		if said && (child.Holds == t.Holds || len(t.Children) == 1) {
			kept = append(kept, child.WhyNot())
		}
	}
	t.Children = kept
	return t
}

// near tells whether there is more to say of a clause than that it failed.
func (t Trace) near() bool {
	return t.Holds || t.Nearest != "" || slices.ContainsFunc(t.Children, Trace.near)
}

// nearest says what came closest to making n hold, or "".
func (e *explainer) nearest(n node, in where) string {
	switch n := n.(type) {
	case *text:
		return e.nearestText(n, in)
	case *near:
		return e.nearestPair(n.a, n.b, in, e.nearWants(n))
	case *together:
		return e.nearestPair(n.a, n.b, in, "none share a "+strings.ToLower(n.unit.operator()))
	case *atLeast:
		return fmt.Sprintf("%d of %d occurrences", len(e.occurrences(n.x, in)), n.n)
	case *value:
		return n.field.name + " is " + e.valueOf(n.field)
	}
	return ""
}

func (e *explainer) nearWants(n *near) string {
	switch {
	case n.absent:
		return fmt.Sprintf("%s asks for one that has none within %d", n.operator(), n.n)
	case n.ordered:
		return fmt.Sprintf("%s asks for %d at most, in this order", n.operator(), n.n)
	}
	return fmt.Sprintf("%s asks for %d", n.operator(), n.n)
}

// nearestText tells of a text that stands where it isn't looked for, or in
// another spelling.
func (e *explainer) nearestText(n *text, in where) string {
	if n.exact != nil {
		if list := e.find(&text{words: n.words}, in); len(list) > 0 {
			return "spelled " + e.spelling(list[0])
		}
	}
	list := e.find(n, where{mask: inTitle | inBody | inAuthor | inCategory})
	if len(list) == 0 {
		return ""
	}
	part := e.parts[list[0].part].in
	if in.lead && part&in.mask != 0 {
		return fmt.Sprintf("stands in the body, but not in its first %d words", leadWords)
	}
	return "stands in the " + partNames[part]
}

func (e *explainer) spelling(o occurrence) string {
	words := e.words[o.part]
	return e.parts[o.part].text[words[o.first].start:words[o.last].end]
}

// nearestPair tells how far apart the closest occurrences of a and b are.
func (e *explainer) nearestPair(a, b node, in where, wants string) string {
	as, bs := e.occurrences(a, in), e.occurrences(b, in)
	if len(as) == 0 || len(bs) == 0 {
		return "" // the sides tell themselves
	}
	gap, order := -1, [2]node{}
	for _, x := range as {
		for _, y := range bs {
			if x.part != y.part {
				continue
			}
			d, pair := y.first-x.last-1, [2]node{a, b}
			if y.first < x.first {
				d, pair = x.first-y.last-1, [2]node{b, a}
			}
			if d = max(d, -1); order[0] == nil || d < gap {
				gap, order = d, pair
			}
		}
	}
	switch {
	case order[0] == nil:
		return fmt.Sprintf("%s stands in the %s, %s in the %s", clip(a.String()), e.partOf(as), clip(b.String()), e.partOf(bs))
	case gap < 0:
		return clip(a.String()) + " and " + clip(b.String()) + " overlap; " + wants
	case gap == 1:
		return fmt.Sprintf("%s and %s stand 1 word apart, %s", clip(order[0].String()), clip(order[1].String()), wants)
	}
	return fmt.Sprintf("%s and %s stand %d words apart, %s", clip(order[0].String()), clip(order[1].String()), gap, wants)
}

// partOf names the parts in which occurrences stand.
func (e *explainer) partOf(list []occurrence) string {
	var names []string
	for _, o := range list {
		if name := partNames[e.parts[o.part].in]; !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return strings.Join(names, " and ")
}

// valueOf is what the document has of a field that isn't text.
func (e *explainer) valueOf(f *field) string {
	values := map[string]string{
		"site": hostOf(e.doc.URL), "feed": e.doc.Feed, "lang": e.doc.Language, "tag": strings.Join(e.doc.Tags, ", "),
	}
	if e.doc.Tier > 0 {
		values["tier"] = fmt.Sprint(e.doc.Tier)
	}
	if values[f.name] == "" {
		return "unknown"
	}
	return values[f.name]
}
