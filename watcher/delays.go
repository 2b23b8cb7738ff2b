package watcher

import (
	"slices"
	"time"
)

// delays keeps the newest delays for percentiles: a ring, so that an old bad day
// is forgotten. The zero value is empty.
type delays struct {
	ring [512]time.Duration
	n    int // how many were ever added
}

func (d *delays) add(v time.Duration) {
	d.ring[d.n%len(d.ring)] = v
	d.n++
}

func (d *delays) latency() Latency {
	kept := slices.Clone(d.ring[:min(d.n, len(d.ring))])
	if len(kept) == 0 {
		return Latency{}
	}
	slices.Sort(kept)
	at := func(p int) time.Duration { return kept[(len(kept)-1)*p/100] }
	return Latency{Count: d.n, P50: at(50), P99: at(99)}
}
