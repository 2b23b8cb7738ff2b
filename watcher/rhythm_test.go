package watcher

import (
	"bytes"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/feedwatch/feedwatch/storage"
)

// observed is a feed that was polled every quarter of an hour for a while up to
// now, and what it brought: items for each poll.
func observed(now time.Time, d time.Duration, items func(time.Time) int) storage.Feed {
	n := notes{}
	f := storage.Feed{URL: "https://a.example/", LastPoll: now, LastGood: now}
	for at := now.Add(-d); !at.After(now); at = at.Add(15 * time.Minute) {
		n.rhythm.watched(at)
		if k := items(at); k > 0 {
			n.rhythm.brought(k, at)
			f.LastNew = at
		}
		n = readNotes(n.stored()) // As each commit does.
	}
	f.Rhythm = n.stored()
	return f
}

// at is once a time of day, in UTC, on the given weekdays.
func at(hour, minute int, days ...time.Weekday) func(time.Time) int {
	return func(t time.Time) int {
		t = t.UTC()
		for _, d := range days {
			if t.Weekday() == d && t.Hour() == hour && t.Minute() == minute {
				return 1
			}
		}
		return 0
	}
}

var everyDay = []time.Weekday{0, 1, 2, 3, 4, 5, 6}

func TestHabitBendsIntervals(t *testing.T) {
	tuesday := time.Date(2026, 5, 5, 10, 0, 0, 0, time.UTC)
	quiet := func(time.Time) int { return 0 }
	often := func(t time.Time) int { return t.Minute() / 45 } // hourly
	flurry := func(last time.Duration, usual func(time.Time) int) func(time.Time) int {
		return func(t time.Time) int {
			if tuesday.Sub(t) < last {
				return 4
			}
			return usual(t)
		}
	}
	own := mustSchedule(t, "@every 15m")
	for _, tt := range []struct {
		rule        string
		cfg         Feed
		poll        Poll
		watched     time.Duration
		items       func(time.Time) int
		least, most time.Duration
		why         string
	}{
		{"a feed that was just added keeps its schedule", Feed{}, Poll{}, 48 * time.Hour, quiet, 15 * time.Minute, 15 * time.Minute, "every 15m"},
		{"a feed with news each hour keeps its schedule", Feed{}, Poll{}, 4 * week, often, 15 * time.Minute, 15 * time.Minute, "every 15m"},
		{"one with news twice a week is asked less often", Feed{}, Poll{}, 6 * week, at(6, 0, time.Monday, time.Thursday), 30 * time.Minute, time.Hour, "every 15m, slowed to 1h: brings news about twice a week"},
		{"and never less often than a quarter of that", Feed{}, Poll{}, 6 * week, at(6, 0, time.Monday), time.Hour, time.Hour, "every 15m, slowed to 1h: brings news about once a week"},
		{"until it has been quiet for a month", Feed{}, Poll{}, 31 * 24 * time.Hour, quiet, 24 * time.Hour, 24 * time.Hour, "every 15m, slowed to 24h: nothing new for 31 days"},
		{"a burst is followed at the shortest interval", Feed{}, Poll{}, 4 * week, flurry(time.Hour, often), 5 * time.Minute, 5 * time.Minute, "every 15m, sped up to 5m: brings far more than usual"},
		{"which is the feed's own where it has one", Feed{MinInterval: 10 * time.Minute}, Poll{}, 4 * week, flurry(time.Hour, often), 10 * time.Minute, 10 * time.Minute, "every 15m, sped up to 10m: brings far more than usual"},
		{"but not by a feed with a schedule of its own", Feed{Schedule: own}, Poll{}, 4 * week, flurry(time.Hour, often), 15 * time.Minute, 15 * time.Minute, "every 15m"},
		{"what a feed always brings is no burst", Feed{}, Poll{}, 4 * week, func(time.Time) int { return 4 }, 15 * time.Minute, 15 * time.Minute, "every 15m"},
		{"cron expressions are kept to", Feed{Schedule: mustSchedule(t, "0 * * * *")}, Poll{}, 60 * 24 * time.Hour, quiet, time.Hour, time.Hour, "0 * * * *"},
		{"a fixed pace is", Feed{}, Poll{Fixed: true}, 60 * 24 * time.Hour, quiet, 15 * time.Minute, 15 * time.Minute, "every 15m"},
	} {
		f := observed(tuesday, tt.watched, tt.items)
		got, why := tt.poll.Pace(tt.cfg, f)
		if got < tt.least || got > tt.most || why != tt.why {
			t.Errorf("%s: every %v because %q, want %v to %v because %q", tt.rule, got, why, tt.least, tt.most, tt.why)
		}
	}
}

