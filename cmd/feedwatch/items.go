package main

import (
	"context"
	"fmt"
	"time"

	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/watcher"
)

// itemsCommand lists the archive.
type itemsCommand struct {
	setup
	Since span   `help:"First seen so long ago at most: 30d, 2w, 12h." default:"1d" placeholder:"SPAN"`
	Feed  string `help:"Only those of this feed, by its name." placeholder:"NAME"`
	Match string `help:"Only those that this rule of the configuration matches, or would have matched." placeholder:"RULE"`
	Limit int    `help:"At most so many; 0 for all." default:"50"`
	JSON  bool   `name:"json" help:"Print a line of JSON an item."`
}

// Run implements the verb.
func (c *itemsCommand) Run(ctx context.Context, p *program) error {
	wanted, err := c.filter(p)
	if err != nil {
		return err
	}
	now, shown := time.Now(), 0
	rows := [][]string{{"SEEN", "FEED", "TITLE", "LINK"}}
	for item, err := range p.archive(ctx, c.Config, c.Since.before(now)) {
		if err != nil {
			return err
		}
		if !wanted(&item) {
			continue
		}
		if c.JSON {
			err = printJSONLine(p.stdout, item)
		} else {
			rows = append(rows, itemRow(&item, now))
		}
		if err != nil {
			return err
		}
		if shown++; shown == c.Limit {
			break
		}
	}
	if c.JSON {
		return nil
	}
	return table(p.stdout, rows...)
}

func itemRow(item *storage.Item, now time.Time) []string {
	return []string{watcher.Ago(item.Seen, now), onOneLine(item.FeedName, 24), onOneLine(item.Title, 80), onOneLine(item.Link, 120)}
}

// filter makes a test of the flags.
func (c *itemsCommand) filter(p *program) (func(*storage.Item) bool, error) {
	ofRule := func(*storage.Item) bool { return true }
	if c.Match != "" {
		cfg, err := loadConfig(c.Config, p.env)
		if err != nil {
			return nil, &exitError{exitBadSetup, err}
		}
		set := cfg.Settings.Rules
		if err := hasRule(set, c.Match); err != nil {
			return nil, err
		}
		ofRule = func(item *storage.Item) bool {
			return hasMatch(set.Match(archiveDoc(item, set.AsksLanguage())), c.Match)
		}
	}
	return func(item *storage.Item) bool { return (c.Feed == "" || item.FeedName == c.Feed) && ofRule(item) }, nil
}

// Validate refuses what makes no sense; kong calls it.
func (c *itemsCommand) Validate() error {
	if c.Limit < 0 {
		return fmt.Errorf("--limit=%d: it takes a number from 0 up", c.Limit)
	}
	return nil
}

// Help implements kong.HelpProvider.
func (itemsCommand) Help() string {
	return `  feedwatch items --since 7d --match partnership
  feedwatch items --feed wire --limit 0 --json >archive.jsonl

The lines of --json have id, title and text: feedwatch match and rules diff read them.`
}
