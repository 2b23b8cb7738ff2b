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

	"github.com/feedwatch/feedwatch/watcher"
)

// pollCommand polls once and delivers what that brings.
type pollCommand struct {
	setup
	Feed     string `arg:"" optional:"" help:"Only this feed, by URL or name; all of them without it."`
	Force    bool   `help:"Also poll feeds that asked to be left alone, or were polled just now. The request is conditional all the same."`
	Backfill int    `help:"Of a feed's first listing, alert the newest N that match, instead of none." placeholder:"N"`
	JSON     bool   `name:"json" help:"Print JSON."`
}

// Run implements the verb: the running daemon polls, or this process does where
// there is none.
func (c *pollCommand) Run(ctx context.Context, p *program) error {
	var lines []pollLine
	form := url.Values{"feed": {c.Feed}, "force": {strconv.FormatBool(c.Force)}, "backfill": {strconv.Itoa(c.Backfill)}}
	err := p.askDaemon(ctx, stateDir(c.Config, p.env), http.MethodPost, "/poll", form, &lines)
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
	d, err := p.open(ctx, c.Config, newLogger(p.stderr, logOptions{Level: slog.LevelWarn}))
	if err != nil {
		return nil, err
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
	Feed    string    `json:"feed"`
	URL     string    `json:"url"`
	Status  int       `json:"http_status"`
	Entries int       `json:"entries"`
	New     int       `json:"new"`
	Matched int       `json:"matched"`
	Alerts  int       `json:"alerts"`
	Silent  string    `json:"silent,omitempty"`
	Same    bool      `json:"unchanged"`
	Next    time.Time `json:"next,omitzero"`
	Error   string    `json:"error,omitempty"`
}

func pollLines(reports []watcher.Report) []pollLine {
	lines := make([]pollLine, len(reports))
	for i, r := range reports {
		lines[i] = pollLine{
			Feed: r.Feed, URL: r.URL, Status: r.Status, Entries: r.Entries, New: r.New, Matched: r.Matched,
			Alerts: r.Alerts, Silent: r.Silent, Same: r.Same, Next: r.Next,
		}
		if r.Err != nil {
			lines[i].Error = r.Err.Error()
		}
	}
	return lines
}

// printPolls shows a line a feed; the exit code is 1 where none could be read.
func printPolls(p *program, lines []pollLine) error {
	rows := [][]string{{"FEED", "ENTRIES", "NEW", "MATCHED", "ALERTS", "RESULT"}}
	failed := 0
	for _, l := range lines {
		result := "ok"
		switch {
		case l.Error != "":
			failed++
			result = l.Error
		case l.Same:
			result = "unchanged"
		case l.Silent != "":
			result = fmt.Sprintf("%s: kept in silence, %d would have matched", l.Silent, l.Matched)
		}
		rows = append(rows, []string{
			l.Feed, strconv.Itoa(l.Entries), strconv.Itoa(l.New), strconv.Itoa(l.Matched), strconv.Itoa(l.Alerts), result,
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
