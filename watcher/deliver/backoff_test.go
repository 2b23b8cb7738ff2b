package deliver

import (
	"strconv"
	"testing"
	"time"

	"github.com/feedwatch/feedwatch/storage"
)

func TestBackoffFollowsTheScheduleWithinItsJitter(t *testing.T) {
	for n := 1; n < len(schedule); n++ {
		low, high := schedule[n], time.Duration(0)
		for i := range 200 {
			wait, more := backoff("fw_"+strconv.Itoa(i), n)
			if !more {
				t.Fatalf("try %d of %d is the last", n, len(schedule))
			}
			low, high = min(low, wait), max(high, wait)
		}
		step := float64(schedule[n])
		if float64(low) < step*0.8 || float64(high) > step*1.2 {
			t.Errorf("try %d: waits of %v to %v are more than 20 %% from %v", n, low, high, schedule[n])
		}
		if float64(low) > step*0.85 || float64(high) < step*1.15 {
			t.Errorf("try %d: waits of %v to %v hardly vary around %v", n, low, high, schedule[n])
		}
	}
}

func TestTenthTryIsTheLast(t *testing.T) {
	if _, more := backoff("x", 9); !more {
		t.Error("no tenth try")
	}
	if _, more := backoff("x", 10); more {
		t.Error("an eleventh try")
	}
}

func TestBackoffIsAFunctionOfItsArguments(t *testing.T) {
	a, _ := backoff("x", 3)
	b, _ := backoff("x", 3)
	if c, _ := backoff("y", 3); a != b || a == c {
		t.Errorf("x gives %v and %v, y gives %v", a, b, c)
	}
}

func TestTriesCountsWhatSpeaksOfTheReceiver(t *testing.T) {
	start := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	now := start.Add(100 * time.Hour)
	// history is a list of verdicts an hour apart; "" is the one under way.
	history := func(vs ...storage.Verdict) []storage.Attempt {
		var out []storage.Attempt
		for i, v := range vs {
			out = append(out, storage.Attempt{N: i + 1, Started: start.Add(time.Duration(i) * time.Hour), Verdict: v})
		}
		return out
	}
	const r, x, g = storage.Retry, storage.Interrupted, storage.GiveUp
	for name, c := range map[string]struct {
		attempts []storage.Attempt
		now      time.Time
		want     int
	}{
		"first":                 {history(""), now, 1},
		"third":                 {history(r, r, ""), now, 3},
		"interrupted":           {history(x, r, x, x, ""), now, 2},
		"replayed":              {history(r, r, g, ""), now, 1},
		"replayed, tried":       {history(r, r, g, r, ""), now, 2},
		"ahead of its time":     {history(r, r, r, r, r, r, r, r, r, ""), start.Add(10 * time.Second), 2},
		"a bit ahead":           {history(r, r, r, r, r, r, r, r, r, ""), start.Add(time.Hour), 4},
		"none, from bad engine": {nil, now, 1},
	} {
		if got := tries(c.attempts, c.now); got != c.want {
			t.Errorf("%s: got %d, want %d", name, got, c.want)
		}
	}
}
