package strictyaml_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/feedwatch/feedwatch/rules/strictyaml"
)

// FuzzParse: any source is read or refused with a place that is in it.
func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("testdata/errors/*.yaml")
	for _, name := range files {
		if src, err := os.ReadFile(name); err == nil {
			f.Add(src)
		}
	}
	f.Add([]byte("a: [b, {c: 'd'}]\nkey: |\n  x\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		doc, err := strictyaml.Parse("p", src)
		if doc == nil && len(strictyaml.Errors(err)) == 0 {
			t.Fatalf("neither a document nor a placed error: %v", err)
		}
		if doc != nil {
			err = errors.Join(err, doc.Decode(new(pack)))
			doc.PosIn(3, "rules", 0, "query")
		}
		lines := strings.Count(string(src), "\n") + 1
		for _, e := range strictyaml.Errors(err) {
			if e.Pos.Line < 1 || e.Pos.Line > lines || e.Pos.Column < 1 {
				t.Errorf("%v is not in the source, which has %d lines", e.Pos, lines)
			}
			if !utf8.ValidString(e.Detail()) && utf8.Valid(src) {
				t.Errorf("Detail is not UTF-8: %q", e.Detail())
			}
		}
	})
}

// FuzzPosIn: a character of a decoded text is found in the source, however the
// text is written there.
func FuzzPosIn(f *testing.F) {
	f.Add("it's\t\"here\" 漢字 \\ # x: y", 3)
	f.Add("a\u0085b\u00a0c😀", 2)
	f.Fuzz(func(t *testing.T, text string, n int) {
		chars := []rune(text)
		if !utf8.ValidString(text) || len(chars) == 0 || len(chars) > 1000 || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			t.Skip()
		}
		n = ((n % len(chars)) + len(chars)) % len(chars)
		offset := len(string(chars[:n]))
		escaped := strings.NewReplacer(`\`, `\\`, `"`, `\"`)
		for _, written := range []struct {
			src    string
			line   int
			column int
		}{
			{"- {k: '" + strings.ReplaceAll(text, "'", "''") + "'}", 1, 8 + utf8.RuneCountInString(strings.ReplaceAll(string(chars[:n]), "'", "''"))},
			{"- k:   \"" + escaped.Replace(text) + `"`, 1, 9 + utf8.RuneCountInString(escaped.Replace(string(chars[:n])))},
			{"- k: |2-\n    x\n    " + text, 3, 5 + n},
		} {
			doc, err := strictyaml.Parse("", []byte(written.src))
			if err != nil {
				t.Fatalf("Parse(%q): %v", written.src, err)
			}
			var got []struct {
				K string `yaml:"k"`
			}
			if err := doc.Decode(&got); err != nil {
				t.Fatalf("Decode(%q): %v", written.src, err)
			}
			prefix, ok := strings.CutSuffix(got[0].K, text)
			if !ok {
				continue // trailing white space that the block style folds away
			}
			pos := doc.PosIn(len(prefix)+offset, 0, "k")
			if pos.Line != written.line || pos.Column != written.column {
				t.Errorf("in %q: character %d of %q is said to be at %v, want %d:%d", written.src, n, text, pos, written.line, written.column)
			}
		}
	})
}