// A feed that speaks at 8 each morning, New York time, is asked in time for it,
// on both sides of the day on which the clocks there change.
func TestHabitSurvivesSummerTime(t *testing.T) {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Skip("no time zone data on this machine")
	}
	morning := func(t time.Time) int {
		if t = t.In(zone); t.Hour() == 8 && t.Minute() == 0 {
			return 1
		}
		return 0
	}
	change := time.Date(2026, 3, 8, 12, 0, 0, 0, time.UTC) // a Sunday, 8 o'clock by summer time
	for _, days := range []int{-1, 0, 1, 2, 6} {
		now := change.AddDate(0, 0, days)
		eight := time.Date(now.Year(), now.Month(), now.Day(), 8, 0, 0, 0, zone)
		f := observed(eight.Add(-90*time.Minute).Truncate(15*time.Minute), 8*week, morning)
		for f.LastPoll.Before(eight) {
			next := Poll{}.plan(Feed{}, f)
			if gap := next.Sub(f.LastPoll); gap < 15*time.Minute || gap > 66*time.Minute {
				t.Errorf("%d days after the clocks changed: a gap of %v", days, gap)
			}
			f.LastPoll = next
			f.Epoch++
		}
		if late := f.LastPoll.Sub(eight); late > 40*time.Minute {
			t.Errorf("%d days after the clocks changed the news of 8 o'clock is seen %v late, want half an hour at most", days, late)
		}
	}
}

func TestPlanHoldsItsBoundsWhateverTheHabit(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	now := time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC)
	for range 3000 {
		n := notes{rhythm: rhythm{since: now.Add(-time.Duration(r.Int64N(int64(60 * 24 * time.Hour)))), recent: r.ExpFloat64() * 5}}
		n.rhythm.at = n.rhythm.since.Add(time.Duration(r.Int64N(int64(now.Sub(n.rhythm.since)) + 1)))
		for range r.IntN(hoursOfWeek) {
			n.rhythm.hours[r.IntN(hoursOfWeek)] = r.ExpFloat64() * 10
		}
		norm := time.Duration(1+r.IntN(48)) * 15 * time.Minute
		f := storage.Feed{URL: "https://a.example/", LastPoll: now, LastNew: n.rhythm.at, Rhythm: n.stored(), Epoch: r.Uint64()}
		p := Poll{Schedule: mustSchedule(t, "@every "+norm.String())}
		gap := p.plan(Feed{}, f).Sub(now)
		if least := min(norm, defaultMinInterval); gap < least {
			t.Fatalf("a gap of %v at a norm of %v", gap, norm)
		}
		if most := max(norm, 24*time.Hour) + maxJitter; gap > most {
			t.Fatalf("a gap of %v at a norm of %v", gap, norm)
		}
		if again := p.plan(Feed{}, f).Sub(now); again != gap {
			t.Fatalf("planned again: %v, then %v", gap, again)
		}
	}
}

func TestNotesComeBackAsTheyWere(t *testing.T) {
	now := time.Date(2026, 5, 5, 10, 7, 3, 0, time.UTC)
	n := notes{
		move: move{to: addressSum("https://b.example/"), times: 4, since: now.Add(-30 * time.Hour), told: true}, well: now,
		rhythm: rhythm{since: now.Add(-week), at: now, recent: 2.5, items: 7},
	}
	for i := range n.rhythm.hours {
		n.rhythm.hours[i] = float64(i%3) * 100.25
	}
	b := n.stored()
	if len(b) > 1<<10 {
		t.Errorf("%d bytes, want a kilobyte at most", len(b))
	}
	if d := cmp.Diff(n, readNotes(b), cmp.AllowUnexported(notes{}, move{}, rhythm{})); d != "" {
		t.Errorf("(-wrote +read):\n%s", d)
	}
	for i := range b {
		readNotes(b[:i]) // Must not hang, whatever is missing.
	}
	if got := readNotes(b[:len(b)/2]); got.rhythm.since != (time.Time{}) {
		t.Error("half of the notes were read")
	}
}

func FuzzNotesAreReadOrLeft(f *testing.F) {
	f.Add((&notes{}).stored())
	f.Add(observed(time.Unix(1e9, 0), week, at(3, 0, everyDay...)).Rhythm)
	f.Fuzz(func(t *testing.T, b []byte) {
		n := readNotes(b)
		for _, c := range n.rhythm.hours {
			if c < 0 || math.IsNaN(c) || math.IsInf(c, 0) {
				t.Fatalf("a count of %v", c)
			}
		}
		now := n.rhythm.at.Add(100 * time.Hour)
		if n.rhythm.known(now) {
			if p := n.rhythm.pause(now, time.Hour); p < 0 || p > time.Hour {
				t.Fatalf("a pause of %v", p)
			}
		}
		if again := readNotes(n.stored()); !bytes.Equal(again.stored(), n.stored()) {
			t.Fatal("notes change by being read")
		}
	})
}
