package rules

import (
	"fmt"
	"strings"
	"testing"
)

// BenchmarkReadPacks reads 100,000 rules from YAML.
func BenchmarkReadPacks(b *testing.B) {
	var packs []string
	var pack strings.Builder
	size := 0
	for i, q := range newCorpus().queries(100_000, normal) {
		if pack.Len() == 0 {
			pack.WriteString("rules:\n")
		}
		fmt.Fprintf(&pack, "  - name: r%d\n    query: '%s'\n", i, q)
		if pack.Len() > 1_000_000 || i == 99_999 {
			packs = append(packs, pack.String())
			size += pack.Len()
			pack.Reset()
		}
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		for i, src := range packs {
			if _, err := Parse(fmt.Sprint("pack", i), []byte(src)); err != nil {
				b.Fatal(err)
			}
		}
	}
}
