package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/feedwatch/feedwatch/rules"
	"github.com/feedwatch/feedwatch/watcher/feed"
)

// textDocument is one text that a verb was given, with the name to give back.
type textDocument struct {
	id json.RawMessage // as it stood in the input
	rules.Doc
}

// documentLine is a line of JSON Lines. Beside the keys of the contract it may name
// where the text comes from, for the rules that ask.
type documentLine struct {
	ID         json.RawMessage `json:"id"`
	Title      string          `json:"title"`
	Text       string          `json:"text"`
	URL        string          `json:"url"`
	Author     string          `json:"author"`
	Feed       string          `json:"feed"`
	Language   string          `json:"language"`
	Categories []string        `json:"categories"`
	Tags       []string        `json:"tags"`
	Tier       int             `json:"tier"`
}

// rawDocument is a document before it is decoded: a line of JSON Lines, or all
// of a file of another kind.
type rawDocument struct {
	file string
	line int // from 1; 0 for a whole file
	data []byte
	last bool // of what has arrived: the next one may have to be waited for
}

// where is how messages name it.
func (r rawDocument) where() string {
	if r.line == 0 {
		return r.file
	}
	return fmt.Sprintf("%s:%d", r.file, r.line)
}

// stdinName is how the command line and messages name standard input.
const stdinName = "-"

// maxDocument bounds a line and a file.
const maxDocument = 64 << 20

var errTooLong = errors.New("the document has more than 64 MiB")

// rawDocuments reads the documents of a file one by one, without decoding them.
// Files that end in .jsonl hold one a line; those of .txt, .md and .html are one;
// others, and standard input, hold JSON Lines if they begin with a brace.
func rawDocuments(name string, r io.Reader) iter.Seq2[rawDocument, error] {
	return func(yield func(rawDocument, error) bool) {
		in := bufio.NewReaderSize(r, 1<<16)
		if isJSONLines(name, in) {
			jsonLines(name, in, yield)
			return
		}
		data, err := io.ReadAll(io.LimitReader(in, maxDocument+1))
		if err == nil && len(data) > maxDocument {
			err = errTooLong
		}
		yield(rawDocument{file: name, data: data}, err)
	}
}

// rawLines yields the lines of JSON Lines, whatever the name is and however it begins.
func rawLines(name string, r io.Reader) iter.Seq2[rawDocument, error] {
	return func(yield func(rawDocument, error) bool) {
		jsonLines(name, bufio.NewReaderSize(r, 1<<16), yield)
	}
}

func isJSONLines(name string, in *bufio.Reader) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".jsonl", ".ndjson":
		return true
	case ".txt", ".md", ".html", ".htm":
		return false
	}
	for n := 1; n < in.Size(); n++ { // no further than the first letter, which a pipe may give by itself
		start, err := in.Peek(n)
		if start = bytes.TrimLeft(start, " \t\r\n"); len(start) > 0 || err != nil {
			return bytes.HasPrefix(start, []byte("{"))
		}
	}
	return false
}

func jsonLines(name string, in *bufio.Reader, yield func(rawDocument, error) bool) {
	for n := 1; ; n++ {
		line, err := readLine(in)
		raw := rawDocument{file: name, line: n, data: line, last: in.Buffered() == 0}
		ended := errors.Is(err, io.EOF)
		if err != nil && !ended {
			yield(raw, err)
			return
		}
		if len(bytes.TrimSpace(line)) > 0 && !yield(raw, nil) || ended {
			return
		}
	}
}

// readLine reads up to the end of a line, or of the input, which it tells by
// io.EOF.
func readLine(in *bufio.Reader) (line []byte, err error) {
	for {
		piece, err := in.ReadSlice('\n')
		if line = append(line, piece...); len(line) > maxDocument {
			return nil, errTooLong
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}

// decode makes a document of it. Languages are detected if detect is set.
func (r rawDocument) decode(detect bool) (*textDocument, error) {
	var d *textDocument
	if r.line > 0 {
		var err error
		if d, err = r.decodeLine(); err != nil {
			return nil, err
		}
	} else {
		d = r.decodeFile()
	}
	if detect && d.Language == "" {
		d.Language = rules.DetectLanguage(d.Title + "\n" + d.Body)
	}
	return d, nil
}

func (r rawDocument) decodeLine() (*textDocument, error) {
	var l documentLine
	if err := json.Unmarshal(r.data, &l); err != nil {
		return nil, fmt.Errorf("%s: %w: a line is one JSON object with id, title and text", r.where(), err)
	}
	if len(l.ID) == 0 || string(l.ID) == "null" {
		l.ID = quoted(r.where())
	}
	return &textDocument{id: l.ID, Doc: rules.Doc{
		Title: l.Title, Body: plainText(l.Text), URL: l.URL, Author: l.Author,
		Feed: l.Feed, Language: l.Language, Categories: l.Categories, Tags: l.Tags, Tier: l.Tier,
	}}, nil
}

// quoted is a text as JSON.
func quoted(s string) json.RawMessage {
	b, err := json.Marshal(s)
	if err != nil { // unreachable: strings can always be marshalled
		return json.RawMessage(`""`)
	}
	return b
}

// plainText is what rules read of a text that may be HTML. One without markup is
// taken as it stands, so that offsets hold for the text that was given:
// PlainText changes no word of it, but its white space.
func plainText(s string) string {
	if strings.IndexByte(s, '<') < 0 && strings.IndexByte(s, '&') < 0 {
		return s
	}
	plain := feed.PlainText(s)
	if slices.Equal(strings.Fields(plain), strings.Fields(s)) {
		return s
	}
	return plain
}

var (
	htmlTitle = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)
	mdTarget  = regexp.MustCompile(`\]\([^)\n]*\)`) // of a link or an image
)

// decodeFile reads a text whose first line is the title, or an HTML page.
func (r rawDocument) decodeFile() *textDocument {
	d := &textDocument{id: quoted(r.file)}
	src := strings.ToValidUTF8(string(bytes.TrimPrefix(r.data, []byte("\ufeff"))), "\ufffd")
	ext := strings.ToLower(filepath.Ext(r.file))
	if ext == ".html" || ext == ".htm" {
		if m := htmlTitle.FindStringSubmatch(src); m != nil {
			d.Title = feed.PlainText(m[1])
		}
		d.Body = feed.PlainText(src)
		return d
	}
	if ext == ".md" {
		src = mdTarget.ReplaceAllString(src, "]")
	}
	title, body, _ := strings.Cut(strings.TrimLeft(src, " \t\r\n"), "\n")
	d.Title = strings.TrimSpace(strings.TrimLeft(title, "#"))
	d.Body = plainText(strings.TrimSpace(body))
	return d
}

// name is the id as people read it.
func (d *textDocument) name() string {
	var s string
	if json.Unmarshal(d.id, &s) == nil {
		return printableLine(s)
	}
	return string(d.id)
}

// textDocuments reads and decodes the documents of a file one by one. After an
// error the next document follows, if there is one.
func (p *program) textDocuments(name string, detect bool) iter.Seq2[*textDocument, error] {
	return func(yield func(*textDocument, error) bool) {
		in, err := p.openDocuments(name)
		if err != nil {
			yield(nil, err)
			return
		}
		defer func() { _ = in.Close() }() // it was only read
		for raw, err := range rawDocuments(name, in) {
			var d *textDocument
			if err != nil {
				err = fmt.Errorf("%s: %w", raw.where(), err)
			} else {
				d, err = raw.decode(detect)
			}
			if !yield(d, err) {
				return
			}
		}
	}
}
