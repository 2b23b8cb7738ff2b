package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/feedwatch/feedwatch/rules"
	"github.com/feedwatch/feedwatch/rules/strictyaml"
)

// rulesCommand holds the verbs about rules and packs.
type rulesCommand struct {
	Test    rulesTestCommand    `cmd:"" help:"Run the tests in packs; exit 1 if one fails."`
	Lint    rulesLintCommand    `cmd:"" help:"Name what is wrong with packs or hardly meant; exit 1 if there is something."`
	Explain rulesExplainCommand `cmd:"" help:"Show why a rule matches a document, or why not."`
	Fmt     rulesFmtCommand     `cmd:"" help:"Lay out the queries of packs."`
	Diff    rulesDiffCommand    `cmd:"" help:"Show which documents a changed pack gains and loses."`
}

// rulesTestCommand runs the tests in packs.
type rulesTestCommand struct {
	JSON  bool     `name:"json" help:"Print JSON."`
	Files []string `arg:"" optional:"" name:"file" help:"Rule packs; the built-in one by default."`
}

// testJSON is one test as scripts read it.
type testJSON struct {
	Rule   string     `json:"rule"`
	At     string     `json:"at"`
	Title  string     `json:"title"`
	Want   bool       `json:"want"`
	Got    bool       `json:"got"`
	OK     bool       `json:"ok"`
	Clause string     `json:"clause,omitempty"`
	Spans  []spanJSON `json:"spans"`
}

// Run implements the verb.
func (c *rulesTestCommand) Run(p *program) error {
	packs, err := p.parsePacks(c.Files)
	if err != nil {
		return err
	}
	var results []rules.TestResult
	for _, pack := range packs {
		results = append(results, pack.Test()...)
	}
	failed := 0
	list := make([]testJSON, len(results))
	for i, r := range results {
		if !r.OK() {
			failed++
		}
		list[i] = testJSON{r.Rule.Name, r.Pos.String(), r.Title, r.Want, r.Got, r.OK(), r.Clause, spansJSON(r.Spans)}
	}
	if c.JSON {
		err = printJSON(p.stdout, list)
	} else {
		err = writeTAP(p.stdout, results)
	}
	if err == nil && failed > 0 {
		err = fmt.Errorf("%d of %s failed", failed, plural(len(results), "test"))
	}
	return err
}

// writeTAP writes results in the Test Anything Protocol, version 14
// (https://testanything.org/tap-version-14-specification.html).
func writeTAP(w io.Writer, results []rules.TestResult) error {
	var b strings.Builder
	fmt.Fprintf(&b, "TAP version 14\n1..%d\n", len(results))
	for i, r := range results {
		verdict, verb := "ok", "matches"
		if !r.OK() {
			verdict = "not ok"
		}
		if !r.Want {
			verb = "leaves"
		}
		fmt.Fprintf(&b, "%s %d - %s %s: %s\n", verdict, i+1, r.Rule.Name, verb, tapText(r.Title))
		if r.OK() {
			continue
		}
		became := "it is not matched"
		if r.Got {
			became = "it is matched by " + wordsOf(r.Spans)
		}
		fmt.Fprintf(&b, "  ---\n  message: %s\n  clause: %s\n  at: %s\n  ...\n", quoted(became), quoted(r.Clause), quoted(r.Pos.String()))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// tapText escapes what TAP would read as a directive.
func tapText(s string) string {
	return strings.NewReplacer(`\`, `\\`, "#", `\#`).Replace(printableLine(s))
}

// rulesLintCommand names what is wrong or hardly meant.
type rulesLintCommand struct {
	JSON  bool     `name:"json" help:"Print JSON."`
	Files []string `arg:"" optional:"" name:"file" help:"Rule packs; the built-in one by default."`
}

// findingJSON is something that the linter found.
type findingJSON struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Level   string `json:"level"` // error or warning
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

// Run implements the verb. Each pack is looked at, whatever is wrong with the
// others.
func (c *rulesLintCommand) Run(p *program) error {
	if len(c.Files) == 0 {
		c.Files = []string{seedsPack}
	}
	found := []findingJSON{}
	for _, name := range c.Files {
		file, src, err := p.readPack(name)
		if err != nil {
			return err
		}
		pack, err := rules.Parse(file, src)
		problems, level := strictyaml.Errors(err), "error"
		if err != nil && len(problems) == 0 {
			return err
		}
		if err == nil {
			problems, level = pack.Warnings, "warning"
		}
		for _, e := range problems {
			found = append(found, findingJSON{e.Pos.File, e.Pos.Line, e.Pos.Column, level, e.Msg, e.Hint})
			if !c.JSON {
				fmt.Fprintf(p.stdout, "%s: %s\n", level, e.Detail())
			}
		}
	}
	if c.JSON {
		if err := printJSON(p.stdout, found); err != nil {
			return err
		}
	}
	if len(found) > 0 {
		return fmt.Errorf("%s in %s", plural(len(found), "finding"), plural(len(c.Files), "pack"))
	}
	return nil
}
