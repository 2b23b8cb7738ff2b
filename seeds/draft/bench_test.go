package draft

import (
	"testing"
	"time"

	"github.com/feedwatch/feedwatch/rules"
	"github.com/feedwatch/feedwatch/seeds/lexicon"
)

func benchmarkWrite(b *testing.B, documents []Document) {
	lexicon.Rarity("the") // unpacks the tables
	lexicon.Widen("the")
	bytes, words := 0, 0
	for _, d := range documents {
		bytes += len(d.Title) + len(d.Body)
	}
	start := time.Now()
	for range b.N {
		for _, d := range documents {
			for _, text := range append(split(d.Body), d.Title) {
				for range rules.Words(text) {
					words++
				}
			}
		}
	}
	floor := time.Since(start)
	b.SetBytes(int64(bytes))
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		if _, err := Write(documents); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed())/float64(max(1, floor)), "x-cutting")
	if words == 0 {
		b.Fatal("the floor did nothing")
	}
}
