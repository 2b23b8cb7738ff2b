package strictyaml

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// MaxSize is the largest source that Parse reads, in bytes, unless UpTo says
// otherwise.
const MaxSize = 1 << 20

// maxNesting bounds how deep values may lie in one another on one line, which
// is where nesting is cheap to write and costs the parser its stack.
const maxNesting = 64

// File is one parsed document. It does not change after Parse, and may be used
// by several goroutines.
type File struct {
	*Source
	root *value

	spansOnce sync.Once
	spans     map[place]int // by where things begin; made for the first error
}

// Option changes how Parse reads.
type Option func(*reader)

// Conceal hides scalars from the source lines that errors show: those for whose
// path of keys (list indexes are left out) and text hide says so are printed as
// asterisks. A syntax error leaves no tree to tell what stands where, so its
// source line is shown only if harmless says that the line as a whole may be.
func Conceal(hide func(path []string, text string) bool, harmless func(line string) bool) Option {
	return func(r *reader) { r.hide, r.harmless = hide, harmless }
}

// UpTo lets Parse read sources of up to so many bytes, for files whose author is
// trusted: parsing takes some hundred times the memory.
func UpTo(bytes int) Option {
	return func(r *reader) { r.limit = bytes }
}

// reader holds what Parse gathers on its way.
type reader struct {
	file     *File
	limit    int // of the source, in bytes
	hide     func(path []string, text string) bool
	harmless func(line string) bool
	errs     []*Error
	last     place // that from was asked for
	lastByte int   // where it is in its line
}

// Parse reads one YAML document. It refuses sources over MaxSize, anchors,
// aliases, merge keys, tags, several documents and duplicate keys.
//
// The error joins every *Error found. The file is nil only if the syntax is
// broken; else it holds what is sound, so that a caller can go on to Decode and
// report everything together.
func Parse(name string, src []byte, options ...Option) (*File, error) {
	r := &reader{limit: MaxSize}
	for _, o := range options {
		o(r)
	}
	if len(src) > r.limit {
		return nil, &Error{
			Pos:  Pos{File: name, Line: 1, Column: 1},
			Msg:  fmt.Sprintf("the file has %d bytes, more than the limit of %d", len(src), r.limit),
			Hint: "split it into several files",
		}
	}
	src = bytes.TrimPrefix(src, []byte("\ufeff"))
	// goccy counts a CR as a character of its own in some places only.
	text := strings.ReplaceAll(string(src), "\r\n", "\n")
	r.file = &File{Source: NewSource(name, text)}
	if r.checkCharacters(text); len(r.errs) > 0 {
		return nil, Join(r.errs)
	}
	doc := r.parse(text)
	if doc == nil {
		return nil, Join(r.errs)
	}
	r.file.root = r.value(doc.Body, nil)
	r.concealLines(r.file.root, nil)
	for _, e := range r.errs {
		e.Line = r.file.line(e.Pos.Line)
	}
	return r.file, Join(r.errs)
}

// checkCharacters refuses what YAML does not allow in a source, before the
// parser trips over it with a less helpful word.
func (r *reader) checkCharacters(text string) {
	for i, c := range text {
		switch {
		case c == utf8.RuneError && !strings.HasPrefix(text[i:], "\ufffd"):
			r.errorAt(r.file.At(i), 1, "save the file as UTF-8", "the byte %#02x is not UTF-8", text[i])
		case c == '\r':
			r.errorAt(r.file.At(i), 1, "end lines with LF or CR LF", "a carriage return stands alone")
		case c < ' ' && c != '\t' && c != '\n', c == 0x7f:
			r.errorAt(r.file.At(i), 1, `write it as an escape in double quotes, such as "\x1b"`, "control character U+%04X is not allowed", c)
		default:
			continue
		}
		return // one such place is enough: the file is something else than it should be
	}
}

// parse gives the file's only document, or nil if its syntax is broken.
func (r *reader) parse(text string) (doc *ast.DocumentNode) {
	// A panic in the parser is its defect, but the user's file is what can be
	// changed now.
	defer func() {
		if p := recover(); p != nil {
			r.errorAt(r.file.pos(1, 1), 1, "simplify the file until it can be read", "the YAML parser failed: %v", p)
			doc = nil
		}
	}()
	tokens := lexer.Tokenize(text)
	if !r.checkTokens(tokens) {
		return nil
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		r.syntaxError(err)
		return nil
	}
	for _, d := range file.Docs {
		if d.Body != nil {
			return d
		}
	}
	return ast.Document(nil, nil)
}

// checkTokens refuses what is broken or nested too deep already before parsing,
// and a second document.
func (r *reader) checkTokens(tokens token.Tokens) bool {
	var content, fatal bool
	depth, line, onLine := 0, 0, 0
	for _, t := range tokens {
		if t.Position.Line != line {
			line, onLine = t.Position.Line, 0
		}
		switch t.Type {
		case token.InvalidType:
			r.syntaxErrorAt(t.Error, t)
			fatal = true
		case token.DirectiveType:
			r.errorAt(r.tokenPos(t), 1, "put quotes around a text that begins with %", "%% begins a directive, which is not allowed")
			fatal = true
		case token.DocumentHeaderType:
			if content {
				r.errorAt(r.tokenPos(t), 3, "put it into a file of its own", "a second document begins here")
				return false
			}
			continue
		case token.CommentType, token.DocumentEndType:
			continue
		case token.SequenceStartType, token.MappingStartType:
			depth++
		case token.SequenceEndType, token.MappingEndType:
			depth--
		case token.SequenceEntryType, token.MappingKeyType, token.AnchorType, token.TagType:
			onLine++
		}
		content = true
		if depth > maxNesting || onLine > maxNesting {
			r.errorAt(r.tokenPos(t), 1, "write fewer levels", "values are nested more than %d deep", maxNesting)
			return false
		}
	}
	return !fatal
}

