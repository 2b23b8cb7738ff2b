package main

import (
	"cmp"
	"encoding/json"
	"hash/fnv"
	"maps"
	"math"
	"slices"
)

// foldCount is how many parts the stories are dealt into.
const foldCount = 5

// dealFolds parts stories so that all rows of one are in one part, and each part
// has its share of those on topic and of the others. on tells which are. The
// order of dealing is that of hashes, so that it hangs neither on dates nor on
// what stands beside a story.
func dealFolds(on map[string]bool) map[string]int {
	stories := slices.SortedFunc(maps.Keys(on), func(a, b string) int {
		return cmp.Or(cmp.Compare(hashOf(a), hashOf(b)), cmp.Compare(a, b))
	})
	folds, dealt := make(map[string]int, len(on)), map[bool]int{}
	for _, story := range stories {
		folds[story] = dealt[on[story]] % foldCount
		dealt[on[story]]++
	}
	return folds
}

func hashOf(s string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(s)) // never fails, as package hash promises
	return h.Sum64()
}

// spread is how much the figures differ between parts of the stories: what to
// expect of news that is as unlike this as its parts are unlike each other. The
// rules are the same for all parts.
type spread struct {
	Folds     int     `json:"folds"`
	Precision moments `json:"precision"`
	Recall    moments `json:"recall"`
	F1        moments `json:"f1"`
}

// moments sum up a figure over the parts.
type moments struct {
	Mean float64 `json:"mean"`
	SD   float64 `json:"sd"` // of the sample
	Min  float64 `json:"min"`
}

func newSpread(folds []tally) spread {
	of := func(figure func(tally) float64) moments {
		values := make([]float64, len(folds))
		for i, t := range folds {
			values[i] = figure(t)
		}
		return newMoments(values)
	}
	return spread{len(folds), of(tally.precision), of(tally.recall), of(tally.f1)}
}

func newMoments(values []float64) moments {
	n, sum, squares := float64(len(values)), 0.0, 0.0
	for _, v := range values {
		sum += v
	}
	mean := sum / n
	for _, v := range values {
		squares += (v - mean) * (v - mean)
	}
	return moments{mean, math.Sqrt(squares / max(n-1, 1)), slices.Min(values)}
}

// quietness is how rarely rules match unlabelled, unrelated news.
type quietness struct {
	Items   int        `json:"items"`
	Alarms  int        `json:"alarms"`
	Matched []wrongRow `json:"matched"`
}

func (q quietness) perThousand() float64 {
	return 1000 * ratio(float64(q.Alarms), float64(q.Items-q.Alarms))
}

// MarshalJSON adds the rate to the counts.
func (q quietness) MarshalJSON() ([]byte, error) {
	type counts quietness
	return json.Marshal(struct {
		counts
		PerThousand float64 `json:"alarms_per_thousand"`
	}{counts(q), q.perThousand()})
}
