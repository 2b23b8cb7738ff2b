package watcher

import (
	"math"
	"time"
)

// rhythm is a feed's habit: how often it brings news, by hour of the week (UTC),
// as polls have seen it. Old weeks fade, so that a habit that changes is learned
// anew within a month or two.
//
// It counts polls that brought something, not items: forty items at once are one
// occasion to have asked. Items are counted to tell a burst.
type rhythm struct {
	since  time.Time            // when watching began; zero: it did not
	at     time.Time            // when news last came: counts are as of then, and fade
	hours  [hoursOfWeek]float64 // polls with news
	items  float64
	recent float64 // items of late: it fades within hours
}

const (
	hoursOfWeek = 7 * 24
	week        = hoursOfWeek * time.Hour
	habitHalf   = 4 * week           // the half-life of a habit
	recentHalf  = time.Hour          // the half-life of what came of late
	habitAfter  = 3 * 24 * time.Hour // what was seen in less time is no habit yet
	burstItems  = 5                  // so many items of late are a burst,
	burstOver   = 4                  // where they are so many times what is usual
)

// watched notes when watching began.
func (r *rhythm) watched(now time.Time) {
	if r.since.IsZero() {
		r.since, r.at = now.UTC(), now.UTC()
	}
}

// brought notes that a poll found so many new items.
func (r *rhythm) brought(items int, now time.Time) {
	r.watched(now)
	old := faded(now.Sub(r.at), habitHalf)
	for i := range r.hours {
		r.hours[i] *= old
	}
	r.items = r.items*old + float64(items)
	r.recent = r.recent*faded(now.Sub(r.at), recentHalf) + float64(items)
	r.hours[hourOf(now)]++
	r.at = now.UTC()
}

// faded is what is left of 1 after a while; a clock that went back fades nothing.
func faded(d, half time.Duration) float64 {
	return math.Exp2(-max(d, 0).Seconds() / half.Seconds())
}

// hourOf is the hour of the week.
func hourOf(t time.Time) int {
	t = t.UTC()
	return int(t.Weekday())*24 + t.Hour()
}

// weeks is for how many weeks the feed was watched, as its counts have faded.
func (r *rhythm) weeks(now time.Time) float64 {
	half := habitHalf.Seconds() / week.Seconds()
	return (1 - faded(now.Sub(r.since), habitHalf)) * half / math.Ln2
}

// known tells whether enough was seen to speak of a habit.
func (r *rhythm) known(now time.Time) bool {
	return !r.since.IsZero() && now.Sub(r.since) >= habitAfter
}

// weekly is how many times a week the feed brings something. It counts one time
// more than was seen: what never came may still come.
func (r *rhythm) weekly(now time.Time) float64 {
	sum := 0.0
	for _, n := range r.hours {
		sum += n
	}
	return (sum*faded(now.Sub(r.at), habitHalf) + 1) / r.weeks(now)
}

// hourly is how many times the feed brings something in the hour of the week,
// times weeks watched. The hours beside it count too: few feeds keep to the
// clock, and summer time moves those that do by one.
func (r *rhythm) hourly(hour int) float64 {
	n := 0.0
	for d := -1; d <= 1; d++ {
		n += r.hours[(hour+d+hoursOfWeek)%hoursOfWeek]
	}
	return n / 3
}

// sample is how many polls one occasion for news is worth: with fewer of them
// news would wait longer than the schedule wants, with more nearly all would
// come in vain.
const sample = 96

// pause is how long the feed may be left alone after a poll, by its habit: until
// a poll will find something with a chance of one in sample. It looks no further
// ahead than most.
func (r *rhythm) pause(from time.Time, most time.Duration) time.Duration {
	weekly := r.weekly(from)
	mean := 0.0
	for _, n := range r.hours {
		mean += n / hoursOfWeek
	}
	// An hour counts by its share of the week's news; a little is left for
	// hours in which nothing ever came.
	const flat = 0.25
	chance, at := 0.0, from
	for at.Sub(from) < most {
		end := at.Truncate(time.Hour).Add(time.Hour)
		rate := weekly / week.Seconds() * (r.hourly(hourOf(at)) + flat/3) / (mean + flat/3)
		need := (1.0/sample - chance) / rate
		if need <= end.Sub(at).Seconds() {
			return min(at.Sub(from)+time.Duration(need*float64(time.Second)), most)
		}
		chance += rate * end.Sub(at).Seconds()
		at = end
	}
	return most
}

// burst tells whether far more came of late than usual.
func (r *rhythm) burst(now time.Time) bool {
	recent := r.recent * faded(now.Sub(r.at), recentHalf)
	if recent < burstItems || !r.known(now) {
		return false
	}
	// A steady rate keeps recent at what comes in a half-life over ln 2.
	usual := r.items / r.weeks(now) * recentHalf.Seconds() / math.Ln2 / week.Seconds()
	return recent > burstOver*usual
}
