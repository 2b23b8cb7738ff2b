package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/dustin/go-humanize"
	"github.com/dustin/go-humanize/english"

	"github.com/feedwatch/feedwatch/watcher"
)

// statusCommand shows how the running daemon fares.
type statusCommand struct {
	setup
	JSON bool `name:"json" help:"Print JSON, the same as GET /status."`
}

// Run implements the verb.
func (c *statusCommand) Run(ctx context.Context, p *program) error {
	var st watcher.Status
	if err := p.askDaemon(ctx, c.Config, http.MethodGet, "/status", nil, &st); err != nil {
		return err
	}
	if c.JSON {
		return printJSON(p.stdout, st)
	}
	return printStatus(p.stdout, st)
}

// printStatus shows a status as three short tables: receivers, feeds, and the
// alerts of late.
func printStatus(w io.Writer, st watcher.Status) error {
	state := "watching"
	if !st.Ready {
		state = "not watching"
	}
	fmt.Fprintf(w, "feedwatch %s, %s, up %s: %s, %s, %s %s, %s on disk\n\n", st.Version, state,
		strings.TrimSpace(humanize.RelTime(st.Started, st.Now, "", "")), plural(len(st.Feeds), "feed"),
		plural(st.Rules, "rule"), humanize.Comma(int64(st.Items)), english.PluralWord(int(st.Items), "item", ""), humanize.IBytes(uint64(st.StoreSize)))
	if err := table(w, receiverRows(st)...); err != nil {
		return err
	}
	fmt.Fprintln(w)
	if err := table(w, feedRows(st)...); err != nil {
		return err
	}
	if len(st.Recent) == 0 {
		return nil
	}
	fmt.Fprintln(w)
	return table(w, recentRows(st)...)
}

func receiverRows(st watcher.Status) [][]string {
	rows := [][]string{{"RECEIVER", "KIND", "WAITING", "DELIVERED", "GIVEN UP", "STATE"}}
	for _, r := range st.Receivers {
		state := "fine"
		switch {
		case !r.Configured:
			state = "not in the configuration: its deliveries wait"
		case r.LastError != "":
			state = r.LastError
		}
		switch {
		case !r.PausedTill.IsZero():
			state += "; asked for rest, next " + watcher.In(r.PausedTill, st.Now)
		case r.LastError != "" && !r.Next.IsZero():
			state += "; next try " + watcher.In(r.Next, st.Now)
		}
		rows = append(rows, []string{
			r.Name, r.Kind, strconv.Itoa(r.Pending + r.Sending), strconv.FormatUint(r.Delivered, 10), strconv.Itoa(r.Dead), state,
		})
	}
	return rows
}

func feedRows(st watcher.Status) [][]string {
	rows := [][]string{{"FEED", "TIER", "STATE", "LAST READ", "NEXT", "ITEMS", "ERROR"}}
	for _, f := range st.Feeds {
		rows = append(rows, []string{
			f.Name, strconv.Itoa(f.Tier), string(f.Health), watcher.Ago(f.LastGood, st.Now), watcher.In(f.Next, st.Now),
			strconv.FormatUint(f.Items, 10), f.LastError,
		})
	}
	return rows
}

func recentRows(st watcher.Status) [][]string {
	rows := [][]string{{"ALERT", "FEED", "RULES", "TITLE"}}
	for _, a := range st.Recent {
		var names []string
		for _, m := range a.Matches {
			names = append(names, m.Rule)
		}
		rows = append(rows, []string{watcher.Ago(a.Created, st.Now), a.Item.FeedName, strings.Join(names, ","), onOneLine(a.Item.Title, 80)})
	}
	return rows
}

// onOneLine is a text without control characters, cut to n characters: a feed
// must not draw on the terminal.
func onOneLine(s string, n int) string {
	s = strings.Map(func(r rune) rune {
		if !strconv.IsPrint(r) {
			return ' '
		}
		return r
	}, s)
	if runes := []rune(s); len(runes) > n {
		return string(runes[:n-1]) + "…"
	}
	return s
}
