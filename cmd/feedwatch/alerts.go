package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/watcher"
	"github.com/feedwatch/feedwatch/watcher/deliver"
)

// alertsCommand shows what was alerted, and why.
type alertsCommand struct {
	List alertsListCommand `cmd:"" default:"withargs" help:"List alerts, the newest first. This is what alerts does without a verb."`
	Show alertsShowCommand `cmd:"" help:"Show one alert with its evidence: rules, words, the request that brought it, every attempt."`
}

// Help implements kong.HelpProvider.
func (alertsCommand) Help() string {
	return `An alert that went to several receivers is listed once. The running daemon is
asked; where none runs the store is read.

  feedwatch alerts --rule azure-exclusivity
  feedwatch alerts show fw_0123456789abcdef
  feedwatch alerts --json --limit 1000 | jq -r '.[].item.link'`
}

// alertsListCommand lists alerts.
type alertsListCommand struct {
	setup
	Rule     string `help:"Only those that this rule caused." placeholder:"NAME"`
	Receiver string `help:"Only those to this receiver." placeholder:"NAME"`
	Limit    int    `help:"At most so many." default:"50"`
	JSON     bool   `name:"json" help:"Print JSON, with the words that matched."`
}

// Validate refuses what makes no sense; kong calls it.
func (c *alertsListCommand) Validate() error {
	if c.Limit < 1 {
		return fmt.Errorf("--limit=%d: it takes a number from 1 up", c.Limit)
	}
	return nil
}

// alertLooked is how many deliveries are looked through for alerts.
const alertLooked = 10_000

// told is an alert with those it went to.
type told struct {
	storage.Alert
	Receivers []toldReceiver `json:"receivers"`
}

// toldReceiver is where an alert stands with one receiver.
type toldReceiver struct {
	ID       string            `json:"id"` // of the delivery
	Name     string            `json:"name"`
	State    storage.State     `json:"state"`
	Ref      string            `json:"ref,omitempty"` // what the receiver calls the message
	Attempts []storage.Attempt `json:"attempts"`
}

// Run implements the verb.
func (c *alertsListCommand) Run(ctx context.Context, p *program) error {
	deliveries, err := p.deliveries(ctx, c.Config, c.Receiver)
	if err != nil {
		return err
	}
	alerts := []told{}
	for _, a := range byAlert(deliveries) {
		if len(alerts) < c.Limit && (c.Rule == "" || slices.Contains(rulesOf(a.Alert), c.Rule)) {
			alerts = append(alerts, a)
		}
	}
	if c.JSON {
		return printJSON(p.stdout, alerts)
	}
	rows := [][]string{{"ID", "CREATED", "KIND", "SEVERITY", "RULES", "FEED", "TITLE", "RECEIVERS"}}
	now := time.Now()
	for _, a := range alerts {
		rows = append(rows, []string{
			a.ID, watcher.Ago(a.Created, now), string(a.Kind), a.Severity, strings.Join(rulesOf(a.Alert), ","),
			onOneLine(a.Item.FeedName, 24), onOneLine(titleOf(a.Alert), 70), a.receivers(),
		})
	}
	return table(p.stdout, rows...)
}

// deliveries are the newest deliveries, from the running daemon or else from the
// store.
func (p *program) deliveries(ctx context.Context, config, receiver string) ([]storage.Delivery, error) {
	var list []storage.Delivery
	form := url.Values{"receiver": {receiver}, "limit": {strconv.Itoa(alertLooked)}}
	err := p.askDaemon(ctx, config, http.MethodGet, "/outbox", form, &list)
	if !errors.Is(err, errDown) {
		return list, err
	}
	err = p.withStore(ctx, config, func(w *watcher.Watcher) error {
		list, err = w.Outbox(ctx, storage.DeliveryQuery{Receiver: receiver, Limit: alertLooked})
		return err
	})
	return list, err
}

