package feed

import (
	"bytes"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// maxNamed bounds what is gathered of one page before the surest are tried.
const maxNamed = 256

// named lists the addresses that the page names as feeds, the surest first.
func (p webPage) named() []Discovered {
	s := scan{}
	s.base, _ = url.Parse(p.url) // It was fetched.
	for _, header := range p.links {
		s.header(header)
	}
	s.page(decode(p.body, p.contentType))
	slices.SortStableFunc(s.found, func(a, b Discovered) int { return rank(a.How) - rank(b.How) })
	return s.found
}

func rank(how string) int { return slices.Index([]string{FoundHeader, FoundLink, FoundAnchor}, how) }

// scan gathers the links of one page.
type scan struct {
	base  *url.URL
	found []Discovered
}

// add takes a link, unless it can't be fetched or is there already. What is
// there by a less sure way gets the surer one.
func (s *scan) add(how, href, name string) {
	u, err := s.base.Parse(strings.TrimSpace(href))
	if err != nil || !onTheWeb(u) || len(s.found) == maxNamed {
		return
	}
	u.User, u.Fragment, u.RawFragment = nil, "", ""
	d := Discovered{URL: u.String(), How: how, Name: clip(titleText(name), 200)}
	i := slices.IndexFunc(s.found, func(have Discovered) bool { return have.URL == d.URL })
	switch {
	case i < 0:
		s.found = append(s.found, d)
	case rank(how) < rank(s.found[i].How):
		s.found[i] = d
	}
}

// onTheWeb says whether an address that a stranger gave may be asked. Files may
// not, even where the configuration may name some.
func onTheWeb(u *url.URL) bool {
	return (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != ""
}

// The grammar of a Link header (RFC 8288, section 3), as far as it is needed.
var (
	linkValue = regexp.MustCompile(`<([^>]*)>((?:\s*;\s*[\w*-]+(?:\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^"\s,;]+))?)*)`)
	linkParam = regexp.MustCompile(`;\s*([\w*-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^"\s,;]+))`)
)

func (s *scan) header(value string) {
	for _, link := range linkValue.FindAllStringSubmatch(value, maxNamed) {
		get := map[string]string{}
		for _, p := range linkParam.FindAllStringSubmatch(link[2], 20) {
			if name := strings.ToLower(p[1]); get[name] == "" {
				get[name] = p[2] + p[3]
			}
		}
		if get["href"] = link[1]; namesFeed(get) {
			s.add(FoundHeader, link[1], get["title"])
		}
	}
}

// namesFeed says whether the attributes of a link make it one to a feed.
func namesFeed(get map[string]string) bool {
	rels := strings.Fields(strings.ToLower(get["rel"]))
	switch {
	case slices.Contains(rels, "stylesheet"):
		return false
	case slices.Contains(rels, "feed"):
		return true
	case !slices.Contains(rels, "alternate"):
		return false
	}
	// WordPress calls the address of its programming interface such an
	// alternate, too.
	json := strings.HasPrefix(strings.ToLower(get["type"]), "application/json")
	return isFeedType(get["type"]) || json && likelyFeed(get["href"])
}

func isFeedType(mediaType string) bool {
	mediaType, _, _ = strings.Cut(strings.ToLower(mediaType), ";")
	switch strings.TrimSpace(mediaType) {
	case "application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json",
		"application/xml", "text/xml":
		return true
	}
	return false
}

// page reads the elements that matter. The tokenizer is no parser: it nests
// nothing, so no page is deep enough to hurt it.
func (s *scan) page(doc []byte) {
	z := html.NewTokenizer(bytes.NewReader(doc))
	for {
		switch z.Next() {
		case html.ErrorToken: // The end: it knows no other error on bytes in memory.
			return
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			switch a := atom.Lookup(name); {
			case !more:
			case a == atom.Base:
				s.rebase(elementAttributes(z)["href"])
			case a == atom.Link:
				if get := elementAttributes(z); namesFeed(get) {
					s.add(FoundLink, get["href"], get["title"])
				}
			case a == atom.A || a == atom.Area:
				get := elementAttributes(z)
				if isFeedType(get["type"]) || likelyFeed(get["href"]) {
					s.add(FoundAnchor, get["href"], get["title"])
				}
			}
		}
	}
}

// rebase follows a base element.
func (s *scan) rebase(href string) {
	if u, err := s.base.Parse(strings.TrimSpace(href)); err == nil && onTheWeb(u) {
		s.base = u
	}
}

// maxElementAttributes bounds the attributes of one element.
const maxElementAttributes = 64

func elementAttributes(z *html.Tokenizer) map[string]string {
	get := map[string]string{}
	for range maxElementAttributes {
		key, value, more := z.TagAttr()
		if _, twice := get[string(key)]; !twice {
			get[string(key)] = string(value)
		}
		if !more {
			break
		}
	}
	return get
}

var (
	feedPath  = regexp.MustCompile(`(?i)(^|/)(feeds?|rss2?|atom|rdf|(feed|rss|atom|index)\.(xml|json|rdf|php)|[^/]+\.(rss|atom|rdf)|(rss|feed|atom)[^/]*\.xml|[^/]*(rss|feed|atom)\.xml)/?$`)
	feedQuery = regexp.MustCompile(`(?i)(^|&)((feed|format|type|output|alt)=(rss|atom|rdf|feed|jsonfeed)[0-9.]*|feed)(&|$)`)
)

// likelyFeed says whether an address in a page's text looks like a feed's.
func likelyFeed(href string) bool {
	u, err := url.Parse(strings.TrimSpace(href))
	if err != nil {
		return false
	}
	return feedPath.MatchString(u.Path) || feedQuery.MatchString(u.RawQuery) || strings.HasPrefix(strings.ToLower(u.Host), "feeds.")
}
