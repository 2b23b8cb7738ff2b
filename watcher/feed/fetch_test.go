package feed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/feedwatch/feedwatch/watcher/egress"
)

const tinyFeed = `<rss version="2.0"><channel><title>T</title><item><title>One</title><guid>1</guid></item></channel></rss>`

// origin is a server that records every request.
type origin struct {
	*httptest.Server
	mu    sync.Mutex
	asked []*http.Request
}

// serve starts a server whose answers come from h.
func serve(t testing.TB, h http.HandlerFunc) *origin {
	t.Helper()
	o := &origin{}
	o.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o.mu.Lock()
		o.asked = append(o.asked, r)
		o.mu.Unlock()
		h(w, r)
	}))
	t.Cleanup(o.Close)
	return o
}

func (o *origin) last() *http.Request {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.asked[len(o.asked)-1]
}

func (o *origin) count() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.asked)
}

// headers answers 200 with the tiny feed and these headers.
func headers(kv ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(kv); i += 2 {
			w.Header().Set(kv[i], kv[i+1])
		}
		io.WriteString(w, tinyFeed)
	}
}

// redirectTo answers with a redirect, whatever the address is.
func redirectTo(address string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", address)
		w.WriteHeader(http.StatusMovedPermanently)
	}
}

func newFetcher(t testing.TB) *Fetcher {
	tr := &http.Transport{DisableCompression: true}
	t.Cleanup(tr.CloseIdleConnections)
	return &Fetcher{Transport: tr, UserAgent: "feedwatch/test (+https://example.com/bot)"}
}

// fetch must succeed.
func fetch(t *testing.T, f *Fetcher, r Request) *Response {
	t.Helper()
	resp, err := f.Fetch(t.Context(), r)
	if err != nil {
		t.Fatalf("fetching %s: %v", r.URL, err)
	}
	return resp
}

// refusal must be a StatusError.
func refusal(t *testing.T, f *Fetcher, r Request) *StatusError {
	t.Helper()
	resp, err := f.Fetch(t.Context(), r)
	s, ok := errors.AsType[*StatusError](err)
	if !ok {
		t.Fatalf("got %+v and error %v, want a StatusError", resp, err)
	}
	return s
}

// next is the request that a poller makes after resp.
func next(url string, resp *Response) Request {
	return Request{URL: url, ValidatorsURL: resp.URL, ETag: resp.ETag, LastModified: resp.LastModified, BodyHash: resp.BodyHash}
}

