package main

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestATextWithoutMarkupIsTakenAsItStands(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"two  spaces\n\nand lines", "two  spaces\n\nand lines"},
		{"a < b  && c > d, R&D", "a < b  && c > d, R&D"},
		{"R&amp;D  at", "R&D at"},
		{"<p>one</p><p>two", "one\ntwo"},
	} {
		if got := plainText(c.text); got != c.want {
			t.Errorf("%q became %q, want %q", c.text, got, c.want)
		}
	}
}

func TestADocumentInAPipeIsAnsweredBeforeTheNextOneComes(t *testing.T) {
	in, input := io.Pipe()
	output, out := io.Pipe()
	p := &program{env: osEnvironment(), stdin: in, stdout: out, stderr: io.Discard}
	ended := make(chan error)
	go func() {
		err := (&matchCommand{JSON: true}).Run(t.Context(), p)
		out.Close()
		ended <- err
	}()
	answers := bufio.NewScanner(output)
	for _, id := range []string{"one", "two"} {
		if _, err := fmt.Fprintf(input, "{\"id\":%q}\n", id); err != nil {
			t.Fatal(err)
		}
		if !answers.Scan() || answers.Text() != fmt.Sprintf(`{"id":%q,"rules":[]}`, id) {
			t.Fatalf("got %q", answers.Text())
		}
	}
	input.Close()
	if err := <-ended; err != nil || answers.Scan() {
		t.Error(err, answers.Text())
	}
}

func TestALineThatIsTooLongIsAnErrorAtItsPlace(t *testing.T) {
	in := io.MultiReader(strings.NewReader("{}\n"), io.LimitReader(endless{}, maxDocument+100))
	n := 0
	for raw, err := range rawDocuments("big.jsonl", in) {
		if n++; n == 2 && (!errors.Is(err, errTooLong) || raw.where() != "big.jsonl:2") {
			t.Errorf("line %d: %v", raw.line, err)
		}
	}
	if n != 2 {
		t.Errorf("%d documents, want 2", n)
	}
}

// endless reads as a line without an end.
type endless struct{}

func (endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 'x'
	}
	return len(b), nil
}

// BenchmarkMatchVerb runs feedwatch match --json on news, with the built-in
// pack. json/whole is the time that one core takes to decode the lines, beside
// that of the whole verb on all cores; match/whole likewise for matching alone.
func BenchmarkMatchVerb(b *testing.B) {
	file := filepath.Join(cmp.Or(os.Getenv("FEEDWATCH_SHARED"), filepath.Join(repository, "../shared")), "news/background.jsonl")
	src, err := os.ReadFile(file)
	if err != nil {
		b.Skipf("FEEDWATCH_SHARED has no news: %v", err)
	}
	lines := bytes.Split(bytes.TrimSpace(src), []byte("\n"))
	p := &program{env: osEnvironment(), stdout: io.Discard, stderr: io.Discard}
	set, err := p.compilePacks(nil)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(src)))
	var whole, reading, matching time.Duration
	for b.Loop() {
		start := time.Now()
		if err := (&matchCommand{JSON: true, Files: []string{file}}).Run(b.Context(), p); err != nil {
			b.Fatal(err)
		}
		whole += time.Since(start)

		b.StopTimer()
		docs := make([]*textDocument, len(lines))
		start = time.Now()
		for _, line := range lines {
			var l documentLine
			if err := json.Unmarshal(line, &l); err != nil {
				b.Fatal(err)
			}
		}
		reading += time.Since(start)
		for i, line := range lines {
			if docs[i], err = (rawDocument{file: file, line: i + 1, data: line}).decode(false); err != nil {
				b.Fatal(err)
			}
		}
		start = time.Now()
		for _, d := range docs {
			set.Match(&d.Doc)
		}
		matching += time.Since(start)
		b.StartTimer()
	}
	b.ReportMetric(float64(b.N*len(lines))/whole.Seconds(), "items/s")
	b.ReportMetric(reading.Seconds()/whole.Seconds(), "json/whole")
	b.ReportMetric(matching.Seconds()/whole.Seconds(), "match/whole")
}
