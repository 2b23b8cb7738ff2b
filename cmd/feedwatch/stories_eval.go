package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/feedwatch/feedwatch/watcher/story"
)

// storiesEvalCommand scores the grouping on labelled documents.
type storiesEvalCommand struct {
	Show  int      `name:"show" default:"20" help:"Show so many pairs that were joined wrongly, and as many that were missed." placeholder:"N"`
	JSON  bool     `name:"json" help:"Print JSON, with all pairs by their ids."`
	Files []string `arg:"" name:"file" help:"Documents: .jsonl, or - for standard input."`
}

// Help implements kong.HelpProvider.
func (storiesEvalCommand) Help() string {
	return `A document has two labels, either of which may be missing: cluster, the same event
and the same news; and story, the same event with its angles, which may be
grouped or not. One without labels tells an event of its own. Several files are
taken as one.

B-cubed precision says of each labelled document how much of its story belongs
there, recall how much of its cluster is in its story. A merge is a document that
joined a story; wrong ones joined where no document of theirs was.

  feedwatch stories eval labelled.jsonl
  feedwatch stories eval --json labelled.jsonl background.jsonl | jq .f1`
}

var errNoLabels = errors.New("no document has a label: give them a cluster, the same one where they tell the same news")

// Run implements the verb.
func (c *storiesEvalCommand) Run(ctx context.Context, p *program) error {
	f, err := p.groupFiles(ctx, c.Files)
	if err != nil {
		return err
	}
	texts := f.inTime()
	list, labelled := make([]story.Judged, len(texts)), false
	for i, g := range texts {
		list[i] = story.Judged{ID: g.ID, Story: g.story, Cluster: g.cluster, Loose: g.event}
		labelled = labelled || g.cluster != ""
	}
	if !labelled {
		return cmp.Or(f.unread(), errNoLabels)
	}
	s := story.Evaluate(list)
	if c.JSON {
		err = printEvalJSON(p, len(texts), len(f.stories()), &s)
	} else {
		printEval(p, texts, len(f.stories()), &s, c.Show)
	}
	if err != nil {
		return err
	}
	return f.unread()
}

// evalJSON is what scripts read.
type evalJSON struct {
	Documents  int         `json:"documents"`
	Stories    int         `json:"stories"`
	Labelled   int         `json:"labelled"`
	Precision  float64     `json:"precision"`
	Recall     float64     `json:"recall"`
	F1         float64     `json:"f1"`
	Merges     int         `json:"merges"`
	Wrong      int         `json:"wrong_merges"`
	WrongPairs [][2]string `json:"wrong"`
	Missed     [][2]string `json:"missed"`
}

func printEvalJSON(p *program, documents, stories int, s *story.Score) error {
	e := evalJSON{documents, stories, s.Labelled, s.Precision, s.Recall, s.F1, s.Merges, s.Wrong, s.WrongPairs, s.Missed}
	for _, pairs := range []*[][2]string{&e.WrongPairs, &e.Missed} {
		if *pairs == nil {
			*pairs = [][2]string{} // so that it is [] and not null
		}
	}
	return printJSON(p.stdout, e)
}

func printEval(p *program, texts []*grouped, stories int, s *story.Score, show int) {
	byID := map[string]*grouped{}
	for _, g := range texts {
		byID[g.ID] = g
	}
	fmt.Fprintf(p.stdout, "%s in %s, %d labelled\n", plural(len(texts), "document"), pluralStories(stories), s.Labelled)
	fmt.Fprintf(p.stdout, "B-cubed precision %.3f  recall %.3f  F1 %.3f\n", s.Precision, s.Recall, s.F1)
	fmt.Fprintf(p.stdout, "%s, %d wrong", plural(s.Merges, "merge"), s.Wrong)
	if s.Merges > 0 {
		fmt.Fprintf(p.stdout, " (%.2f in 100)", 100*float64(s.Wrong)/float64(s.Merges))
	}
	fmt.Fprintln(p.stdout)
	for _, l := range []struct {
		name, to string
		pairs    [][2]string
	}{{"joined wrongly", "to", s.WrongPairs}, {"missed", "of", s.Missed}} {
		for i, pair := range l.pairs {
			if i == show {
				fmt.Fprintf(p.stdout, "and %d more\n", len(l.pairs)-show)
				break
			}
			fmt.Fprintf(p.stdout, "%s: %s\n  %s: %s\n", l.name, evalName(byID[pair[0]]), l.to, evalName(byID[pair[1]]))
		}
	}
}

// evalName tells which text it is.
func evalName(g *grouped) string {
	return fmt.Sprintf("%s  %s  %s", onOneLine(g.ID, 40), shortTime(g.At), onOneLine(g.Title, 100))
}
