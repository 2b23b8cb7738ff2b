package rules

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/feedwatch/feedwatch/rules/strictyaml"
)

// meaning is part of every rule's revision. It grows by one whenever a change
// of this package lets an unchanged query match other documents.
const meaning = "1"

// packFile is a pack as it stands in YAML.
type packFile struct {
	Terms map[string]string `yaml:"terms"`
	Rules []ruleFile        `yaml:"rules"`
}

type ruleFile struct {
	Name      string   `yaml:"name"`
	Query     string   `yaml:"query"`
	Severity  string   `yaml:"severity"`
	Receivers []string `yaml:"receivers"`
	Alert     string   `yaml:"alert"`
	// What the rule asks of stories; see conditions.go.
	MinOutlets *int           `yaml:"min_outlets"`
	MinTier    *int           `yaml:"min_tier"`
	Within     *time.Duration `yaml:"within"`
	On         []string       `yaml:"on"`
	Tests      struct {
		Match   []string `yaml:"match"`
		NoMatch []string `yaml:"no_match"`
	} `yaml:"tests"`
}

// Parse reads a pack and checks it whole: the error joins every *Error found,
// in order of place (strictyaml.Errors lists them). file is the name that
// errors give.
func Parse(file string, src []byte) (*Pack, error) {
	f, err := strictyaml.Parse(file, src)
	if err != nil {
		return nil, err
	}
	r := &packReader{file: f, pack: &Pack{File: file}, named: make(map[string]Pos)}
	var content packFile
	r.errors = strictyaml.Errors(f.Decode(&content))
	ts := r.terms(content.Terms)
	if len(content.Rules) == 0 && len(r.errors) == 0 {
		r.errorf(f.Pos("rules"), "add rules: with a name and a query each", "the pack holds no rule")
	}
	for i, rule := range content.Rules {
		r.rule(i, rule, ts)
	}
	r.unusedTerms(ts)
	if err := strictyaml.Join(r.errors); err != nil {
		return nil, err
	}
	r.pack.Warnings = strictyaml.Errors(strictyaml.Join(r.pack.Warnings))
	return r.pack, nil
}

// ParseQuery makes a pack of one rule from a query alone, such as one typed on
// a command line. name is the rule's name and what errors call the source.
func ParseQuery(name, query string) (*Pack, error) {
	source := strictyaml.NewSource(name, query)
	pack := &Pack{File: name}
	var errs []*Error
	note := func(p problem) {
		e := source.Errorf(source.At(p.off), p.hint, "%s", p.msg)
		e.Span = p.span(query)
		if p.warn {
			pack.Warnings = append(pack.Warnings, e)
		} else {
			errs = append(errs, e)
		}
	}
	rule := &Rule{Name: name, Severity: "normal", OnNew: true, Pos: source.At(0)}
	ts := &terms{report: func(_ *term, p problem) { note(p) }}
	finish(rule, query, ts, note)
	if err := strictyaml.Join(errs); err != nil {
		return nil, err
	}
	pack.Rules = []*Rule{rule}
	return pack, nil
}

// finish parses, resolves and checks the query of a rule, and fills in what
// follows from it.
func finish(rule *Rule, query string, ts *terms, note func(problem)) {
	n, problems := parse(query)
	for _, p := range problems {
		note(p)
	}
	if n == nil {
		return
	}
	clauses, depth, ok := ts.resolve(n, nil)
	switch {
	case !ok || failed(problems):
		return
	case clauses > maxClauses || depth > maxExpanded:
		note(problem{end: 1, hint: "make several rules of it",
			msg: fmt.Sprintf("with its terms put in the query has %d clauses, %d of them inside each other; at most %d and %d are read",
				clauses, depth, maxClauses, maxExpanded)})
		return
	}
	for _, p := range checkRule(n) {
		note(p)
	}
	rule.n, rule.Query = n, n.String()
	expanded := rule.Query
	if strings.Contains(expanded, "@") {
		expanded = render(n, true)
	}
	sum := sha256.Sum256(append(append(make([]byte, 0, 256), meaning+"\n"...), expanded...))
	rule.Revision = hex.EncodeToString(sum[:6])
}

// span is the length of the place in characters.
func (p problem) span(src string) int {
	from, to := min(p.off, len(src)), min(p.end, len(src))
	if from >= to {
		return 1
	}
	return utf8.RuneCountInString(src[from:to])
}

// packReader collects what is wrong with one file.
type packReader struct {
	file   *strictyaml.File
	pack   *Pack
	named  map[string]Pos // rules by their names
	errors []*Error
}

func (r *packReader) errorf(pos Pos, hint, format string, args ...any) {
	r.errors = append(r.errors, r.file.Errorf(pos, hint, format, args...))
}

func (r *packReader) warnf(pos Pos, hint, format string, args ...any) {
	r.pack.Warnings = append(r.pack.Warnings, r.file.Errorf(pos, hint, format, args...))
}

