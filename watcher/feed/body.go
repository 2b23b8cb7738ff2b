package feed

import (
	"compress/gzip"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
)

const (
	// drainBytes is how much of an unwanted body is read so that the
	// connection can be used again; past that, a new connection is cheaper.
	drainBytes = 64 << 10
	// slack is what may be read beyond the limit before it is noticed.
	slack = 64 << 10
)

var errTooLarge = errors.New("too large")

// readBody reads and decodes the whole body within the limit, which counts
// decoded bytes. A body that ends early is an error: what is missing from it
// is not gone. It is read into buf, as far as there is room.
func (f *Fetcher) readBody(resp *http.Response, buf []byte) ([]byte, error) {
	max := f.maxBytes()
	tooLarge := &StatusError{Status: resp.StatusCode, Reason: ReasonTooLarge, Detail: fmt.Sprintf("more than %d bytes", max)}
	if resp.ContentLength > max+slack {
		return nil, tooLarge
	}
	raw := &limited{r: resp.Body, left: max + slack}
	body, err := readEncoded(raw, resp.Header.Values("Content-Encoding"), max, buf)
	switch {
	case errors.Is(err, errTooLarge):
		return nil, tooLarge
	case err != nil:
		if s, ok := err.(*StatusError); ok {
			s.Status = resp.StatusCode
			return nil, s
		}
		return nil, fmt.Errorf("reading the body: %w", err)
	}
	return body, nil
}

// readEncoded undoes at most one layer of gzip, the one encoding asked for.
func readEncoded(raw io.Reader, encodings []string, max int64, buf []byte) ([]byte, error) {
	decoded := raw
	coding := strings.ToLower(strings.TrimSpace(strings.Join(encodings, ",")))
	switch coding {
	case "", "identity":
	case "gzip", "x-gzip":
		z, err := gzip.NewReader(raw)
		if errors.Is(err, io.EOF) {
			return nil, nil // Nothing at all, which is judged later.
		}
		if err != nil {
			return nil, badEncoding(err, "it says it is gzip and is not")
		}
		decoded = z
	default:
		return nil, badEncoding(nil, fmt.Sprintf("content encoding %q, which was not asked for", clip(coding, 40)))
	}
	body, err := readAll(&limited{r: decoded, left: max}, buf)
	if err != nil {
		if decoded != raw {
			err = badEncoding(err, "its gzip is damaged")
		}
		return nil, err
	}
	if len(body) > 2 && body[0] == 0x1f && body[1] == 0x8b {
		return nil, badEncoding(nil, "gzip inside, which its headers do not name")
	}
	return body, nil
}

// readAll is io.ReadAll into a buffer that may have room already.
func readAll(r io.Reader, buf []byte) ([]byte, error) {
	for {
		if len(buf) == cap(buf) {
			buf = slices.Grow(buf, max(cap(buf), 8<<10))
		}
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if err != nil {
			if err == io.EOF {
				err = nil
			}
			return buf, err
		}
	}
}

// Buffers is memory that fetches share to read bodies into: most are as they were
// last time, and are not kept. The zero value is ready for use; it is safe for
// concurrent use.
type Buffers struct{ pool sync.Pool }

// maxShared is the largest buffer that is kept for others.
const maxShared = 1 << 20

// get gives a buffer to read into, which put takes back.
func (b *Buffers) get() []byte {
	if b == nil {
		return nil
	}
	if buf, ok := b.pool.Get().(*[]byte); ok {
		return *buf
	}
	return make([]byte, 0, 32<<10)
}

func (b *Buffers) put(buf []byte) {
	if b != nil && cap(buf) <= maxShared {
		b.pool.Put(&buf)
	}
}

// badEncoding tells damage from the limits and from a connection that broke.
func badEncoding(err error, detail string) error {
	if err == nil || errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) || strings.HasPrefix(err.Error(), "flate: corrupt") {
		return &StatusError{Reason: ReasonEncoding, Detail: detail}
	}
	return err
}

// limited fails with errTooLarge where io.LimitReader would pretend an end.
type limited struct {
	r    io.Reader
	left int64
}

func (l *limited) Read(p []byte) (int, error) {
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1]
	}
	n, err := l.r.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return n, errTooLarge
	}
	return n, err
}

// counted counts what is read of a body.
type counted struct {
	io.ReadCloser
	n int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.n += int64(n)
	return n, err
}

// discard reads the little that is left of a body, so that the connection
// stays of use, and closes it.
func discard(resp *http.Response) {
	if resp.Body == http.NoBody {
		return
	}
	// How the rest of an unwanted body ends is nobody's concern.
	_, _ = io.CopyN(io.Discard, resp.Body, drainBytes)
	_ = resp.Body.Close()
}

// bodyHash tells bodies of one feed apart: their length and two checksums that
// agree by chance once in 2^64. It need not withstand anybody, since who forges a
// body to look unchanged could as well leave it unchanged, and it takes a tenth of
// the time of a hash that does.
func bodyHash(body []byte) string {
	b := binary.AppendUvarint(nil, uint64(len(body)))
	b = binary.BigEndian.AppendUint32(b, crc32.Checksum(body, castagnoli))
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(body))
	return hex.EncodeToString(b)
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// clip shortens what came from outside to at most n bytes, for a message.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}