func TestValidators(t *testing.T) {
	t.Run("1 the first request has none", func(t *testing.T) {
		o := serve(t, headers())
		fetch(t, newFetcher(t), Request{URL: o.URL})
		for _, name := range []string{"If-None-Match", "If-Modified-Since"} {
			if v, ok := o.last().Header[name]; ok {
				t.Errorf("%s: %q", name, v)
			}
		}
	})
	etags := []string{`"a"`, `W/"a"`, `"a-gzip"`, `""`, `abc`, `"` + strings.Repeat("x", 500) + `"`, `"a b"`, "\"\u00e9\"", "\"\xe9\""}
	for _, etag := range etags {
		t.Run("2 an ETag goes back as it came: "+etag[:min(len(etag), 10)], func(t *testing.T) {
			o := serve(t, headers("ETag", etag))
			f := newFetcher(t)
			fetch(t, f, next(o.URL, fetch(t, f, Request{URL: o.URL})))
			if got := o.last().Header["If-None-Match"]; len(got) != 1 || got[0] != etag {
				t.Errorf("If-None-Match is %q, want %q", got, etag)
			}
		})
	}
	for _, date := range []string{"Tue, 24 Nov 2026 10:00:00 GMT", "Tuesday, 24-Nov-26 10:00:00 GMT", "yesterday", "Fri, 01 Jan 2099 00:00:00 GMT"} {
		t.Run("3 Last-Modified goes back as it came: "+date, func(t *testing.T) {
			o := serve(t, headers("Last-Modified", date))
			f := newFetcher(t)
			fetch(t, f, next(o.URL, fetch(t, f, Request{URL: o.URL})))
			if got := o.last().Header.Get("If-Modified-Since"); got != date {
				t.Errorf("If-Modified-Since is %q, want %q", got, date)
			}
		})
	}
	t.Run("4 both are sent", func(t *testing.T) {
		o := serve(t, headers("ETag", `"a"`, "Last-Modified", "Tue, 24 Nov 2026 10:00:00 GMT"))
		f := newFetcher(t)
		fetch(t, f, next(o.URL, fetch(t, f, Request{URL: o.URL})))
		if h := o.last().Header; h.Get("If-None-Match") == "" || h.Get("If-Modified-Since") == "" {
			t.Errorf("sent %v", h)
		}
	})
	t.Run("5 and 6 none is invented", func(t *testing.T) {
		o := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `<feed xmlns="http://www.w3.org/2005/Atom"><updated>2026-11-24T10:00:00Z</updated><entry><id>1</id><updated>2026-11-24T10:00:00Z</updated></entry></feed>`)
		})
		f, r := newFetcher(t), Request{URL: o.URL}
		for range 50 {
			r = next(o.URL, fetch(t, f, r))
			if h := o.last().Header; h.Get("If-None-Match")+h.Get("If-Modified-Since") != "" {
				t.Fatalf("sent %v", h)
			}
		}
	})
	t.Run("7 and 14 the same bytes under a new ETag", func(t *testing.T) {
		n := 0
		o := serve(t, func(w http.ResponseWriter, r *http.Request) {
			n++
			headers("ETag", fmt.Sprintf(`"%d"`, n))(w, r)
		})
		f := newFetcher(t)
		second := fetch(t, f, next(o.URL, fetch(t, f, Request{URL: o.URL})))
		if !second.Unchanged || second.Body != nil || second.ETag != `"2"` || second.Status != 200 {
			t.Errorf("got %+v", second)
		}
	})
	t.Run("8 a 304 replaces what it names and keeps the rest", func(t *testing.T) {
		o := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("ETag", `"new"`)
			w.WriteHeader(http.StatusNotModified)
		})
		resp := fetch(t, newFetcher(t), Request{URL: o.URL, ValidatorsURL: o.URL, ETag: `"old"`, LastModified: "x", BodyHash: "h"})
		if !resp.Unchanged || resp.ETag != `"new"` || resp.LastModified != "x" || resp.BodyHash != "h" {
			t.Errorf("got %+v", resp)
		}
	})
	t.Run("9 a 200 without an ETag drops it", func(t *testing.T) {
		o := serve(t, headers())
		resp := fetch(t, newFetcher(t), Request{URL: o.URL, ValidatorsURL: o.URL, ETag: `"old"`})
		if resp.ETag != "" || resp.LastModified != "" {
			t.Errorf("kept %q and %q", resp.ETag, resp.LastModified)
		}
	})
	t.Run("11 another address starts without", func(t *testing.T) {
		o := serve(t, headers())
		fetch(t, newFetcher(t), Request{URL: o.URL + "/new", ValidatorsURL: o.URL + "/old", ETag: `"a"`})
		if got := o.last().Header.Get("If-None-Match"); got != "" {
			t.Errorf("sent %q", got)
		}
	})
	t.Run("15 no-store does not end conditional requests", func(t *testing.T) {
		o := serve(t, headers("ETag", `"a"`, "Cache-Control", "no-store", "Expires", "0"))
		if resp := fetch(t, newFetcher(t), Request{URL: o.URL}); resp.ETag != `"a"` || !resp.Fresh.IsZero() {
			t.Errorf("got %+v", resp)
		}
	})
}

func TestStatuses(t *testing.T) {
	for _, c := range []struct {
		point, name string
		status      int
		header      string // name: value
		reason      string
		wait        time.Duration // of RetryAfter, 0: none
		detail      string
	}{
		{"33", "busy, in seconds", 429, "Retry-After: 3600", ReasonBusy, time.Hour, ""},
		{"35", "unavailable, in seconds", 503, "Retry-After: 120", ReasonBusy, 2 * time.Minute, ""},
		{"33", "a wait beyond the cap", 429, "Retry-After: 99999999999999999999", ReasonBusy, 7 * 24 * time.Hour, ""},
		{"36", "a negative wait", 429, "Retry-After: -5", ReasonBusy, 0, ""},
		{"36", "a wait that is garbage", 503, "Retry-After: soon", ReasonBusy, 0, ""},
		{"36", "a wait that is past", 503, "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT", ReasonBusy, 0, ""},
		{"35", "a wait on another status", 500, "Retry-After: 3600", ReasonServer, 0, ""},
		{"39", "bad gateway", 502, "", ReasonServer, 0, ""},
		{"40", "not found", 404, "", ReasonNotFound, 0, ""},
		{"40", "gone", 410, "", ReasonGone, 0, "will not come back"},
		{"41", "unauthorised", 401, "", ReasonBlocked, 0, "header"},
		{"41", "forbidden", 403, "", ReasonBlocked, 0, ""},
		{"41", "a Cloudflare challenge", 403, "Cf-Mitigated: challenge", ReasonBlocked, 0, "cf-mitigated: challenge"},
		{"44", "no content", 204, "", ReasonEmpty, 0, ""},
		{"44", "partial content", 206, "", ReasonStatus, 0, "not asked for"},
		{"44", "a delta", 226, "", ReasonStatus, 0, "not asked for"},
		{"45", "multiple choices", 300, "Location: /x", ReasonRedirect, 0, "choice"},
		{"45", "a 304 to an unconditional request", 304, "", ReasonStatus, 0, "no condition"},
		{"45", "use proxy", 305, "Location: /x", ReasonStatus, 0, ""},
		{"45", "teapot", 418, "", ReasonStatus, 0, ""},
		{"54", "a redirect to nowhere", 301, "", ReasonRedirect, 0, "without an address"},
	} {
		t.Run(c.point+" "+c.name, func(t *testing.T) {
			o := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				if k, v, ok := strings.Cut(c.header, ": "); ok {
					w.Header().Set(k, v)
				}
				w.WriteHeader(c.status)
			})
			before := time.Now()
			s := refusal(t, newFetcher(t), Request{URL: o.URL})
			if s.Status != c.status || s.Reason != c.reason || !strings.Contains(s.Detail, c.detail) {
				t.Errorf("got %+v", s)
			}
			if c.wait == 0 != s.RetryAfter.IsZero() {
				t.Errorf("RetryAfter is %v", s.RetryAfter)
			} else if d := s.RetryAfter.Sub(before); c.wait != 0 && (d < c.wait || d > c.wait+time.Minute) {
				t.Errorf("RetryAfter is in %v, want %v", d, c.wait)
			}
			if o.count() != 1 {
				t.Errorf("%d requests; nothing is tried twice", o.count())
			}
			if !strings.Contains(s.Error(), fmt.Sprint(c.status)) {
				t.Errorf("the error does not say the status: %v", s)
			}
		})
	}
	t.Run("34 a wait as a date", func(t *testing.T) {
		at := time.Now().Add(2 * time.Hour).Truncate(time.Second)
		o := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", at.UTC().Format(http.TimeFormat))
			w.WriteHeader(503)
		})
		if s := refusal(t, newFetcher(t), Request{URL: o.URL}); s.RetryAfter.Sub(at).Abs() > 5*time.Second {
			t.Errorf("RetryAfter is %v, want %v", s.RetryAfter, at)
		}
	})
}