// syntaxError turns goccy's error into ours.
func (r *reader) syntaxError(err error) {
	var at interface {
		GetToken() *token.Token
		GetMessage() string
	}
	if errors.As(err, &at) && at.GetToken() != nil {
		r.syntaxErrorAt(at.GetMessage(), at.GetToken())
		return
	}
	msg, _, _ := strings.Cut(err.Error(), "\n")
	r.errorAt(r.file.pos(1, 1), 1, "", "the YAML is broken: %s", msg)
}

// syntaxErrorAt reports goccy's message in words that say what to do.
func (r *reader) syntaxErrorAt(msg string, t *token.Token) {
	pos := r.tokenPos(t)
	line := r.file.line(pos.Line)
	indent := line[:len(line)-len(strings.TrimLeft(line, " \t"))]
	if i := strings.IndexByte(indent, '\t'); i >= 0 {
		r.errorAt(r.file.pos(pos.Line, i+1), 1, "indent with spaces", "a tab is used as indentation")
		return
	}
	plain, hint := explain(msg)
	r.errorAt(pos, 1, hint, "%s", plain)
}

// explanations say in other words what goccy says, and what to do about it; an
// empty text keeps goccy's words.
var explanations = []struct{ part, text, hint string }{
	{"'@' is a reserved", "a text cannot begin with @", "put the whole text in single quotes: '@...'"},
	{"'`' is a reserved", "a text cannot begin with `", "put the whole text in single quotes"},
	{"of single-quoted text", "the single quote that begins here is never closed", "close it; inside single quotes an apostrophe is written twice: ''"},
	{"of double-quoted text", "the double quote that begins here is never closed", `close it; inside double quotes a quote is written \"`},
	{"map key-value is pre-defined", "text follows where the value has ended already", "put the whole value in single quotes, or write it as a block under |"},
	{"mapping value is not allowed", "a second \": \" stands in one value", "put quotes around a text that holds a colon and a space, or check the indentation of the next line"},
	{"value is not allowed in this context", "this does not fit in here", "check the indentation: what belongs together begins in the same column"},
	{"non-map value", "this is not a key with a value", "write \"key: value\", and check the indentation"},
	{"unexpected key name", "this is not a key with a value", "write \"key: value\", and check the indentation"},
	{"',' or ']'", "a comma or the closing ] is missing before this", ""},
	{"',' or '}'", "a comma or the closing } is missing before this", ""},
	{"mapping end token '}'", "the { that begins here is never closed", "close it with }"},
	{"sequence end token ']'", "the [ that begins here is never closed", "close it with ]"},
	{"unknown escape character", "", `inside double quotes a backslash is written \\; or use single quotes`},
	{"tab character", "", "use spaces"},
	{"cannot start any token", "a tab cannot stand here", "use spaces"},
	{"invalid key for this map", "this cannot be a key", "keys are plain words"},
	{"alias", "", "put quotes around a text that begins with *"},
	{"anchor", "", "put quotes around a text that begins with &"},
	{"tag", "", "put quotes around a text that begins with !"},
}

// explain gives our words and the remedy for a message of goccy.
func explain(msg string) (text, hint string) {
	for _, x := range explanations {
		if strings.Contains(msg, x.part) {
			if x.text == "" {
				return msg, x.hint
			}
			return x.text, x.hint
		}
	}
	return msg, ""
}

// tokenPos is where a token begins. goccy gives the column of the white space
// before the token where that holds tabs, so it is skipped here.
func (r *reader) tokenPos(t *token.Token) Pos {
	if t == nil || t.Position == nil {
		return r.file.pos(1, 1)
	}
	pos := r.file.pos(t.Position.Line, t.Position.Column)
	rest := r.from(pos)
	if text := strings.TrimLeft(rest, " \t"); text != "" {
		pos.Column += len(rest) - len(text)
	}
	return pos
}

// from is the rest of the source line from a place on. Tokens come in the order of
// the source, so it goes on from the last place, lest a long line be read from its
// beginning for each.
func (r *reader) from(pos Pos) string {
	if r.last.line != pos.Line || r.last.column > pos.Column {
		r.last, r.lastByte = place{pos.Line, 1}, 0
	}
	line := r.file.line(pos.Line)
	for ; r.last.column < pos.Column; r.last.column++ {
		_, size := utf8.DecodeRuneInString(line[r.lastByte:])
		r.lastByte += size
	}
	return line[r.lastByte:]
}

// errorAt adds an error. Where the document can be read, its source line is
// filled in again once it is known what to conceal in it.
func (r *reader) errorAt(pos Pos, span int, hint, format string, args ...any) {
	e := &Error{Pos: pos, Span: span, Hint: hint, Msg: fmt.Sprintf(format, args...)}
	if line := r.file.line(pos.Line); r.hide == nil || r.harmless(line) {
		e.Line = line
	}
	r.errs = append(r.errs, e)
}
