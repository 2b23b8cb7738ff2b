package deliver

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/watcher/egress"
)

var (
	errShutdown = errors.New("its worker had to end")
	errTimeout  = errors.New("no answer in time")
)

const (
	defaultTimeout = 15 * time.Second
	maxAnswer      = 64 << 10 // of an answer is read
	maxEcho        = 200      // of an answer is kept with a failed attempt
)

// attempt renders an alert and sends it, once. It never fails: what went wrong
// is in the answer.
func (l *lane) attempt(ctx context.Context, d *storage.Delivery) answer {
	ctx, cancel := context.WithTimeoutCause(ctx, cmp.Or(l.receiver.Timeout, defaultTimeout), errTimeout)
	defer cancel()
	return l.kind.send(ctx, l, d)
}

// post renders an alert and sends it to the receiver's URL.
func post(ctx context.Context, l *lane, d *storage.Delivery) answer {
	return l.post(ctx, l.receiver.URL.Reveal(), d.Alert.ID, l.kind.format(l.options, &d.Alert))
}

// post sends a body by HTTP and reads the answer. Redirects are not followed: a
// 307 would hand the body and its signature to a host nobody configured.
func (l *lane) post(ctx context.Context, url, id string, body []byte) answer {
	// WroteRequest is the border between "did not arrive" and "may have". The
	// hook may run after Do has returned, hence atomic.
	var wrote atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteRequest: func(i httptrace.WroteRequestInfo) {
			if i.Err == nil {
				wrote.Store(true)
			}
		},
	})
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return answer{reason: unreachable, detail: l.redact(err)}
	}
	l.setHeader(req.Header, id, body)
	resp, err := l.client.Do(req)
	if err != nil {
		r := byError(ctx, err, wrote.Load())
		return answer{reason: r, detail: l.redact(err), ambiguous: wrote.Load()}
	}
	defer resp.Body.Close()
	return l.read(ctx, resp)
}

func (l *lane) setHeader(h http.Header, id string, body []byte) {
	for name, value := range l.receiver.Header {
		h.Set(name, value.Reveal())
	}
	h.Set("Content-Type", l.kind.contentType)
	h.Set("User-Agent", l.options.userAgent)
	l.authorize(h)
	if l.kind.signed {
		now := time.Now()
		h.Set("Webhook-Id", id)
		h.Set("Webhook-Timestamp", strconv.FormatInt(now.Unix(), 10))
		if len(l.keys) > 0 {
			h.Set("Webhook-Signature", signature(l.keys, id, now, body))
		}
	}
}

// read makes an answer of a response. Its body is bounded in size, and in time
// by the attempt's context.
func (l *lane) read(ctx context.Context, resp *http.Response) answer {
	body, err := io.ReadAll(io.LimitReader(resp.Body, cmp.Or(l.kind.maxAnswer, maxAnswer)))
	s := l.kind.answer(resp.StatusCode, string(body))
	if s.reason == delivered {
		return answer{status: resp.StatusCode, ref: s.ref}
	}
	if s.reason == notOK && err != nil {
		// The answer itself is missing, so it says neither yes nor no.
		return answer{reason: byError(ctx, err, true), status: resp.StatusCode, detail: l.redact(err), ambiguous: true}
	}
	ans := answer{
		reason: s.reason, word: s.word, status: resp.StatusCode, detail: "HTTP " + strconv.Itoa(resp.StatusCode),
		retryAfter: cmp.Or(retryAfter(resp.Header.Get("Retry-After"), time.Now()), s.wait),
	}
	if echo := cut(l.redact(errors.New(cmp.Or(s.word, string(body)))), maxEcho); echo != "" {
		ans.detail += ": " + echo
	}
	if s.remedy != "" {
		ans.detail += "; " + s.remedy
	}
	return ans
}

// plainAnswer reads the answer of a receiver that speaks by status alone.
func plainAnswer(status int, _ string) said {
	r := byStatus(status)
	if r == redirected {
		return said{reason: r, remedy: "redirects are not followed; configure the address it names"}
	}
	return said{reason: r}
}

// redact takes the receiver's secrets out of an error's text.
func (l *lane) redact(err error) string { return egress.Redact(err, l.secrets...) }
