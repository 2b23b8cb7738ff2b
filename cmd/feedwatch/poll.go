package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/feedwatch/feedwatch/rules/strictyaml"
	"github.com/feedwatch/feedwatch/watcher"
	"github.com/feedwatch/feedwatch/watcher/egress"
)

// pollCommand polls once and delivers what that brings.
type pollCommand struct {
	setup
	Feed     string `arg:"" optional:"" help:"Only this feed, by URL or name; all of them without it."`
	Force    bool   `help:"Also poll feeds that asked to be left alone, or were polled just now. The request is conditional all the same."`
	Backfill int    `help:"Of each feed's first listing, alert the newest N that match, instead of none." placeholder:"N"`
	JSON     bool   `name:"json" help:"Print JSON."`
}

// Validate refuses what makes no sense; kong calls it.
func (c *pollCommand) Validate() error {
	if c.Backfill < 0 {
		return fmt.Errorf("--backfill=%d: it takes a number from 0 up", c.Backfill)
	}
	return nil
}

// Run implements the verb: the running daemon polls, or this process does where
// there is none.
func (c *pollCommand) Run(ctx context.Context, p *program) error {
	var lines []pollLine
	form := url.Values{"feed": {c.Feed}, "force": {strconv.FormatBool(c.Force)}, "backfill": {strconv.Itoa(c.Backfill)}}
	err := p.askDaemon(ctx, c.Config, http.MethodPost, "/poll", form, &lines)
	if errors.Is(err, errDown) {
		lines, err = c.pollHere(ctx, p)
	}
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(p.stdout, lines)
	}
	return printPolls(p, lines)
}

// pollHere polls and delivers in this process.
func (c *pollCommand) pollHere(ctx context.Context, p *program) ([]pollLine, error) {
	if c.JSON { // Standard output is for the JSON alone.
		p = &program{env: p.env, stdout: p.stderr, stderr: p.stderr}
	}
	d, err := p.open(ctx, c.Config, newLogger(p.stderr, logOptions{Level: slog.LevelWarn}))
	if err != nil {
		return nil, err
	}
	if err := d.knows(c.Feed); err != nil {
		return nil, errors.Join(err, d.store.Close())
	}
	step, end := progress(p.stderr, "polling")
	reports, err := d.watcher.PollNow(ctx, watcher.PollOptions{
		URL: c.Feed, Force: c.Force, Backfill: c.Backfill, Progress: step,
	})
	end()
	if err == nil {
		err = d.watcher.Drain(ctx)
	}
	return pollLines(reports), errors.Join(err, d.store.Close())
}

// pollLine is a poll as the command line shows it.
type pollLine struct {
	Feed      string    `json:"feed"`
	URL       string    `json:"url"`
	Status    int       `json:"http_status"`
	Entries   int       `json:"entries"`
	New       int       `json:"new"`
	Matched   int       `json:"matched"`
	Told      int       `json:"told"` // of the matched, not kept in silence
	Alerts    int       `json:"alerts"`
	Silent    string    `json:"silent,omitempty"`
	Same      bool      `json:"unchanged"`
	LeftAlone time.Time `json:"left_alone_until,omitzero"`
	Next      time.Time `json:"next,omitzero"`
	Error     string    `json:"error,omitempty"`
}

func pollLines(reports []watcher.Report) []pollLine {
	lines := make([]pollLine, len(reports))
	for i, r := range reports {
		lines[i] = pollLine{
			Feed: r.Feed, URL: egress.RedactURL(r.URL), Status: r.Status, Entries: r.Entries, New: r.New, Matched: r.Matched,
			Told: r.Told, Alerts: r.Alerts, Silent: r.Silent, Same: r.Same, LeftAlone: r.LeftAlone, Next: r.Next,
			Error: egress.Redact(r.Err),
		}
	}
	return lines
}

// printPolls shows a line a feed; the exit code is 1 where none could be read.
func printPolls(p *program, lines []pollLine) error {
	rows := [][]string{{"FEED", "ENTRIES", "NEW", "MATCHED", "ALERTS", "RESULT"}}
	failed := 0
	for _, l := range lines {
		if l.Error != "" {
			failed++
		}
		rows = append(rows, []string{
			l.Feed, strconv.Itoa(l.Entries), strconv.Itoa(l.New), strconv.Itoa(l.Matched), strconv.Itoa(l.Alerts), l.result(),
		})
	}
	if err := table(p.stdout, rows...); err != nil {
		return err
	}
	if failed == len(lines) && failed > 0 {
		return fmt.Errorf("not one of %s could be read", plural(failed, "feed"))
	}
	return nil
}

// result says in words what came of the poll.
func (l pollLine) result() string {
	switch {
	case l.Error != "":
		return l.Error
	case !l.LeftAlone.IsZero():
		return "left alone until " + l.LeftAlone.UTC().Format(time.RFC3339) + ", as its server or min_interval asks (--force asks it all the same)"
	case l.Same:
		return "unchanged"
	case l.Silent != "" && l.Told > 0:
		return fmt.Sprintf("%s: %d told, %d more would have matched", l.Silent, l.Told, l.Matched-l.Told)
	case l.Silent != "":
		return fmt.Sprintf("%s: kept in silence, %d would have matched", l.Silent, l.Matched)
	}
	return "ok"
}

// knows tells whether the configuration has the feed; "" stands for all.
func (d *daemon) knows(feed string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	var names []string
	for _, f := range d.config.Settings.Feeds {
		if feed == "" || f.Name == feed || f.URL == feed {
			return nil
		}
		names = append(names, f.Name)
	}
	if near := strictyaml.Nearest(feed, names); near != "" {
		return fmt.Errorf("no feed %q is configured: did you mean %q?", feed, near)
	}
	return fmt.Errorf("no feed %q is configured: feedwatch status lists them", feed)
}
