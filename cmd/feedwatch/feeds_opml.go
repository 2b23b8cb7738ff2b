package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/google/renameio/v2"
	"golang.org/x/text/language"

	"github.com/feedwatch/feedwatch/rules/strictyaml"
	"github.com/feedwatch/feedwatch/watcher/feed"
)

// feedsImportCommand adds the feeds of an OPML list to the configuration.
type feedsImportCommand struct {
	setup
	reloading
	File string `arg:"" help:"The list, in OPML; - is standard input."`
}

// Help implements kong.HelpProvider.
func (feedsImportCommand) Help() string {
	return `Folders and categories become tags; a tier attribute counts. Feeds that are there
already are left as they are; one marked optIn is added disabled. Feeds are not
asked for: feedwatch feeds check does that.

  feedwatch feeds import --config feedwatch.yaml subscriptions.opml`
}

// Run implements the verb.
func (c *feedsImportCommand) Run(ctx context.Context, p *program) error {
	f, err := editConfig(c.Config, p.env)
	if err != nil {
		return err
	}
	outlines, err := p.readOPML(c.File)
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	list, err := f.listed()
	if err != nil {
		return err
	}
	i := importing{list: list, names: map[string]int{}}
	for _, w := range list.cfg.Settings.Feeds {
		i.names[w.Name] = 1
	}
	for _, o := range outlines {
		i.take(o)
	}
	for _, reason := range i.refused {
		fmt.Fprintln(p.stderr, "left out: "+reason)
	}
	fmt.Fprintf(p.stdout, "%s added, %d there already, %d left out\n", plural(len(i.feeds), "feed"), i.known, len(i.refused))
	if len(i.feeds) == 0 {
		return nil
	}
	cfg, err := f.addFeeds(i.feeds...)
	if err != nil {
		return err
	}
	if err := f.write(); err != nil {
		return err
	}
	return p.afterEdit(ctx, f, cfg, c.Reload)
}

// readOPML reads a list from a file or from standard input.
func (p *program) readOPML(file string) ([]feed.Outline, error) {
	if file == stdinName {
		return feed.ParseOPML(p.stdin)
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	outlines, err := feed.ParseOPML(f)
	return outlines, errors.Join(err, f.Close())
}

// importing sorts the outlines of a list into feeds to add and others.
type importing struct {
	list    *listedFeeds
	names   map[string]int // that are taken, and how often they were asked for
	feeds   []newFeed
	known   int
	refused []string
}

// take sorts one outline. The list is a stranger's: it must not name files, nor
// keep good feeds out by a bad one.
func (i *importing) take(o feed.Outline) {
	u, err := url.Parse(o.URL)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		i.refused = append(i.refused, fmt.Sprintf("%s: its address is none of the web", strconv.Quote(onOneLine(o.Title, 80))))
		return
	case i.list.refuse(o.URL) != nil:
		i.known++
		return
	}
	i.list.keys[feed.LinkKey(o.URL)] = "in the list"
	n := newFeed{URL: o.URL, Name: i.freeName(o.Title, u), Tier: o.Tier, Disabled: o.OptIn, Tags: o.Tags, Language: validLanguage(o.Language)}
	i.feeds = append(i.feeds, n)
}

// freeName makes a name that no other feed has of what the list calls a feed, or
// else of its URL.
func (i *importing) freeName(title string, u *url.URL) string {
	name := strings.TrimSpace(onOneLine(title, maxFeedName))
	if name == "" {
		name = feedName(u)
	}
	if i.names[name]++; i.names[name] == 1 {
		return name
	}
	base := onOneLine(name, maxFeedName-len("-00000"))
	for n := i.names[name]; ; n++ {
		if free := base + "-" + strconv.Itoa(n); i.names[free] == 0 {
			i.names[name], i.names[free] = n, 1
			return free
		}
	}
}

// feedsExportCommand writes the feeds as OPML.
type feedsExportCommand struct {
	setup
	Output string `short:"o" help:"Write to this file, in place of standard output." placeholder:"FILE" type:"path"`
}

// Help implements kong.HelpProvider.
func (feedsExportCommand) Help() string {
	return `Writes OPML 2.0, with tags as categories, and tier, language and optIn (for what is
disabled) as attributes. Schedules and request headers stay out of it.

  feedwatch feeds export --config feedwatch.yaml -o feeds.opml`
}

// Run implements the verb.
func (c *feedsExportCommand) Run(p *program) error {
	outlines, err := p.outlines(c.Config)
	if err != nil {
		return err
	}
	secrets := 0
	for _, o := range outlines {
		if u, err := url.Parse(o.URL); err == nil && u.User != nil {
			secrets++
		}
	}
	if secrets > 0 {
		fmt.Fprintf(p.stderr, "warning: passwords stand in %s, and so in the list\n", plural(secrets, "URL"))
	}
	if c.Output == "" {
		return feed.WriteOPML(p.stdout, "feedwatch", outlines)
	}
	out, err := renameio.NewPendingFile(c.Output, renameio.WithPermissions(0o600), renameio.WithExistingPermissions())
	if err != nil {
		return err
	}
	if err = feed.WriteOPML(out, "feedwatch", outlines); err == nil {
		err = out.CloseAtomicallyReplace()
	}
	return errors.Join(err, out.Cleanup())
}

// outlines are the feeds of a configuration: those that are watched, and those
// that its file disables.
func (p *program) outlines(path string) ([]feed.Outline, error) {
	l, err := newLoader(path, p.env)
	if err != nil {
		return nil, &exitError{exitBadSetup, err}
	}
	cfg := l.config()
	if len(l.errs) > 0 {
		return nil, &exitError{exitBadSetup, strictyaml.Join(l.errs)}
	}
	var list []feed.Outline
	for _, f := range cfg.Settings.Feeds {
		list = append(list, feed.Outline{Title: f.Name, URL: f.URL, Language: f.Language, Tier: f.Tier, Tags: f.Tags})
	}
	for _, s := range l.doc.Feeds {
		if s.Disabled {
			o := feed.Outline{Title: s.Name, URL: s.URL, Language: s.Language, Tags: s.Tags, OptIn: true}
			if s.Tier != nil {
				o.Tier = *s.Tier
			}
			list = append(list, o)
		}
	}
	return list, nil
}

// validLanguage is a language tag, or "" for what is none.
func validLanguage(tag string) string {
	if _, err := language.Parse(tag); err != nil {
		return ""
	}
	return tag
}
