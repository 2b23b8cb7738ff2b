package deliver

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"reflect"
	"time"

	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/watcher/egress"
)

const (
	// leaseMargin is how much longer than an attempt its lease lasts, for the
	// outcome to be written down.
	leaseMargin = 30 * time.Second
	// grace is how long an attempt under way may go on when the program ends.
	grace = 5 * time.Second
	// outboxPause is how long to wait after the outbox failed.
	outboxPause = 5 * time.Second
	// maxIdle bounds the wait where nothing is known to be due: another process
	// may have made something due, and a clock may have been set.
	maxIdle = time.Minute
)

// lane takes one receiver's deliveries to it, one at a time. It claims no more
// than it is about to send, so when it stops nothing is held back.
type lane struct {
	receiver Receiver
	kind     kind
	keys     [][]byte
	secrets  []egress.Secret // what must not appear in an error
	options  options
	client   *http.Client
	outbox   Outbox
	settled  func(receiver string, a storage.Attempt, alert storage.Alert)
	log      *slog.Logger
	wake     chan struct{} // holds one signal

	failing     bool // whether the last attempt failed; of the goroutine that runs the lane
	outboxFails bool // likewise, of the last call to the outbox
}

// same tells whether a lane for this receiver would be no different.
func (l *lane) same(r Receiver) bool { return reflect.DeepEqual(l.receiver, r) }

// run delivers until the context ends.
func (l *lane) run(ctx context.Context) {
	for ctx.Err() == nil {
		_, next, err := l.step(ctx)
		if err != nil {
			next = time.Now().Add(outboxPause)
		}
		l.rest(ctx, next)
	}
}

// rest waits until there may be something to do: at next, or when woken. Zero
// means that nothing is known to come.
func (l *lane) rest(ctx context.Context, next time.Time) {
	wait := maxIdle
	if !next.IsZero() {
		wait = min(wait, time.Until(next))
	}
	if wait <= 0 {
		return
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-l.wake:
	case <-timer.C:
	}
}

// step claims one delivery, if one is due, sends it and settles it. It gives
// the verdict, "" where nothing was due, and when to ask again; the past means
// at once. The error is the outbox's.
func (l *lane) step(ctx context.Context) (storage.Verdict, time.Time, error) {
	now := time.Now()
	timeout := cmp.Or(l.receiver.Timeout, defaultTimeout)
	claimed, err := l.outbox.Claim(ctx, storage.ClaimRequest{
		Receiver: l.receiver.Name, Now: now, Lease: timeout + leaseMargin, Limit: 1, Pace: l.kind.pace,
	})
	if l.outboxError(ctx, "claiming", err) != nil {
		return "", time.Time{}, err
	}
	if len(claimed.Deliveries) == 0 {
		return "", claimed.Next, nil
	}
	d := claimed.Deliveries[0]
	o := judge(d, l.send(ctx, &d), time.Now())
	switch err := l.settle(ctx, o); {
	case lost(err):
		l.log.Warn("an attempt's outcome came too late and is dropped",
			"alert", o.ID, "attempt", o.Attempt.N, "verdict", o.Attempt.Verdict, "error", err)
	case err != nil:
		return "", time.Time{}, err
	default:
		l.report(o.Attempt, d.Alert)
	}
	return o.Attempt.Verdict, now, nil
}

// lost tells whether the delivery is no longer this lane's to settle.
func lost(err error) bool {
	return errors.Is(err, storage.ErrStale) || errors.Is(err, storage.ErrUnknown)
}

// send makes an attempt that the end of the context does not cut off at once:
// what is under way gets the grace to come to a known end. What hangs on a message
// that is still on its way is not sent: it could not be put there later.
func (l *lane) send(ctx context.Context, d *storage.Delivery) answer {
	if d.Waits && l.threads() {
		return answer{reason: waits, detail: "the message it hangs on is still on its way"}
	}
	sending, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cancel(nil)
	stop := context.AfterFunc(ctx, func() {
		timer := time.NewTimer(grace)
		defer timer.Stop()
		select {
		case <-timer.C:
			cancel(errShutdown)
		case <-sending.Done():
		}
	})
	defer stop()
	return l.attempt(sending, d)
}

// settle writes an outcome down, past the end of the context. An outbox that
// can't is asked again for as long as the program runs, for what was sent and
// is not written down will be sent again; after that the lease sees to it.
func (l *lane) settle(ctx context.Context, o storage.Outcome) error {
	for {
		err := l.settleOnce(ctx, o)
		if lost(err) || l.outboxError(ctx, "settling", err) == nil || ctx.Err() != nil {
			return err
		}
		l.rest(ctx, time.Now().Add(outboxPause))
	}
}

func (l *lane) settleOnce(ctx context.Context, o storage.Outcome) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	return l.outbox.Settle(ctx, o)
}

// outboxError gives the error back, and says so once when the outbox begins to
// fail and once when it works again.
func (l *lane) outboxError(ctx context.Context, doing string, err error) error {
	switch {
	case err == nil && l.outboxFails:
		l.log.Info("the outbox works again")
		l.outboxFails = false
	case err != nil && !l.outboxFails && ctx.Err() == nil:
		l.log.Error("the outbox fails; nothing is delivered until it works", "doing", doing, "error", err)
		l.outboxFails = true
	}
	return err
}

// threads tells whether the receiver's messages about one story hang together.
func (l *lane) threads() bool {
	return l.kind.threads && (l.receiver.Followups == "" || l.receiver.Followups == "thread")
}

// report tells who listens, and the log where the receiver's state changed.
func (l *lane) report(a storage.Attempt, alert storage.Alert) {
	ok := a.Verdict == storage.Done
	switch {
	case a.Verdict == storage.Waited:
		ok = !l.failing // It says nothing about the receiver.
	case !ok && !l.failing:
		l.log.Warn("the receiver fails; what it misses is tried again or kept as a dead letter",
			"alert", alert.ID, "verdict", a.Verdict, "detail", a.Detail)
	case ok && l.failing:
		l.log.Info("the receiver works again")
	}
	l.failing = !ok
	l.log.Debug("attempt", "alert", alert.ID, "attempt", a.N, "verdict", a.Verdict,
		"status", a.Status, "detail", a.Detail, "retry_at", a.RetryAt)
	if l.settled != nil {
		l.settled(l.receiver.Name, a, alert)
	}
}