// note reports a problem in the query at path.
func (r *packReader) note(query string, path ...any) func(problem) {
	return func(p problem) {
		e := r.file.Errorf(r.file.PosIn(p.off, path...), p.hint, "%s", p.msg)
		e.Span = p.span(query)
		if p.warn {
			r.pack.Warnings = append(r.pack.Warnings, e)
		} else {
			r.errors = append(r.errors, e)
		}
	}
}

// terms parses and resolves all terms.
func (r *packReader) terms(queries map[string]string) *terms {
	ts := &terms{byName: make(map[string]*term)}
	ts.report = func(in *term, p problem) { r.note(queries[in.name], "terms", in.name)(p) }
	for _, name := range slices.Sorted(maps.Keys(queries)) {
		if !isName(name) {
			r.errorf(r.file.KeyPos("terms", name), "use letters, digits, - and _", "%q can't name a term", name)
		}
		n, problems := parse(queries[name])
		for _, p := range problems {
			r.note(queries[name], "terms", name)(p)
		}
		ts.byName[name] = &term{name: name, n: n, broken: n == nil || failed(problems)}
	}
	for _, name := range slices.Sorted(maps.Keys(queries)) {
		t := ts.byName[name]
		if ts.resolveTerm(t); !t.broken && t.clauses <= maxClauses {
			for _, p := range check(t.n) {
				r.note(queries[name], "terms", name)(p)
			}
		}
	}
	return ts
}

func (r *packReader) unusedTerms(ts *terms) {
	for _, rule := range r.pack.Rules {
		if rule.n != nil {
			ts.markUsed(rule.n)
		}
	}
	for _, t := range ts.byName {
		if !t.used {
			r.warnf(r.file.KeyPos("terms", t.name), "use it as @"+t.name+", or take it out", "no rule uses the term @%s", t.name)
		}
	}
}

// rule checks one rule and adds it to the pack.
func (r *packReader) rule(i int, in ruleFile, ts *terms) {
	r.checkName(i, in.Name)
	rule := &Rule{
		Name:      in.Name,
		Severity:  r.choice("normal", in.Severity, []string{"low", "normal", "high"}, "rules", i, "severity"),
		PerItem:   r.choice("story", in.Alert, []string{"story", "item"}, "rules", i, "alert") == "item",
		Receivers: in.Receivers,
		Pos:       r.file.Pos("rules", i, "name"),
		Tests:     r.tests(i, in),
	}
	r.story(i, in, rule)
	for j, name := range in.Receivers {
		if strings.TrimSpace(name) == "" {
			r.errorf(r.file.Pos("rules", i, "receivers", j), "name a receiver of the configuration", "the receiver has no name")
		}
	}
	if !r.file.Has("rules", i, "query") {
		r.errorf(r.file.Pos("rules", i), "add query: with the words to look for", "rule %q has no query", in.Name)
	} else {
		note := r.note(in.Query, "rules", i, "query")
		ts.report = func(t *term, p problem) { note(p) } // terms are resolved by now
		finish(rule, in.Query, ts, note)
	}
	r.pack.Rules = append(r.pack.Rules, rule)
}

func (r *packReader) checkName(i int, name string) {
	pos := r.file.Pos("rules", i, "name")
	switch {
	case name == "":
		r.errorf(pos, "add name: to it", "the rule has no name")
	case !isName(name):
		r.errorf(pos, "use letters, digits, - and _, at most 64 of them", "%q can't name a rule", name)
	}
	if first, ok := r.named[name]; ok && name != "" {
		r.errorf(pos, "give each its own name", "a second rule is named %s; the first is at %s", name, first)
		return
	}
	r.named[name] = pos
}

// choice reads a word of a closed list; "" stands for the default.
func (r *packReader) choice(standard, got string, known []string, path ...any) string {
	if got == "" && !r.file.Has(path...) {
		return standard
	}
	if !slices.Contains(known, got) {
		hint := "it is one of " + strings.Join(known, ", ")
		if near := strictyaml.Nearest(got, known); near != "" {
			hint = "did you mean " + near + "? " + hint
		}
		r.errorf(r.file.Pos(path...), hint, "%s can't be %q", path[len(path)-1], got)
	}
	return got
}

func (r *packReader) tests(i int, in ruleFile) Tests {
	t := Tests{Match: in.Tests.Match, NoMatch: in.Tests.NoMatch}
	for j := range t.Match {
		t.matchPos = append(t.matchPos, r.file.Pos("rules", i, "tests", "match", j))
	}
	for j := range t.NoMatch {
		t.noMatchPos = append(t.noMatchPos, r.file.Pos("rules", i, "tests", "no_match", j))
	}
	if len(t.Match) == 0 {
		r.warnf(r.file.Pos("rules", i, "name"), "add tests: {match: ['a title it must find']}", "rule %s has no test of what it must match", in.Name)
	}
	return t
}
