package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/feedwatch/feedwatch/rules/strictyaml"
	"github.com/feedwatch/feedwatch/watcher"
	"github.com/feedwatch/feedwatch/watcher/egress"
	"github.com/feedwatch/feedwatch/watcher/feed"
)

// reloading is the flag of verbs that change the configuration.
type reloading struct {
	Reload bool `help:"Make the running daemon read the configuration at once."`
}

// feedsAddCommand adds a feed to the configuration.
type feedsAddCommand struct {
	setup
	reloading
	URL       string   `arg:"" help:"Address of the feed, or of a page that names one."`
	Name      string   `help:"A name of its own; made of the URL without one."`
	Tier      int      `help:"1 (best), 2 or 3; 2 without one." placeholder:"N"`
	Tag       []string `help:"A tag, or several with commas." placeholder:"TAG"`
	Schedule  string   `help:"Cron's five fields, or '@every 1h'." placeholder:"SPEC"`
	Unchecked bool     `help:"Add the URL as it is, without asking for it."`
}

// Help implements kong.HelpProvider.
func (feedsAddCommand) Help() string {
	return `The feed is asked for first, and a page for the feed that it names. The line goes
to the end of feeds in the configuration file; all else in it stays as it is, and
nothing is written unless the outcome passes feedwatch check.

  feedwatch feeds add --config feedwatch.yaml https://openai.com/news/rss.xml --tier 1 --tag ai,openai
  feedwatch feeds add --config feedwatch.yaml the-decoder.com --reload`
}

// Run implements the verb.
func (c *feedsAddCommand) Run(ctx context.Context, p *program) error {
	f, err := editConfig(c.Config, p.env)
	if err != nil {
		return err
	}
	list, err := f.listed()
	if err != nil {
		return err
	}
	n := newFeed{URL: webAddress(c.URL), Name: c.Name, Tier: c.Tier, Tags: c.Tag, Schedule: c.Schedule}
	if err := list.refuse(n.URL); err != nil {
		return err
	}
	about := "not asked for yet"
	if !c.Unchecked {
		if n.URL, about, err = list.ask(ctx, p, n.URL); err != nil {
			return err
		}
	}
	cfg, err := f.addFeeds(n)
	if err != nil {
		return err
	}
	if err := f.write(); err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "added %s, %s: %s\n", nameIn(cfg, n.URL), egress.RedactURL(n.URL), about)
	return p.afterEdit(ctx, f, cfg, c.Reload)
}

// ask asks for an address to add, and gives that of its feed and a word about it.
func (list *listedFeeds) ask(ctx context.Context, p *program, address string) (leads, about string, err error) {
	found, err := oneFeed(ctx, p, list.cfg, address)
	if err != nil {
		return "", "", err
	}
	if err := list.refuse(found.URL); err != nil {
		return "", "", fmt.Errorf("it leads to %s: %w", egress.RedactURL(found.URL), err)
	}
	return found.URL, fmt.Sprintf("%s, %s (%s)", onOneLine(found.Title, 80), entriesOf(found.Entries), howFound[found.How]), nil
}

// afterEdit says what the configuration comes to, and makes it count.
func (p *program) afterEdit(ctx context.Context, f *configFile, cfg *config, reload bool) error {
	fmt.Fprintf(p.stdout, "%s: %s\n", f.name, cfg.summary())
	if !reload {
		_, err := fmt.Fprintf(p.stderr, "a running daemon reads it at: feedwatch reload --config %s\n", f.name)
		return err
	}
	var text string
	err := p.askDaemon(ctx, f.name, http.MethodPost, "/reload", nil, &text)
	if errors.Is(err, errDown) {
		_, err = fmt.Fprintln(p.stderr, "no daemon is running: it will read it when it starts")
		return err
	}
	if err != nil {
		return fmt.Errorf("the file is written, and the daemon did not take it: %w", err)
	}
	_, err = fmt.Fprintln(p.stdout, "reloaded: "+text)
	return err
}

// nameIn is the name of the feed with a URL, "" where none is watched.
func nameIn(cfg *config, address string) string {
	for _, f := range cfg.Settings.Feeds {
		if f.URL == address {
			return f.Name
		}
	}
	return ""
}

