package strictyaml_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/feedwatch/feedwatch/rules/strictyaml"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// pack has a field of each sort that Decode knows.
type pack struct {
	Terms    map[string]string `yaml:"terms"`
	Rules    []rule            `yaml:"rules"`
	Every    time.Duration     `yaml:"every"`
	Count    int               `yaml:"count"`
	Small    uint8             `yaml:"small"`
	Share    float64           `yaml:"share"`
	On       bool              `yaml:"on"`
	Target   *target           `yaml:"target"`
	Key      either            `yaml:"key"`
	Maybe    *int              `yaml:"maybe"`
	Untagged string
}

type rule struct {
	Name      string   `yaml:"name,required"`
	Query     string   `yaml:"query,required"`
	Receivers []string `yaml:"receivers"`
}

type target struct {
	URL string `yaml:"url"`
}

// either is a text, or a map that names a file.
type either struct{ text, file string }

func (e *either) UnmarshalNode(n strictyaml.Node) error {
	var ok bool
	if e.text, ok = n.Scalar(); ok {
		if e.text == "" {
			return errors.New("the key is empty")
		}
		return nil
	}
	var ref struct {
		File string `yaml:"file,required"`
	}
	err := n.Decode(&ref)
	e.file = ref.File
	return err
}

func TestEveryMistakeIsReportedWithItsPlaceAndRemedy(t *testing.T) {
	files, err := filepath.Glob("testdata/errors/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			golden(t, name, func(src []byte) string {
				f, err := strictyaml.Parse("pack.yaml", src)
				if f != nil {
					err = errors.Join(err, f.Decode(new(pack)))
				}
				if err == nil {
					return "no error\n"
				}
				var b strings.Builder
				for _, e := range strictyaml.Errors(err) {
					b.WriteString(e.Detail() + "\n")
				}
				return b.String()
			})
		})
	}
}

// golden compares what run makes of a file with the .txt beside it.
func golden(t *testing.T, name string, run func(src []byte) string) {
	t.Helper()
	src, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	got := run(src)
	name = strings.TrimSuffix(name, ".yaml") + ".txt"
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("errors differ (-want +got):\n%s", d)
	}
}

func TestSoundDocumentIsDecoded(t *testing.T) {
	src := `
terms: {openai: 'OpenAI OR "ChatGPT maker"', number: 007, yes: no}
rules:
  - name: a
    query: |
      one
        two
    receivers: [x, "y z"]
  - {name: b, query: "tab\there"}
every: 1w1d1h
count: -12
small: 255
share: 0.5
maybe: 7
on: true
target: {url: https://example.com/a#b}
key: {file: x}
`
	f, err := strictyaml.Parse("pack.yaml", []byte(strings.ReplaceAll(src, "\n", "\r\n")))
	if err != nil {
		t.Fatal(err)
	}
	var got pack
	if err := f.Decode(&got); err != nil {
		t.Fatal(err)
	}
	want := pack{
		Terms: map[string]string{"openai": `OpenAI OR "ChatGPT maker"`, "number": "007", "yes": "no"},
		Rules: []rule{
			{Name: "a", Query: "one\n  two\n", Receivers: []string{"x", "y z"}},
			{Name: "b", Query: "tab\there"},
		},
		Every: 8*24*time.Hour + time.Hour, Count: -12, Small: 255, Share: 0.5, Maybe: new(7), On: true,
		Target: &target{URL: "https://example.com/a#b"},
		Key:    either{file: "x"},
	}
	if d := cmp.Diff(want, got, cmp.AllowUnexported(either{})); d != "" {
		t.Errorf("decoded (-want +got):\n%s", d)
	}
}

func TestKeyWithoutValueLeavesListsAndMapsAlone(t *testing.T) {
	f, err := strictyaml.Parse("p", []byte("rules:\n  # - name: x\nterms:\ntarget:\n"))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Decode(new(pack)); err != nil {
		t.Errorf("Decode: %v", err)
	}
}

func TestWrongOptionalValueIsLeftOut(t *testing.T) {
	f, err := strictyaml.Parse("p", []byte("maybe: x\ntarget: {url: [], nonsense: 1}\n"))
	if err != nil {
		t.Fatal(err)
	}
	var got pack
	if err := f.Decode(&got); err == nil {
		t.Error("no error")
	}
	if got.Maybe != nil || got.Target == nil {
		t.Errorf("the number is %v, the struct %v", got.Maybe, got.Target)
	}
}

