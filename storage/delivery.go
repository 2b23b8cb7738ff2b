package storage

import "time"

// State is where a delivery stands.
type State string

// The states of a delivery.
const (
	Pending   State = "pending"   // waits for its due time
	Sending   State = "sending"   // claimed; after a crash nobody knows whether it arrived
	Delivered State = "delivered" // the receiver said yes
	Dead      State = "dead"      // given up: a dead letter
)

// Delivery is an alert on its way to its receiver.
type Delivery struct {
	Alert Alert     `json:"alert"`
	State State     `json:"state"`
	Due   time.Time `json:"due"` // when it is to be tried; the lease's end while Sending
	// Attempts are those made, oldest first; the newest is the one under way
	// while Sending. Of many only those are kept that KeepAttempts tells, so
	// how many there were is the N of the newest.
	Attempts []Attempt `json:"attempts"`
	// Ref is what the receiver calls the message it took (Slack's ts and
	// channel), "" where it names none.
	Ref string `json:"ref,omitempty"`
	// Thread is the Ref of the alert's Parent, and Waits that the parent is
	// still on its way. Both are filled by Claim only.
	Thread string `json:"-"`
	Waits  bool   `json:"-"`
}

// Attempt is one try at a delivery.
type Attempt struct {
	N       int       `json:"n"` // counts from 1, those not kept included
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended,omitzero"`    // zero while under way, and of an interrupted attempt
	Verdict Verdict   `json:"verdict,omitempty"` // "" while under way
	Status  int       `json:"http_status"`       // HTTP status; 0: none came
	Detail  string    `json:"detail,omitempty"`  // what went wrong, without secrets
	RetryAt time.Time `json:"retry_at,omitzero"` // zero unless Verdict is Retry or Waited
}

// Verdict says how an attempt ended.
type Verdict string

// The verdicts. Interrupted is an engine's own: the process died in the
// attempt, which does not count towards the backoff. Nor does one that Waited:
// nothing was sent, for the delivery's parent is still on its way, and it is
// due again at RetryAt.
const (
	Done        Verdict = "done"
	Retry       Verdict = "retry"
	GiveUp      Verdict = "give-up"
	Interrupted Verdict = "interrupted"
	Waited      Verdict = "waited"
)

// Counts tells whether an attempt that ended so counts towards giving up.
func (v Verdict) Counts() bool { return v != Interrupted && v != Waited }
