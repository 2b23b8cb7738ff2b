package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/feedwatch/feedwatch/rules/strictyaml"
)

// The rules of what people see:
//
//   - Results go to standard output, all else to standard error.
//   - A message begins with what is wrong, in small letters and without a full
//     stop, and ends in what to do. A place in a file comes first, as
//     file:line:column, so that editors jump to it.
//   - Colour and progress are for terminals only; NO_COLOR is honoured.
//   - Every listing has --json.

// explain prints an error: each place in a file with its source line and caret,
// or the plain text.
func (p *program) explain(err error) {
	problems := strictyaml.Errors(err)
	for _, e := range problems {
		fmt.Fprintln(p.stderr, e.Detail())
	}
	if len(problems) == 0 {
		fmt.Fprintln(p.stderr, "feedwatch: "+strings.TrimRight(err.Error(), "\n"))
	}
}

// printJSON writes one indented JSON value.
func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// printJSONLine writes one JSON value on one line.
func printJSONLine(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// table writes rows of cells aligned under their headings.
func table(w io.Writer, rows ...[]string) error {
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	for _, row := range rows {
		fmt.Fprintln(t, strings.TrimRight(strings.Join(row, "\t"), "\t"))
	}
	return t.Flush()
}

// plural is "1 feed", "2 feeds".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// progress returns a function that shows how far a long job is, on a terminal
// only, and one that clears the line when the job has ended.
func progress(w io.Writer, verb string) (step func(done, total int), end func()) {
	if !isTerminal(w) {
		return func(int, int) {}, func() {}
	}
	const width = 30
	step = func(done, total int) {
		full := width * done / max(total, 1)
		fmt.Fprintf(w, "\r%s [%s%s] %d/%d", verb, strings.Repeat("=", full), strings.Repeat(" ", width-full), done, total)
	}
	return step, func() { fmt.Fprint(w, "\r\x1b[K") }
}