// byAlert puts together what several receivers heard of one item at one time.
func byAlert(deliveries []storage.Delivery) []told {
	type occasion struct {
		item    string
		kind    storage.Kind
		created int64
	}
	var list []told
	place := map[occasion]int{}
	for _, d := range deliveries {
		o := occasion{d.Alert.Item.ID, d.Alert.Kind, d.Alert.Created.UnixNano()}
		if o.item == "" {
			o.item = d.Alert.ID
		}
		i, ok := place[o]
		if !ok {
			i = len(list)
			place[o] = i
			list = append(list, told{Alert: d.Alert})
		}
		list[i].Receivers = append(list[i].Receivers, toldReceiver{d.Alert.ID, d.Alert.Receiver, d.State, d.Ref, d.Attempts})
	}
	return list
}

func rulesOf(a storage.Alert) []string {
	names := make([]string, len(a.Matches))
	for i, m := range a.Matches {
		names[i] = m.Rule
	}
	return names
}

// titleOf is the line that says what an alert is about.
func titleOf(a storage.Alert) string {
	var b strings.Builder
	for _, p := range deliver.Headline(&a) {
		b.WriteString(p.Text)
	}
	return b.String()
}

func (a told) receivers() string {
	list := make([]string, len(a.Receivers))
	for i, r := range a.Receivers {
		list[i] = r.Name + " " + string(r.State)
	}
	return strings.Join(list, ", ")
}

// alertsShowCommand shows one alert.
type alertsShowCommand struct {
	setup
	ID   string `arg:"" help:"As alerts, or outbox, lists it."`
	JSON bool   `name:"json" help:"Print JSON."`
}

// Run implements the verb.
func (c *alertsShowCommand) Run(ctx context.Context, p *program) error {
	deliveries, err := p.deliveries(ctx, c.Config, "")
	if err != nil {
		return err
	}
	for _, a := range byAlert(deliveries) {
		if !slices.ContainsFunc(a.Receivers, func(r toldReceiver) bool { return r.ID == c.ID }) {
			continue
		}
		if c.JSON {
			return printJSON(p.stdout, a)
		}
		return printEvidence(p.stdout, a)
	}
	return fmt.Errorf("there is no such alert among the newest %d deliveries: feedwatch alerts lists them", alertLooked)
}

// printEvidence says what was told, why, where it came from, and who heard it.
func printEvidence(w io.Writer, a told) error {
	fmt.Fprintf(w, "%s\n%s, %s, created %s\n", onOneLine(titleOf(a.Alert), 200), a.Kind, a.Severity, a.Created.UTC().Format(time.RFC3339))
	if a.Item.ID != "" {
		fmt.Fprintf(w, "link   %s\nitem   %s, seen %s\nfeed   %s, tier %d\nfetch  %s at %s, status %d\nstory  %s\n",
			onOneLine(a.Item.Link, 300), a.Item.ID, a.Item.Seen.UTC().Format(time.RFC3339), onOneLine(a.Item.FeedName, maxFeedName), a.Item.Tier,
			onOneLine(a.Fetch.URL, 300), a.Fetch.At.UTC().Format(time.RFC3339), a.Fetch.Status, a.Story)
	}
	if a.Parent != "" {
		fmt.Fprintf(w, "after  %s\n", a.Parent)
	}
	switch a.Kind {
	case storage.FollowUp, storage.Changed, storage.Notice, storage.Brief: // There is more to it than an item.
		fmt.Fprintf(w, "\n%s", deliver.Text(&a.Alert))
	}
	rows := [][]string{}
	for _, m := range a.Matches {
		rows = append(rows, []string{"rule", m.Rule, "revision " + m.Revision, m.Severity})
		for _, s := range m.Spans {
			rows = append(rows, []string{"", fmt.Sprintf("%s %d-%d", s.Field, s.Start, s.End), onOneLine(s.Text, 80)})
		}
	}
	for _, r := range a.Receivers {
		sent := []string{"sent", r.Name, string(r.State), r.ID}
		if r.Ref != "" {
			sent = append(sent, "as "+onOneLine(r.Ref, 80))
		}
		rows = append(rows, sent)
		for _, t := range r.Attempts {
			rows = append(rows, []string{"", "attempt " + strconv.Itoa(t.N), t.Started.UTC().Format(time.RFC3339), string(t.Verdict), onOneLine(t.Detail, 160)})
		}
	}
	return table(w, rows...)
}
