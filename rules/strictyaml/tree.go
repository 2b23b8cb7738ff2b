package strictyaml

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

type kind int

const (
	null kind = iota
	scalar
	list
	mapping
	refused // reported already; Decode passes it over
)

// String names the kind as error messages do.
func (k kind) String() string {
	return [...]string{"nothing", "a single value", "a list", "a map of keys", "something refused"}[k]
}

type style int

const (
	plain style = iota
	singleQuoted
	doubleQuoted
	literal
	folded
)

// value is a node of the document with its place.
type value struct {
	kind      kind
	pos       Pos
	span      int // characters on the line of pos
	text      string
	style     style
	oneLine   bool // a scalar that begins and ends on the line of pos
	after     Pos  // where whatever follows the scalar begins, if something is to be concealed
	concealed bool
	list      []*value
	entries   []entry
}

// entry is a key of a mapping, in the order of the source.
type entry struct {
	key   string
	pos   Pos
	span  int
	value *value
	// dropped entries were reported and are no part of the document. They stay
	// in the tree because their text may have to be concealed.
	dropped bool
}

// entry gives the entry of a key, or nil.
func (v *value) entry(key string) *entry {
	for i := range v.entries {
		if e := &v.entries[i]; e.key == key && !e.dropped {
			return e
		}
	}
	return nil
}

// value converts a node of goccy's, and reports what is not allowed in it. The
// key is the entry that it belongs to, or nil.
func (r *reader) value(n ast.Node, key *entry) *value {
	switch n := n.(type) {
	case nil:
		return r.nothing(nil, key)
	case *ast.NullNode:
		return r.nothing(n, key)
	case *ast.MappingNode:
		return r.mapping(n)
	case *ast.MappingValueNode:
		return r.mapping(&ast.MappingNode{Values: []*ast.MappingValueNode{n}})
	case *ast.SequenceNode:
		v := &value{kind: list, pos: r.tokenPos(n.Start), span: 1, list: make([]*value, 0, len(n.Values))}
		for _, item := range n.Values {
			v.list = append(v.list, r.value(item, nil))
		}
		return v
	case *ast.LiteralNode:
		return r.block(n)
	case *ast.AnchorNode:
		r.errorAt(r.tokenPos(n.Start), 1, "write the value out where it is used, or put quotes around a text that begins with &", "anchors are not allowed")
		return r.value(n.Value, key)
	case *ast.TagNode:
		r.errorAt(r.tokenPos(n.Start), utf8.RuneCountInString(n.Start.Value), "remove the tag, or put quotes around a text that begins with !", "tags are not allowed")
		return r.value(n.Value, key)
	case *ast.AliasNode:
		r.errorAt(r.tokenPos(n.Start), 1, "write the value out, or put quotes around a text that begins with *", "aliases are not allowed")
		return &value{kind: refused, pos: r.tokenPos(n.Start)}
	}
	v := r.scalar(n.GetToken())
	return &v
}

// nothing is the value of a key that has none: written as null, or left out, in
// which case the place is that of the key.
func (r *reader) nothing(n *ast.NullNode, key *entry) *value {
	switch {
	case n != nil && n.Token.Type != token.ImplicitNullType:
		return &value{kind: null, pos: r.tokenPos(n.Token), span: utf8.RuneCountInString(n.Token.Value)}
	case key != nil:
		return &value{kind: null, pos: key.pos, span: key.span}
	case n != nil:
		return &value{kind: null, pos: r.file.pos(n.Token.Position.Line, n.Token.Position.Column-1)}
	}
	return &value{kind: null, pos: r.file.pos(1, 1)}
}