func TestEmptySourceIsAnEmptyDocument(t *testing.T) {
	for _, src := range []string{"", "\n", "# only a comment\n", "---\n", "\ufeff"} {
		f, err := strictyaml.Parse("p", []byte(src))
		if err != nil {
			t.Errorf("Parse(%q): %v", src, err)
			continue
		}
		if err := f.Decode(new(pack)); err != nil {
			t.Errorf("Decode(%q): %v", src, err)
		}
		if got := f.Pos("rules", 0); got.Line != 1 || got.Column != 1 {
			t.Errorf("Pos in %q is %v, want 1:1", src, got)
		}
	}
}

func TestTooLargeSourceIsRefused(t *testing.T) {
	if _, err := strictyaml.Parse("p", make([]byte, strictyaml.MaxSize+1)); err == nil {
		t.Error("a source over the limit was read")
	}
}

func TestDeepNestingIsRefused(t *testing.T) {
	const n = 1 << 17
	for _, src := range []string{
		strings.Repeat("[", n), strings.Repeat("{a: ", n/4), strings.Repeat("- ", n),
		strings.Repeat("? ", n), strings.Repeat("!a ", n/3), strings.Repeat("&a ", n/3),
	} {
		if _, err := strictyaml.Parse("p", []byte(src)); err == nil {
			t.Errorf("%.8q... was read", src)
		}
	}
}

func TestPlaceOfValuesAndKeys(t *testing.T) {
	src := "rules:\n  - name: a\n    query: 'x'\n  - name: b\n    query:\t\"ü\"\nterms: {äö: b, c: d}\n"
	f, err := strictyaml.Parse("p", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path     []any
		pos, key string
	}{
		{nil, "1:1", "1:1"},
		{[]any{"rules"}, "2:3", "1:1"},
		{[]any{"rules", 0}, "2:5", "2:5"},
		{[]any{"rules", 0, "query"}, "3:12", "3:5"},
		{[]any{"rules", 1, "query"}, "5:12", "5:5"},
		{[]any{"rules", 1, "nowhere", 3}, "4:5", "4:5"},
		{[]any{"rules", 7}, "2:3", "2:3"},
		{[]any{"terms", "äö"}, "6:13", "6:9"},
		{[]any{"terms", "c"}, "6:19", "6:16"},
	} {
		if got := f.Pos(c.path...).String(); got != "p:"+c.pos {
			t.Errorf("Pos(%v) = %s, want p:%s", c.path, got, c.pos)
		}
		if got := f.KeyPos(c.path...).String(); got != "p:"+c.key {
			t.Errorf("KeyPos(%v) = %s, want p:%s", c.path, got, c.key)
		}
	}
}

func TestPlaceInScalar(t *testing.T) {
	for _, c := range []struct {
		src    string // of key q
		char   string // to look for in the decoded text
		line   int
		column int
	}{
		{`q: plain text`, "t", 1, 10},
		{`q: 漢字 text`, "t", 1, 7},
		{`q: 'it''s here'`, "h", 1, 11},
		{`q: '漢''字'`, "字", 1, 8},
		{`q: "a\u00e9\tb\\\"c"`, "c", 1, 19},
		{`q: "\uD83D\uDE00c"`, "c", 1, 17},
		{`q: "\U0001F600\x41c"`, "c", 1, 19},
		{"q:\t'x y'", "y", 1, 7},
		{"q: |\n  one\n    two\n\n  three\n", "th", 5, 3},
		{"q: |\n  one\n    two\n\n  three\n", "w", 3, 6},
		{"q: | # note\n\n  漢字x\n", "x", 3, 5},
		{"q: |2-\n    x\n   y\n", "y", 3, 4},
		{"r: {q: 'a b'}\nq: {q: [x, 'a b']}\nq2: 1", "", 2, 4},
		{"q: >\n  one\n  two\n", "two", 1, 4},
		{"q: 'one\n  two'\n", "two", 1, 4},
		{"q: one\n  two\n", "two", 1, 4},
	} {
		f, err := strictyaml.Parse("", []byte(c.src))
		if err != nil {
			t.Errorf("%q: %v", c.src, err)
			continue
		}
		var into struct {
			Q string `yaml:"q"`
		}
		_ = f.Decode(&into) // unknown keys do not matter here
		got := f.PosIn(strings.Index(into.Q, c.char), "q")
		if want := (strictyaml.Pos{Line: c.line, Column: c.column}); got != want {
			t.Errorf("in %q: %q is at %v, want %v", c.src, c.char, got, want)
		}
	}
}

