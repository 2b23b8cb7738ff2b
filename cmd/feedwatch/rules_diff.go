package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/feedwatch/feedwatch/rules"
)

// rulesDiffCommand compares what two packs match.
type rulesDiffCommand struct {
	setup
	Since span     `help:"How far back in the archive, where no documents are given: 30d, 2w, 12h." default:"30d" placeholder:"SPAN"`
	JSON  bool     `name:"json" help:"Print JSON."`
	Old   string   `arg:"" help:"The pack as it was; seeds is the built-in one."`
	New   string   `arg:"" help:"The pack as it shall be."`
	Files []string `arg:"" optional:"" name:"file" help:"Documents, as feedwatch match reads them, in place of the archive; - is standard input."`
}

// ruleDiff is what changed for one rule.
type ruleDiff struct {
	Rule   string    `json:"rule"`
	Gained []diffDoc `json:"gained"`
	Lost   []diffDoc `json:"lost"`
}

type diffDoc struct {
	ID    json.RawMessage `json:"id"`
	Title string          `json:"title"`
	name  string
}

// Run implements the verb.
func (c *rulesDiffCommand) Run(ctx context.Context, p *program) error {
	before, err := p.compilePacks([]string{c.Old})
	if err != nil {
		return err
	}
	after, err := p.compilePacks([]string{c.New})
	if err != nil {
		return err
	}
	diffs := newRuleDiffs(before, after)
	documents, errs := 0, []error(nil)
	for d, err := range c.documents(ctx, p, before.AsksLanguage() || after.AsksLanguage()) {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		documents++
		diffs.add(d, before.Match(&d.Doc), after.Match(&d.Doc))
	}
	if err := c.print(p, diffs.changed(), documents); err != nil {
		return err
	}
	return errors.Join(errs...)
}

// documents yields those of the files, or of the archive where none is named.
func (c *rulesDiffCommand) documents(ctx context.Context, p *program, detect bool) iter.Seq2[*textDocument, error] {
	if len(c.Files) == 0 {
		return p.archiveDocuments(ctx, c.Config, c.Since.before(time.Now()), detect)
	}
	return func(yield func(*textDocument, error) bool) {
		for _, file := range c.Files {
			for d, err := range p.textDocuments(file, detect) {
				if !yield(d, err) {
					return
				}
			}
		}
	}
}

func (c *rulesDiffCommand) print(p *program, list []ruleDiff, documents int) error {
	if c.JSON {
		return printJSON(p.stdout, list)
	}
	gained, lost := 0, 0
	for _, d := range list {
		fmt.Fprintf(p.stdout, "%s: %d gained, %d lost\n", d.Rule, len(d.Gained), len(d.Lost))
		for _, doc := range d.Gained {
			fmt.Fprintf(p.stdout, "  + %s  %s\n", doc.name, printableLine(doc.Title))
		}
		for _, doc := range d.Lost {
			fmt.Fprintf(p.stdout, "  - %s  %s\n", doc.name, printableLine(doc.Title))
		}
		gained, lost = gained+len(d.Gained), lost+len(d.Lost)
	}
	_, err := fmt.Fprintf(p.stdout, "%s: %d gained, %d lost\n", plural(documents, "document"), gained, lost)
	return err
}

// ruleDiffs holds what changed, by rule, in the order of the packs: first the
// rules of the new one, then those that are gone.
type ruleDiffs struct {
	order  []string
	byRule map[string]*ruleDiff
}

func newRuleDiffs(before, after *rules.Set) *ruleDiffs {
	ds := &ruleDiffs{byRule: make(map[string]*ruleDiff)}
	for _, r := range slices.Concat(after.Rules(), before.Rules()) {
		if ds.byRule[r.Name] == nil {
			ds.byRule[r.Name] = &ruleDiff{Rule: r.Name, Gained: []diffDoc{}, Lost: []diffDoc{}}
			ds.order = append(ds.order, r.Name)
		}
	}
	return ds
}

// add notes what matches of before and after are not in the other.
func (ds *ruleDiffs) add(d *textDocument, before, after []rules.Match) {
	doc := diffDoc{ID: d.id, Title: d.Title, name: d.name()}
	for _, m := range after {
		if !hasMatch(before, m.Rule.Name) {
			diff := ds.byRule[m.Rule.Name]
			diff.Gained = append(diff.Gained, doc)
		}
	}
	for _, m := range before {
		if !hasMatch(after, m.Rule.Name) {
			diff := ds.byRule[m.Rule.Name]
			diff.Lost = append(diff.Lost, doc)
		}
	}
}

func hasMatch(list []rules.Match, rule string) bool {
	return slices.ContainsFunc(list, func(m rules.Match) bool { return m.Rule.Name == rule })
}

// changed lists the rules that gained or lost something.
func (ds *ruleDiffs) changed() []ruleDiff {
	list := []ruleDiff{}
	for _, name := range ds.order {
		if d := ds.byRule[name]; len(d.Gained)+len(d.Lost) > 0 {
			list = append(list, *d)
		}
	}
	return list
}
