package feed

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/feedwatch/feedwatch/watcher/egress"
)

const (
	defaultMaxBytes = 5 << 20
	defaultTimeout  = 45 * time.Second

	// accept names the feed types, as the Open RSS guide asks of readers.
	accept = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, text/xml;q=0.8, */*;q=0.1"
)

// Fetcher makes conditional requests. It is safe for concurrent use.
type Fetcher struct {
	Transport http.RoundTripper // must be set: egress.Transport in production; must not decompress
	UserAgent string            // name/version (+contact); "" means feedwatch
	MaxBytes  int64             // of a decoded body; 0 means 5 MB
	Timeout   time.Duration     // of one fetch, redirects and body included; 0 means 45 s
	MaxFresh  time.Duration     // what Response.Fresh is capped at, from now; 0 means 24 h
	MaxRetry  time.Duration     // what StatusError.RetryAfter is capped at, from now; 0 means 7 days
	Files     []string          // folders whose files may be asked for by file: addresses; nil means none
	Buffers   *Buffers          // for bodies that turn out to be as they were; nil: each is read into memory of its own
}

// userAgent is never Go's own, by which nobody could be reached.
func (f *Fetcher) userAgent() string {
	if f.UserAgent != "" {
		return f.UserAgent
	}
	return "feedwatch"
}

func (f *Fetcher) maxBytes() int64 {
	if f.MaxBytes > 0 {
		return f.MaxBytes
	}
	return defaultMaxBytes
}

func (f *Fetcher) timeout() time.Duration {
	if f.Timeout > 0 {
		return f.Timeout
	}
	return defaultTimeout
}

func (f *Fetcher) maxFresh() time.Duration {
	if f.MaxFresh > 0 {
		return f.MaxFresh
	}
	return 24 * time.Hour
}

func (f *Fetcher) maxRetry() time.Duration {
	if f.MaxRetry > 0 {
		return f.MaxRetry
	}
	return 7 * 24 * time.Hour
}

// Request is what to ask for, and the validators of the last good answer.
type Request struct {
	URL           string
	Header        map[string]egress.Secret // further headers of this feed; never sent to another origin
	ValidatorsURL string                   // the URL the validators came from; they are sent only there
	ETag          string
	LastModified  string
	BodyHash      string
}

// Response is what a server answered. Exactly one of Unchanged and Body is set.
type Response struct {
	URL          string // final address
	Moved        string // where a leading run of permanent redirects led; "" if none
	Status       int
	Unchanged    bool   // 304, or a body with the hash asked for
	Body         []byte // decoded
	Wire         int64  // bytes of the body as they were sent, encoded
	BodyHash     string
	ContentType  string
	ETag         string // what to send next time; kept from the request on a 304 without one
	LastModified string
	Hub, Self    string    // of WebSub, from Link headers, which go before the feed's own (W3C WebSub, section 4); absolute
	Fresh        time.Time // not before this, by Cache-Control, Expires and Age, capped; zero: nothing said
	Capped       bool      // the server asked for longer than the cap on Fresh
}

// Fetch makes one conditional request (RFC 9110, section 13). It never panics
// on hostile input and keeps no more than MaxBytes of it.
//
// An answer that is no feed gives a *StatusError. What fails below HTTP gives
// an error that wraps its cause; after the Timeout that is
// context.DeadlineExceeded. Nothing is tried twice.
func (f *Fetcher) Fetch(ctx context.Context, r Request) (*Response, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, f.timeout(), lateError(f.timeout()))
	defer cancel()

	resp, err := f.fetch(ctx, r)
	if err == nil {
		return resp, nil
	}
	if _, ok := err.(*StatusError); ok {
		return nil, err
	}
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return nil, &transportError{at: egress.RedactURL(r.URL), cause: err, secrets: r.secrets()}
}

func (f *Fetcher) fetch(ctx context.Context, r Request) (*Response, error) {
	last, err := f.follow(ctx, r)
	if err != nil {
		return nil, err
	}
	defer discard(last.resp)
	if last.resp.StatusCode == http.StatusNotModified {
		return f.notModified(r, last)
	}
	if err := f.refused(last.resp); err != nil {
		return nil, err
	}
	return f.accepted(r, last)
}

// notModified keeps the validators that the answer does not replace (RFC 9111,
// section 4.3.4).
func (f *Fetcher) notModified(r Request, last hop) (*Response, error) {
	if !last.conditional {
		return nil, &StatusError{Status: 304, Reason: ReasonStatus, Detail: "not modified, though the request had no condition"}
	}
	out := f.respond(last)
	out.Unchanged = true
	out.BodyHash = r.BodyHash
	if out.ETag == "" {
		out.ETag = r.ETag
	}
	if out.LastModified == "" {
		out.LastModified = r.LastModified
	}
	return out, nil
}

func (f *Fetcher) accepted(r Request, last hop) (*Response, error) {
	wire := &counted{ReadCloser: last.resp.Body}
	last.resp.Body = wire
	var body []byte
	var err error
	buf := f.Buffers.get()
	defer func() { f.Buffers.put(buf) }()
	if body, err = f.readBody(last.resp, buf[:0]); err != nil {
		return nil, err
	}
	if cap(body) > cap(buf) {
		buf = body
	}
	out := f.respond(last)
	out.Wire = wire.n
	out.BodyHash = bodyHash(body)
	// Servers that know no validators, or that break them (Apache's "-gzip"
	// ETags), send the same bytes for ever.
	if out.BodyHash == r.BodyHash {
		out.Unchanged = true
		return out, nil
	}
	if err := noFeed(out.Status, out.ContentType, body); err != nil {
		return nil, err
	}
	if out.Body = body; f.Buffers != nil {
		out.Body = bytes.Clone(body)
	}
	return out, nil
}

// lateError says that the answer was not complete within a time. It is worded
// only where it is read: nearly all requests make one in vain.
type lateError time.Duration

func (e lateError) Error() string {
	return fmt.Sprintf("no complete answer within %v: %v", time.Duration(e), context.DeadlineExceeded)
}

func (e lateError) Unwrap() error { return context.DeadlineExceeded }

// respond fills in what 200 and 304 have in common.
func (f *Fetcher) respond(last hop) *Response {
	h := last.resp.Header
	out := &Response{
		URL:          last.url,
		Moved:        last.moved,
		Status:       last.resp.StatusCode,
		ContentType:  h.Get("Content-Type"),
		ETag:         validator(h.Get("ETag")),
		LastModified: validator(h.Get("Last-Modified")),
	}
	out.Hub, out.Self = pushHeaders(h, last.url)
	out.Fresh, out.Capped = freshUntil(h, time.Now(), f.maxFresh())
	return out
}

func (r Request) secrets() []egress.Secret {
	out := make([]egress.Secret, 0, len(r.Header))
	for _, s := range r.Header {
		out = append(out, s)
	}
	return out
}

// transportError keeps the cause for errors.Is and shows it without secrets:
// a transport may put whole URLs into its errors.
type transportError struct {
	at      string
	cause   error
	secrets []egress.Secret
}

func (e *transportError) Error() string {
	return "fetching " + e.at + ": " + egress.Redact(e.cause, e.secrets...)
}

func (e *transportError) Unwrap() error { return e.cause }
