package feed

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"testing"
)

func zipped(t testing.TB, body []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(body); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestEncodings(t *testing.T) {
	once := zipped(t, []byte(tinyFeed))
	damaged := bytes.Clone(once)
	damaged[len(damaged)-6] ^= 0xff
	for _, c := range []struct {
		name, coding string
		body         []byte
		reason       string // "" for a feed
	}{
		{"62 gzip", "gzip", once, ""},
		{"62 gzip by its old name", "X-GZIP", once, ""},
		{"62 identity", "identity", []byte(tinyFeed), ""},
		{"62 brotli, unasked", "br", []byte("\x0b\x02\x80"), ReasonEncoding},
		{"62 gzip twice and said so", "gzip, gzip", zipped(t, once), ReasonEncoding},
		{"62 gzip twice and not said", "gzip", zipped(t, once), ReasonEncoding},
		{"62 gzip and not said", "", once, ReasonEncoding},
		{"62 no gzip and said so", "gzip", []byte(tinyFeed), ReasonEncoding},
		{"62 gzip that is damaged", "gzip", damaged, ReasonEncoding},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				if c.coding != "" {
					w.Header().Set("Content-Encoding", c.coding)
				}
				w.Write(c.body)
			})
			if c.reason != "" {
				if s := refusal(t, newFetcher(t), Request{URL: o.URL}); s.Reason != c.reason || s.Status != 200 {
					t.Errorf("got %+v", s)
				}
			} else if resp := fetch(t, newFetcher(t), Request{URL: o.URL}); string(resp.Body) != tinyFeed {
				t.Errorf("got %q", resp.Body)
			}
		})
	}
}

func TestBodiesAreBounded(t *testing.T) {
	zeros := make([]byte, 1<<20)
	for _, c := range []struct {
		name string
		send func(w http.ResponseWriter)
	}{
		{"71 too long, and it says so", func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "52428800")
			w.Write(zeros)
		}},
		{"71 too long, in chunks", func(w http.ResponseWriter) {
			for range 50 {
				if _, err := w.Write(zeros); err != nil {
					return
				}
			}
		}},
		{"71 a gzip bomb", func(w http.ResponseWriter) {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			for range 12 {
				if _, err := z.Write(zeros); err != nil {
					return
				}
			}
			z.Close()
		}},
		{"71 gzip members of nothing", func(w http.ResponseWriter) {
			w.Header().Set("Content-Encoding", "gzip")
			member := bytes.Repeat(zipped(t, nil), 1000)
			for range 10_000 {
				if _, err := w.Write(member); err != nil {
					return
				}
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := serve(t, func(w http.ResponseWriter, _ *http.Request) { c.send(w) })
			f := newFetcher(t)
			meter := &metered{inner: f.Transport}
			f.Transport = meter
			if s := refusal(t, f, Request{URL: o.URL}); s.Reason != ReasonTooLarge {
				t.Errorf("got %+v", s)
			}
			if most := int64(defaultMaxBytes + 2*slack + drainBytes); meter.read > most {
				t.Errorf("%d bytes were read, at most %d may be", meter.read, most)
			}
		})
	}
	t.Run("75 short of its Content-Length", func(t *testing.T) {
		o := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "9999")
			io.WriteString(w, tinyFeed)
		})
		_, err := newFetcher(t).Fetch(t.Context(), Request{URL: o.URL})
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("75 gzip that is cut off", func(t *testing.T) {
		whole := zipped(t, newsFeed(5))
		o := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			w.Write(whole[:len(whole)/2])
		})
		if _, err := newFetcher(t).Fetch(t.Context(), Request{URL: o.URL}); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("got %v", err)
		}
	})
}

// metered counts what is read of bodies.
type metered struct {
	inner http.RoundTripper
	read  int64
}

func (m *metered) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := m.inner.RoundTrip(r)
	if err == nil {
		resp.Body = &meteredBody{resp.Body, m}
	}
	return resp, err
}

type meteredBody struct {
	io.ReadCloser
	m *metered
}

func (b *meteredBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.m.read += int64(n)
	return n, err
}
