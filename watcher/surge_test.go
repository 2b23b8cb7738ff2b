package watcher

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/feedwatch/feedwatch/rules"
	"github.com/feedwatch/feedwatch/storage"
)

// at gives times so long before now, in order.
func ago(now time.Time, before ...time.Duration) []time.Time {
	var out []time.Time
	for _, d := range before {
		out = append(out, now.Add(-d))
	}
	slices.SortFunc(out, time.Time.Compare)
	return out
}

// daily gives n a day for so many days, up to a day before now.
func daily(n, days int) []time.Duration {
	var out []time.Duration
	for d := range days {
		for i := range n {
			out = append(out, time.Duration(d+1)*24*time.Hour+time.Duration(i)*time.Hour)
		}
	}
	return out
}

// flurry gives n within minutes, so long before now.
func flurry(n int, before time.Duration) []time.Duration {
	var out []time.Duration
	for i := range n {
		out = append(out, before+time.Duration(i)*time.Minute)
	}
	return out
}

// spread gives n evenly over a span that ends now.
func spread(n int, span time.Duration) []time.Duration {
	var out []time.Duration
	for i := range n {
		out = append(out, span*time.Duration(i)/time.Duration(n)+time.Minute)
	}
	return out
}

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func TestSurgeIsFarMoreThanUsual(t *testing.T) {
	for name, c := range map[string]struct {
		before []time.Duration
		want   bool
	}{
		"nothing at all":                {nil, false},
		"as ever":                       {daily(4, 14), false},
		"twice as many":                 {append(daily(4, 14), spread(8, 20*time.Hour)...), false},
		"five times as many":            {append(daily(4, 14), flurry(20, 2*time.Hour)...), true},
		"an hour that stands out":       {append(daily(20, 14), flurry(12, time.Minute)...), true},
		"four where there was one":      {append([]time.Duration{200 * time.Hour}, flurry(4, time.Minute)...), false},
		"five where there was one":      {append([]time.Duration{200 * time.Hour}, flurry(5, time.Minute)...), true},
		"many from a rule without past": {flurry(50, time.Minute), false},
		"long over":                     {append(daily(1, 14), flurry(30, 100*time.Hour)...), false},
	} {
		if _, got := surge(ago(noon, c.before...), noon); got != c.want {
			t.Errorf("%s: surge %v", name, got)
		}
	}
}

// An episode must have one beginning, or it would be told anew every hour.
func TestSurgeKeepsItsBeginningWhileItLasts(t *testing.T) {
	first := noon.Add(-30 * time.Hour)
	times := ago(noon, append(daily(1, 14), append(flurry(20, 30*time.Hour), flurry(20, 3*time.Hour)...)...)...)
	seen := make(map[time.Time]bool)
	for h := range 30 {
		if since, ok := surge(times, first.Add(time.Duration(h)*time.Hour)); ok {
			seen[since] = true
		}
	}
	if len(seen) != 1 {
		t.Errorf("one surge has the beginnings %v", seen)
	}
	again := slices.Concat(times, ago(noon.Add(200*time.Hour), flurry(30, time.Minute)...))
	since, ok := surge(again, noon.Add(200*time.Hour))
	if !ok || seen[since] {
		t.Errorf("a surge a week later: %v, since %v", ok, since)
	}
}

// What comes at one hour of the day, or on one day of the week, is a habit.
func TestBatchesAreNoSurge(t *testing.T) {
	for name, c := range map[string]struct {
		every time.Duration
		sizes []int
	}{
		"a feed that is read in the morning": {24 * time.Hour, []int{6, 7, 6, 5, 8, 6, 7}},
		"a letter that comes on Mondays":     {7 * 24 * time.Hour, []int{8, 9, 8, 10}},
	} {
		var before []time.Duration
		const days = 56
		for i := range int(days * 24 * time.Hour / c.every) {
			before = append(before, flurry(c.sizes[i%len(c.sizes)], time.Duration(i)*c.every+time.Minute)...)
		}
		times, told := ago(noon, before...), make(map[time.Time]bool)
		for now := noon.Add(-28 * 24 * time.Hour); !now.After(noon); now = now.Add(time.Hour) {
			if since, ok := surge(times[:between(times, time.Time{}, now)], now); ok {
				told[since] = true
			}
		}
		if len(told) > 0 {
			t.Errorf("%s: %d notices in four weeks, want none", name, len(told))
		}
	}
}

