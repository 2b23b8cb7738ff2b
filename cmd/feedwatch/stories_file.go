package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/feedwatch/feedwatch/rules"
	"github.com/feedwatch/feedwatch/watcher/feed"
	"github.com/feedwatch/feedwatch/watcher/story"
)

// storiesListCommand lists the stories of the archive, or groups the documents of
// a file.
type storiesListCommand struct {
	setup
	Since span   `help:"Of the archive those whose newest item came so long ago at most: 30d, 2w, 12h." default:"3d" placeholder:"SPAN"`
	Rule  string `help:"Of the archive only those that this rule matched." placeholder:"NAME"`
	Limit int    `help:"Of the archive at most so many; 0 for all." default:"50"`
	Least int    `name:"least" default:"1" help:"Only stories of at least so many outlets, in a file documents; not with --json." placeholder:"N"`
	JSON  bool   `name:"json" help:"Print a line of JSON an item, with its id and its story's, in the order of the input."`
	Full  bool   `help:"With --json print a line a story of the archive instead, with all that is known of it."`
	File  string `arg:"" optional:"" name:"file" help:"Documents: .jsonl, or - for standard input; without it the archive."`
}

// Validate refuses what makes no sense; kong calls it.
func (c *storiesListCommand) Validate() error {
	switch {
	case c.Limit < 0:
		return fmt.Errorf("--limit=%d: it takes a number from 0 up", c.Limit)
	case c.Full && (c.File != "" || !c.JSON):
		return errors.New("--full goes with --json, and is about the archive only")
	}
	return nil
}

// Run implements the verb.
func (c *storiesListCommand) Run(ctx context.Context, p *program) error {
	if c.File == "" {
		return c.listArchive(ctx, p)
	}
	f, err := p.groupFiles(ctx, []string{c.File})
	if err != nil {
		return err
	}
	if c.JSON {
		err = f.printJSON(p)
	} else {
		err = f.printTable(p, c.Least)
	}
	if err != nil {
		return err
	}
	return f.unread()
}

// grouped is a text in its story. The labels are for eval.
type grouped struct {
	story.Text
	id      json.RawMessage // as it stood in the input
	timed   bool
	cluster string
	event   string // looser than cluster
	story   string
}

// groupedFiles are the documents of some files, in the order of the input.
type groupedFiles struct {
	texts  []*grouped
	broken int // documents that could not be read
}

// unread is the error of documents that could not be read, or nil.
func (f *groupedFiles) unread() error {
	if f.broken == 0 {
		return nil
	}
	return fmt.Errorf("%s could not be read: see above", plural(f.broken, "document"))
}

// groupFiles reads documents and groups them as if they arrived in order of time.
// What can't be read is reported and passed over.
func (p *program) groupFiles(ctx context.Context, files []string) (*groupedFiles, error) {
	f := &groupedFiles{}
	for _, name := range files {
		if err := f.read(ctx, p, name); err != nil {
			return nil, err
		}
	}
	untimed := f.fillTimes()
	if untimed > 0 && untimed < len(f.texts) {
		fmt.Fprintf(p.stderr, "feedwatch: %s without a readable time in published or date (such as 2025-06-17T06:40:00Z): taken as published with the one before\n",
			plural(untimed, "document"))
	}
	return f, f.group(ctx)
}

func (f *groupedFiles) read(ctx context.Context, p *program, name string) error {
	in, err := p.openDocuments(name)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }() // it was only read
	for raw, err := range rawLines(name, in) {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		var g *grouped
		if err != nil {
			err = fmt.Errorf("%s: %w", raw.where(), err)
		} else {
			g, err = raw.grouped()
		}
		if err != nil {
			fmt.Fprintln(p.stderr, "feedwatch: "+err.Error())
			f.broken++
			continue
		}
		f.texts = append(f.texts, g)
	}
	return nil
}

// storyLine is what a line of JSON Lines says for stories beside the keys that all
// documents have.
type storyLine struct {
	Published looseText `json:"published"`
	Date      looseText `json:"date"`
	Outlet    looseText `json:"outlet"`
	Lang      looseText `json:"lang"`
	Cluster   looseText `json:"cluster"`
	Story     looseText `json:"story"`
}

// looseText is a text, or whatever else stands in its place, as it stands there:
// labels may be numbers.
type looseText string

// UnmarshalJSON implements json.Unmarshaler.
func (t *looseText) UnmarshalJSON(data []byte) error {
	var s string
	if err := json.Unmarshal(data, &s); err != nil {
		s = string(data)
	}
	*t = looseText(s)
	return nil
}

func (r rawDocument) grouped() (*grouped, error) {
	d, err := r.decode(false)
	if err != nil {
		return nil, err
	}
	var l storyLine
	if err := json.Unmarshal(r.data, &l); err != nil {
		return nil, fmt.Errorf("%s: %w", r.where(), err)
	}
	g := &grouped{id: d.id, cluster: string(l.Cluster), event: string(l.Story)}
	if g.At, g.timed = readTime(l.Published); !g.timed {
		g.At, g.timed = readTime(l.Date)
	}
	language := d.Language
	if language == "" {
		language = string(l.Lang)
	}
	if language == "" {
		language = rules.DetectLanguage(d.Title + "\n" + d.Body)
	}
	outlet := string(l.Outlet)
	if outlet == "" {
		outlet = hostOf(d.URL)
	}
	g.Text = story.Text{
		ID: d.name(), At: g.At, Outlet: outlet, Link: feed.Canonical(d.URL), Title: d.Title, Lead: d.Body, Language: language,
	}
	return g, nil
}

