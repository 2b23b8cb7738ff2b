package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/feedwatch/feedwatch/rules"
	"github.com/feedwatch/feedwatch/rules/strictyaml"
)

// rulesExplainCommand tells why a rule matches documents or doesn't.
type rulesExplainCommand struct {
	Rules  []string `name:"rules" placeholder:"FILE|seeds" sep:"none" help:"Rule pack; may be given several times. The built-in one by default."`
	WhyNot bool     `name:"why-not" help:"Show only the clauses that failed, and what stood nearest."`
	JSON   bool     `name:"json" help:"Print a line of JSON a document."`
	Rule   string   `arg:"" help:"Name of the rule."`
	File   string   `arg:"" optional:"" default:"-" help:"Documents, as feedwatch match reads them; - is standard input."`
}

// explainLine is a line of --json.
type explainLine struct {
	ID    json.RawMessage `json:"id"`
	Rule  string          `json:"rule"`
	Trace traceJSON       `json:"trace"`
}

// traceJSON is a clause as scripts read it.
type traceJSON struct {
	Clause   string      `json:"clause"`
	Holds    bool        `json:"holds"`
	Spans    []spanJSON  `json:"spans"`
	Nearest  string      `json:"nearest,omitempty"`
	Children []traceJSON `json:"children,omitempty"`
}

func newTraceJSON(t rules.Trace) traceJSON {
	j := traceJSON{Clause: t.Clause, Holds: t.Holds, Spans: spansJSON(t.Spans), Nearest: t.Nearest}
	for _, child := range t.Children {
		j.Children = append(j.Children, newTraceJSON(child))
	}
	return j
}

// Run implements the verb.
func (c *rulesExplainCommand) Run(p *program) error {
	set, err := p.compilePacks(c.Rules)
	if err != nil {
		return &exitError{exitBadSetup, err}
	}
	if err := hasRule(set, c.Rule); err != nil {
		return err
	}
	var errs []error
	for d, err := range p.textDocuments(c.File, set.AsksLanguage()) {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if err := c.explain(p, set, d); err != nil {
			return err
		}
	}
	return errors.Join(errs...)
}

// hasRule says which rule was meant where there is none of the name.
func hasRule(set *rules.Set, name string) error {
	var names []string
	for _, r := range set.Rules() {
		if r.Name == name {
			return nil
		}
		names = append(names, r.Name)
	}
	if near := strictyaml.Nearest(name, names); near != "" {
		return &exitError{exitUsage, fmt.Errorf("there is no rule %s: did you mean %s?", name, near)}
	}
	return &exitError{exitUsage, fmt.Errorf("there is no rule %s: the rules are %s", name, strings.Join(names, ", "))}
}

func (c *rulesExplainCommand) explain(p *program, set *rules.Set, d *textDocument) error {
	trace, _ := set.Explain(&d.Doc, c.Rule)
	holds := trace.Holds
	if c.WhyNot {
		trace = trace.WhyNot()
	}
	if c.JSON {
		return printJSONLine(p.stdout, explainLine{d.id, c.Rule, newTraceJSON(trace)})
	}
	verdict := "does not match"
	if holds {
		verdict = "matches"
	}
	fmt.Fprintf(p.stdout, "%s %s %s  %s\n", c.Rule, verdict, d.name(), printableLine(d.Title))
	if c.WhyNot && holds {
		return nil
	}
	_, err := fmt.Fprint(p.stdout, trace.String())
	return err
}
