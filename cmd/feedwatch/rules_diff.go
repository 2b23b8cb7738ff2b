package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/feedwatch/feedwatch/rules"
)

// rulesDiffCommand compares what two packs match.
type rulesDiffCommand struct {
	JSON  bool     `name:"json" help:"Print JSON."`
	Old   string   `arg:"" help:"The pack as it was; seeds is the built-in one."`
	New   string   `arg:"" help:"The pack as it shall be."`
	Files []string `arg:"" name:"file" help:"Documents, as feedwatch match reads them; - is standard input."`
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
func (c *rulesDiffCommand) Run(p *program) error {
	before, err := p.compilePacks([]string{c.Old})
	if err != nil {
		return err
	}
	after, err := p.compilePacks([]string{c.New})
	if err != nil {
		return err
	}
	diffs := newRuleDiffs(before, after)
	var errs []error
	documents := 0
	for _, file := range c.Files {
		for d, err := range p.textDocuments(file, before.AsksLanguage() || after.AsksLanguage()) {
			if err != nil {
				errs = append(errs, err)
				continue
			}
			documents++
			diffs.add(d, before.Match(&d.Doc), after.Match(&d.Doc))
		}
	}
	if err := c.print(p, diffs.changed(), documents); err != nil {
		return err
	}
	return errors.Join(errs...)
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
