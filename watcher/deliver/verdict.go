package deliver

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/watcher/egress"
)

// reason names how an attempt ended. The list is closed, and the Detail of an
// attempt that failed begins with one, so that they can be counted.
type reason string

const (
	delivered    reason = ""
	refused      reason = "refused"      // the address is neither public nor allowed
	unreachable  reason = "unreachable"  // name, connection or TLS; nothing was written
	broken       reason = "broken"       // the connection broke after the request was written
	timedOut     reason = "timeout"      // no answer within the attempt's time
	shutdown     reason = "shutdown"     // cut short because the program ends, or the receiver was changed
	rateLimited  reason = "rate-limited" // 429
	serverError  reason = "server-error" // 5xx, 408, 425, and statuses HTTP does not define
	redirected   reason = "redirect"     // 3xx: never followed
	notOK        reason = "not-ok"       // 2xx, but not the answer this service gives
	unauthorised reason = "unauthorised" // 401, 403
	gone         reason = "gone"         // 410, and Slack's no_service
	rejected     reason = "rejected"     // any other 4xx
	notWritten   reason = "write"        // the file or standard output could not be written
	waits        reason = "waits"        // not sent: what it hangs on is still on its way
)

// giveUp tells whether trying again is in vain: the receiver understood and
// said no. A redirect is tried again, for it may be a page shown during
// maintenance, and if the address moved there are three days to correct it.
func (r reason) giveUp() bool {
	switch r {
	case unauthorised, gone, rejected:
		return true
	}
	return false
}

// byStatus reads an HTTP status.
func byStatus(status int) reason {
	switch {
	case status >= 200 && status < 300:
		return delivered
	case status >= 300 && status < 400:
		return redirected
	case status == http.StatusTooManyRequests:
		return rateLimited
	case status == http.StatusRequestTimeout, status == http.StatusTooEarly:
		return serverError
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return unauthorised
	case status == http.StatusGone:
		return gone
	case status >= 400 && status < 500:
		return rejected
	}
	return serverError
}

// byError reads an error that came in place of a status. Only whether the
// request was written parts "did not arrive" from "may have arrived"; the
// error's text does not.
func byError(ctx context.Context, err error, wrote bool) reason {
	switch cause := context.Cause(ctx); {
	case errors.Is(err, egress.ErrRefused):
		return refused
	case errors.Is(cause, errShutdown), errors.Is(cause, context.Canceled):
		return shutdown
	case cause != nil, errors.Is(err, context.DeadlineExceeded):
		return timedOut
	case wrote:
		return broken
	}
	return unreachable
}

// answer is how one attempt ended, as the transport or the file saw it.
type answer struct {
	reason     reason
	status     int           // HTTP; 0: none came
	detail     string        // without secrets
	ambiguous  bool          // written, but no answer: it may have arrived
	retryAfter time.Duration // what the receiver asked for; 0: nothing
	word       string        // the service's own name for what is wrong
	ref        string        // what the service calls the message
}

// text is what is kept of a failed attempt.
func (a answer) text() string {
	if a.reason == delivered {
		return ""
	}
	parts := string(a.reason)
	if a.detail != "" {
		parts += ": " + a.detail
	}
	if a.ambiguous {
		parts += "; may have arrived"
	}
	return parts
}

// judge turns an answer into what is written down: done, tried again, or given
// up. A receiver's Retry-After wins over the schedule, and pauses all that goes
// to it; asked for again and again, it is stretched, see patience.
func judge(d storage.Delivery, a answer, now time.Time) storage.Outcome {
	o := storage.Outcome{ID: d.Alert.ID, Attempt: underWay(d)}
	o.Attempt.Ended, o.Attempt.Status, o.Attempt.Detail = now, a.status, a.text()
	if a.reason == delivered {
		o.Attempt.Verdict, o.Ref = storage.Done, a.ref
		return o
	}
	if a.reason == waits {
		o.Attempt.Verdict, o.Attempt.RetryAt = storage.Waited, now.Add(parentWait(d.Attempts))
		return o
	}
	wait, more := backoff(d.Alert.ID, tries(d.Attempts, now))
	switch {
	case a.reason.giveUp():
		o.Attempt.Verdict = storage.GiveUp
		return o
	case !more:
		o.Attempt.Verdict = storage.GiveUp
		o.Attempt.Detail += "; given up after " + strconv.Itoa(o.Attempt.N) + " attempts"
		return o
	case a.reason == shutdown:
		wait = 0 // It was our doing: due at once after the start.
	case a.retryAfter > 0:
		wait = max(a.retryAfter, patience(d.Attempts, a.status))
		o.Pause = now.Add(wait)
	}
	o.Attempt.Verdict, o.Attempt.RetryAt = storage.Retry, now.Add(wait)
	return o
}

// underWay is the attempt that a claim counted: the newest.
func underWay(d storage.Delivery) storage.Attempt {
	if n := len(d.Attempts); n > 0 {
		return d.Attempts[n-1]
	}
	return storage.Attempt{N: 1}
}

// Bounds of a Retry-After: less is no pause, more is a mistake or a threat.
const (
	minRetryAfter = time.Second
	maxRetryAfter = 24 * time.Hour
)

// retryAfter reads the header, seconds or an HTTP date (RFC 9110 section
// 10.2.3), clamped to 1 s to 24 h. It is 0 where there is none to be read.
func retryAfter(value string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
	if value == "" {
		return 0
	}
	var wait time.Duration
	if isDigits(value) {
		seconds, err := strconv.ParseInt(value, 10, 64)
		if err != nil || seconds > int64(maxRetryAfter/time.Second) {
			return maxRetryAfter
		}
		wait = time.Duration(seconds) * time.Second
	} else {
		at, err := http.ParseTime(value)
		if err != nil {
			return 0
		}
		wait = at.Sub(now)
	}
	return min(max(wait, minRetryAfter), maxRetryAfter)
}

func isDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }
