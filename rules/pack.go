package rules

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/feedwatch/feedwatch/rules/strictyaml"
)

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
	var content packFile
	r := &packReader{file: f, errors: strictyaml.Errors(f.Decode(&content))}
	r.pack = &Pack{File: file, Rules: make([]*Rule, 0, len(content.Rules))}
	r.named = make(map[string]int, len(content.Rules))
	ts := r.terms(content.Terms)
	if len(content.Rules) == 0 && len(r.errors) == 0 {
		r.errorf(f.Pos("rules"), "add rules: with a name and a query each", "the pack holds no rule")
	}
	for i, rule := range content.Rules {
		r.rule(i, rule)
	}
	for i, problems := range readQueries(r.unread, ts) {
		for _, p := range problems {
			r.note(p, r.unread[i].text, "rules", r.unread[i].place, "query")
		}
	}
	r.unusedTerms(ts)
	if err := strictyaml.Join(r.errors); err != nil {
		return nil, err
	}
	r.pack.Warnings = strictyaml.Errors(strictyaml.Join(r.pack.Warnings))
	return r.pack, nil
}

// packReader collects what is wrong with one file.
type packReader struct {
	file   *strictyaml.File
	pack   *Pack
	named  map[string]int // the places of rules by their names
	unread []query
	errors []*Error
}

func (r *packReader) errorf(pos Pos, hint, format string, args ...any) {
	r.errors = append(r.errors, r.file.Errorf(pos, hint, format, args...))
}

func (r *packReader) warnf(pos Pos, hint, format string, args ...any) {
	r.pack.Warnings = append(r.pack.Warnings, r.file.Errorf(pos, hint, format, args...))
}

// note reports a problem in the query at path.
func (r *packReader) note(p problem, query string, path ...any) {
	e := r.file.Errorf(r.file.PosIn(p.off, path...), p.hint, "%s", p.msg)
	e.Span = p.span(query)
	if p.warn {
		r.pack.Warnings = append(r.pack.Warnings, e)
	} else {
		r.errors = append(r.errors, e)
	}
}

// terms parses and resolves all terms.
func (r *packReader) terms(queries map[string]string) *terms {
	ts := &terms{byName: make(map[string]*term)}
	ts.report = func(in *term, p problem) { r.note(p, queries[in.name], "terms", in.name) }
	for _, name := range slices.Sorted(maps.Keys(queries)) {
		if !isName(name) {
			r.errorf(r.file.KeyPos("terms", name), "use letters, digits, - and _", "%q can't name a term", name)
		}
		n, problems := parse(queries[name])
		for _, p := range problems {
			r.note(p, queries[name], "terms", name)
		}
		ts.byName[name] = &term{name: name, n: n, broken: n == nil || failed(problems)}
	}
	for _, name := range slices.Sorted(maps.Keys(queries)) {
		t := ts.byName[name]
		if ts.resolveTerm(t); !t.broken && t.clauses <= maxClauses {
			for _, p := range check(t.n) {
				r.note(p, queries[name], "terms", name)
			}
		}
	}
	return ts
}

func (r *packReader) unusedTerms(ts *terms) {
	if len(ts.byName) == 0 {
		return
	}
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

// rule checks one rule but for its query, which is left unread, and adds it to the
// pack.
func (r *packReader) rule(i int, in ruleFile) {
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
		r.unread = append(r.unread, query{rule: rule, text: in.Query, place: i})
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
		r.errorf(pos, "give each its own name", "a second rule is named %s; the first is at %s", name, r.file.Pos("rules", first, "name"))
		return
	}
	r.named[name] = i
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
