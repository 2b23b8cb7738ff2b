package rules

// room is where a parser makes its trees.
type room struct {
	texts slab[text]
	words slab[string]
	lists slab[node]
	list  []node // members of the lists under way, of inner ones behind those of outer ones
}

// slab gives out values from blocks, which is quicker than making each by itself,
// and easier on the garbage collector. A block is kept as long as any of it is.
type slab[T any] struct {
	free []T
	size int // of the last block
}

// mostOfBlock is how many values the largest block has. The first are small, as there
// may be but one query.
const mostOfBlock = 256

// take gives n zero values.
func (s *slab[T]) take(n int) []T {
	if len(s.free) < n {
		s.size = max(n, min(2*s.size, mostOfBlock), 4)
		s.free = make([]T, s.size)
	}
	taken := s.free[:n:n]
	s.free = s.free[n:]
	return taken
}
