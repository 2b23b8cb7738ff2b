package feed

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// site serves pages by path, "" being 404, and records what is asked for.
type site struct {
	*httptest.Server
	mu    sync.Mutex
	asked []string
}

func newSite(t *testing.T, pages map[string]string) *site {
	t.Helper()
	s := new(site)
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.asked = append(s.asked, r.URL.RequestURI())
		s.mu.Unlock()
		page, ok := pages[r.URL.RequestURI()]
		to, moved := strings.CutPrefix(page, "moved ")
		switch {
		case !ok:
			http.NotFound(w, r)
		case moved:
			http.Redirect(w, r, to, http.StatusMovedPermanently)
		default:
			head, body, _ := strings.Cut(page, "\n")
			for h := range strings.SplitSeq(head, " | ") {
				if name, value, ok := strings.Cut(h, ": "); ok {
					w.Header().Add(name, value)
				}
			}
			fmt.Fprint(w, body)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *site) fetcher() *Fetcher {
	return &Fetcher{Transport: &http.Transport{DisableCompression: true, DisableKeepAlives: true}}
}

const (
	oneFeed = "Content-Type: application/rss+xml\n<rss version='2.0'><channel><title>Wire</title><item><title>a</title></item></channel></rss>"
	aPage   = "Content-Type: text/html\n<!doctype html><html><body>"
)

// told is what Discover found, in short: how, path, and the title or an error.
func (s *site) told(found []Discovered) []string {
	var list []string
	for _, d := range found {
		says := "error"
		if d.Err == nil {
			says = d.Feed.Title
		}
		list = append(list, d.How+" "+strings.TrimPrefix(d.URL, s.URL)+" "+says)
	}
	return list
}

func TestDiscoverFindsWhatAPageNames(t *testing.T) {
	for name, c := range map[string]struct {
		pages map[string]string
		guess bool
		want  []string
	}{
		"a feed itself":         {map[string]string{"/": oneFeed}, false, []string{"itself / Wire"}},
		"a feed that has moved": {map[string]string{"/": "moved /new", "/new": oneFeed}, false, []string{"itself /new Wire"}},
		"a link element": {map[string]string{"/": aPage + `<link rel="Alternate" type="application/atom+xml; charset=utf-8" href="feed?a=1&amp;b=2">`, "/feed?a=1&b=2": oneFeed},
			false, []string{"link /feed?a=1&b=2 Wire"}},
		"a base element": {map[string]string{"/": aPage + `<base href="/blog/"><link rel=alternate type=text/xml href=rss>`, "/blog/rss": oneFeed},
			false, []string{"link /blog/rss Wire"}},
		"a Link header": {map[string]string{"/": `Content-Type: text/html | Link: </style.css>; rel=preload, </feed>; title="a, b; \"c\""; rel="x alternate"; type="application/rss+xml"` + "\n<html>", "/feed": oneFeed},
			false, []string{"header /feed Wire"}},
		"a link in the text":   {map[string]string{"/": aPage + `<a href="/about">x</a><a href="/feed/">RSS</a><a href="/?feed=rss2">RSS</a>`, "/feed/": oneFeed}, false, []string{"anchor /feed/ Wire", "anchor /?feed=rss2 error"}},
		"the surest way first": {map[string]string{"/": aPage + `<a href="/other.rss">x</a><a href="/feed">x</a><link rel=alternate type=application/rss+xml href=/feed>`, "/feed": oneFeed, "/other.rss": oneFeed}, false, []string{"link /feed Wire", "anchor /other.rss Wire"}},
		"one feed by two addresses": {map[string]string{"/": aPage + `<link rel=alternate type=application/rss+xml href=/a><link rel=alternate type=application/rss+xml href=/b>`, "/a": "moved /b", "/b": oneFeed},
			false, []string{"link /b Wire"}},
		"JSON that is no feed": {map[string]string{"/": aPage + `<link rel=alternate type=application/json href=/wp-json/x><link rel=alternate type=application/json href=/feed.json>`,
			"/feed.json": "Content-Type: application/json\n" + `{"version":"https://jsonfeed.org/version/1.1","title":"J","items":[]}`}, false, []string{"link /feed.json J"}},
		"nothing, and no guessing":    {map[string]string{"/": aPage, "/feed": oneFeed}, false, nil},
		"nothing, and guessing":       {map[string]string{"/": aPage, "/rss.xml": oneFeed}, true, []string{"guess /rss.xml Wire"}},
		"no guessing where one is":    {map[string]string{"/": aPage + `<link rel=feed href=/a>`, "/a": oneFeed, "/rss.xml": oneFeed}, true, []string{"link /a Wire"}},
		"what strangers may not name": {map[string]string{"/": aPage + `<link rel=feed href="file:///etc/passwd"><link rel=feed href="javascript:x"><link rel=feed href="data:,x">`}, false, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, c.pages)
			found, err := s.fetcher().Discover(t.Context(), s.URL+"/", DiscoverOptions{Guess: c.guess})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, s.told(found)); diff != "" {
				t.Errorf("%s\nasked for %q", diff, s.asked)
			}
		})
	}
}

