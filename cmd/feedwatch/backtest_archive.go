package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/feedwatch/feedwatch/rules"
	"github.com/feedwatch/feedwatch/storage"
)

// newestShown is how many items are shown of each rule.
const newestShown = 3

// history is what rules would have matched in the archive.
type history struct {
	Since time.Time     `json:"since"`          // as asked for
	First time.Time     `json:"first,omitzero"` // of the items looked at
	Last  time.Time     `json:"last,omitzero"`
	Items int           `json:"items"`
	Rules []ruleHistory `json:"rules"`
}

// ruleHistory is what one rule would have matched.
type ruleHistory struct {
	Rule    string         `json:"rule"`
	Items   int            `json:"items"`
	Stories int            `json:"stories"`
	Days    []dayCount     `json:"days"` // with an item, in order
	Newest  []historicItem `json:"newest"`

	byDay   map[string]*dayCount
	stories map[string]bool
}

// dayCount is a day's part, in UTC. A story counts on the day of the item of it
// that came last.
type dayCount struct {
	Day     string `json:"day"`
	Items   int    `json:"items"`
	Stories int    `json:"stories"`
}

type historicItem struct {
	ID    string    `json:"id"`
	Title string    `json:"title"`
	Feed  string    `json:"feed"`
	At    time.Time `json:"at"`
}

// replay shows what rules would have matched in the archive.
func (c *backtestCommand) replay(ctx context.Context, p *program, set *rules.Set) error {
	h := newHistory(set, c.Since.before(time.Now()))
	for item, err := range p.archive(ctx, c.Config, h.Since) {
		if err != nil {
			return err
		}
		if at := itemTime(&item); !at.Before(h.Since) {
			h.add(&item, at, set.MatchRules(nil, archiveDoc(&item, set.AsksLanguage())))
		}
	}
	h.finish()
	if c.JSON {
		return printJSON(p.stdout, h)
	}
	return h.print(p.stdout)
}

// itemTime is the day's reckoning of an item: when it was published, since a
// feed's first listing holds what is weeks old, or when it was seen where its
// feed doesn't say or names a time to come.
func itemTime(item *storage.Item) time.Time {
	if item.Published.IsZero() || item.Published.After(item.Seen) {
		return item.Seen.UTC()
	}
	return item.Published.UTC()
}

func newHistory(set *rules.Set, since time.Time) *history {
	h := &history{Since: since.UTC()}
	for _, r := range set.Rules() {
		h.Rules = append(h.Rules, ruleHistory{
			Rule: r.Name, Newest: []historicItem{}, byDay: make(map[string]*dayCount), stories: make(map[string]bool),
		})
	}
	return h
}

// add counts an item for the rules that matched it, by their numbers.
func (h *history) add(item *storage.Item, at time.Time, matched []int) {
	if h.Items++; h.Items == 1 || at.Before(h.First) {
		h.First = at
	}
	if at.After(h.Last) {
		h.Last = at
	}
	for _, n := range matched {
		h.Rules[n].add(item, at)
	}
}

func (r *ruleHistory) add(item *storage.Item, at time.Time) {
	day := at.Format(time.DateOnly)
	if r.byDay[day] == nil {
		r.byDay[day] = &dayCount{Day: day}
	}
	r.Items++
	r.byDay[day].Items++
	story := item.Story
	if story == "" { // of a version that knew none
		story = item.ID
	}
	if !r.stories[story] {
		r.stories[story] = true
		r.Stories++
		r.byDay[day].Stories++
	}
	r.Newest = append(r.Newest, historicItem{item.ID, item.Title, item.FeedName, at})
	slices.SortStableFunc(r.Newest, func(a, b historicItem) int { return b.At.Compare(a.At) })
	r.Newest = r.Newest[:min(len(r.Newest), newestShown)]
}

func (h *history) finish() {
	for i := range h.Rules {
		r := &h.Rules[i]
		r.Days = []dayCount{}
		for _, day := range slices.Sorted(maps.Keys(r.byDay)) {
			r.Days = append(r.Days, *r.byDay[day])
		}
	}
}

// print shows a line a rule, then the days and the newest items of each.
func (h *history) print(w io.Writer) error {
	if h.Items == 0 {
		_, err := fmt.Fprintf(w, "the archive has no item since %s\n", h.Since.Format(time.DateOnly))
		return err
	}
	fmt.Fprintf(w, "archive: %s, %s to %s\n\n", plural(h.Items, "item"), h.First.Format(time.DateOnly), h.Last.Format(time.DateOnly))
	rows := [][]string{{"RULE", "ITEMS", "STORIES", "DAYS"}}
	for _, r := range h.Rules {
		rows = append(rows, []string{r.Rule, strconv.Itoa(r.Items), strconv.Itoa(r.Stories), strconv.Itoa(len(r.Days))})
	}
	if err := table(w, rows...); err != nil {
		return err
	}
	for _, r := range h.Rules {
		if r.Items == 0 {
			continue
		}
		fmt.Fprintf(w, "\n%s\n", r.Rule)
		if err := table(w, r.rows()...); err != nil {
			return err
		}
	}
	return nil
}

// rows are the days of a rule, then its newest items.
func (r *ruleHistory) rows() (rows [][]string) {
	for _, d := range r.Days {
		rows = append(rows, []string{"  " + d.Day, plural(d.Items, "item"), storiesWord(d.Stories)})
	}
	for _, item := range r.Newest {
		rows = append(rows, []string{"  " + item.At.Format("2006-01-02 15:04"), onOneLine(item.Feed, 24), onOneLine(item.Title, 80)})
	}
	return rows
}

func storiesWord(n int) string {
	if n == 1 {
		return "1 story"
	}
	return strconv.Itoa(n) + " stories"
}
