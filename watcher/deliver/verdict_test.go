package deliver

import (
	"testing"
	"time"

	"github.com/feedwatch/feedwatch/storage"
)

func TestVerdictByStatus(t *testing.T) {
	for status, want := range map[int]storage.Verdict{
		200: storage.Done, 201: storage.Done, 202: storage.Done, 204: storage.Done, 299: storage.Done,
		408: storage.Retry, 425: storage.Retry, 429: storage.Retry,
		500: storage.Retry, 502: storage.Retry, 503: storage.Retry, 504: storage.Retry, 599: storage.Retry,
		301: storage.Retry, 302: storage.Retry, 304: storage.Retry, 307: storage.Retry, 308: storage.Retry,
		101: storage.Retry, 600: storage.Retry,
		400: storage.GiveUp, 401: storage.GiveUp, 403: storage.GiveUp, 404: storage.GiveUp,
		410: storage.GiveUp, 413: storage.GiveUp, 415: storage.GiveUp, 422: storage.GiveUp, 451: storage.GiveUp,
	} {
		now := time.Now()
		d := storage.Delivery{Attempts: []storage.Attempt{{N: 1, Started: now}}}
		if got := judge(d, answer{reason: plainAnswer(status, "").reason, status: status}, now).Attempt; got.Verdict != want {
			t.Errorf("%d: got %s (%s), want %s", status, got.Verdict, got.Detail, want)
		}
	}
}

func TestVerdictBySlackAnswer(t *testing.T) {
	for _, c := range []struct {
		status int
		body   string
		want   reason
	}{
		{200, "ok", delivered},
		{200, "ok\n", delivered},
		{200, "", notOK},
		{200, `{"ok":false,"error":"rate_limited"}`, notOK},
		{200, "<html>Please sign in</html>", notOK},
		{410, "channel_is_archived", gone},
		{404, "no_service", gone},
		{404, "channel_not_found", rejected},
		{403, "invalid_token", unauthorised},
		{403, "action_prohibited", unauthorised},
		{400, "invalid_payload", rejected},
		{400, "invalid_blocks", rejected},
		{400, "no_text", rejected},
		{400, "user_not_found", rejected},
		{429, `{"retry_after":1,"ok":false,"error":"rate_limited"}`, rateLimited},
		{500, "rollup_error", serverError},
	} {
		if got := slackAnswer(c.status, c.body).reason; got != c.want {
			t.Errorf("%d %s: got %q, want %q", c.status, c.body, got, c.want)
		}
	}
}

func TestRetryAfterIsReadAndClamped(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"":                                0,
		"120":                             2 * time.Minute,
		" 120 ":                           2 * time.Minute,
		"0":                               time.Second,
		"86400":                           24 * time.Hour,
		"86401":                           24 * time.Hour,
		"99999999999999999999":            24 * time.Hour,
		"-5":                              0,
		"1.5":                             0,
		"soon":                            0,
		"Tue, 24 Nov 2026 12:10:00 GMT":   10 * time.Minute,
		"Tue, 24 Nov 2026 11:00:00 GMT":   time.Second,
		"Sat, 24 Nov 2029 12:10:00 GMT":   24 * time.Hour,
		"Tuesday, 24-Nov-26 12:01:00 GMT": time.Minute,
	} {
		if got := retryAfter(value, now); got != want {
			t.Errorf("%q: got %v, want %v", value, got, want)
		}
	}
}
