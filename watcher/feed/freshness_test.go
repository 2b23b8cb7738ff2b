package feed

import (
	"net/http"
	"testing"
	"time"
)

func TestFreshness(t *testing.T) { // points 18 to 22, and 27
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	at := func(d time.Duration) string { return now.Add(d).Format(http.TimeFormat) }
	for _, c := range []struct {
		name   string
		header http.Header
		want   time.Duration
		capped bool
	}{
		{"nothing said", http.Header{}, 0, false},
		{"18 max-age", http.Header{"Cache-Control": {"max-age=600"}}, 10 * time.Minute, false},
		{"18 among others, in capitals", http.Header{"Cache-Control": {"Public , MAX-AGE = 600 , x"}}, 10 * time.Minute, false},
		{"18 quoted", http.Header{"Cache-Control": {`max-age="600"`}}, 10 * time.Minute, false},
		{"18 a comma in quotes", http.Header{"Cache-Control": {`ext="a, max-age=9", max-age=600`}}, 10 * time.Minute, false},
		{"18 in a second line", http.Header{"Cache-Control": {"public", "max-age=600"}}, 10 * time.Minute, false},
		{"18 s-maxage is for proxies", http.Header{"Cache-Control": {"s-maxage=600"}}, 0, false},
		{"18 the first of two", http.Header{"Cache-Control": {"max-age=60, max-age=600"}}, time.Minute, false},
		{"18 negative", http.Header{"Cache-Control": {"max-age=-1"}}, 0, false},
		{"18 garbage", http.Header{"Cache-Control": {"max-age=soon"}}, 0, false},
		{"18 without a value", http.Header{"Cache-Control": {"max-age"}}, 0, false},
		{"18 overflow", http.Header{"Cache-Control": {"max-age=100000000000000000000"}}, 24 * time.Hour, true},
		{"27 a year", http.Header{"Cache-Control": {"max-age=31536000"}}, 24 * time.Hour, true},
		{"19 Age is subtracted", http.Header{"Cache-Control": {"max-age=600"}, "Age": {"540"}}, time.Minute, false},
		{"19 Age beyond", http.Header{"Cache-Control": {"max-age=600"}, "Age": {"601"}}, 0, false},
		{"19 Age is garbage", http.Header{"Cache-Control": {"max-age=600"}, "Age": {"-3"}}, 10 * time.Minute, false},
		{"20 Expires", http.Header{"Expires": {at(time.Hour)}}, time.Hour, false},
		{"20 Expires by the server's clock", http.Header{"Date": {at(-time.Hour)}, "Expires": {at(0)}}, time.Hour, false},
		{"20 Expires has no say beside max-age", http.Header{"Cache-Control": {"max-age=60"}, "Expires": {at(time.Hour)}}, time.Minute, false},
		{"20 not even beside a malformed one", http.Header{"Cache-Control": {"max-age=x"}, "Expires": {at(time.Hour)}}, 0, false},
		{"20 past", http.Header{"Expires": {at(-time.Hour)}}, 0, false},
		{"20 zero", http.Header{"Expires": {"0"}}, 0, false},
		{"22 max-age=0", http.Header{"Cache-Control": {"max-age=0"}, "Expires": {at(time.Hour)}}, 0, false},
		{"22 no-cache", http.Header{"Cache-Control": {"no-cache, max-age=600"}}, 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			until, capped := freshUntil(c.header, now, 24*time.Hour)
			got := time.Duration(0)
			if !until.IsZero() {
				got = until.Sub(now)
			}
			if got != c.want || capped != c.capped {
				t.Errorf("got %v %t, want %v %t", got, capped, c.want, c.capped)
			}
		})
	}
	t.Run("21 on a 304 too", func(t *testing.T) {
		o := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Cache-Control", "max-age=600")
			w.WriteHeader(http.StatusNotModified)
		})
		resp := fetch(t, newFetcher(t), Request{URL: o.URL, ValidatorsURL: o.URL, ETag: "x"})
		if d := time.Until(resp.Fresh); d < 9*time.Minute || d > 11*time.Minute {
			t.Errorf("fresh for %v", d)
		}
	})
}
