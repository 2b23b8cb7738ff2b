// Package feed answers one question: what does this feed say now?
package feed

import (
	"context"
	"net/http"
	"time"

	"github.com/feedwatch/feedwatch/watcher/egress"
)

// Key is one identity of an entry within its feed.
type Key [16]byte

// Fetcher makes conditional requests. It is safe for concurrent use.
type Fetcher struct {
	Transport http.RoundTripper // egress.Transport in production
	UserAgent string            // name/version (+contact)
	MaxBytes  int64             // of a decoded body; 0 means 5 MB
	Timeout   time.Duration     // of one fetch, redirects and body included; 0 means 45 s
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
	BodyHash     string
	ContentType  string
	ETag         string // what to send next time; kept from the request on a 304 without one
	LastModified string
	Fresh        time.Time // not before this, by Cache-Control, Expires and Age, capped; zero: nothing said
}

// StatusError is an answer that is no feed: an HTTP status, or a body that is
// something else.
type StatusError struct {
	Status     int
	RetryAfter time.Time // zero: nothing said
	Reason     string    // closed list: see the constants
	Detail     string
}

// Error says the status and what it means.
func (e *StatusError) Error() string { panic("unwritten") }

// Fetch makes one conditional request. It never panics on hostile input and
// keeps no more than MaxBytes of it.
func (f *Fetcher) Fetch(ctx context.Context, r Request) (*Response, error) { panic("unwritten") }

// Feed is a feed document.
type Feed struct {
	Title    string
	Link     string
	Format   string // rss, atom, rdf, json
	Language string
	Hub      string // WebSub hub, where it names one
	Self     string
	Entries  []Entry
	Warnings []string      // what was repaired or left out
	Wait     time.Duration // the least time between polls it asks for (ttl, sy:update*); 0: nothing said
	Cut      bool          // entries were left out or lost: absence proves nothing
}

// Entry is one entry of a feed document.
type Entry struct {
	Keys       []Key // its identities, the strongest first; never empty
	ID         string
	Link       string // absolute, or ""
	Title      string // plain text
	Summary    string // as it stands in the feed, links made absolute
	Content    string // as it stands in the feed, links made absolute
	Text       string // plain text of summary and content: what rules read
	Author     string
	Categories []string
	Published  time.Time // zero where none is given or to be believed
	Updated    time.Time
}

// Parse reads a feed document. base is the address it came from; contentType
// is what the server called it. It never panics, bounds depth, size and number
// of entries, and repairs what it can.
func Parse(body []byte, contentType, base string) (*Feed, error) { panic("unwritten") }
