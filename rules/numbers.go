package rules

import "sync"

// numbers tells the compilers of all batches the numbers of what rules have in
// common but for plain words: patterns, forms, expressions and values.
type numbers struct {
	set *Set

	mu       sync.Mutex        // guards what follows, and what it numbers in set
	patterns map[string]uint64 // pattern -> its term
	regexps  map[string]uint32 // source -> its place in Set.regexps
	values   map[string]uint32 // canonical text -> its place in Set.values
}

func newNumbers(s *Set) *numbers {
	return &numbers{set: s, patterns: make(map[string]uint64), regexps: make(map[string]uint32), values: make(map[string]uint32)}
}

func (n *numbers) pattern(w string) uint64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	t, ok := n.patterns[w]
	if !ok {
		t = n.set.patterns.add(w)
		n.patterns[w] = t
	}
	return t
}

func (n *numbers) form(form string) uint32 {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.set.forms = append(n.set.forms, form)
	return uint32(len(n.set.forms) - 1)
}

func (n *numbers) value(v *value) uint32 {
	n.mu.Lock()
	defer n.mu.Unlock()
	name := v.field.name + ":" + v.src
	no, ok := n.values[name]
	if !ok {
		no = uint32(len(n.set.values))
		n.values[name] = no
		n.set.values = append(n.set.values, v)
	}
	return no
}

// known is the expression of a source, and its place in Set.regexps.
func (n *numbers) known(src string) (x expression, no uint32, ok bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if no, ok = n.regexps[src]; ok {
		x = n.set.regexps[no]
	}
	return x, no, ok
}

// expression numbers a new one.
func (n *numbers) expression(src string, x expression) uint32 {
	n.mu.Lock()
	defer n.mu.Unlock()
	no, ok := n.regexps[src]
	if !ok { // no other batch was faster
		no = uint32(len(n.set.regexps))
		n.regexps[src] = no
		n.set.regexps = append(n.set.regexps, x)
	}
	return no
}
