package watcher

import (
	"hash/fnv"
	"slices"
	"strconv"
	"time"

	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/watcher/feed"
)

// The defaults of Poll and Retention, and the bounds of backing off.
const (
	defaultInterval    = 15 * time.Minute
	defaultMinInterval = 5 * time.Minute
	defaultHostGap     = time.Second
	defaultConcurrent  = 32
	defaultMaxBytes    = 5 << 20
	defaultMaxAge      = 30 * 24 * time.Hour
	defaultRetention   = 90 * 24 * time.Hour

	maxBackoff   = 24 * time.Hour
	longestFresh = 24*time.Hour - time.Minute // what feed.Fetcher honours at most, but for the time that a poll takes
	maxJitter    = 5 * time.Minute
	goneForGood  = 2             // "410 Gone" answers in a row that end polling
	refusedPause = 4 * time.Hour // after 401, 403, and 429 without Retry-After
)

// never is when a feed that is gone for good is polled next.
var never = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// plan says when a feed is polled next, given how its last poll ended. It
// depends on nothing else, so that planning again after a restart or with
// changed settings gives the same time or the rightly changed one.
func (p Poll) plan(cfg Feed, f storage.Feed) time.Time { return p.pace(cfg, f).next }

// pace is when a feed is polled next, and all that decided it.
type pace struct {
	schedule Schedule
	habit    habit
	interval time.Duration // by schedule and habit
	failures int           // in a row, which lengthen it
	waits    bool          // for the time that its server asked for
	capped   bool          // which is the longest that is waited
	skips    bool          // hours or days that the feed asked to skip
	last     time.Time
	next     time.Time
}

// pace plans the next poll. The schedule is the norm, which the feed's habit
// bends; what the feed and its server ask for only lengthens.
func (p Poll) pace(cfg Feed, f storage.Feed) pace {
	c := pace{schedule: p.scheduleOf(cfg), failures: f.Failures, last: f.LastPoll, next: never}
	if f.Gone >= goneForGood {
		return c
	}
	norm := c.schedule.Interval(f.LastPoll)
	c.interval = norm
	at := c.schedule.Next(f.LastPoll)
	if c.schedule.every > 0 && !p.Fixed {
		c.habit = p.habitOf(cfg, f, norm)
		c.interval = c.habit.interval
		at = f.LastPoll.Add(c.interval)
	}
	at = latest(at, f.LastPoll.Add(p.minIntervalOf(cfg)), f.LastPoll.Add(backoff(max(norm, c.interval), f.Failures)))
	if f.NotBefore.After(at) {
		at, c.waits = f.NotBefore, true
		c.capped = f.Failures == 0 && f.NotBefore.Sub(f.LastPoll) >= longestFresh
	}
	late := jitter(f.URL, c.interval, strconv.FormatUint(f.Epoch, 10))
	c.next = at.Add(late)
	if p.Fixed {
		return c
	}
	if open := skipped(feed.RecallHints(f.Entry), c.next); open.After(c.next) {
		c.next, c.skips = open.Add(late), true
	}
	return c
}

// rewound is a feed as it would be had it been polled at now, where it was polled
// later than that: a clock that was ahead has been set right since, and nothing
// may wait for the time it showed.
func rewound(f storage.Feed, now time.Time) storage.Feed {
	ahead := f.LastPoll.Sub(now)
	if ahead <= 0 {
		return f
	}
	for _, t := range []*time.Time{&f.LastPoll, &f.NotBefore, &f.HostRest} {
		if !t.IsZero() {
			*t = t.Add(-ahead)
		}
	}
	return f
}

// skipped is the first time from t on that lies in no hour and on no day that
// the feed asks to be left alone in (RSS 2.0: skipHours and skipDays, both GMT);
// t where it leaves none open.
func skipped(h feed.Hints, t time.Time) time.Time {
	open := t.UTC()
	for range hoursOfWeek {
		if !slices.Contains(h.SkipDays, open.Weekday()) && !slices.Contains(h.SkipHours, open.Hour()) {
			return open
		}
		open = open.Truncate(time.Hour).Add(time.Hour)
	}
	return t
}

// scheduleOf is the feed's own schedule or the default.
func (p Poll) scheduleOf(cfg Feed) Schedule {
	switch {
	case !cfg.Schedule.IsZero():
		return cfg.Schedule
	case !p.Schedule.IsZero():
		return p.Schedule
	}
	return Schedule{spec: "@every 15m", every: defaultInterval}
}

// minIntervalOf is the shortest time between two polls of the feed.
func (p Poll) minIntervalOf(cfg Feed) time.Duration {
	switch {
	case cfg.MinInterval > 0:
		return cfg.MinInterval
	case p.MinInterval > 0:
		return p.MinInterval
	}
	return defaultMinInterval
}

// backoff is how long a feed that failed so often in a row is left alone: its
// interval, doubled at each further failure, up to a day.
func backoff(interval time.Duration, failures int) time.Duration {
	if failures == 0 {
		return 0
	}
	d := interval
	for range failures {
		if d *= 2; d >= maxBackoff {
			return maxBackoff
		}
	}
	return d
}

// jitter is a delay of up to a tenth of the interval that spreads feeds which
// share a schedule. It only adds: a poll may come late, never early. The same
// URL and salt give the same delay.
func jitter(url string, interval time.Duration, salt string) time.Duration {
	h := fnv.New64a()
	h.Write([]byte(salt))
	h.Write([]byte(url))
	part := float64(mix(h.Sum64())>>11) / (1 << 53)
	return time.Duration(part * float64(min(interval/10, maxJitter)))
}

// mix spreads a hash over all its bits; FNV leaves the high ones of short inputs
// alike. It is the finisher of MurmurHash3.
func mix(x uint64) uint64 {
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	x *= 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}

// latest is the last of the times.
func latest(times ...time.Time) time.Time {
	var last time.Time
	for _, t := range times {
		if t.After(last) {
			last = t
		}
	}
	return last
}
