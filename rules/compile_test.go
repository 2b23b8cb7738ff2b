package rules

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// drawMany draws queries and documents, always the same, so many that they make
// several batches.
func drawMany() (texts []string, docs []*Doc) {
	query, doc := rapid.Custom(func(t *rapid.T) string { return drawQuery(t, 2) }), rapid.Custom(drawDoc)
	for i := range 2*batchSize + 5 {
		texts = append(texts, query.Example(i))
	}
	for i := range 40 {
		docs = append(docs, doc.Example(i))
	}
	return texts, docs
}

func newQueries(texts []string) (queries []query) {
	for i, text := range texts {
		queries = append(queries, query{rule: &Rule{Name: fmt.Sprint("r", i)}, text: text, place: i})
	}
	return queries
}

func TestQueriesOfAPackAreReadAsEachIsByItself(t *testing.T) {
	texts, _ := drawMany()
	ts := &terms{}
	together, alone := newQueries(texts), newQueries(texts)
	wrong := 0
	for i, problems := range readQueries(together, ts) {
		want := newQueryReader(ts).read(alone[i].rule, texts[i])
		if diff := cmp.Diff(want, problems, cmp.AllowUnexported(problem{})); diff != "" {
			t.Fatalf("%s: %s", texts[i], diff)
		}
		if got, want := together[i].rule, alone[i].rule; got.Query != want.Query || got.Revision != want.Revision || failed(problems) != (got.n == nil) {
			t.Fatalf("%s is read as %s (%s), alone as %s (%s)", texts[i], got.Query, got.Revision, want.Query, want.Revision)
		} else if got.n != nil && (!equal(got.n, want.n) || got.n.String() != got.Query) {
			t.Fatalf("the tree of %s became %s", got.Query, got.n)
		}
		if failed(problems) {
			wrong++
		}
	}
	if wrong == 0 || wrong == len(texts) {
		t.Errorf("%d of %d queries are wrong, which shows little", wrong, len(texts))
	}
}

func TestRulesOfASetMatchAsEachDoesByItself(t *testing.T) {
	texts, docs := drawMany()
	all := &Pack{}
	var alone []*Set
	for i, problems := range readQueries(newQueries(texts), &terms{}) {
		if failed(problems) {
			continue
		}
		one, err := ParseQuery(fmt.Sprint("r", i), texts[i])
		if err != nil {
			t.Fatal(err)
		}
		all.Rules = append(all.Rules, one.Rules...)
		alone = append(alone, mustCompilePacks(t, one))
	}
	set := mustCompilePacks(t, all)
	for _, d := range docs {
		var want []int
		for i, one := range alone {
			if len(one.MatchRules(nil, d)) > 0 {
				want = append(want, i)
			}
		}
		if diff := cmp.Diff(want, set.MatchRules(nil, d)); diff != "" {
			t.Errorf("%+v: %s", d, diff)
		}
	}
}

// BenchmarkCompile goes from the texts of queries to a set, by what Parse does with a
// pack once its YAML is read, and Compile. bytes/rule is what the set holds besides
// the parsed rules.
func BenchmarkCompile(b *testing.B) {
	texts := newCorpus().queries(100_000, normal)
	var reading, compiling []time.Duration
	var pack *Pack
	b.ReportAllocs()
	for b.Loop() {
		start := time.Now()
		pack = parseAll(b, texts)
		read := time.Now()
		mustCompilePacks(b, pack)
		reading, compiling = append(reading, read.Sub(start)), append(compiling, time.Since(read))
	}
	b.ReportMetric(float64(slices.Min(reading).Microseconds())/1000, "ms-read")
	b.ReportMetric(float64(slices.Min(compiling).Microseconds())/1000, "ms-compiled")
	before := heap()
	set := mustCompilePacks(b, pack)
	b.ReportMetric(float64(heap()-before)/float64(len(set.rules)), "bytes/rule")
	runtime.KeepAlive(pack)
	runtime.KeepAlive(set)
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// BenchmarkReadPacks goes from files to a set: the same with the YAML, which has a
// line for each key, or as programs write it, one for all.
func BenchmarkReadPacks(b *testing.B) {
	texts := newCorpus().queries(100_000, normal)
	for _, tt := range []struct{ name, head, rule, tail string }{
		{"lines", "rules:\n", "  - name: r%d\n    query: '%s'\n    tests: {match: [x]}\n", ""},
		{"oneline", `{"rules": [`, `{"name": "r%d", "query": '%s', "tests": {"match": ["x"]}}, `, "]}"},
	} {
		b.Run(tt.name, func(b *testing.B) {
			var files []string
			size, n := 0, 0
			for some := range slices.Chunk(texts, 8_000) { // less than a megabyte
				var file strings.Builder
				file.WriteString(tt.head)
				for _, text := range some {
					fmt.Fprintf(&file, tt.rule, n, text)
					n++
				}
				file.WriteString(tt.tail)
				files = append(files, file.String())
				size += file.Len()
			}
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				var packs []*Pack
				for i, src := range files {
					pack, err := Parse(fmt.Sprint("pack", i), []byte(src))
					if err != nil {
						b.Fatal(err)
					}
					packs = append(packs, pack)
				}
				mustCompilePacks(b, packs...)
			}
		})
	}
}