// timeLayouts are the ways in which documents write a time.
var timeLayouts = []string{
	time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05Z07:00", time.DateTime, "2006-01-02T15:04Z07:00", "2006-01-02 15:04", time.DateOnly,
	time.RFC1123Z, time.RFC1123, "2006-01", "2006",
}

func readTime(text looseText) (time.Time, bool) {
	s := strings.TrimSpace(string(text))
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	if seconds, err := strconv.ParseInt(s, 10, 64); err == nil && len(s) > len("2006") {
		return time.Unix(seconds, 0).UTC(), true
	}
	return time.Time{}, false
}

// hostOf is the host of an address, by which people know an outlet.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
}

// fillTimes gives the documents that have no time that of the one before, or the
// first that there is, and counts them.
func (f *groupedFiles) fillTimes() (untimed int) {
	var at time.Time
	if i := slices.IndexFunc(f.texts, func(g *grouped) bool { return g.timed }); i >= 0 {
		at = f.texts[i].At
	}
	for _, g := range f.texts {
		if !g.timed {
			g.At = at
			untimed++
		}
		at = g.At
	}
	return untimed
}

// inTime gives the texts in order of time.
func (f *groupedFiles) inTime() []*grouped {
	list := slices.Clone(f.texts)
	slices.SortStableFunc(list, func(a, b *grouped) int { return a.At.Compare(b.At) })
	return list
}

// group places the texts in order of time, and forgets what is over as the daemon
// does.
func (f *groupedFiles) group(ctx context.Context) error {
	config := grouping()
	config.Window = storyWindow
	grouper, known, joined := story.New(config), map[string]string{}, map[string]string{}
	var forgotten time.Time
	for _, g := range f.inTime() {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if g.At.Sub(forgotten) > time.Hour {
			forgotten = g.At
			grouper.Forget(g.At.Add(-storyWindow))
		}
		if _, ok := known[g.ID]; ok {
			continue // the same document once more
		}
		p := grouper.Place(g.Text)
		known[g.ID] = p.Story
		for _, id := range p.Joins {
			joined[id] = p.Story
		}
	}
	for _, g := range f.texts {
		g.story = known[g.ID]
		for joined[g.story] != "" {
			g.story = joined[g.story]
		}
	}
	return nil
}

// storyWindow is the silence after which a story is closed.
const storyWindow = 72 * time.Hour

func (f *groupedFiles) printJSON(p *program) error {
	out := bufio.NewWriterSize(p.stdout, 1<<16)
	for _, g := range f.texts {
		if err := printJSONLine(out, struct {
			ID    json.RawMessage `json:"id"`
			Story string          `json:"story"`
		}{g.id, g.story}); err != nil {
			return err
		}
	}
	return out.Flush()
}

// toldStory is a story for people.
type toldStory struct {
	id          string
	texts       int
	outlets     []string
	first, last time.Time
	title       string // of the first text
}

// stories sums up the stories, in order of their first texts.
func (f *groupedFiles) stories() []*toldStory {
	var list []*toldStory
	byID := map[string]*toldStory{}
	for _, g := range f.inTime() {
		s := byID[g.story]
		if s == nil {
			s = &toldStory{id: g.story, first: g.At, title: g.Title}
			byID[g.story], list = s, append(list, s)
		}
		s.texts++
		s.last = g.At
		if g.Outlet != "" && !slices.Contains(s.outlets, g.Outlet) {
			s.outlets = append(s.outlets, g.Outlet)
		}
	}
	return list
}

func (f *groupedFiles) printTable(p *program, least int) error {
	bold, plain := "", ""
	if isTerminal(p.stdout) && showsColour() {
		bold, plain = "\x1b[1m", "\x1b[0m"
	}
	list, several := f.stories(), 0
	rows := [][]string{{"STORY", "TEXTS", "OUTLETS", "FIRST", "LAST", "TITLE"}}
	for _, s := range list {
		open, shut := "", ""
		if s.texts > 1 {
			several++
			open, shut = bold, plain
		}
		if s.texts >= least {
			rows = append(rows, []string{
				onOneLine(s.id, 40), strconv.Itoa(s.texts), onOneLine(someOf(s.outlets, 3), 60),
				shortTime(s.first), shortTime(s.last), open + onOneLine(s.title, 100) + shut,
			})
		}
	}
	if err := table(p.stdout, rows...); err != nil {
		return err
	}
	fmt.Fprintf(p.stderr, "%s, %s, %d of them of several documents\n", plural(len(f.texts), "document"), pluralStories(len(list)), several)
	return nil
}

// someOf lists the first few, and counts the rest.
func someOf(list []string, most int) string {
	if len(list) <= most {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:most], ", "), len(list)-most)
}

func pluralStories(n int) string {
	if n == 1 {
		return "1 story"
	}
	return fmt.Sprintf("%d stories", n)
}

func shortTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04")
}
