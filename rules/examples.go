package rules

// TestResult is what came of one of a rule's own tests.
type TestResult struct {
	Rule   *Rule
	Title  string // the test
	Pos    Pos    // where it stands
	Want   bool   // that the rule matches it
	Got    bool
	Clause string // why it failed: the clause that decided; "" where Want is Got
	Spans  []Span // what matched
}

// OK tells whether the test passed.
func (r TestResult) OK() bool { return r.Want == r.Got }

// Test runs the tests of every rule, each a document of which only the title is
// known, in the order of the pack.
func (p *Pack) Test() []TestResult {
	var results []TestResult
	for _, r := range p.Rules {
		for i, title := range r.Tests.Match {
			results = append(results, r.test(title, true, r.Tests.matchPos, i))
		}
		for i, title := range r.Tests.NoMatch {
			results = append(results, r.test(title, false, r.Tests.noMatchPos, i))
		}
	}
	return results
}

func (r *Rule) test(title string, want bool, places []Pos, i int) TestResult {
	trace, _ := newExplainer(&Doc{Title: title}).explain(r.n, anywhere)
	result := TestResult{Rule: r, Title: title, Want: want, Got: trace.Holds, Spans: trace.Spans}
	if i < len(places) {
		result.Pos = places[i]
	}
	if !result.OK() {
		result.Clause = trace.decided().Clause
	}
	return result
}

// decided is the innermost clause that made the whole turn out as it did.
func (t Trace) decided() Trace {
	if t.decisive < 0 {
		return t
	}
	return t.Children[t.decisive].decided()
}
