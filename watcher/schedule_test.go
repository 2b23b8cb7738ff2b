package watcher

import (
	"strings"
	"testing"
	"time"
)

func TestScheduleRefusesWhatCronAcceptsByMistake(t *testing.T) {
	for _, tt := range []struct{ spec, want string }{
		{"", "empty"},
		{"TZ=UTC", "without a schedule"},
		{"CRON_TZ=", "without a schedule"},
		{"CRON_TZ= * * * * *", "without a schedule"},
		{"TZ=Mars/Olympus 0 * * * *", "not known"},
		{"@every 0s", "at least a second"},
		{"@every -5s", "at least a second"},
		{"@every 1ms", "at least a second"},
		{"@every 1m", "more often"},
		{"* * * * *", "more often"},
		{"*/4 0 * * *", "more often"},
		{"0 0 31 2 *", "never falls due"},
		{"0 0 * * 7", "not understood"},
		{"0 0 0 * * *", "not understood"},
		{"garbage", "not understood"},
	} {
		if _, err := ParseSchedule(tt.spec, 5*time.Minute); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("ParseSchedule(%q) = %v, want an error with %q", tt.spec, err, tt.want)
		}
	}
}

func TestScheduleNextFollowsTheClockOnTheWall(t *testing.T) {
	const layout = "2006-01-02 15:04 MST"
	newYork, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Skip("no time zone data on this machine")
	}
	for _, tt := range []struct{ rule, spec, from, want string }{
		{"an interval counts from the last poll", "@every 20m", "2026-05-01 10:07 EDT", "2026-05-01 10:27 EDT"},
		{"UTC unless a zone is named", "0 6 * * *", "2026-05-01 01:00 EDT", "2026-05-01 02:00 EDT"},
		{"a named zone", "TZ=America/New_York 0 6 * * 1-5", "2026-05-01 07:00 EDT", "2026-05-04 06:00 EDT"},
		{"a skipped time runs when the gap ends", "TZ=America/New_York 30 2 * * *", "2026-03-08 00:00 EST", "2026-03-08 03:00 EDT"},
		{"and the next day at its own time", "TZ=America/New_York 30 2 * * *", "2026-03-08 03:00 EDT", "2026-03-09 02:30 EDT"},
		{"a repeated time runs the first time", "TZ=America/New_York 30 1 * * *", "2026-11-01 00:00 EDT", "2026-11-01 01:30 EDT"},
		{"and not the second time", "TZ=America/New_York 30 1 * * *", "2026-11-01 01:30 EDT", "2026-11-02 01:30 EST"},
		{"a schedule of every hour goes by elapsed time", "TZ=America/New_York 0 * * * *", "2026-11-01 01:00 EDT", "2026-11-01 01:00 EST"},
	} {
		s, err := ParseSchedule(tt.spec, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		from, err := time.ParseInLocation(layout, tt.from, newYork)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Next(from).In(newYork).Format(layout); got != tt.want {
			t.Errorf("%s: Next(%s) of %q = %s, want %s", tt.rule, tt.from, tt.spec, got, tt.want)
		}
	}
}

func FuzzScheduleNextIsAlwaysLater(f *testing.F) {
	for _, spec := range []string{"@every 15m", "*/20 6-22 * * MON-FRI", "TZ=Europe/Berlin 30 2 * * *", "TZ=UTC", "0 0 29 2 *", "@hourly", "@every 99999h"} {
		f.Add(spec, int64(1767225600))
	}
	f.Fuzz(func(t *testing.T, spec string, unix int64) {
		s, err := ParseSchedule(spec, 5*time.Minute)
		if err != nil {
			if !s.IsZero() {
				t.Fatalf("ParseSchedule(%q) gave both a schedule and %v", spec, err)
			}
			return
		}
		from := time.Unix(unix%(1<<32), 0)
		if next := s.Next(from); !next.IsZero() && !next.After(from) {
			t.Fatalf("%q: Next(%v) = %v, not later", spec, from, next)
		}
	})
}
