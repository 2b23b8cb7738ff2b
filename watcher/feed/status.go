package feed

import (
	"fmt"
	"net/http"
	"time"
)

// The reasons of a StatusError. The list is closed: schedules, metrics and
// messages tell them apart.
const (
	ReasonNotFound = "not-found" // 404
	ReasonGone     = "gone"      // 410: it will not come back
	ReasonBlocked  = "blocked"   // 401, 403, 451: we are not wanted, or must log in
	ReasonBusy     = "busy"      // 429, 503: later
	ReasonServer   = "server"    // the other 5xx
	ReasonHTML     = "html"      // a page where a feed was: a login, a captcha, a moved site
	ReasonEmpty    = "empty"     // a body of nothing
	ReasonTooLarge = "too-large" // more than MaxBytes
	ReasonEncoding = "encoding"  // a content encoding that was not asked for, or is damaged
	ReasonRedirect = "redirect"  // a chain that is too long, a loop, or a target that is refused
	ReasonStatus   = "status"    // any other status
)

// StatusError is an answer that is no feed: an HTTP status, or a body that is
// something else.
type StatusError struct {
	Status     int
	RetryAfter time.Time // zero: nothing said
	Reason     string    // closed list: see the constants
	Detail     string
}

// Error says the status and what it means.
func (e *StatusError) Error() string {
	text := http.StatusText(e.Status)
	if text == "" {
		text = "no known status"
	}
	s := fmt.Sprintf("the server answered %d %s (%s)", e.Status, text, e.Reason)
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	if !e.RetryAfter.IsZero() {
		s += "; not before " + e.RetryAfter.UTC().Format(time.RFC3339)
	}
	return s
}

// refused gives the error for a status that brings no whole feed, or nil.
func (f *Fetcher) refused(resp *http.Response) error {
	e := &StatusError{Status: resp.StatusCode}
	e.Reason, e.Detail = verdict(resp.StatusCode)
	if e.Reason == "" {
		return nil
	}
	switch e.Reason {
	case ReasonBusy:
		e.RetryAfter = retryAfter(resp.Header.Get("Retry-After"), time.Now(), f.maxRetry())
	case ReasonBlocked:
		if m := resp.Header.Get("Cf-Mitigated"); m != "" {
			e.Detail = fmt.Sprintf("Cloudflare stopped the request (cf-mitigated: %s)", clip(m, 40))
		}
	}
	return e
}

// verdict names what a final status means; "" is a whole answer.
func verdict(status int) (reason, detail string) {
	switch status {
	case 200, 203:
		return "", ""
	case 204, 205:
		return ReasonEmpty, "no content"
	case 206:
		return ReasonStatus, "part of a document, which was not asked for"
	case 226:
		return ReasonStatus, "a delta, which was not asked for"
	case 300:
		return ReasonRedirect, "a choice of addresses: configure one of them"
	case 401:
		return ReasonBlocked, "it wants credentials: give the feed a header"
	case 403:
		return ReasonBlocked, "it refuses this client"
	case 404:
		return ReasonNotFound, ""
	case 410:
		return ReasonGone, "the server says it will not come back"
	case 429, 503:
		return ReasonBusy, ""
	case 451:
		return ReasonBlocked, ""
	}
	if status >= 500 {
		return ReasonServer, ""
	}
	return ReasonStatus, ""
}

// noFeed gives the error for a 200 whose body cannot be a feed, so that a
// captcha page or an empty file is not taken for a feed without entries.
func noFeed(status int, contentType string, body []byte) error {
	if isBlank(body) {
		return &StatusError{Status: status, Reason: ReasonEmpty, Detail: "the body is empty"}
	}
	if looksLikeHTML(contentType, body) {
		return &StatusError{Status: status, Reason: ReasonHTML, Detail: "an HTML page, not a feed: a login, a captcha or a moved site"}
	}
	return nil
}
