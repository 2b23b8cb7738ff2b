package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/dustin/go-humanize"
	"golang.org/x/sync/errgroup"

	"github.com/feedwatch/feedwatch/rules/strictyaml"
	"github.com/feedwatch/feedwatch/watcher"
	"github.com/feedwatch/feedwatch/watcher/egress"
	"github.com/feedwatch/feedwatch/watcher/feed"
)

// feedsCheckCommand asks for every feed once and says what ails it.
type feedsCheckCommand struct {
	setup
	JSON  bool     `name:"json" help:"Print JSON."`
	Names []string `arg:"" optional:"" name:"feed" help:"Only these feeds, by name or URL."`
}

// Help implements kong.HelpProvider.
func (feedsCheckCommand) Help() string {
	return `Asks for each feed once, one request to a host at a time, and reads the answer.
Nothing is stored, and no alert goes out. The exit code is 1 where a feed can't be
read; a feed that has moved, is stale or is slow is only shown.

  feedwatch feeds check --config feedwatch.yaml
  feedwatch feeds check --config feedwatch.yaml --json techcrunch`
}

// checkedFeed is what came of asking for a feed, as --json shows it.
type checkedFeed struct {
	Feed    string        `json:"feed"`
	URL     string        `json:"url"`
	State   string        `json:"state"` // ok, ailing or broken
	Ails    []ailment     `json:"ails"`
	Status  int           `json:"http_status,omitempty"`
	Entries int           `json:"entries"`
	Newest  *time.Time    `json:"newest"`
	Text    string        `json:"text,omitempty"` // how much of an article it has: full, summary or headline
	Bytes   int           `json:"bytes"`
	Took    time.Duration `json:"took_ns"`
}

// ailment is something wrong with a feed, and what to do about it.
type ailment struct {
	What   string `json:"what"`
	Remedy string `json:"remedy"` // empty where nothing need be done
}

// The states of a checked feed, the worst first.
const (
	feedBroken = "broken" // it can't be read
	feedAiling = "ailing" // it can, and something should be done
	feedOK     = "ok"
)

// Run implements the verb.
func (c *feedsCheckCommand) Run(ctx context.Context, p *program) error {
	cfg, err := loadConfig(c.Config, p.env)
	if err != nil {
		return &exitError{exitBadSetup, err}
	}
	feeds, err := chosen(cfg.Settings.Feeds, c.Names)
	if err != nil {
		return err
	}
	step, end := progress(p.stderr, "checking")
	checked, err := checkFeeds(ctx, cfg, feeds, step)
	end()
	if err != nil {
		return err
	}
	if c.JSON {
		err = printJSON(p.stdout, checked)
	} else {
		err = table(p.stdout, checkedRows(checked)...)
	}
	if err != nil {
		return err
	}
	return verdictOn(checked)
}

// chosen are the feeds with these names or URLs; all of them where none is given.
func chosen(feeds []watcher.Feed, names []string) ([]watcher.Feed, error) {
	if len(names) == 0 {
		return feeds, nil
	}
	var list []watcher.Feed
	var known []string
	for _, f := range feeds {
		known = append(known, f.Name)
	}
	for _, name := range names {
		i := slices.IndexFunc(feeds, func(f watcher.Feed) bool { return f.Name == name || f.URL == name })
		if i >= 0 {
			list = append(list, feeds[i])
			continue
		}
		if near := strictyaml.Nearest(name, known); near != "" {
			return nil, fmt.Errorf("no feed %q is configured: did you mean %q?", name, near)
		}
		return nil, fmt.Errorf("no feed %q is configured: feedwatch feeds list lists them", name)
	}
	return list, nil
}

// checkFeeds asks for the feeds and gives the worst first.
func checkFeeds(ctx context.Context, cfg *config, feeds []watcher.Feed, step func(done, total int)) ([]checkedFeed, error) {
	fetcher := newFetcher(cfg)
	checked := make([]checkedFeed, len(feeds))
	err := politely(ctx, cfg, feeds, step, func(ctx context.Context, i int) {
		checked[i] = checkFeed(ctx, fetcher, feeds[i])
	})
	if err != nil {
		return nil, err
	}
	order := []string{feedBroken, feedAiling, feedOK}
	slices.SortStableFunc(checked, func(a, b checkedFeed) int { return slices.Index(order, a.State) - slices.Index(order, b.State) })
	return checked, nil
}