func TestBodiesThatAreNoFeed(t *testing.T) {
	for _, c := range []struct{ name, contentType, body, reason string }{
		{"42 a login page", "text/html; charset=utf-8", "<!DOCTYPE html><html><body>Log in</body></html>", ReasonHTML},
		{"42 a page called XML", "application/xml", "\ufeff \n<html><head></head></html>", ReasonHTML},
		{"42 a piece of a page", "text/html", "<div>Just a moment</div>", ReasonHTML},
		{"43 nothing", "application/rss+xml", "", ReasonEmpty},
		{"43 only a byte order mark", "application/rss+xml", "\ufeff\r\n", ReasonEmpty},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", c.contentType)
				io.WriteString(w, c.body)
			})
			if s := refusal(t, newFetcher(t), Request{URL: o.URL}); s.Reason != c.reason || s.Status != 200 {
				t.Errorf("got %+v", s)
			}
		})
	}
	t.Run("a feed called HTML is a feed", func(t *testing.T) {
		o := serve(t, headers("Content-Type", "text/html"))
		fetch(t, newFetcher(t), Request{URL: o.URL})
	})
}

// roundTrip is a transport in memory, for tests in which time is fake.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// drip gives one byte each 100 ms until the request ends.
type drip struct{ ctx context.Context }

func (d drip) Read(p []byte) (int, error) {
	select {
	case <-d.ctx.Done():
		return 0, context.Cause(d.ctx)
	case <-time.After(100 * time.Millisecond):
		p[0] = ' '
		return 1, nil
	}
}

func TestADrippingServerMeetsTheDeadline(t *testing.T) { // point 47
	for _, status := range []int{200, 404} {
		synctest.Test(t, func(t *testing.T) {
			f := &Fetcher{Timeout: 30 * time.Second, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: status, Body: io.NopCloser(drip{r.Context()}), ContentLength: -1, Header: http.Header{}}, nil
			})}
			start := time.Now()
			_, err := f.Fetch(context.Background(), Request{URL: "http://slow.example.com/feed"})
			if status == 200 && !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
			if took := time.Since(start); took > 31*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

func TestCancellationIsSeenAsSuch(t *testing.T) { // point 78
	ctx, cancel := context.WithCancel(t.Context())
	o := serve(t, func(w http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	if _, err := newFetcher(t).Fetch(ctx, Request{URL: o.URL}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestErrorsHoldNoSecret(t *testing.T) {
	const secret = "s3cr3t-t0ken"
	f := &Fetcher{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		return nil, fmt.Errorf("proxy said: GET %s with %s", r.URL, r.Header.Get("X-Key"))
	})}
	_, err := f.Fetch(t.Context(), Request{
		URL:    "https://user:" + secret + "@feeds.example.com/x?key=" + secret,
		Header: map[string]egress.Secret{"X-Key": secret},
	})
	if err == nil || strings.Contains(err.Error(), secret) || !strings.Contains(err.Error(), "feeds.example.com") {
		t.Errorf("got %v", err)
	}
	for _, bad := range []string{"http://h/%zz" + secret, "ftp://h/?k=" + secret, "://" + secret, "http://", "http://h:" + secret + "/"} {
		if _, err := f.Fetch(t.Context(), Request{URL: bad}); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: got %v", bad, err)
		}
	}
}
