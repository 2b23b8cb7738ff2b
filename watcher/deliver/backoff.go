package deliver

import (
	"hash/fnv"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/feedwatch/feedwatch/storage"
)

// schedule is the example of the Standard Webhooks specification: how long each
// try waits after the one before it. Ten tries over 75 h 35 min.
// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
var schedule = [...]time.Duration{
	0, 5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour,
	5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
}

// jitter is the share by which a wait may be shorter or longer, so that what
// failed together is not sent again together.
const jitter = 0.2

// backoff says how long to wait after a delivery's nth try, or false where that
// was the last. It depends on nothing but its arguments: the jitter is drawn
// from a hash of the two.
func backoff(id string, n int) (time.Duration, bool) {
	if n >= len(schedule) {
		return 0, false
	}
	h := fnv.New64a()
	h.Write([]byte(id + "." + strconv.Itoa(n)))
	share := float64(h.Sum64()>>11) / (1 << 53) // [0, 1)
	return time.Duration(float64(schedule[n]) * (1 - jitter + 2*jitter*share)), true
}

// tries counts how far a delivery has come on the schedule, the attempt under
// way included. Not counted is an attempt that the end of the process
// interrupted, one that waited for another message, and what came before a delivery was given up: once replayed it
// begins anew. And a count that runs ahead of time is held back, for a receiver
// that asks for a second's patience ten times in a row must not cost an alert.
// That an outbox keeps only some attempts, see storage.KeepAttempts, changes
// nothing: they are twice the schedule, and the first that counts is among them.
func tries(attempts []storage.Attempt, now time.Time) int {
	n, first := 0, now
	for _, a := range attempts {
		switch {
		case a.Verdict == storage.GiveUp:
			n = 0
		case a.Verdict.Counts():
			if n++; n == 1 {
				first = a.Started
			}
		}
	}
	return max(1, min(n, elapsedTries(now.Sub(first))))
}

// parentWait is how long a delivery waits that hangs on another: 5 s, and twice as
// long each time up to 10 min. The other's success makes it due at once, see
// storage.Store, so this is for one that is given up in the end.
func parentWait(attempts []storage.Attempt) time.Duration {
	wait := 5 * time.Second
	for _, a := range attempts {
		if a.Verdict == storage.Waited {
			wait = min(2*wait, 10*time.Minute)
		}
	}
	return wait
}

// maxPatience bounds what patience gives.
const maxPatience = 30 * time.Second

// patience is how long to wait at least where a receiver has asked for patience
// several times in a row for one delivery, this answer included: 1 s, and twice
// as long each time up to 30 s. Otherwise one that asks for a second each time
// would be asked, and each attempt written down, hundreds of thousands of times
// before the delivery is given up.
func patience(attempts []storage.Attempt, status int) time.Duration {
	if !asksPatience(status) {
		return 0
	}
	wait := time.Second
	for _, a := range slices.Backward(attempts) {
		if a.Verdict == "" {
			continue // under way: it got this answer
		}
		if !asksPatience(a.Status) || wait >= maxPatience {
			break
		}
		wait *= 2
	}
	return min(wait, maxPatience)
}

func asksPatience(status int) bool {
	return status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable
}

// elapsedTries is how many tries the schedule can have seen after this time,
// each wait as short as jitter makes it.
func elapsedTries(elapsed time.Duration) int {
	n, at := 0, time.Duration(0)
	for _, wait := range schedule {
		if at += wait; elapsed < time.Duration(float64(at)*(1-jitter)) {
			break
		}
		n++
	}
	return n
}