func TestPlaceBehindTheLastCharacter(t *testing.T) {
	f, err := strictyaml.Parse("", []byte("a: 'x''y'\nb: |\n  one\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got := f.PosIn(3, "a").String(); got != "1:9" {
		t.Errorf("end of a quoted scalar is at %s, want 1:9", got)
	}
	if got := f.PosIn(3, "b").String(); got != "3:6" {
		t.Errorf("end of the line is at %s, want 3:6", got)
	}
}

func TestConcealedScalarsAreNotShown(t *testing.T) {
	src := "target: {url: hunter2, ulr: hunter2}\nkey: [\"hunter2\"]\ncount: hunter2\nevery: |\n  hunter2\nshare: 'hunter2\n  hunter2'\nkey: hunter2\non: {hunter: hunter2}\n"
	hide := func(path []string, text string) bool { return strings.Contains(text, "hunter2") }
	harmless := func(line string) bool { return !strings.Contains(line, "hunter2") }
	f, err := strictyaml.Parse("p", []byte(src), strictyaml.Conceal(hide, harmless))
	if f == nil {
		t.Fatal(err)
	}
	list := strictyaml.Errors(errors.Join(err, f.Decode(new(pack))))
	if len(list) != 7 {
		t.Errorf("%d errors, want 7: %v", len(list), list)
	}
	for _, e := range list {
		if strings.Contains(e.Detail(), "hunter2") {
			t.Errorf("a concealed scalar is shown:\n%s", e.Detail())
		}
	}
	_, err = strictyaml.Parse("p", []byte("key: 'hunter2' x\n"), strictyaml.Conceal(hide, harmless))
	for _, e := range strictyaml.Errors(err) {
		if strings.Contains(e.Detail(), "hunter2") {
			t.Errorf("a syntax error shows a line that is not harmless:\n%s", e.Detail())
		}
	}
	_, err = strictyaml.Parse("p", []byte("every: @x\n"), strictyaml.Conceal(hide, harmless))
	for _, e := range strictyaml.Errors(err) {
		if !strings.Contains(e.Detail(), "every: @x") {
			t.Errorf("a syntax error hides a harmless line:\n%s", e.Detail())
		}
	}
}

func TestErrorsComeInOrderOfPlace(t *testing.T) {
	at := func(file string, line, col int) *strictyaml.Error {
		return &strictyaml.Error{Pos: strictyaml.Pos{File: file, Line: line, Column: col}, Msg: "m"}
	}
	err := errors.Join(at("b", 9, 1), fmt.Errorf("wrapped: %w", errors.Join(at("b", 2, 5), at("b", 2, 1))), at("a", 1, 1), errors.New("other"))
	var got []string
	for _, e := range strictyaml.Errors(err) {
		got = append(got, e.Pos.String())
	}
	if d := cmp.Diff([]string{"b:2:1", "b:2:5", "b:9:1", "a:1:1"}, got); d != "" {
		t.Error(d)
	}
	if strictyaml.Errors(nil) != nil || strictyaml.Join(nil) != nil {
		t.Error("nothing wrong is not nil")
	}
}

func TestErrorInTextThatIsNoFile(t *testing.T) {
	s := strictyaml.NewSource("query", "OpenAI AND\n\t漢字 NEAR/x b")
	e := s.Errorf(s.At(strings.Index("OpenAI AND\n\t漢字 NEAR/x b", "NEAR")), "write NEAR/8", "NEAR wants a number")
	e.Span = 6
	want := "query:2:5: NEAR wants a number\n2 | \t漢字 NEAR/x b\n  | \t     ^~~~~~\nhint: write NEAR/8"
	if got := e.Detail(); got != want {
		t.Errorf("Detail:\n%s\nwant:\n%s", got, want)
	}
	if got := s.At(9999).String(); got != "query:2:13" {
		t.Errorf("a place behind the end is %s", got)
	}
}

func TestLongLineIsShownAroundThePlace(t *testing.T) {
	s := strictyaml.NewSource("q", strings.Repeat("a", 500)+"X"+strings.Repeat("b", 500))
	lines := strings.Split(s.Errorf(s.At(500), "", "m").Detail(), "\n")
	if len(lines) != 3 {
		t.Fatalf("Detail has %d lines", len(lines))
	}
	if n := utf8.RuneCountInString(lines[1]); n > 140 {
		t.Errorf("the excerpt has %d characters", n)
	}
	x := utf8.RuneCountInString(lines[1][:strings.Index(lines[1], "X")])
	caret := strings.Index(lines[2], "^")
	if x != caret {
		t.Errorf("the caret is at %d, the place at %d:\n%s\n%s", caret, x, lines[1], lines[2])
	}
}

func TestTerminalSequencesAreNotPrinted(t *testing.T) {
	s := strictyaml.NewSource("q", "a\x1b[31m\u202eb")
	if d := s.Errorf(s.At(0), "", "m").Detail(); strings.ContainsAny(d, "\x1b\u202e") {
		t.Errorf("Detail holds a control sequence: %q", d)
	}
}

func TestNearestIsOnlyWhatCanBeMeant(t *testing.T) {
	known := []string{"schedule", "name", "url", "tier", "tags", "state", "status"}
	for word, want := range map[string]string{
		"shedule": "schedule", "Schedule": "schedule", "schedules": "schedule", "nmae": "name", "uri": "url",
		"teir": "tier", "stauts": "status", "colour": "", "x": "", "": "",
	} {
		if got := strictyaml.Nearest(word, known); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", word, got, want)
		}
	}
}