func (r *reader) mapping(n *ast.MappingNode) *value {
	v := &value{kind: mapping, span: 1, entries: make([]entry, 0, len(n.Values))}
	if n.Start != nil {
		v.pos = r.tokenPos(n.Start)
	}
	for i, pair := range n.Values {
		e, ok := r.key(pair.Key)
		if i == 0 && (!n.IsFlowStyle || n.Start == nil) {
			v.pos, v.span = e.pos, e.span
		}
		e.value = r.value(pair.Value, &e)
		e.dropped = !ok
		if first := v.entry(e.key); ok && first != nil {
			r.errorAt(e.pos, e.span, "keep one of them", "key %q is set twice: first in line %d", e.key, first.pos.Line)
			e.dropped = true
		}
		v.entries = append(v.entries, e)
	}
	return v
}

// key converts a key, and says whether it may be one.
func (r *reader) key(n ast.MapKeyNode) (entry, bool) {
	if n == nil || n.GetToken() == nil {
		return entry{pos: r.file.pos(1, 1)}, false
	}
	v := r.scalar(n.GetToken())
	e := entry{pos: v.pos, span: 1}
	if _, ok := n.(*ast.MergeKeyNode); ok {
		r.errorAt(e.pos, 2, "write the keys out", "merge keys (<<) are not allowed")
		return e, false
	}
	switch n.(type) {
	case *ast.MappingKeyNode, *ast.NullNode, *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
		r.errorAt(e.pos, 1, `write "key: value"`, "keys must be plain words")
		return e, false
	}
	e.key, e.span = v.text, v.span
	return e, true
}

// scalar converts a plain or quoted value. What it means is left to the field
// that it is decoded into.
func (r *reader) scalar(t *token.Token) value {
	v := value{kind: scalar, pos: r.tokenPos(t), text: t.Value}
	switch t.Type {
	case token.SingleQuoteType:
		v.style = singleQuoted
	case token.DoubleQuoteType:
		v.style = doubleQuoted
	}
	v.span, v.oneLine = scalarSpan(&v, r.from(v.pos))
	v.after = r.follows(t)
	return v
}

// block converts a literal (|) or folded (>) value.
func (r *reader) block(n *ast.LiteralNode) *value {
	v := &value{kind: scalar, pos: r.tokenPos(n.Start), span: 1, style: literal, after: r.follows(n.Start)}
	if strings.HasPrefix(n.Start.Value, ">") {
		v.style = folded
	}
	if n.Value != nil {
		v.text = n.Value.Value
		v.after = r.follows(n.Value.Token)
	}
	return v
}

// follows is where the token after t begins, or the end of the source. It is only
// known if something is to be concealed.
func (r *reader) follows(t *token.Token) Pos {
	if r.hide == nil {
		return Pos{}
	}
	if t != nil && t.Next != nil {
		return r.tokenPos(t.Next)
	}
	last := len(r.file.lines)
	return r.file.pos(last, utf8.RuneCountInString(r.file.line(last))+1)
}

// concealLines overwrites in the source lines the scalars under v that the
// conceal option names.
func (r *reader) concealLines(v *value, path []string) {
	if r.hide == nil {
		return
	}
	for _, item := range v.list {
		r.concealLines(item, path)
	}
	for _, e := range v.entries {
		r.concealLines(e.value, append(slices.Clip(path), e.key))
	}
	if v.kind != scalar || !r.hide(path, v.text) {
		return
	}
	v.concealed = true
	if v.oneLine {
		r.file.conceal(v.pos.Line, v.pos.Column, v.pos.Column+v.span)
		return
	}
	for n := v.pos.Line; n <= v.after.Line; n++ {
		from, to := 1, utf8.RuneCountInString(r.file.line(n))+1
		if n == v.pos.Line {
			from = v.pos.Column
		}
		if n == v.after.Line {
			to = v.after.Column
		}
		r.file.conceal(n, from, to)
	}
}

// conceal overwrites columns from (included) to to (excluded) of a line, but for
// its white space.
func (s *Source) conceal(line, from, to int) {
	text := []rune(s.line(line))
	for i := from - 1; i < min(to-1, len(text)); i++ {
		if text[i] != ' ' && text[i] != '\t' {
			text[i] = '*'
		}
	}
	s.lines[line-1] = string(text)
}
