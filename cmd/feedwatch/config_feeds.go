package main

import (
	"bytes"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/language"

	"github.com/feedwatch/feedwatch/rules/strictyaml"
	"github.com/feedwatch/feedwatch/seeds"
	"github.com/feedwatch/feedwatch/watcher"
	"github.com/feedwatch/feedwatch/watcher/feed"
)

// feedSection is an entry of feeds.
type feedSection struct {
	URL         string               `yaml:"url,required"`
	Name        string               `yaml:"name"`
	Tier        *int                 `yaml:"tier"` // 2 if left out
	Tags        []string             `yaml:"tags"`
	Language    string               `yaml:"language"`
	Schedule    string               `yaml:"schedule"`
	MinInterval *time.Duration       `yaml:"min_interval"`
	Headers     map[string]secretRef `yaml:"headers"`
	Disabled    bool                 `yaml:"disabled"` // not polled, and a built-in feed of this URL is not either
}

const defaultTier = 2

// feedList gathers feeds whose URLs and names must each be there once.
type feedList struct {
	feeds []watcher.Feed
	urls  map[string]strictyaml.Pos
	names map[string]strictyaml.Pos
}

// feeds are those of the file and, with the built-in pack, the built-in ones. Of
// a URL that is in both, the file's entry counts.
func (l *loader) feeds(packs []string) []watcher.Feed {
	list := &feedList{urls: map[string]strictyaml.Pos{}, names: map[string]strictyaml.Pos{}}
	for i, s := range l.doc.Feeds { // names that are given come before names that are made
		if s.Name != "" {
			l.claimName(list, i)
		}
	}
	for i := range l.doc.Feeds {
		l.addFeed(list, i)
	}
	if slices.Contains(packs, seedsPack) {
		l.addSeedFeeds(list)
	}
	if len(list.feeds) == 0 {
		l.warn(l.file.KeyPos("feeds"), "add some under feeds, or seeds to packs", "there are no feeds to poll")
	}
	return list.feeds
}

// claimName takes the name that entry i gives.
func (l *loader) claimName(list *feedList, i int) {
	name, pos := l.doc.Feeds[i].Name, l.file.Pos("feeds", i, "name")
	if at, ok := list.names[name]; ok {
		l.fail(pos, "give each feed a name of its own", "feed %q is there already, in line %d", name, at.Line)
		return
	}
	if utf8.RuneCountInString(name) > maxFeedName || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		l.fail(pos, "", "a feed's name has one line of at most %d characters", maxFeedName)
	}
	list.names[name] = pos
}

// addFeed checks entry i and adds it, unless it is disabled.
func (l *loader) addFeed(list *feedList, i int) {
	s := l.doc.Feeds[i]
	if s.URL == "" {
		return // reported as missing, or as no text
	}
	u := l.feedURL(s.URL, i)
	if u == nil {
		return
	}
	pos := l.file.Pos("feeds", i, "url")
	if at, ok := list.urls[s.URL]; ok {
		l.fail(pos, "keep one of them", "this URL is there already, in line %d", at.Line)
		return
	}
	list.urls[s.URL] = pos
	f := watcher.Feed{
		URL: s.URL, Name: s.Name, Tier: l.tier(s.Tier, i), Tags: s.Tags, Language: l.language(s.Language, i),
		Schedule:    l.schedule(s.Schedule, l.floor(s.MinInterval), "feeds", i, "schedule"),
		MinInterval: l.interval(s.MinInterval, "feeds", i, "min_interval"),
		Header:      l.headers(s.Headers, "feeds", i, "headers"),
	}
	if f.Name == "" {
		f.Name = list.freeName(feedName(u))
	}
	if !s.Disabled {
		list.feeds = append(list.feeds, f)
	}
}

