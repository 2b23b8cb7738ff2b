package feed

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// freshUntil gives the time before which the server asks not to be polled, by
// RFC 9111: max-age less Age; without a max-age, Expires less Date. Anything
// malformed counts as nothing said, and so do no-cache and no-store. capped
// says that it asked for longer than max.
func freshUntil(h http.Header, now time.Time, max time.Duration) (until time.Time, capped bool) {
	lifetime, ok := maxAge(h.Values("Cache-Control"))
	if !ok {
		lifetime = expiresIn(h, now)
	}
	if age, ok := deltaSeconds(h.Get("Age")); ok {
		lifetime -= age
	}
	if lifetime <= 0 {
		return time.Time{}, false
	}
	if lifetime > max {
		return now.Add(max), true
	}
	return now.Add(lifetime), false
}

// maxAge reads Cache-Control. ok says that Expires has no say: there was a
// max-age, if only a malformed one. Of several, the first counts.
func maxAge(values []string) (d time.Duration, ok bool) {
	if len(values) == 0 {
		return 0, false
	}
	for _, directive := range splitQuoted(strings.Join(values, ","), ',') {
		name, value, _ := strings.Cut(directive, "=")
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "no-cache", "no-store":
			return 0, true
		case "max-age":
			if !ok {
				d, _ = deltaSeconds(strings.Trim(strings.TrimSpace(value), `"`))
				ok = true
			}
		}
	}
	return d, ok
}

func expiresIn(h http.Header, now time.Time) time.Duration {
	value := h.Get("Expires")
	if value == "" { // Most say nothing, and an error costs far more than a look.
		return 0
	}
	expires, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	// The server's own clock is the one Expires was set by.
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	return expires.Sub(now)
}

// retryAfter reads a Retry-After of seconds or of an HTTP date (RFC 9110,
// section 10.2.3). What is malformed or past gives the zero time.
func retryAfter(v string, now time.Time, max time.Duration) time.Time {
	wait, ok := deltaSeconds(v)
	if !ok {
		at, err := http.ParseTime(strings.TrimSpace(v))
		if err != nil {
			return time.Time{}
		}
		wait = at.Sub(now)
	}
	if wait <= 0 {
		return time.Time{}
	}
	return now.Add(min(wait, max))
}

// maxDelta is more than any cap, and far from overflowing.
const maxDelta = 100 * 365 * 24 * time.Hour

// deltaSeconds reads a number of seconds; too large a one is a very long time,
// as RFC 9111, section 1.2.2, has it.
func deltaSeconds(s string) (time.Duration, bool) {
	s = strings.TrimSpace(s)
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n > int64(maxDelta/time.Second) {
		return maxDelta, true
	}
	return time.Duration(n) * time.Second, true
}

// splitQuoted splits at sep, save within double quotes.
func splitQuoted(s string, sep rune) []string {
	quoted := false
	return strings.FieldsFunc(s, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return r == sep && !quoted
	})
}
