package watcher

import (
	"fmt"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// Schedule says when a feed is polled. It wraps what robfig/cron parsed and is
// the only thing here that knows of cron. The zero value is no schedule.
type Schedule struct {
	spec  string
	every time.Duration // of an @every schedule; 0 for the other forms
	next  cron.Schedule // in UTC
	zone  *time.Location
	// wall: the schedule names hours of the day, so it goes by the clock on
	// the wall; otherwise (every hour is named) it goes by elapsed time, which
	// is the same except on the two days a year when clocks change.
	wall bool
}

// ParseSchedule reads a five-field cron expression, "@every 15m", or a name
// such as "@hourly", with an optional zone in front ("TZ=Europe/Berlin 0 6 * *
// 1-5"; UTC is the default). Times that a change to summer time skips run at
// the next valid minute; times that it repeats run once.
//
// cron's parser is kept behind a guard because it panics on a zone without a
// schedule, reads "@every 0s" as one second, and accepts days that never come.
// It must not fall due more often than floor.
func ParseSchedule(spec string, floor time.Duration) (s Schedule, err error) {
	defer func() {
		if r := recover(); r != nil {
			s, err = Schedule{}, fmt.Errorf("schedule %q is not understood: %v", spec, r)
		}
	}()
	spec = strings.TrimSpace(spec)
	fields := strings.Fields(spec)
	if len(fields) == 0 {
		return Schedule{}, fmt.Errorf("the schedule is empty: write a cron expression such as \"*/15 * * * *\", or \"@every 15m\"")
	}
	s = Schedule{spec: spec, zone: time.UTC}
	expr := spec
	if zone, ok := cutZone(fields[0]); ok {
		expr = strings.TrimSpace(spec[len(fields[0]):])
		if zone == "" || expr == "" {
			return Schedule{}, fmt.Errorf("schedule %q has a time zone without a schedule behind it", spec)
		}
		if s.zone, err = time.LoadLocation(zone); err != nil {
			return Schedule{}, fmt.Errorf("schedule %q: time zone %q is not known here", spec, zone)
		}
	}
	s.next, err = cron.ParseStandard("CRON_TZ=UTC " + expr)
	if err != nil {
		return Schedule{}, fmt.Errorf("schedule %q is not understood: %w", spec, err)
	}
	switch parsed := s.next.(type) {
	case cron.ConstantDelaySchedule:
		written, err := time.ParseDuration(strings.TrimSpace(strings.TrimPrefix(expr, "@every")))
		if err != nil || written < time.Second {
			return Schedule{}, fmt.Errorf("schedule %q: an interval must be at least a second", spec)
		}
		s.every = parsed.Delay
	case *cron.SpecSchedule:
		const allHours = 1<<24 - 1
		s.wall = parsed.Hour&allHours != allHours
	}
	if err := s.checkFloor(floor); err != nil {
		return Schedule{}, err
	}
	return s, nil
}

// cutZone splits a zone prefix off the first field of a schedule.
func cutZone(field string) (zone string, ok bool) {
	for _, prefix := range []string{"TZ=", "CRON_TZ="} {
		if zone, ok := strings.CutPrefix(field, prefix); ok {
			return zone, true
		}
	}
	return "", false
}

// checkFloor refuses a schedule that never fires, or whose next times lie closer
// together than floor.
func (s Schedule) checkFloor(floor time.Duration) error {
	if s.every > 0 {
		if s.every < floor {
			return fmt.Errorf("schedule %q polls more often than every %v, which poll.min_interval forbids", s.spec, floor)
		}
		return nil
	}
	t := s.next.Next(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC))
	if t.IsZero() {
		return fmt.Errorf("schedule %q never falls due: no such day exists", s.spec)
	}
	// The first day it names shows every gap within a day.
	for range 24 * 60 {
		n := s.next.Next(t)
		if n.IsZero() || n.Sub(t) >= 24*time.Hour {
			return nil
		}
		if n.Sub(t) < floor {
			return fmt.Errorf("schedule %q polls more often than every %v, which poll.min_interval forbids", s.spec, floor)
		}
		t = n
	}
	return nil
}

// IsZero tells that there is no schedule.
func (s Schedule) IsZero() bool { return s.next == nil }

// String is the schedule as it was written.
func (s Schedule) String() string { return s.spec }

// Next is the first time after t that the schedule names. An interval counts
// from t itself.
func (s Schedule) Next(t time.Time) time.Time {
	if s.every > 0 {
		return t.Add(s.every)
	}
	if !s.wall {
		// Minutes count from the zone's own offset, which need not be whole hours.
		shift := s.offset(t)
		return s.next.Next(t.UTC().Add(shift)).Add(-shift).In(t.Location())
	}
	// Ask cron in wall-clock time, which has no gaps and no repeats, and find
	// the instant for its answer.
	wall := asUTC(t.In(s.zone))
	for {
		wall = s.next.Next(wall)
		if wall.IsZero() {
			return time.Time{}
		}
		if at := s.instant(wall); at.After(t) {
			return at.In(t.Location())
		}
	}
}

// instant is when the zone's clocks show the wall-clock time: the first such
// instant where they show it twice, the end of the gap where they skip it.
func (s Schedule) instant(wall time.Time) time.Time {
	at := time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), 0, 0, s.zone)
	if asUTC(at).Equal(wall) {
		if earlier := at.Add(-time.Hour); asUTC(earlier).Equal(wall) {
			return earlier
		}
		return at
	}
	start, end := at.ZoneBounds()
	if asUTC(at).After(wall) { // at was reckoned behind the gap
		return start
	}
	return end
}

// offset is the zone's distance from UTC at t.
func (s Schedule) offset(t time.Time) time.Duration {
	_, seconds := t.In(s.zone).Zone()
	return time.Duration(seconds) * time.Second
}

// asUTC is what the clock on the wall shows at t, as if it were UTC.
func asUTC(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

// Interval is roughly how far apart polls at and after t lie: the base of
// jitter and of backoff.
func (s Schedule) Interval(t time.Time) time.Duration {
	if s.every > 0 {
		return s.every
	}
	first := s.Next(t)
	return s.Next(first).Sub(first)
}