// politely asks for feeds, hosts side by side and those of one host in turn, and
// calls step after each.
func politely(ctx context.Context, cfg *config, feeds []watcher.Feed, step func(done, total int), ask func(ctx context.Context, i int)) error {
	var mu sync.Mutex
	done := 0
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(concurrent(cfg))
	for _, turns := range byHost(feeds) {
		g.Go(func() error {
			for n, i := range turns {
				if n > 0 && !sleep(ctx, hostGap(cfg)) {
					break
				}
				ask(ctx, i)
				mu.Lock()
				done++
				step(done, len(feeds))
				mu.Unlock()
			}
			return ctx.Err()
		})
	}
	return g.Wait()
}

// defaultConcurrent is how many requests are under way unless poll.concurrent
// says otherwise.
const defaultConcurrent = 32

func concurrent(cfg *config) int {
	if n := cfg.Settings.Poll.Concurrent; n > 0 {
		return n
	}
	return defaultConcurrent
}

// byHost gives the places of the feeds of each host.
func byHost(feeds []watcher.Feed) map[string][]int {
	turns := map[string][]int{}
	for i, f := range feeds {
		host := f.URL
		if u, err := url.Parse(f.URL); err == nil {
			host = strings.ToLower(u.Host)
		}
		turns[host] = append(turns[host], i)
	}
	return turns
}

// sleep waits, and says whether it could.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// checkFeed asks for one feed.
func checkFeed(ctx context.Context, fetcher *feed.Fetcher, f watcher.Feed) checkedFeed {
	c := checkedFeed{Feed: f.Name, URL: egress.RedactURL(f.URL), State: feedOK, Ails: []ailment{}}
	if folder := feed.Folder(f.URL); folder != "" {
		own := *fetcher
		own.Files, fetcher = []string{folder}, &own
	}
	started := time.Now()
	resp, err := fetcher.Fetch(ctx, feed.Request{URL: f.URL, Header: f.Header})
	c.Took = time.Since(started)
	var doc *feed.Feed
	if err == nil {
		c.Status, c.Bytes = resp.Status, len(resp.Body)
		doc, err = feed.Parse(resp.Body, resp.ContentType, resp.URL)
	}
	if err != nil {
		if status, ok := errors.AsType[*feed.StatusError](err); ok {
			c.Status = status.Status
		}
		c.State, c.Ails = feedBroken, append(c.Ails, whyBroken(f, err))
		return c
	}
	c.Entries, c.Newest, c.Text = len(doc.Entries), given(newestEntry(doc)), howMuchText(doc)
	c.Ails = append(c.Ails, ailmentsOf(f, resp, doc, c.Took, time.Now())...)
	if slices.ContainsFunc(c.Ails, func(a ailment) bool { return a.Remedy != "" }) {
		c.State = feedAiling
	}
	return c
}

func checkedRows(checked []checkedFeed) [][]string {
	rows := [][]string{{"FEED", "STATE", "ENTRIES", "NEWEST", "TEXT", "SIZE", "TOOK", "WHAT AILS IT", "WHAT TO DO"}}
	for _, c := range checked {
		newest := "-"
		if c.Newest != nil {
			newest = day(*c.Newest)
		}
		row := []string{
			onOneLine(c.Feed, maxFeedName), c.State, strconv.Itoa(c.Entries), newest, c.Text,
			humanize.IBytes(uint64(c.Bytes)), c.Took.Round(time.Millisecond).String(), "", "",
		}
		for i, a := range c.Ails {
			if i > 0 {
				row = make([]string, len(row))
			}
			row[len(row)-2], row[len(row)-1] = onOneLine(a.What, 100), onOneLine(a.Remedy, 160)
			rows = append(rows, row)
		}
		if len(c.Ails) == 0 {
			rows = append(rows, row)
		}
	}
	return rows
}

// verdictOn is an error where a feed is broken.
func verdictOn(checked []checkedFeed) error {
	broken := 0
	for _, c := range checked {
		if c.State == feedBroken {
			broken++
		}
	}
	if broken == 0 {
		return nil
	}
	return fmt.Errorf("%d of %s can't be read", broken, plural(len(checked), "feed"))
}
