package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/feedwatch/feedwatch/rules"
	"github.com/feedwatch/feedwatch/seeds/draft"
	"github.com/feedwatch/feedwatch/watcher"
	"github.com/feedwatch/feedwatch/watcher/egress"
	"github.com/feedwatch/feedwatch/watcher/feed"
)

// seeding gathers the documents that a draft is made from.
type seeding struct {
	*program
	config     string
	documents  []draft.Document
	unreadable []string // what was left out, and why
}

// read takes the documents of a file. What can't be read of several is left out
// with its reason; a file that can't be read at all is an error.
func (s *seeding) read(ctx context.Context, file string) error {
	switch strings.ToLower(filepath.Ext(file)) {
	case ".opml":
		return s.readList(ctx, file)
	case ".xml", ".rss", ".atom", ".rdf", ".json":
		f, err := s.parseFeed(file, "", "")
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		s.take(file, f)
		return nil
	}
	taken := len(s.documents)
	var last error
	for d, err := range s.textDocuments(file, false) {
		if err != nil {
			last = err
			s.unreadable = append(s.unreadable, err.Error())
			continue
		}
		s.add(&d.Doc, d.name())
	}
	if len(s.documents) == taken && last != nil {
		return last
	}
	return nil
}

func (s *seeding) add(d *rules.Doc, name string) {
	s.documents = append(s.documents, draft.Document{Name: name, Title: d.Title, Body: d.Body})
}

// take adds the entries of a feed, named by the feed and their place in it.
func (s *seeding) take(name string, f *feed.Feed) {
	for i, e := range f.Entries {
		s.documents = append(s.documents, draft.Document{Name: fmt.Sprintf("%s#%d", name, i+1), Title: e.Title, Body: e.Text})
	}
}

// readList fetches the feeds of a list as the daemon would, hosts side by side,
// and takes their entries in the order of the list. Feeds that are marked optIn
// are not asked for.
func (s *seeding) readList(ctx context.Context, file string) error {
	outlines, err := s.readOPML(file)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	cfg, err := loadConfig(s.config, s.env)
	if err != nil {
		return &exitError{exitBadSetup, err}
	}
	var feeds []watcher.Feed
	for _, o := range outlines {
		if !o.OptIn {
			feeds = append(feeds, watcher.Feed{Name: o.URL, URL: o.URL})
		}
	}
	step, end := progress(s.stderr, "fetching")
	fetched, err := fetchFeeds(ctx, cfg, feeds, step)
	end()
	for i, f := range fetched {
		if f.err != nil {
			s.unreadable = append(s.unreadable, fmt.Sprintf("%s: %s", egress.RedactURL(feeds[i].URL), egress.Redact(f.err)))
			continue
		}
		s.take(egress.RedactURL(feeds[i].URL), f.feed)
	}
	return err
}

// fetchedFeed is what came of asking for a feed.
type fetchedFeed struct {
	feed *feed.Feed
	err  error
}

// fetchFeeds asks for feeds and gives the answers in their order.
func fetchFeeds(ctx context.Context, cfg *config, feeds []watcher.Feed, step func(done, total int)) ([]fetchedFeed, error) {
	fetcher := newFetcher(cfg)
	fetched := make([]fetchedFeed, len(feeds))
	err := politely(ctx, cfg, feeds, step, func(ctx context.Context, i int) {
		fetched[i] = fetchFeed(ctx, fetcher, feeds[i].URL)
	})
	return fetched, err
}

func fetchFeed(ctx context.Context, fetcher *feed.Fetcher, address string) fetchedFeed {
	resp, err := fetcher.Fetch(ctx, feed.Request{URL: address})
	if err != nil {
		return fetchedFeed{err: err}
	}
	f, err := feed.Parse(resp.Body, resp.ContentType, resp.URL)
	return fetchedFeed{f, err}
}