// feedURL parses the URL of entry i, or reports why it is none. The text is not
// repeated in messages, for URLs hold tokens.
func (l *loader) feedURL(raw string, i int) *url.URL {
	pos := l.file.Pos("feeds", i, "url")
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		l.fail(pos, "copy it from the browser's address bar", "this is not a URL")
	case feed.Folder(raw) != "" && u.RawQuery == "" && u.Fragment == "":
		if len(l.doc.Feeds[i].Headers) > 0 {
			l.fail(l.file.Pos("feeds", i, "headers"), "take them out", "a file is asked for without headers")
		}
		return u
	case u.Scheme == "file":
		l.fail(pos, "write it as file:///srv/feeds/news.xml", "this is not the address of a file on this machine")
	case u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "":
		l.fail(pos, "write it as https://example.com/feed.xml", "a feed's URL begins with http:// or https:// and a host")
	case u.User != nil:
		l.warn(pos, "put it under headers, as Authorization: {credential: NAME}", "a password stands in the URL, and so in the file")
		return u
	default:
		return u
	}
	return nil
}

func (l *loader) tier(tier *int, i int) int {
	if tier == nil {
		return defaultTier
	}
	if *tier < 1 || *tier > 3 {
		l.fail(l.file.Pos("feeds", i, "tier"), "write 1 (best), 2 or 3", "%d is no tier", *tier)
	}
	return *tier
}

func (l *loader) language(tag string, i int) string {
	if tag == "" {
		return ""
	}
	if _, err := language.Parse(tag); err != nil {
		l.fail(l.file.Pos("feeds", i, "language"), "write it as en or pt-BR", "%q is no language tag", tag)
	}
	return tag
}

// addSeedFeeds adds the built-in feeds that nobody has to ask for.
func (l *loader) addSeedFeeds(list *feedList) {
	outlines, err := feed.ParseOPML(bytes.NewReader(seeds.OPML()))
	if err != nil {
		l.failWith(l.file.Pos("packs"), "", fmt.Errorf("the built-in feeds can't be read: %w", err))
		return
	}
	for _, o := range outlines {
		u, err := url.Parse(o.URL)
		if _, ok := list.urls[o.URL]; ok || o.OptIn || err != nil {
			continue
		}
		list.urls[o.URL] = strictyaml.Pos{}
		name := o.Title
		if name == "" {
			name = feedName(u)
		}
		tier := o.Tier
		if tier == 0 {
			tier = defaultTier
		}
		list.feeds = append(list.feeds, watcher.Feed{
			URL: o.URL, Name: list.freeName(name), Tier: tier, Tags: o.Tags, Language: o.Language,
		})
	}
}

const maxFeedName = 80

// freeName is the name, with a number behind it where it is taken.
func (list *feedList) freeName(name string) string {
	free := name
	for n := 2; ; n++ {
		if _, taken := list.names[free]; !taken {
			list.names[free] = strictyaml.Pos{}
			return free
		}
		free = name + "-" + strconv.Itoa(n)
	}
}

var (
	notInNames = regexp.MustCompile(`[^a-z0-9.]+`)
	// saysNothing matches path segments that most feeds have.
	saysNothing = regexp.MustCompile(`^(index|feeds?|rss|rss2|atom|rdf)?(\.(xml|rss|atom|rdf|json|php))?$`)
)

// feedName makes a name of a URL: the host, and what of the path tells feeds of
// one host apart. It can be written after feed: in a query as it is.
func feedName(u *url.URL) string {
	parts := []string{strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")}
	for segment := range strings.SplitSeq(strings.ToLower(u.Path), "/") {
		if saysNothing.MatchString(segment) {
			continue
		}
		if slug := strings.Trim(notInNames.ReplaceAllString(segment, "-"), "-."); slug != "" {
			parts = append(parts, slug)
		}
	}
	name := strings.ReplaceAll(strings.Join(parts, "-"), ":", "-")
	return strings.ToValidUTF8(strings.Trim(name[:min(len(name), maxFeedName)], "-."), "")
}
