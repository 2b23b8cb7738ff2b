package main

import (
	"math"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/feedwatch/feedwatch/rules/strictyaml"
	"github.com/feedwatch/feedwatch/watcher"
)

// defaultMinInterval is the floor under schedules unless poll.min_interval says
// otherwise.
const defaultMinInterval = 5 * time.Minute

// pollSection is the key poll. A key that is left out means the default that
// watcher.Poll documents.
type pollSection struct {
	Schedule    string         `yaml:"schedule"`
	MinInterval *time.Duration `yaml:"min_interval"`
	// Adaptive (true unless set) lets a feed's habit bend an interval, and what
	// feeds and servers ask for (max-age, Expires, ttl, skipHours) lengthen it.
	// A cron expression is kept to.
	Adaptive   *bool          `yaml:"adaptive"`
	PerHost    *int           `yaml:"per_host"`
	HostGap    *time.Duration `yaml:"host_gap"`
	Concurrent *int           `yaml:"concurrent"`
	MaxBytes   *size          `yaml:"max_bytes"`
	MaxAge     *time.Duration `yaml:"max_age"`
}

func (l *loader) poll() watcher.Poll {
	p := l.doc.Poll
	poll := watcher.Poll{
		Schedule:    l.schedule(p.Schedule, l.floor(nil), "poll", "schedule"),
		MinInterval: l.interval(p.MinInterval, "poll", "min_interval"),
		PerHost:     l.atLeastOne(p.PerHost, "poll", "per_host"),
		HostGap:     l.positive(p.HostGap, "poll", "host_gap"),
		Concurrent:  l.atLeastOne(p.Concurrent, "poll", "concurrent"),
		MaxAge:      l.positive(p.MaxAge, "poll", "max_age"),
		Fixed:       p.Adaptive != nil && !*p.Adaptive,
	}
	if p.MaxBytes != nil {
		poll.MaxBytes = int64(*p.MaxBytes)
	}
	return poll
}

// floor is the shortest interval of a feed with the given min_interval.
func (l *loader) floor(own *time.Duration) time.Duration {
	switch {
	case own != nil:
		return *own
	case l.doc.Poll.MinInterval != nil:
		return *l.doc.Poll.MinInterval
	}
	return defaultMinInterval
}

// schedule reads a schedule; an empty one is none.
func (l *loader) schedule(spec string, floor time.Duration, path ...any) watcher.Schedule {
	if spec == "" {
		return watcher.Schedule{}
	}
	s, err := watcher.ParseSchedule(spec, floor)
	if err == nil {
		return s
	}
	hint := `write cron's five fields, such as "*/15 * * * *", or "@every 15m"`
	if _, other := watcher.ParseSchedule(spec, 0); other == nil {
		hint = "poll less often; or lower min_interval if the server is your own"
	}
	l.failWith(l.file.Pos(path...), hint, err)
	return s
}

// interval is a min_interval: a second at least, since nothing is counted finer.
func (l *loader) interval(d *time.Duration, path ...any) time.Duration {
	if d == nil {
		return 0
	}
	if *d < time.Second {
		l.fail(l.file.Pos(path...), "", "this must be at least 1s")
	}
	return *d
}

func (l *loader) atLeastOne(n *int, path ...any) int {
	if n == nil {
		return 0
	}
	if *n < 1 {
		l.fail(l.file.Pos(path...), "leave the key out for the default", "this must be at least 1")
	}
	return *n
}

// size is a number of bytes, as 5000000, 5MB or 5MiB.
type size int64

// UnmarshalNode implements strictyaml.Unmarshaler.
func (s *size) UnmarshalNode(n strictyaml.Node) error {
	var text string
	if err := n.Decode(&text); err != nil {
		return err
	}
	bytes, err := humanize.ParseBytes(text)
	if err != nil || bytes == 0 || bytes > math.MaxInt32 {
		return n.Errorf("write a number of bytes, such as 5MB", "%q is not a size between 1 byte and 2 GB", text)
	}
	*s = size(bytes)
	return nil
}
