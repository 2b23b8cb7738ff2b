// Package strictyaml reads YAML that people write: strictly, with the place of
// everything, and with every mistake found in one go.
package strictyaml

// Pos is a place in a source.
type Pos struct {
	File   string // as the user named it
	Line   int    // from 1
	Column int    // from 1, in characters
}

// String is file:line:column, the form editors jump to.
func (p Pos) String() string { panic("unwritten") }

// Error is something wrong at a place, with the remedy where one is known.
type Error struct {
	Pos  Pos
	Msg  string // what is wrong: no capital, no full stop
	Hint string // what to do; may be empty
	Line string // the source line the place is in; may be empty
	Span int    // how many characters from Pos on are meant; 0 means 1
}

// Error is one line: file:line:column: message.
func (e *Error) Error() string { panic("unwritten") }

// Detail is several lines: the error, the source line, a caret under the place,
// and the hint.
func (e *Error) Detail() string { panic("unwritten") }

// File is one parsed document.
type File struct{}

// Parse reads one YAML document. It refuses sources over 1 MiB, anchors,
// aliases, merge keys, tags, several documents and duplicate keys.
func Parse(name string, src []byte) (*File, error) { panic("unwritten") }

// Decode fills the struct that into points to, by its `yaml:"key"` tags, and
// returns every problem (unknown key with the nearest known one, wrong type) at
// once; see Errors. It may be called with a partly broken document: what is
// sound is filled in.
func (f *File) Decode(into any) error { panic("unwritten") }

// Pos is the place of the value at a path of map keys (string) and list indexes
// (int), or of the nearest parent that exists.
func (f *File) Pos(path ...any) Pos { panic("unwritten") }

// PosIn is the place of the byte at offset in the decoded string at path.
func (f *File) PosIn(offset int, path ...any) Pos { panic("unwritten") }

// Errorf makes an error at a place of this file, source line included.
func (f *File) Errorf(pos Pos, hint, format string, args ...any) *Error { panic("unwritten") }

// Errors lists the *Error values in err, which may be joined or wrapped, in
// order of place.
func Errors(err error) []*Error { panic("unwritten") }

// Nearest is the word of known that is closest to word, or "" where none is
// close enough to be meant.
func Nearest(word string, known []string) string { panic("unwritten") }
