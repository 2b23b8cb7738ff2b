package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"github.com/google/renameio/v2"

	"github.com/feedwatch/feedwatch/rules"
	"github.com/feedwatch/feedwatch/seeds/draft"
)

// seedCommand drafts a rule pack from documents about one topic.
type seedCommand struct {
	setup
	Output     string   `short:"o" help:"Write the pack here; standard output by default." placeholder:"FILE"`
	Force      bool     `help:"Write over a file that is there."`
	Against    string   `help:"Score the pack on these labelled documents (JSON Lines), as backtest --labels does." placeholder:"FILE"`
	Background string   `help:"Count the alarms on this unlabelled, unrelated news (JSON Lines) too." placeholder:"FILE"`
	JSON       bool     `name:"json" help:"Print the report, and the pack unless -o takes it, as JSON."`
	Files      []string `arg:"" name:"file" help:"Documents: .txt, .md, .html, .jsonl, feeds (.xml, .rss, .atom, .rdf, .json), or .opml, whose feeds are fetched. - is standard input."`
}

// Help implements kong.HelpProvider.
func (seedCommand) Help() string {
	return `Reads documents about one topic, three or more (hundreds are fine), and writes rules
that find the next one: who and what they are about, and what is between them. The
pack has its evidence as comments, and tests from the documents. It is a draft: read
it, strike what does not fit, above all in terms that end in -wider. The report on
standard error tells what each rule matches of the documents, and how many of a
million unrelated items it would if words came independently of each other.

  feedwatch seed -o strike.yaml articles/*.txt
  feedwatch seed --against labelled.jsonl articles/*.txt >strike.yaml
  feedwatch rules test strike.yaml`
}

// seedReport is the outcome as --json shows it. The keys are a contract.
type seedReport struct {
	Pack      string         `json:"pack,omitempty"` // unless it went to a file
	Subjects  []string       `json:"subjects"`
	Sentences int            `json:"sentences"`
	LeftOut   int            `json:"left_out"` // paragraphs
	Rules     []seededRule   `json:"rules"`
	Documents []seedDocument `json:"documents"`
	scores
	Unreadable []string `json:"unreadable,omitempty"`
}

type seededRule struct {
	Rule       string  `json:"rule"`
	Documents  int     `json:"documents"`
	PerMillion float64 `json:"per_million"`
}

type seedDocument struct {
	Document string   `json:"document"`
	Title    string   `json:"title"`
	Rules    []string `json:"rules"`
}

// fewestDocuments is how many tell a topic from one event.
const fewestDocuments = 3

// Run implements the verb.
func (c *seedCommand) Run(ctx context.Context, p *program) error {
	if err := c.mayWrite(); err != nil {
		return err
	}
	s := seeding{program: p, config: c.Config}
	for _, file := range c.Files {
		if err := s.read(ctx, file); err != nil {
			return err
		}
	}
	for _, reason := range s.unreadable {
		fmt.Fprintln(p.stderr, "left out: "+reason)
	}
	if n := len(s.documents); n < fewestDocuments {
		return fmt.Errorf("%s: too few to tell a topic by: give %d or more", plural(n, "document"), fewestDocuments)
	}
	d, err := draft.Write(s.documents)
	if err != nil {
		return err
	}
	score, err := c.score(p, d.Pack)
	if err != nil {
		return err
	}
	if c.Output != "" {
		if err := renameio.WriteFile(c.Output, d.Pack, 0o644); err != nil {
			return fmt.Errorf("writing the pack: %w", err)
		}
	}
	return c.show(p, d, score, s.unreadable)
}

// mayWrite refuses to write over a pack that somebody may have worked on.
func (c *seedCommand) mayWrite() error {
	if c.Output == "" || c.Force {
		return nil
	}
	if _, err := os.Lstat(c.Output); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is there already: name another file, or say --force", c.Output)
	}
	return nil
}

// score tries a pack on the files that were given for it.
func (c *seedCommand) score(p *program, pack []byte) (s scores, err error) {
	parsed, err := rules.Parse("the draft", pack)
	if err != nil {
		return s, err
	}
	set, err := rules.Compile(parsed)
	if err != nil {
		return s, err
	}
	if c.Against != "" {
		labels, err := p.readLabels(c.Against)
		if err != nil {
			return s, err
		}
		s.Labelled = new(scoreLabels(set, labels))
		s.Labelled.Topics = []topicScore{} // rules of a draft are named for who is in them, not for a label's topic
	}
	if c.Background != "" {
		s.Background, err = p.measureQuiet(set, c.Background)
	}
	return s, err
}

// show prints the pack, and the report on standard error, or both as JSON.
func (c *seedCommand) show(p *program, d *draft.Draft, score scores, unreadable []string) error {
	if c.JSON {
		r := newSeedReport(d, score, unreadable)
		if c.Output == "" {
			r.Pack = string(d.Pack)
		}
		return printJSON(p.stdout, r)
	}
	if c.Output == "" {
		if _, err := p.stdout.Write(d.Pack); err != nil {
			return err
		}
	}
	fmt.Fprintf(p.stderr, "%s, %s, %s left out as boilerplate; about %s\n\n", plural(len(d.Documents), "document"),
		plural(d.Sentences, "sentence"), plural(d.LeftOut, "paragraph"), orNobody(d.Subjects))
	rows := [][]string{{"RULE", "DOCUMENTS", "IN A MILLION UNRELATED"}}
	for _, r := range d.Rules {
		rows = append(rows, []string{r.Rule, strconv.Itoa(r.Documents), perMillion(r.PerMillion)})
	}
	if err := table(p.stderr, rows...); err != nil {
		return err
	}
	for _, doc := range d.Documents {
		if len(doc.Rules) == 0 {
			fmt.Fprintf(p.stderr, "no rule matches %s: %s\n", printableLine(doc.Name), onOneLine(doc.Title, 90))
		}
	}
	fmt.Fprintln(p.stderr)
	return score.print(p.stderr, true)
}

func newSeedReport(d *draft.Draft, score scores, unreadable []string) *seedReport {
	r := &seedReport{Subjects: append([]string{}, d.Subjects...), Sentences: d.Sentences, LeftOut: d.LeftOut, scores: score, Unreadable: unreadable}
	for _, e := range d.Rules {
		r.Rules = append(r.Rules, seededRule(e))
	}
	for _, doc := range d.Documents {
		r.Documents = append(r.Documents, seedDocument{doc.Name, doc.Title, append([]string{}, doc.Rules...)})
	}
	return r
}

func orNobody(subjects []string) string {
	if len(subjects) == 0 {
		return "nobody in particular"
	}
	return strings.Join(subjects, ", ")
}

// perMillion rounds an estimate to what it can say.
func perMillion(n float64) string {
	if n < 1 {
		return "<1"
	}
	return strconv.FormatFloat(n, 'f', 0, 64)
}
