package rules

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// newsPack has each form of the language at least once, over what real news
// holds.
const newsPack = `
terms:
  openai:    'OpenAI OR "ChatGPT maker" OR "Sam Altman"'
  microsoft: 'Microsoft OR Redmond OR MSFT'
rules:
  - {name: both, query: '@openai AND @microsoft'}
  - {name: near, query: '(@openai) NEAR/6 (@microsoft OR invest* OR "billion dollars")'}
  - {name: ordered, query: 'Microsoft ONEAR/3 OpenAI'}
  - {name: apart, query: 'Microsoft NOT NEAR/10 (Azure OR OpenAI)'}
  - {name: sentence, query: '@openai SENTENCE (deal OR talk* OR stake)'}
  - {name: paragraph, query: 'the PARAGRAPH (Google OR Apple)'}
  - {name: lead, query: 'lead:(AI AND NOT "artificial intelligence")'}
  - {name: title, query: 'title:(exact:US OR exact:U.S. OR exact:It)'}
  - {name: often, query: 'atleast/3:(the OR a)'}
  - {name: regexp, query: '/\$[0-9.]+ ?(billion|bn)/ OR /(chip|cloud)s?/'}
  - {name: wild, query: 'organi?ation* OR *gate OR Łódź OR w*'}
  - {name: not, query: 'NOT (the OR a OR of)'}
  - {name: site, query: 'site:msn.com OR site:co.uk'}
`

// TestRealNewsMatchesAsExplained compares the matcher with the explainer on news
// as outlets published it. The data are not part of the project.
func TestRealNewsMatchesAsExplained(t *testing.T) {
	shared := os.Getenv("FEEDWATCH_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "shared")
	}
	file, err := os.Open(filepath.Join(shared, "news", "labelled.jsonl"))
	if err != nil {
		t.Skip("no conformance data here: set FEEDWATCH_SHARED to its folder")
	}
	defer file.Close()
	pack, err := Parse("news.yaml", []byte(newsPack))
	if err != nil {
		t.Fatal(err)
	}
	set, err := Compile(pack)
	if err != nil {
		t.Fatal(err)
	}
	hits := make(map[string]int)
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var row struct{ Title, Text, URL string }
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		compareWithExplain(t, set, &Doc{Title: row.Title, Body: row.Text, URL: row.URL}, hits)
	}
	for _, r := range set.Rules() {
		if hits[r.Name] == 0 {
			t.Errorf("%s matches nothing, so it proves nothing", r.Name)
		}
	}
}

func compareWithExplain(t *testing.T, set *Set, d *Doc, hits map[string]int) {
	t.Helper()
	matched := make(map[string][]Span)
	for _, m := range set.Match(d) {
		matched[m.Rule.Name] = m.Spans
		hits[m.Rule.Name]++
	}
	for _, r := range set.Rules() {
		trace, _ := set.Explain(d, r.Name)
		spans, ok := matched[r.Name]
		if ok != trace.Holds || !cmp.Equal(spans, trace.Spans) {
			t.Errorf("%q: match %t %v\n%s", d.Title, ok, spans, trace)
		}
	}
}
