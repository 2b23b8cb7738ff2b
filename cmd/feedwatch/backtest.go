package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/feedwatch/feedwatch/rules"
)

// backtestCommand tries rules on what is known already.
type backtestCommand struct {
	setup
	Rules      []string `name:"rules" placeholder:"FILE|seeds" sep:"none" help:"Rule pack; may be given several times. The built-in one by default."`
	Since      span     `help:"How far back in the archive: 30d, 2w, 12h." default:"30d" placeholder:"SPAN"`
	Labels     string   `help:"Score the rules on these labelled documents (JSON Lines) in place of the archive." placeholder:"FILE"`
	Background string   `help:"Count the alarms on this unlabelled, unrelated news (JSON Lines) too." placeholder:"FILE"`
	Misses     bool     `help:"List what was missed and what was matched wrongly."`
	JSON       bool     `name:"json" help:"Print JSON."`
}

// Run implements the verb.
func (c *backtestCommand) Run(ctx context.Context, p *program) error {
	set, err := p.compilePacks(c.Rules)
	if err != nil {
		return &exitError{exitBadSetup, err}
	}
	if c.Labels == "" && c.Background == "" {
		return c.replay(ctx, p, set)
	}
	var scores scores
	if c.Labels != "" {
		labels, err := p.readLabels(c.Labels)
		if err != nil {
			return err
		}
		scores.Labelled = new(scoreLabels(set, labels))
	}
	if c.Background != "" {
		if scores.Background, err = p.measureQuiet(set, c.Background); err != nil {
			return err
		}
	}
	if c.JSON {
		return printJSON(p.stdout, scores)
	}
	return scores.print(p.stdout, c.Misses)
}

// scores are the figures of a backtest on files.
type scores struct {
	Labelled   *report    `json:"labelled,omitempty"`
	Background *quietness `json:"background,omitempty"`
}

// measureQuiet counts what rules match in a file of unrelated documents.
func (p *program) measureQuiet(set *rules.Set, name string) (*quietness, error) {
	q := &quietness{Matched: []wrongRow{}}
	for d, err := range p.textDocuments(name, set.AsksLanguage()) {
		if err != nil {
			return nil, err
		}
		d.Body = strings.TrimSpace(strings.TrimPrefix(d.Body, d.Title))
		q.Items++
		if names := ruleNames(set, &d.Doc); len(names) > 0 {
			q.Alarms++
			q.Matched = append(q.Matched, wrongRow{ID: d.name(), Title: d.Title, Rules: names})
		}
	}
	return q, nil
}

// print shows the figures as tables.
func (s *scores) print(w io.Writer, misses bool) error {
	if r := s.Labelled; r != nil {
		if err := table(w, r.rows()...); err != nil {
			return err
		}
		fmt.Fprintf(w, "\nover %d parts of the stories: precision %s, recall %s, F1 %s\n",
			r.Folds.Folds, r.Folds.Precision, r.Folds.Recall, r.Folds.F1)
	}
	if q := s.Background; q != nil {
		fmt.Fprintf(w, "background: %d of %s matched, %.2f in 1,000\n", q.Alarms, plural(q.Items, "item"), q.perThousand())
	}
	if !misses {
		return nil
	}
	var rows [][]string
	if s.Labelled != nil {
		rows = wrongRows(s.Labelled.Wrong)
	}
	if s.Background != nil {
		rows = append(rows, wrongRows(s.Background.Matched)...)
	}
	if len(rows) == 0 {
		return nil
	}
	fmt.Fprintln(w)
	return table(w, append([][]string{{"", "ID", "CLASS", "TOPICS", "RULES", "TITLE"}}, rows...)...)
}

// rows is the report as a table: all rules together by row and by story, then a
// line a topic.
func (r *report) rows() [][]string {
	rows := [][]string{
		{"", "PRECISION", "RECALL", "F1", "FOUND", "MISSED", "FALSE ALARMS"},
		r.Rows.row("any rule, by row"), r.Stories.row("any rule, by story"),
	}
	for _, t := range r.Topics {
		rows = append(rows, t.row(t.Topic))
	}
	if r.Foreign.Found+r.Foreign.Missed > 0 {
		rows = append(rows, []string{"other languages", "", figure(r.Foreign.recall()), "", count(r.Foreign.Found), count(r.Foreign.Missed)})
	}
	return rows
}

func (t tally) row(name string) []string {
	return []string{
		name, figure(t.precision()), figure(t.recall()), figure(t.f1()), count(t.Found), count(t.Missed), count(t.FalseAlarms),
	}
}

func figure(f float64) string { return strconv.FormatFloat(f, 'f', 3, 64) }

// count prints a sum of weights: rows are whole, parts of stories are not.
func count(f float64) string {
	return strings.TrimSuffix(strconv.FormatFloat(f, 'f', 1, 64), ".0")
}

// String is the mean with its spread, and the worst.
func (m moments) String() string {
	return fmt.Sprintf("%.3f ± %.3f (worst %.3f)", m.Mean, m.SD, m.Min)
}

func wrongRows(list []wrongRow) (rows [][]string) {
	for _, w := range list {
		kind := "false alarm"
		if len(w.Rules) == 0 {
			kind = "missed"
		}
		rows = append(rows, []string{
			kind, printableLine(w.ID), w.Class, strings.Join(w.Topics, ","), strings.Join(w.Rules, ","), onOneLine(w.Title, 90),
		})
	}
	return rows
}

// Help implements kong.HelpProvider.
func (backtestCommand) Help() string {
	return `Without files the rules are tried on the archive: how many items, and stories, each
would have matched by day. With --labels they are scored.

  feedwatch backtest --rules mine.yaml --since 30d
  feedwatch backtest --labels labelled.jsonl --background background.jsonl --misses

A line of labels has id, title, text, class, topics and story. The class is P (on
topic), P-lang (on topic, in another language: counted apart), B (borderline: left
out), or N and what begins with it. A rule counts for a topic where its name is the
topic's or ends with it after a hyphen: azure-exclusivity for exclusivity.`
}
