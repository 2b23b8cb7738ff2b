package storage

import "slices"

// keptAttempts is how many of a delivery's newest attempts are kept: twice as
// many as a delivery has on its schedule.
const keptAttempts = 20

// KeepAttempts gives those of a delivery's attempts that a store keeps when one
// is added: the newest 20, and before them the first that counts. That is the
// first that was neither interrupted nor waited, since the delivery was last given up where it
// was replayed: from it a sender tells for how long it has tried. A receiver
// that asks for patience for days would otherwise make a record without bound.
// The slice may be changed and given back.
func KeepAttempts(attempts []Attempt) []Attempt {
	dropped := len(attempts) - keptAttempts
	if dropped <= 0 {
		return attempts
	}
	first := -1
	for i, a := range attempts[:dropped] {
		switch {
		case a.Verdict == GiveUp:
			first = -1
		case a.Verdict.Counts() && first < 0:
			first = i
		}
	}
	if first < 0 {
		return slices.Delete(attempts, 0, dropped)
	}
	attempts[0] = attempts[first]
	return slices.Delete(attempts, 1, dropped)
}
