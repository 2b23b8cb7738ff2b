package watcher

import (
	"hash/fnv"
	"strconv"
	"time"

	"github.com/feedwatch/feedwatch/storage"
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
	maxJitter    = 5 * time.Minute
	goneForGood  = 2             // "410 Gone" answers in a row that end polling
	refusedPause = 4 * time.Hour // after 401, 403, and 429 without Retry-After
)

// never is when a feed that is gone for good is polled next.
var never = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// plan says when a feed is polled next, given how its last poll ended. It
// depends on nothing else, so that planning again after a restart or with
// changed settings gives the same time or the rightly changed one.
func (p Poll) plan(cfg Feed, f storage.Feed) time.Time {
	if f.Gone >= goneForGood {
		return never
	}
	schedule := p.scheduleOf(cfg)
	interval := schedule.Interval(f.LastPoll)
	at := latest(
		schedule.Next(f.LastPoll),
		f.LastPoll.Add(p.minIntervalOf(cfg)),
		f.LastPoll.Add(backoff(interval, f.Failures)),
		f.NotBefore,
	)
	return at.Add(jitter(f.URL, interval, strconv.FormatUint(f.Epoch, 10)))
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