func TestDurationUnits(t *testing.T) {
	day := 24 * time.Hour
	for text, want := range map[string]time.Duration{
		"15m": 15 * time.Minute, "90d": 90 * day, "2w": 14 * day, "1w2d3h": 9*day + 3*time.Hour, "0s": 0, "1.5h": 90 * time.Minute,
	} {
		if got, err := strictyaml.ParseDuration(text); got != want || err != nil {
			t.Errorf("ParseDuration(%q) = %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "15", "-1h", "1d-1h", "d", "999999999d", "106751d9999h", "1h1d", "99999999999999999999d"} {
		if got, err := strictyaml.ParseDuration(text); err == nil {
			t.Errorf("ParseDuration(%q) = %v, want an error", text, got)
		}
	}
}

func TestDecodeWantsAPointer(t *testing.T) {
	f, err := strictyaml.Parse("p", []byte("a: b\n"))
	if err != nil {
		t.Fatal(err)
	}
	if f.Decode(pack{}) == nil || f.Decode((*pack)(nil)) == nil || f.Decode(nil) == nil {
		t.Error("Decode took what it cannot fill")
	}
	var into struct {
		A chan int `yaml:"a"`
	}
	if f.Decode(&into) == nil {
		t.Error("Decode filled a channel")
	}
}

func TestPlacesOnOneLineCountCharacters(t *testing.T) {
	const src = `{größe: [ü,  'ö''ö', "ß\t"], 日本: {z: ~, ω: x}, "é": y}`
	f, err := strictyaml.Parse("f", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		begins string // what stands at the place
		pos    strictyaml.Pos
	}{
		{"größe", f.KeyPos("größe")}, {"[ü", f.Pos("größe")}, {"ü,", f.Pos("größe", 0)}, {"'ö''", f.Pos("größe", 1)}, {`"ß`, f.Pos("größe", 2)},
		{"日本", f.KeyPos("日本")}, {"z:", f.KeyPos("日本", "z")}, {"~", f.Pos("日本", "z")}, {"ω", f.KeyPos("日本", "ω")}, {"x}", f.Pos("日本", "ω")},
		{`"é"`, f.KeyPos("é")}, {"y}", f.Pos("é")},
	}
	for _, tt := range tests {
		if want := len([]rune(src[:strings.Index(src, tt.begins)])) + 1; tt.pos.Column != want {
			t.Errorf("%s is said to stand in column %d, not %d", tt.begins, tt.pos.Column, want)
		}
	}
}
