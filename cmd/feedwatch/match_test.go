package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"
)

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