func TestDiscoverAsksForABoundedNumberOfAddresses(t *testing.T) {
	var page strings.Builder
	page.WriteString(aPage)
	for i := range 10_000 {
		fmt.Fprintf(&page, `<link rel=feed href=/%d>`, i)
	}
	s := newSite(t, map[string]string{"/": page.String()})
	found, err := s.fetcher().Discover(t.Context(), s.URL+"/", DiscoverOptions{})
	if err != nil || len(found) != maxDiscovered || len(s.asked) != 1+maxDiscovered {
		t.Errorf("%d found by %d requests, %v; want %d by one more", len(found), len(s.asked), err, maxDiscovered)
	}
}

func TestDiscoverSaysWhyThereIsNothingToLookAt(t *testing.T) {
	s := newSite(t, map[string]string{"/pdf": "Content-Type: application/pdf\n%PDF-1.4", "/empty": "Content-Type: text/html\n", "/broken": "\n<rss><channel"})
	for path, want := range map[string]string{"/pdf": "neither XML nor JSON", "/empty": "empty", "/none": "404"} {
		_, err := s.fetcher().Discover(t.Context(), s.URL+path, DiscoverOptions{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want it to say %q", path, err, want)
		}
	}
	if _, err := s.fetcher().Discover(t.Context(), "http://u:canary@127.0.0.1:1/?k=canary", DiscoverOptions{}); err == nil || strings.Contains(err.Error(), "canary") {
		t.Errorf("a server that is not there: %v", err)
	}
}

func TestDiscoverEndsWithItsContext(t *testing.T) {
	s := newSite(t, map[string]string{"/": aPage + `<link rel=feed href=/a>`, "/a": oneFeed})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := s.fetcher().Discover(ctx, s.URL+"/", DiscoverOptions{Gap: time.Hour}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func FuzzLinksOfAPageCanBeAsked(f *testing.F) {
	f.Add(`<base href="//x"><link rel=alternate type=text/xml href="a">`, `<b>; rel=feed; title="x"`)
	f.Add(`<a href="/feed"><a type=application/rss+xml href='http://[::1'>`, `<>; rel="feed`)
	f.Fuzz(func(t *testing.T, page, header string) {
		p := webPage{url: "https://h.example/dir/", contentType: "text/html", links: []string{header}, body: []byte(page)}
		for _, d := range p.named() {
			if !strings.HasPrefix(d.URL, "http://") && !strings.HasPrefix(d.URL, "https://") || strings.Contains(d.URL, "#") {
				t.Errorf("%q", d.URL)
			}
			if _, err := http.NewRequest(http.MethodGet, d.URL, nil); err != nil {
				t.Error(err)
			}
		}
	})
}
