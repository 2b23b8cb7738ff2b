package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/watcher"
)

// outboxCommand looks into the outbox of the running daemon.
type outboxCommand struct {
	List   outboxListCommand   `cmd:"" default:"withargs" help:"List deliveries, the newest first. This is what outbox does without a verb."`
	Replay outboxReplayCommand `cmd:"" help:"Send dead letters again."`
}

// outboxListCommand lists deliveries.
type outboxListCommand struct {
	setup
	Receiver string `help:"Only those to this receiver." placeholder:"NAME"`
	State    string `help:"Only those that are pending, sending, delivered or dead." enum:"pending,sending,delivered,dead," default:""`
	Limit    int    `help:"At most so many." default:"50"`
	JSON     bool   `name:"json" help:"Print JSON, with every attempt and the alert in full."`
}

// Run implements the verb.
func (c *outboxListCommand) Run(ctx context.Context, p *program) error {
	form := url.Values{"receiver": {c.Receiver}, "state": {c.State}, "limit": {strconv.Itoa(c.Limit)}}
	var list []storage.Delivery
	if err := p.askDaemon(ctx, c.Config, http.MethodGet, "/outbox", form, &list); err != nil {
		return err
	}
	if c.JSON {
		return printJSON(p.stdout, list)
	}
	rows := [][]string{{"ID", "RECEIVER", "STATE", "TRIES", "CREATED", "DUE", "TITLE", "LAST"}}
	for _, d := range list {
		rows = append(rows, outboxRow(d, time.Now()))
	}
	return table(p.stdout, rows...)
}

func outboxRow(d storage.Delivery, now time.Time) []string {
	tries, last, due := 0, "", ""
	if n := len(d.Attempts); n > 0 {
		tries, last = d.Attempts[n-1].N, onOneLine(d.Attempts[n-1].Detail, 80)
	}
	if d.State == storage.Pending || d.State == storage.Sending {
		due = watcher.In(d.Due, now)
	}
	return []string{
		d.Alert.ID, d.Alert.Receiver, string(d.State), strconv.Itoa(tries), watcher.Ago(d.Alert.Created, now), due,
		onOneLine(titleOf(d.Alert), 50), last,
	}
}

// outboxReplayCommand makes dead letters due again.
type outboxReplayCommand struct {
	setup
	Receiver string   `help:"All dead letters to this receiver." placeholder:"NAME" xor:"which"`
	All      bool     `help:"All dead letters." xor:"which"`
	ID       []string `arg:"" optional:"" help:"These dead letters, as outbox --state dead lists them."`
}

// Validate refuses a replay of nothing in particular; kong calls it.
func (c *outboxReplayCommand) Validate() error {
	if c.Receiver == "" && !c.All && len(c.ID) == 0 {
		return fmt.Errorf("say which dead letters: their ids, --receiver NAME, or --all")
	}
	return nil
}

// Run implements the verb.
func (c *outboxReplayCommand) Run(ctx context.Context, p *program) error {
	var n int
	form := url.Values{"receiver": {c.Receiver}, "id": c.ID}
	if err := p.askDaemon(ctx, c.Config, http.MethodPost, "/replay", form, &n); err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("there is no such dead letter: feedwatch outbox --state dead lists them")
	}
	_, err := fmt.Fprintf(p.stdout, "%s due again\n", plural(n, "dead letter"))
	return err
}

// deliveriesFor lists the outbox as a caller on the control socket asks.
func (d *daemon) deliveriesFor(r *http.Request) ([]storage.Delivery, error) {
	limit, err := strconv.Atoi(r.FormValue("limit"))
	if err != nil {
		return nil, fmt.Errorf("limit: %w", err)
	}
	return d.watcher.Outbox(r.Context(), storage.DeliveryQuery{
		Receiver: r.FormValue("receiver"), State: storage.State(r.FormValue("state")), Limit: limit,
	})
}

// replayFor replays as a caller on the control socket asks.
func (d *daemon) replayFor(r *http.Request) (int, error) {
	if err := r.ParseForm(); err != nil {
		return 0, err
	}
	return d.watcher.Replay(r.Context(), r.Form.Get("receiver"), r.Form["id"])
}

// Help implements kong.HelpProvider.
func (outboxCommand) Help() string {
	return `  feedwatch outbox --state dead
  feedwatch outbox replay --receiver ai-desk`
}
