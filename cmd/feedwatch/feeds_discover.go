package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/feedwatch/feedwatch/watcher/egress"
	"github.com/feedwatch/feedwatch/watcher/feed"
)

// feedsDiscoverCommand looks for the feeds of a page.
type feedsDiscoverCommand struct {
	setup
	URL   string `arg:"" help:"Address of a page, or of a feed."`
	Guess bool   `help:"Where the page names none, try a few paths where feeds often are."`
	JSON  bool   `name:"json" help:"Print JSON."`
}

// Help implements kong.HelpProvider.
func (feedsDiscoverCommand) Help() string {
	return `Asks for the page, and one by one for at most 16 addresses that it names as
feeds: in Link headers, in its head, in links of its text. The configuration is
read for network.allow. The exit code is 1 where no feed is found.

  feedwatch feeds discover https://openai.com/news/
  feedwatch feeds discover --guess example.com --json`
}

// foundFeed is a feed that was found, as --json shows it.
type foundFeed struct {
	URL     string     `json:"url"`
	Title   string     `json:"title"`
	Format  string     `json:"format"`
	How     string     `json:"how"`
	Entries int        `json:"entries"`
	Newest  *time.Time `json:"newest"` // null where no entry has a date
	Error   string     `json:"error,omitempty"`
}

// Run implements the verb.
func (c *feedsDiscoverCommand) Run(ctx context.Context, p *program) error {
	cfg, err := loadConfig(c.Config, p.env)
	if err != nil {
		return &exitError{exitBadSetup, err}
	}
	found, err := discover(ctx, cfg, c.URL, c.Guess)
	if err != nil {
		return err
	}
	if c.JSON {
		err = printJSON(p.stdout, found)
	} else if len(found) > 0 {
		err = table(p.stdout, foundRows(found)...)
	}
	if err != nil {
		return err
	}
	return noneFound(found, c.Guess)
}

// noneFound is the error for a page without a feed that can be read.
func noneFound(found []foundFeed, guess bool) error {
	for _, f := range found {
		if f.Error == "" {
			return nil
		}
	}
	switch {
	case len(found) > 0:
		return errors.New("the page names feeds, and none of them can be read")
	case guess:
		return errors.New("the page names no feed, and none is where feeds often are")
	}
	return errors.New("the page names no feed: --guess tries the paths where feeds often are")
}

// defaultHostGap is left between two requests to one host unless poll.host_gap
// says otherwise.
const defaultHostGap = time.Second

func hostGap(cfg *config) time.Duration {
	if gap := cfg.Settings.Poll.HostGap; gap > 0 {
		return gap
	}
	return defaultHostGap
}

// newFetcher fetches as the daemon of a configuration would.
func newFetcher(cfg *config) *feed.Fetcher {
	return &feed.Fetcher{
		Transport: newTransport(cfg), UserAgent: userAgent(cfg.Contact), MaxBytes: cfg.Settings.Poll.MaxBytes,
	}
}

// discover finds the feeds of an address. The list is never nil.
func discover(ctx context.Context, cfg *config, address string, guess bool) ([]foundFeed, error) {
	found, err := newFetcher(cfg).Discover(ctx, webAddress(address), feed.DiscoverOptions{Guess: guess, Gap: hostGap(cfg)})
	if err != nil {
		return nil, err
	}
	list := []foundFeed{}
	for _, d := range found {
		f := foundFeed{URL: d.URL, Title: d.Name, How: d.How, Error: egress.Redact(d.Err)}
		if d.Feed != nil {
			f.Format, f.Entries, f.Newest = d.Feed.Format, len(d.Feed.Entries), given(newestEntry(d.Feed))
			if d.Feed.Title != "" {
				f.Title = d.Feed.Title
			}
		}
		list = append(list, f)
	}
	return list, nil
}

// webAddress is an address as people type it, with its scheme.
func webAddress(s string) string {
	if strings.Contains(s, "://") {
		return s
	}
	return "https://" + s
}

// newestEntry is the newest date in a feed.
func newestEntry(f *feed.Feed) time.Time {
	var newest time.Time
	for _, e := range f.Entries {
		for _, t := range []time.Time{e.Published, e.Updated} {
			if t.After(newest) {
				newest = t
			}
		}
	}
	return newest
}

// howFound says for people how a feed was found.
var howFound = map[string]string{
	feed.FoundItself: "is a feed", feed.FoundHeader: "Link header", feed.FoundLink: "head of the page",
	feed.FoundAnchor: "link in the text", feed.FoundGuess: "guessed",
}

func foundRows(found []foundFeed) [][]string {
	rows := [][]string{{"URL", "TYPE", "ENTRIES", "NEWEST", "FOUND", "TITLE"}}
	for _, f := range found {
		if f.Error != "" {
			rows = append(rows, []string{onOneLine(f.URL, 200), "-", "-", "-", howFound[f.How], f.Error})
			continue
		}
		newest := "-"
		if f.Newest != nil {
			newest = day(*f.Newest)
		}
		rows = append(rows, []string{
			onOneLine(f.URL, 200), f.Format, strconv.Itoa(f.Entries), newest, howFound[f.How], onOneLine(f.Title, 80),
		})
	}
	return rows
}

// oneFeed is the feed that an address stands for: the feed itself, or the only
// one that a page names.
func oneFeed(ctx context.Context, p *program, cfg *config, address string) (foundFeed, error) {
	found, err := discover(ctx, cfg, address, false)
	if err != nil {
		return foundFeed{}, fmt.Errorf("%w; --unchecked adds it all the same", err)
	}
	var readable []foundFeed
	for _, f := range found {
		if f.Error == "" {
			readable = append(readable, f)
		}
	}
	switch {
	case len(readable) == 1:
		return readable[0], nil
	case len(readable) > 1:
		if err := table(p.stdout, foundRows(readable)...); err != nil {
			return foundFeed{}, err
		}
		return foundFeed{}, fmt.Errorf("the page names %d feeds: add the one you want by its own URL", len(readable))
	case len(found) == 1 && found[0].How == feed.FoundItself:
		return foundFeed{}, fmt.Errorf("the feed can't be read: %s; --unchecked adds it all the same", found[0].Error)
	}
	return foundFeed{}, noneFound(found, false)
}