// listedFeeds are the feeds of a configuration file as they are written, and what
// they come to with the built-in ones.
type listedFeeds struct {
	sections []feedSection
	cfg      *config
	keys     map[string]string // feed.LinkKey → what to call the feed that has it
}

// listed loads what a file says before it is changed.
func (f *configFile) listed() (*listedFeeds, error) {
	cfg, err := f.check(f.text)
	if err != nil {
		return nil, err
	}
	list := &listedFeeds{cfg: cfg, keys: map[string]string{}}
	if f.info != nil {
		l, err := newLoader(f.name, f.env)
		if err != nil {
			return nil, err
		}
		list.sections = l.doc.Feeds
	}
	for _, s := range list.sections {
		list.keys[feed.LinkKey(s.URL)] = "disabled in the configuration"
	}
	for _, w := range cfg.Settings.Feeds {
		list.keys[feed.LinkKey(w.URL)] = "as " + w.Name
	}
	return list, nil
}

// refuse gives an error for a feed that is there already, be it under another
// spelling of its address.
func (list *listedFeeds) refuse(address string) error {
	if as, ok := list.keys[feed.LinkKey(address)]; ok {
		return fmt.Errorf("this feed is there already, %s", as)
	}
	return nil
}

// feedsRemoveCommand takes a feed out of the configuration.
type feedsRemoveCommand struct {
	setup
	reloading
	Feed string `arg:"" help:"Name or URL of the feed."`
}

// Help implements kong.HelpProvider.
func (feedsRemoveCommand) Help() string {
	return `Takes the feed's entry out of the configuration file; comments around it stay. A
built-in feed gets an entry that disables it. What was stored of it is kept.

  feedwatch feeds remove --config feedwatch.yaml techcrunch`
}

// Run implements the verb.
func (c *feedsRemoveCommand) Run(ctx context.Context, p *program) error {
	f, err := editConfig(c.Config, p.env)
	if err != nil {
		return err
	}
	list, err := f.listed()
	if err != nil {
		return err
	}
	target, i, err := list.find(c.Feed)
	if err != nil {
		return err
	}
	said, cfg, err := list.remove(f, target, i)
	if err != nil {
		return err
	}
	if err := f.write(); err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "%s %s, %s\n", said, cmp.Or(nameIn(cfg, target.URL), target.Name), egress.RedactURL(target.URL))
	return p.afterEdit(ctx, f, cfg, c.Reload)
}

// remove makes the feed no longer watched, and says in what way.
func (list *listedFeeds) remove(f *configFile, target watcher.Feed, i int) (said string, cfg *config, err error) {
	said, cfg = "removed", list.cfg
	if i >= 0 {
		if cfg, err = f.removeFeed(i); err != nil {
			return "", nil, err
		}
		if list.sections[i].Disabled {
			return "removed the entry that disabled", cfg, nil
		}
	}
	if nameIn(cfg, target.URL) != "" { // as a built-in one
		said = "disabled the built-in feed"
		cfg, err = f.addFeeds(newFeed{URL: target.URL, Disabled: true})
	}
	return said, cfg, err
}

// find looks a feed up by name or URL, and gives its place among the sections,
// -1 for a built-in one.
func (list *listedFeeds) find(which string) (target watcher.Feed, i int, err error) {
	var names []string
	for _, f := range list.cfg.Settings.Feeds {
		if names = append(names, f.Name); f.Name == which || f.URL == which {
			which = f.URL
			target = f
		}
	}
	for i, s := range list.sections {
		if s.URL == which || s.Name == which && which != "" {
			return watcher.Feed{URL: s.URL, Name: cmp.Or(target.Name, s.Name, feedNameOf(s.URL))}, i, nil
		}
	}
	switch near := strictyaml.Nearest(which, names); {
	case target.URL != "":
		return target, -1, nil
	case near != "":
		return target, -1, fmt.Errorf("no feed %q is configured: did you mean %q?", which, near)
	}
	if strings.Contains(which, "://") {
		which = egress.RedactURL(which)
	}
	return target, -1, fmt.Errorf("no feed %q is configured: feedwatch feeds list lists them", which)
}

func feedNameOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return feedName(u)
}
