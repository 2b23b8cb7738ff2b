package story

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/feedwatch/feedwatch/rules"
	"github.com/feedwatch/feedwatch/seeds"
)

// BenchmarkPlace measures a text against windows of growing size, filled with texts
// of the frequencies that words have in news, beside matching it against the shipped
// rules. The largest window is measured with -large only.
func BenchmarkPlace(b *testing.B) {
	pack, err := rules.Parse("seeds", seeds.Pack())
	if err != nil {
		b.Fatal(err)
	}
	set, err := rules.Compile(pack)
	if err != nil {
		b.Fatal(err)
	}
	for _, size := range []int{10_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			if size > 100_000 && !*large {
				b.Skip("filling the window takes minutes: run it with -large")
			}
			speech := newSpeech()
			english().Name("the") // which loads the lexicon
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			g := New(english())
			for i := range size {
				g.Place(speech.text(i, size))
			}
			runtime.GC()
			runtime.ReadMemStats(&after)
			texts := make([]Text, 4000)
			for i := range texts {
				texts[i] = speech.text(size+i, size)
			}
			const together = 20 // texts, since a clock is too slow for one
			var matching []time.Duration
			for part := range slices.Chunk(texts, together) {
				start := time.Now()
				for i := range part {
					set.Match(&rules.Doc{Title: part[i].Title, Body: part[i].Lead})
				}
				matching = append(matching, time.Since(start)/together)
			}
			var placing []time.Duration
			b.ReportAllocs()
			for b.Loop() {
				text := texts[len(placing)%len(texts)]
				text.ID = fmt.Sprint("new", len(placing))
				start := time.Now()
				g.Place(text)
				placing = append(placing, time.Since(start))
			}
			b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(size), "B/text")
			b.ReportMetric(float64(median(placing)), "median-ns/text")
			b.ReportMetric(float64(median(placing))/float64(median(matching)), "x-matching")
			b.ReportMetric(float64(len(g.stories))/float64(len(g.texts)), "stories/text")
		})
	}
}

// median tells what a text takes however busy the machine is with other things.
func median(list []time.Duration) time.Duration {
	slices.Sort(list)
	return list[len(list)/2]
}

// speech makes texts up: a headline of 10 words and a summary of 30 about one of the
// window's events, each of which some outlets tell in partly other words.
type speech struct {
	r     *rand.Rand
	words *rand.Zipf
}

func newSpeech() *speech {
	r := rand.New(rand.NewPCG(1, 1))
	return &speech{r, rand.NewZipf(r, 1.1, 4, 400_000)}
}

// text gives the i-th of so many texts that share three days.
func (s *speech) text(i, size int) Text {
	event := rand.New(rand.NewPCG(uint64(s.r.IntN(1+size/2)), 2))
	about := rand.NewZipf(event, 1.1, 4, 400_000)
	core := make([]string, 14)
	for k := range core {
		core[k] = spell(about.Uint64())
	}
	pick := func(n int) string {
		list := make([]string, n)
		for k := range list {
			if list[k] = spell(s.words.Uint64()); s.r.IntN(2) == 0 {
				list[k] = core[s.r.IntN(len(core))]
			}
		}
		list[0] = strings.ToUpper(list[0][:1]) + list[0][1:]
		return strings.Join(list, " ")
	}
	return Text{
		ID: fmt.Sprint(i), At: noon.Add(72 * time.Hour * time.Duration(i) / time.Duration(size)),
		Outlet: fmt.Sprint("outlet", s.r.IntN(500)), Title: pick(10), Lead: pick(30), Language: "en",
	}
}

// spell makes a word of a rank, common ones short.
func spell(rank uint64) string {
	const consonants, vowels = "bdfgklmnprstvz", "aeiou"
	var b []byte
	for n := rank + 11; n > 0; n /= uint64(len(consonants) * len(vowels)) {
		b = append(b, consonants[n%uint64(len(consonants))], vowels[n/uint64(len(consonants))%uint64(len(vowels))])
	}
	slices.Reverse(b)
	return string(b)
}
