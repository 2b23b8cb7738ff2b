package watcher

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/feedwatch/feedwatch/storage"
)

const (
	maxStretch = 4                   // a rare feed is polled at a quarter of its schedule's rate, no less,
	maxSlow    = 24 * time.Hour      // until it has been quiet for long: then once a day
	quietFrom  = 7 * 24 * time.Hour  // quiet for so long stretches further,
	quietFull  = 30 * 24 * time.Hour // and for so long all the way
)

// habit is how a feed's own ways bend its interval.
type habit struct {
	interval time.Duration
	why      bend
	weekly   float64       // times a week that it brings something
	quiet    time.Duration // since it last did
}

// bend is why an interval is not the schedule's.
type bend int

const (
	straight bend = iota
	slowed        // it brings news rarely, or never at this hour
	dormant       // it has brought nothing for long
	bursting      // it brings far more than usual
)

// habitOf is how often to poll a feed whose schedule is an interval. A burst
// brings it down to the shortest interval, except for a feed that was given a
// schedule of its own: that is as often as somebody wants it.
func (p Poll) habitOf(cfg Feed, f storage.Feed, norm time.Duration) habit {
	h := habit{interval: norm}
	r := readRhythm(f.Rhythm)
	if !r.known(f.LastPoll) {
		return h
	}
	h.weekly, h.quiet = r.weekly(f.LastPoll), f.LastPoll.Sub(latest(f.LastNew, r.since))
	if r.burst(f.LastPoll) && cfg.Schedule.IsZero() {
		h.interval, h.why = min(norm, p.minIntervalOf(cfg)), bursting
		return h
	}
	if slow := r.pause(f.LastPoll, min(maxStretch*norm, maxSlow)); slow > h.interval {
		h.interval, h.why = slow, slowed
	}
	if slow := dormancy(h.quiet); slow > h.interval {
		h.interval, h.why = slow, dormant
	}
	return h
}

// dormancy is the interval that suits a feed quiet for so long: it grows from
// the first week to the end of the month, to a day.
func dormancy(quiet time.Duration) time.Duration {
	part := float64(quiet-quietFrom) / float64(quietFull-quietFrom)
	return time.Duration(min(max(part, 0), 1) * float64(maxSlow))
}

// Pace tells a feed's interval at present and why it is that, for people.
func (p Poll) Pace(cfg Feed, f storage.Feed) (interval time.Duration, why string) {
	if f.LastPoll.IsZero() {
		s := p.scheduleOf(cfg)
		return s.Interval(time.Now()), scheduleText(s)
	}
	c := p.pace(cfg, f)
	return c.interval, c.why()
}

// why words what decided the pace: "every 15m, slowed to 1h: brings news about
// twice a week; fresh for 2h by its server".
func (c pace) why() string {
	if c.next.Equal(never) {
		return "not polled: gone for good"
	}
	parts := []string{scheduleText(c.schedule)}
	interval := lasting(c.interval)
	switch c.habit.why {
	case slowed:
		parts[0] += fmt.Sprintf(", slowed to %s: brings news about %s", interval, often(c.habit.weekly))
	case dormant:
		parts[0] += fmt.Sprintf(", slowed to %s: nothing new for %d days", interval, int(c.habit.quiet.Hours()/24))
	case bursting:
		parts[0] += fmt.Sprintf(", sped up to %s: brings far more than usual", interval)
	}
	if c.failures > 0 {
		parts = append(parts, fmt.Sprintf("backs off after %s", counted(c.failures, "failure")))
	}
	if c.waits {
		asked := "its server calls it fresh for " + lasting(c.next.Sub(c.last))
		if c.capped {
			asked = "its server calls it fresh for a day or longer, and no more than a day is waited"
		}
		if c.failures > 0 {
			asked = "left alone for " + lasting(c.next.Sub(c.last)) + " after its server's answer"
		}
		parts = append(parts, asked)
	}
	if c.skips {
		parts = append(parts, "it asks to skip hours or days")
	}
	return strings.Join(parts, "; ")
}

// scheduleText is a schedule for people.
func scheduleText(s Schedule) string {
	if s.every > 0 {
		return "every " + lasting(s.every)
	}
	return s.String()
}

// often words a number of times a week.
func often(weekly float64) string {
	switch {
	case weekly < 0.4:
		return counted(int(math.Round(max(weekly*52/12, 1))), "time") + " a month"
	case weekly < 1.5:
		return "once a week"
	case weekly < 2.5:
		return "twice a week"
	case weekly < 10:
		return fmt.Sprintf("%.0f times a week", weekly)
	}
	return fmt.Sprintf("%.0f times a day", max(weekly/7, 2))
}

// counted is a number with its noun.
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// lasting is a duration as people write it: 45s, 15m, 1h30m, 2d.
func lasting(d time.Duration) string {
	switch d = d.Round(time.Second); {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%.0fd", d.Hours()/24)
	case d >= time.Minute:
		d = d.Round(time.Minute)
		text := strings.TrimSuffix(d.String(), "0s")
		if d >= time.Hour {
			text = strings.TrimSuffix(text, "0m")
		}
		return text
	}
	return d.String()
}
