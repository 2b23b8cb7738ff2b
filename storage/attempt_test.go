package storage

import (
	"slices"
	"testing"
)

func TestKeptAttemptsBeginWithTheFirstThatCounts(t *testing.T) {
	for name, c := range map[string]struct {
		over map[int]Verdict // N → verdict, where it is not Retry
		made int
		want []int // the first numbers kept
	}{
		"few":                    {nil, 3, []int{1, 2, 3}},
		"as many as are kept":    {nil, 21, []int{1, 2, 3}},
		"more":                   {nil, 100, []int{1, 81, 82}},
		"the first interrupted":  {map[int]Verdict{1: Interrupted}, 100, []int{2, 81, 82}},
		"the first waited":       {map[int]Verdict{1: Waited, 2: Waited}, 100, []int{3, 81, 82}},
		"replayed":               {map[int]Verdict{10: GiveUp}, 100, []int{11, 81, 82}},
		"replayed a moment ago":  {map[int]Verdict{95: GiveUp}, 100, []int{1, 81, 82}},
		"replayed as many ago":   {map[int]Verdict{80: GiveUp}, 100, []int{81, 82, 83}},
		"replayed, interrupted":  {map[int]Verdict{10: GiveUp, 11: Interrupted}, 100, []int{12, 81, 82}},
		"replayed several times": {map[int]Verdict{10: GiveUp, 40: GiveUp}, 100, []int{41, 81, 82}},
	} {
		var kept []Attempt
		for n := 1; n <= c.made; n++ {
			v := c.over[n]
			if v == "" {
				v = Retry
			}
			if kept = KeepAttempts(append(kept, Attempt{N: n, Verdict: v})); len(kept) > keptAttempts+1 {
				t.Fatalf("%s: %d kept", name, len(kept))
			}
		}
		var got []int
		for _, a := range kept[:3] {
			got = append(got, a.N)
		}
		if !slices.Equal(got, c.want) || kept[len(kept)-1].N != c.made {
			t.Errorf("%s: kept %v to %d, want %v to %d", name, got, kept[len(kept)-1].N, c.want, c.made)
		}
	}
}
