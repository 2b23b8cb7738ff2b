package feed

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/feedwatch/feedwatch/watcher/egress"
)

// How a feed was discovered, the surest way first.
const (
	FoundItself = "itself" // the address is a feed
	FoundHeader = "header" // a Link header names it (RFC 8288)
	FoundLink   = "link"   // a link element of the page names it (HTML, section 4.6.7.1)
	FoundAnchor = "anchor" // the page links to it in its text
	FoundGuess  = "guess"  // it is where feeds often are
)

// maxDiscovered is how many addresses of one page are tried. Few pages name
// more than three; what a page says must not make a crawler of this program.
const maxDiscovered = 16

// DiscoverOptions say how far Discover goes.
type DiscoverOptions struct {
	// Guess tries a few well-known paths where the page names no feed.
	Guess bool
	// Gap is left between two requests, most of which go to one host.
	Gap time.Duration
}

// Discovered is a feed that an address led to, or what should have been one.
type Discovered struct {
	URL  string // to configure: after permanent redirects
	How  string // one of the Found constants
	Name string // what the link to it says; may be empty, and is text from outside
	Feed *Feed  // what it says now; nil where Err is set
	Err  error  // why it could not be read, without secrets
}

// Discover looks for the feeds of a page: it fetches the address, which may be a
// feed itself, and tries what the page names, one after the other. The first are
// the surest; of an address that is named twice the surest way counts. What a page
// names and can't be read is given with its error, a guess that fails is not.
//
// The error is about the page itself: what [Fetcher.Fetch] gives, or one that
// wraps [ErrNotFeed]. A page that names no feed is none. It is safe for
// concurrent use.
func (f *Fetcher) Discover(ctx context.Context, address string, o DiscoverOptions) ([]Discovered, error) {
	p, err := f.page(ctx, address)
	if err != nil {
		return nil, err
	}
	switch k := identify(decode(p.body, p.contentType)); {
	case k.format != "":
		doc, err := Parse(p.body, p.contentType, p.url)
		return []Discovered{{URL: p.keep, How: FoundItself, Feed: doc, Err: err}}, nil
	case !looksLikeHTML(p.contentType, p.body) && len(p.links) == 0:
		return nil, fmt.Errorf("%w: %s", ErrNotFeed, k.describe())
	}
	found, err := f.try(ctx, p.named(), o.Gap)
	if err != nil || !o.Guess || slices.ContainsFunc(found, func(d Discovered) bool { return d.Err == nil }) {
		return found, err
	}
	guessed, err := f.try(ctx, guesses(p.url), o.Gap)
	guessed = slices.DeleteFunc(guessed, func(d Discovered) bool { return d.Err != nil })
	return append(found, guessed...), err
}

// webPage is an answer that is looked at for links.
type webPage struct {
	url         string // where it came from at last
	keep        string // its address for the configuration
	contentType string
	links       []string // Link headers
	body        []byte
}

// page fetches what may be a feed or a page. Unlike Fetch it takes both.
func (f *Fetcher) page(ctx context.Context, address string) (p webPage, err error) {
	ctx, cancel := context.WithTimeout(ctx, f.timeout())
	defer cancel()
	last, err := f.follow(ctx, Request{URL: address})
	if err == nil {
		defer discard(last.resp)
		if err = f.refused(last.resp); err == nil {
			p.body, err = f.readBody(last.resp, nil)
		}
	}
	if status, ok := errors.AsType[*StatusError](err); ok {
		return p, status
	}
	if err != nil {
		return p, &transportError{at: egress.RedactURL(address), cause: err}
	}
	p.url, p.keep = last.url, address
	if last.moved != "" {
		p.keep = last.moved
	}
	p.contentType, p.links = last.resp.Header.Get("Content-Type"), last.resp.Header.Values("Link")
	if isBlank(p.body) {
		return p, &StatusError{Status: last.resp.StatusCode, Reason: ReasonEmpty, Detail: "the body is empty"}
	}
	return p, nil
}

// try reads what addresses lead to, one after the other. Two that lead to one
// are given once.
func (f *Fetcher) try(ctx context.Context, named []Discovered, gap time.Duration) ([]Discovered, error) {
	var found []Discovered
	have := map[string]bool{}
	for _, d := range named[:min(len(named), maxDiscovered)] {
		if have[LinkKey(d.URL)] {
			continue
		}
		if err := pause(ctx, gap); err != nil {
			return found, err
		}
		resp, err := f.Fetch(ctx, Request{URL: d.URL})
		if ctx.Err() != nil {
			return found, ctx.Err()
		}
		if d.Err = err; err == nil {
			d.Feed, d.Err = Parse(resp.Body, resp.ContentType, resp.URL)
			if resp.Moved != "" {
				d.URL = resp.Moved
			}
		}
		if key := LinkKey(d.URL); !have[key] {
			have[key] = true
			found = append(found, d)
		}
	}
	return found, nil
}

// pause waits, or less where the context ends.
func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// wellKnown are paths at which the common publishing programs have feeds.
var wellKnown = []string{"feed", "rss.xml", "atom.xml", "feed.xml", "index.xml", "rss", "feed.json"}

// guesses are the well-known paths below the page and below its host.
func guesses(page string) []Discovered {
	base, err := url.Parse(page)
	if err != nil {
		return nil
	}
	var list []Discovered
	for _, dir := range []string{base.JoinPath("/").Path, "/"} {
		for _, name := range wellKnown {
			u := url.URL{Scheme: base.Scheme, Host: base.Host, Path: dir + name}
			if !slices.ContainsFunc(list, func(d Discovered) bool { return d.URL == u.String() }) {
				list = append(list, Discovered{URL: u.String(), How: FoundGuess})
			}
		}
	}
	return list
}
