package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/watcher"
)

// feedsListCommand lists the configured feeds with what is known of each.
type feedsListCommand struct {
	setup
	JSON bool `name:"json" help:"Print JSON."`
}

// Help implements kong.HelpProvider.
func (feedsListCommand) Help() string {
	return `Those that need a look come first. The running daemon is asked; where none runs
the store is read, and where there is none only the configuration is shown.

  feedwatch feeds list --config feedwatch.yaml
  feedwatch feeds list --json | jq -r '.[] | select(.health != "fine") | .name'`
}

// Run implements the verb.
func (c *feedsListCommand) Run(ctx context.Context, p *program) error {
	var st watcher.Status
	err := p.askDaemon(ctx, c.Config, http.MethodGet, "/status", nil, &st)
	if errors.Is(err, errDown) {
		st, err = p.statusHere(ctx, c.Config)
	}
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(p.stdout, append([]watcher.FeedStatus{}, st.Feeds...))
	}
	return table(p.stdout, listRows(st)...)
}

// statusHere is the status as this process sees it. A store that can't be opened
// is no reason to show nothing: what the configuration says is said then.
func (p *program) statusHere(ctx context.Context, path string) (watcher.Status, error) {
	cfg, err := loadConfig(path, p.env)
	if err != nil {
		return watcher.Status{}, &exitError{exitBadSetup, err}
	}
	if hasStore(cfg.State) == nil {
		st, err := p.statusOver(ctx, cfg)
		if !errors.Is(err, storage.ErrInUse) && !errors.Is(err, fs.ErrPermission) {
			return st, err
		}
		fmt.Fprintf(p.stderr, "only the configuration is shown: %v\n", err)
	}
	empty, err := os.MkdirTemp("", "feedwatch-list-")
	if err != nil {
		return watcher.Status{}, err
	}
	cfg.State = empty
	st, err := p.statusOver(ctx, cfg)
	return st, errors.Join(err, os.RemoveAll(empty))
}

// statusOver is the status over the store that a configuration names.
func (p *program) statusOver(ctx context.Context, cfg *config) (watcher.Status, error) {
	d, err := p.build(ctx, cfg, slog.New(slog.DiscardHandler), nil)
	if err != nil {
		return watcher.Status{}, err
	}
	st, err := d.watcher.Status(ctx)
	return st, errors.Join(err, d.store.Close())
}

func listRows(st watcher.Status) [][]string {
	rows := [][]string{{"FEED", "STATE", "TIER", "TAGS", "EVERY", "LAST POLL", "NEXT", "LAST NEW", "NEWEST", "ITEMS", "COST", "URL", "WHY THEN", "WHAT AILS IT"}}
	for _, f := range st.Feeds {
		rows = append(rows, []string{
			onOneLine(f.Name, maxFeedName), string(f.Health), strconv.Itoa(f.Tier), onOneLine(strings.Join(f.Tags, ","), 40), every(f.Interval),
			watcher.Ago(f.LastPoll, st.Now), watcher.In(f.Next, st.Now), watcher.Ago(f.LastNew, st.Now), day(f.Newest),
			strconv.FormatUint(f.Items, 10), cost(f), onOneLine(f.URL, 120), onOneLine(f.Reason, 100), onOneLine(ails(f), 200),
		})
	}
	return rows
}

// cost is what a poll takes: bytes and time.
func cost(f watcher.FeedStatus) string {
	if f.LastPoll.IsZero() {
		return "-"
	}
	return humanize.IBytes(uint64(max(f.Bytes, 0))) + " " + f.Took.Round(time.Millisecond).String()
}

// ails is what a person should know of a feed that is not well.
func ails(f watcher.FeedStatus) string {
	if f.Moved == "" || f.LastError != "" {
		return f.LastError
	}
	return "moved to " + f.Moved
}

// every is a length of time as schedules have it: 15m, not 15m0s.
func every(d time.Duration) string {
	switch {
	case d >= time.Hour && d%time.Hour == 0:
		return fmt.Sprintf("%dh", d/time.Hour)
	case d >= time.Minute && d%time.Minute == 0:
		return fmt.Sprintf("%dm", d/time.Minute)
	}
	return d.Round(time.Second).String()
}