// Nor are weekends and the nights of working days a silence.
func TestSilenceOfWeekendsIsNoNews(t *testing.T) {
	var times []time.Time
	monday := time.Date(2026, 9, 28, 0, 0, 0, 0, time.UTC)
	for d := range 40 {
		if day := monday.AddDate(0, 0, d); day.Weekday() != time.Saturday && day.Weekday() != time.Sunday {
			for i := range 18 {
				times = append(times, day.Add(8*time.Hour+time.Duration(i)*30*time.Minute))
			}
		}
	}
	friday := times[len(times)-1]
	if _, _, got := hush(times, friday.Add(64*time.Hour)); got {
		t.Error("a weekend like all others is told as a silence")
	}
	if _, _, got := hush(times, friday.Add(6*24*time.Hour)); !got {
		t.Error("a working week without a word is not told")
	}
}

func TestSilenceIsMeasuredByARulesOwnHabit(t *testing.T) {
	for name, c := range map[string]struct {
		times []time.Time
		want  bool
	}{
		"daily, since two days":   {ago(noon.Add(-24*time.Hour), daily(1, 20)...), false},
		"daily, since five days":  {ago(noon.Add(-4*24*time.Hour), daily(1, 20)...), true},
		"weekly, since five days": {ago(noon.Add(-5*24*time.Hour), slices.Collect(weeks(12))...), false},
		"too few to tell":         {ago(noon.Add(-1000*time.Hour), daily(1, 9)...), false},
	} {
		since, _, got := hush(c.times, noon)
		if got != c.want || got && !since.Equal(c.times[len(c.times)-1]) {
			t.Errorf("%s: silent %v since %v", name, got, since)
		}
	}
}

func weeks(n int) func(func(time.Duration) bool) {
	return func(yield func(time.Duration) bool) {
		for i := range n {
			if !yield(time.Duration(i) * 7 * 24 * time.Hour) {
				return
			}
		}
	}
}

func TestSurgeNoticeNamesWhatDrivesIt(t *testing.T) {
	story := func(before time.Duration, title string, outlets ...string) storage.Story {
		st := storage.Story{Title: title, First: noon.Add(-before)}
		for _, o := range outlets {
			st.Outlets = append(st.Outlets, storage.Outlet{Name: o, Title: title})
		}
		return st
	}
	stories := []storage.Story{
		story(time.Hour, "Regulators approve the restructuring", "Wire", "Daily"),
		story(2*time.Hour, "Restructuring: what regulators want", "Wire"),
		story(100*time.Hour, "An older affair", "Weekly"),
	}
	memo := surgeMemo(&rules.Rule{Name: "deal"}, stories, ago(noon, time.Hour, 2*time.Hour, 100*time.Hour), noon.Add(-time.Hour), noon)
	for _, want := range []string{"deal: 2 stories in a day", "Most from: Wire, Daily", "regulators, restructuring", "Since 2026-11-24 11:00 UTC"} {
		if !strings.Contains(memo.Title+"\n"+memo.Text, want) {
			t.Errorf("%q is not in %q, %q", want, memo.Title, memo.Text)
		}
	}
	if strings.Contains(memo.Text, "Weekly") || len(memo.Items) != 2 {
		t.Errorf("older stories drive it: %+v", memo)
	}
}

func TestLastTimesOfASchedule(t *testing.T) {
	for spec, want := range map[string][2]string{
		"0 8 * * *":                  {"2026-11-23 08:00", "2026-11-24 08:00"},
		"TZ=Europe/Berlin 0 8 * * *": {"2026-11-23 07:00", "2026-11-24 07:00"},
		"0 18 * * FRI":               {"2026-11-13 18:00", "2026-11-20 18:00"},
		"@every 6h":                  {"2026-11-24 06:00", "2026-11-24 12:00"},
	} {
		s, err := ParseSchedule(spec, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		before, at := s.last(noon)
		if got := [2]string{before.UTC().Format("2006-01-02 15:04"), at.UTC().Format("2006-01-02 15:04")}; got != want {
			t.Errorf("%s: %v, want %v", spec, got, want)
		}
	}
}

// The hour that clocks skip or show twice in the night of a change makes one brief.
func TestBriefsOfTheNightsInWhichClocksChange(t *testing.T) {
	s, err := ParseSchedule("TZ=Europe/Berlin 30 2 * * *", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for start, want := range map[string][]string{
		"2026-03-28": {"2026-03-28 01:30", "2026-03-29 01:00", "2026-03-30 00:30"},
		"2026-10-24": {"2026-10-24 00:30", "2026-10-25 00:30", "2026-10-26 01:30"},
	} {
		from, err := time.Parse("2006-01-02", start)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for now := from.Add(2 * time.Hour); now.Before(from.Add(3 * 24 * time.Hour)); now = now.Add(5 * time.Minute) {
			before, at := s.last(now)
			if text := at.UTC().Format("2006-01-02 15:04"); !slices.Contains(got, text) {
				if n := len(got); n > 0 && before.UTC().Format("2006-01-02 15:04") != got[n-1] {
					t.Errorf("the brief of %s begins at %v, want where the one before ended", text, before)
				}
				got = append(got, text)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("briefs of %v, want %v", got, want)
		}
	}
}
