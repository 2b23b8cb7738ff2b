package rules

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/feedwatch/feedwatch/rules/strictyaml"
)

var update = flag.Bool("update", false, "write what the program does now into the golden files")

// goldens says what is done with an input, by the ending of its name.
var goldens = map[string]func(name, input string) string{
	".query": goldenQuery,
	".pack":  goldenPack,
	".match": goldenMatch,
	".table": goldenTable,
	".format": func(name, input string) string {
		out, err := Format(name, []byte(input))
		if err != nil {
			return err.Error() + "\n"
		}
		return string(out)
	},
}

func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/golden/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no golden files:", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) { testGolden(t, file) })
	}
}

func testGolden(t *testing.T, file string) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	wants := map[string]string{}
	for _, f := range archive.Files {
		wants[f.Name] = string(f.Data)
	}
	out := &txtar.Archive{Comment: archive.Comment}
	for _, f := range archive.Files {
		run := goldens[filepath.Ext(f.Name)]
		if run == nil {
			if filepath.Ext(f.Name) != ".want" {
				t.Errorf("%s: %s: unknown ending", file, f.Name)
			}
			continue
		}
		got := run(f.Name, string(f.Data))
		out.Files = append(out.Files, f, txtar.File{Name: f.Name + ".want", Data: []byte(got)})
		if diff := cmp.Diff(wants[f.Name+".want"], got); diff != "" && !*update {
			t.Errorf("%s: %s: (-want +got)\n%s", file, f.Name, diff)
		}
	}
	if *update {
		if err := os.WriteFile(file, txtar.Format(out), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

func goldenQuery(name, input string) string {
	query := strings.TrimSuffix(input, "\n")
	n, problems := parse(query)
	var b strings.Builder
	if !failed(problems) {
		dump(&b, n, "")
		fmt.Fprintf(&b, "= %s\n", n)
		if again, _ := parse(n.String()); again == nil || !equal(n, again) {
			b.WriteString("DOES NOT PARSE BACK\n")
		}
		problems = append(problems, check(n)...)
		ts := &terms{report: func(_ *term, p problem) { problems = append(problems, p) }}
		if !strings.Contains(query, "@") {
			ts.resolve(n, nil)
		}
	}
	source := strictyaml.NewSource("", query)
	for _, p := range problems {
		e := source.Errorf(source.At(p.off), p.hint, "%s", p.msg)
		e.Span = p.span(query)
		what := "error"
		if p.warn {
			what = "warning"
		}
		fmt.Fprintf(&b, "%s %s\n", what, e.Detail())
	}
	return b.String()
}

func goldenPack(name, input string) string {
	var b strings.Builder
	pack, err := Parse(name, []byte(input))
	for _, e := range strictyaml.Errors(err) {
		fmt.Fprintf(&b, "error %s\n", e.Detail())
	}
	if err != nil && len(strictyaml.Errors(err)) == 0 {
		fmt.Fprintf(&b, "error %v\n", err)
	}
	if pack == nil {
		return b.String()
	}
	for _, r := range pack.Rules {
		fmt.Fprintf(&b, "%s [%s] %s receivers=%q per-item=%t\n  %s\n", r.Pos, r.Name, r.Severity, r.Receivers, r.PerItem, r.Query)
	}
	for _, e := range pack.Warnings {
		fmt.Fprintf(&b, "warning %s\n", e.Detail())
	}
	for _, r := range pack.Test() {
		if !r.OK() {
			fmt.Fprintf(&b, "%s: %s: %q: want %t, got %t because of %s\n", r.Pos, r.Rule.Name, r.Title, r.Want, r.Got, r.Clause)
		}
	}
	return b.String()
}

func goldenMatch(name, input string) string {
	query, doc, _ := strings.Cut(input, "\n---\n")
	set, err := compileQuery(query)
	if err != nil {
		return err.Error() + "\n"
	}
	d, err := parseDoc(doc)
	if err != nil {
		return err.Error() + "\n"
	}
	var b strings.Builder
	matches := set.Match(d)
	if len(matches) == 0 {
		b.WriteString("no match\n")
	}
	for _, m := range matches {
		for _, s := range m.Spans {
			fmt.Fprintf(&b, "%s[%d] %d-%d %+q\n", s.Field, s.Value, s.Start, s.End, s.Text)
		}
	}
	trace, _ := set.Explain(d, "q")
	return b.String() + trace.String()
}

// goldenTable reads a query a line, and gives each as a tree on one line.
func goldenTable(_, input string) string {
	var b strings.Builder
	for query := range strings.Lines(input) {
		query = strings.TrimSuffix(query, "\n")
		n, problems := parse(query)
		for _, p := range problems {
			if !p.warn {
				n = nil
				fmt.Fprintf(&b, "%s  ->  %d: %s\n", query, p.off+1, p.msg)
				break
			}
		}
		if n != nil {
			fmt.Fprintf(&b, "%s  ->  %s\n", query, bracketed(n))
		}
	}
	return b.String()
}

// bracketed prints a tree with the operator first and brackets around each.
func bracketed(n node) string {
	operator := ""
	switch n := n.(type) {
	case *near:
		operator = strings.ReplaceAll(n.operator(), " ", "-")
	case *together:
		operator = n.unit.operator()
	case *atLeast:
		operator = "atleast/" + strconv.Itoa(n.n)
	case *scope:
		operator = n.field.name
	case *not, *and, *or, *exact:
		operator = strings.TrimPrefix(fmt.Sprintf("%T", n), "*rules.")
	default:
		return n.String()
	}
	for _, x := range children(n) {
		operator += " " + bracketed(x)
	}
	return "(" + operator + ")"
}

// compileQuery compiles a query, or a pack with a rule named q.
func compileQuery(query string) (*Set, error) {
	pack, err := ParseQuery("q", query)
	if strings.HasPrefix(query, "terms:") {
		pack, err = Parse("q", []byte(query))
	}
	if err != nil {
		return nil, err
	}
	return Compile(pack)
}

var characterNumber = regexp.MustCompile(`\\u\{([0-9a-fA-F]+)\}`)

// parseDoc reads a document as the golden files write it.
func parseDoc(src string) (*Doc, error) {
	d := &Doc{}
	for line := range strings.Lines(src) {
		line = characterNumber.ReplaceAllStringFunc(strings.TrimSuffix(line, "\n"), func(s string) string {
			n, _ := strconv.ParseInt(s[3:len(s)-1], 16, 32)
			return string(rune(n))
		})
		field, v, _ := strings.Cut(line, ": ")
		switch field {
		case "title":
			d.Title = v
		case "body":
			d.Body = v
		case "author":
			d.Author = v
		case "category":
			d.Categories = append(d.Categories, v)
		case "url":
			d.URL = v
		case "feed":
			d.Feed = v
		case "tag":
			d.Tags = append(d.Tags, v)
		case "tier":
			d.Tier, _ = strconv.Atoi(v)
		case "lang":
			d.Language = v
		default:
			return nil, errors.New("golden document: unknown field " + field)
		}
	}
	return d, nil
}

// dump writes a tree, a clause a line.
func dump(b *strings.Builder, n node, indent string) {
	b.WriteString(indent)
	switch n := n.(type) {
	case *text:
		fmt.Fprintf(b, "text %q", n.words)
		if n.exact != nil {
			fmt.Fprintf(b, " %q", n.exact)
		}
		b.WriteByte('\n')
	case *regex:
		fmt.Fprintf(b, "regexp %s\n", n.src)
	case *near:
		fmt.Fprintf(b, "%s\n", n.operator())
	case *together:
		fmt.Fprintf(b, "%s\n", n.unit.operator())
	case *atLeast:
		fmt.Fprintf(b, "atleast %d\n", n.n)
	case *value:
		fmt.Fprintf(b, "value %q\n", n.src)
	case *ref:
		fmt.Fprintf(b, "term %s\n", n.name)
	case *scope:
		fmt.Fprintf(b, "field %s\n", n.field.name)
	default:
		fmt.Fprintf(b, "%s\n", strings.TrimPrefix(fmt.Sprintf("%T", n), "*rules."))
	}
	for _, x := range children(n) {
		dump(b, x, indent+"  ")
	}
}

// equal compares two trees but for the places in their queries.
func equal(a, b node) bool {
	var x, y strings.Builder
	dump(&x, a, "")
	dump(&y, b, "")
	return x.String() == y.String()
}
