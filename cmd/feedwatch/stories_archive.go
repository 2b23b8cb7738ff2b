package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/watcher"
)

// Stories of the archive are read and arranged by the daemon that holds the store,
// or where none runs on the store itself: by the same functions, which take what
// the command line says as a form and give what is printed as JSON.

// storyCalls are the paths of the control socket that are about stories.
var storyCalls = map[string]func(context.Context, *watcher.Watcher, url.Values) (any, error){
	"GET /stories":        listStories,
	"GET /story":          showStory,
	"POST /stories/merge": mergeStories,
	"POST /stories/split": splitStory,
}

// storyCall asks the running daemon, or does the same on the store.
func (p *program) storyCall(ctx context.Context, config, method, path string, form url.Values, out any) error {
	err := p.askDaemon(ctx, config, method, path, form, out)
	if !errors.Is(err, errDown) {
		return err
	}
	var answer any
	err = p.withStore(ctx, config, func(w *watcher.Watcher) error {
		answer, err = storyCalls[method+" "+path](ctx, w, form)
		return err
	})
	if err != nil {
		return err
	}
	text, err := json.Marshal(answer) // as it would come from the daemon
	if err != nil {
		return err
	}
	return json.Unmarshal(text, out)
}

// shownStory is a story with those of its items that are still there.
type shownStory struct {
	storage.Story
	Items []storage.Item `json:"items"`
}

func listStories(ctx context.Context, w *watcher.Watcher, form url.Values) (any, error) {
	since, err := time.Parse(time.RFC3339Nano, form.Get("since"))
	if err != nil {
		return nil, fmt.Errorf("since: %w", err)
	}
	limit, err := strconv.Atoi(form.Get("limit"))
	if err != nil {
		return nil, fmt.Errorf("limit: %w", err)
	}
	outlets, err := strconv.Atoi(form.Get("outlets"))
	if err != nil {
		return nil, fmt.Errorf("outlets: %w", err)
	}
	list := []storage.Story{}
	for st, err := range w.Stories(ctx, storage.StoryQuery{Since: since, Rule: form.Get("rule")}) {
		if err != nil {
			return nil, err
		}
		if len(st.Outlets) >= outlets {
			list = append(list, st)
		}
		if limit > 0 && len(list) == limit {
			break
		}
	}
	return list, nil
}

func showStory(ctx context.Context, w *watcher.Watcher, form url.Values) (any, error) {
	st, err := w.Story(ctx, form.Get("id"))
	if err != nil {
		return nil, err
	}
	shown := shownStory{Story: st, Items: []storage.Item{}}
	for _, m := range st.Members {
		item, err := w.Item(ctx, m.Item)
		if errors.Is(err, storage.ErrUnknown) {
			continue // pruned
		}
		if err != nil {
			return nil, err
		}
		item.Text = "" // The story is shown, not what its items say.
		for i := range item.Revisions {
			item.Revisions[i].Text = ""
		}
		shown.Items = append(shown.Items, item)
	}
	return shown, nil
}

func mergeStories(ctx context.Context, w *watcher.Watcher, form url.Values) (any, error) {
	return w.MergeStories(ctx, form.Get("into"), form["id"])
}

func splitStory(ctx context.Context, w *watcher.Watcher, form url.Values) (any, error) {
	return w.SplitStory(ctx, form.Get("id"), form["item"])
}

// listArchive lists the stories of the archive.
func (c *storiesListCommand) listArchive(ctx context.Context, p *program) error {
	now := time.Now()
	if c.JSON && !c.Full {
		for item, err := range p.archive(ctx, c.Config, c.Since.before(now)) {
			if err != nil {
				return err
			}
			line := struct {
				ID    string `json:"id"`
				Story string `json:"story"`
			}{item.ID, item.Story}
			if err := printJSONLine(p.stdout, line); err != nil {
				return err
			}
		}
		return nil
	}
	var list []storage.Story
	form := url.Values{
		"since": {c.Since.before(now).UTC().Format(time.RFC3339Nano)}, "rule": {c.Rule},
		"limit": {strconv.Itoa(c.Limit)}, "outlets": {strconv.Itoa(c.Least)},
	}
	if err := p.storyCall(ctx, c.Config, http.MethodGet, "/stories", form, &list); err != nil {
		return err
	}
	if c.JSON {
		for i := range list {
			if err := printJSONLine(p.stdout, &list[i]); err != nil {
				return err
			}
		}
		return nil
	}
	rows := [][]string{{"STORY", "NEWEST", "OUTLETS", "ITEMS", "TIER", "RULES", "TITLE"}}
	for i := range list {
		st := &list[i]
		rows = append(rows, []string{
			st.ID, watcher.Ago(st.Last, now), strconv.Itoa(len(st.Outlets)), strconv.Itoa(st.Count), strconv.Itoa(st.Tier),
			strings.Join(rulesOfStory(st), ","), onOneLine(st.Title, 90),
		})
	}
	return table(p.stdout, rows...)
}

func rulesOfStory(st *storage.Story) []string {
	names := make([]string, len(st.Hits))
	for i, h := range st.Hits {
		names[i] = h.Rule
	}
	return names
}

// storiesShowCommand shows one story of the archive.
type storiesShowCommand struct {
	setup
	JSON bool   `name:"json" help:"Print JSON."`
	ID   string `arg:"" help:"Of the story, or of an item that tells it."`
}

// Run implements the verb.
func (c *storiesShowCommand) Run(ctx context.Context, p *program) error {
	var st shownStory
	if err := p.storyCall(ctx, c.Config, http.MethodGet, "/story", url.Values{"id": {c.ID}}, &st); err != nil {
		return err
	}
	if c.JSON {
		return printJSON(p.stdout, st)
	}
	return st.print(p)
}

// print shows the story as a time line of its items.
func (st *shownStory) print(p *program) error {
	fmt.Fprintf(p.stdout, "%s\n\n", onOneLine(st.Title, 200))
	head := [][]string{
		{"story", st.ID},
		{"told by", fmt.Sprintf("%s in %s, best tier %d", plural(len(st.Outlets), "outlet"), plural(st.Count, "item"), st.Tier)},
	}
	if rules := rulesOfStory(&st.Story); len(rules) > 0 {
		head = append(head, []string{"rules", strings.Join(rules, ", ")})
	}
	for _, t := range st.Told {
		head = append(head, []string{"alerted", fmt.Sprintf("%s, when it had %s (%s)", t.Receiver, plural(t.Outlets, "outlet"), t.Delivery)})
	}
	if st.Pinned {
		head = append(head, []string{"by hand", "a person merged or split it"})
	}
	if err := table(p.stdout, head...); err != nil {
		return err
	}
	fmt.Fprintln(p.stdout)
	rows := [][]string{{"SEEN", "AFTER", "OUTLET", "TITLE", "WHY", "ITEM"}}
	for _, m := range st.Members {
		title, why := "(pruned)", m.Why
		if i := slices.IndexFunc(st.Items, func(it storage.Item) bool { return it.ID == m.Item }); i >= 0 {
			title = onOneLine(st.Items[i].Title, 80)
			if n := len(st.Items[i].Revisions); n > 0 {
				title += fmt.Sprintf(" (changed %s)", plural(n, "time"))
			}
		}
		rows = append(rows, []string{
			m.At.UTC().Format("2006-01-02 15:04"), "+" + after(m.At.Sub(st.First)), onOneLine(m.Outlet, 24), title, why, m.Item,
		})
	}
	return table(p.stdout, rows...)
}

// after is a length of time to the minute.
func after(d time.Duration) string {
	d = d.Round(time.Minute)
	if d < time.Hour {
		return fmt.Sprintf("%dm", d/time.Minute)
	}
	return fmt.Sprintf("%dh%02dm", d/time.Hour, d%time.Hour/time.Minute)
}

// storiesMergeCommand makes one story of several.
type storiesMergeCommand struct {
	setup
	JSON   bool     `name:"json" help:"Print the story as JSON."`
	Into   string   `arg:"" help:"The story that stays, by its ID or that of an item that tells it."`
	Others []string `arg:"" name:"other" help:"Those that become part of it."`
}

// Run implements the verb.
func (c *storiesMergeCommand) Run(ctx context.Context, p *program) error {
	return p.arrange(ctx, c.Config, "/stories/merge", url.Values{"into": {c.Into}, "id": c.Others}, c.JSON)
}

// storiesSplitCommand takes items out of a story.
type storiesSplitCommand struct {
	setup
	JSON  bool     `name:"json" help:"Print the new story as JSON."`
	Story string   `arg:"" help:"By its ID."`
	Items []string `arg:"" name:"item" help:"The items to take out of it: stories show lists them."`
}

// Run implements the verb.
func (c *storiesSplitCommand) Run(ctx context.Context, p *program) error {
	return p.arrange(ctx, c.Config, "/stories/split", url.Values{"id": {c.Story}, "item": c.Items}, c.JSON)
}

func (p *program) arrange(ctx context.Context, config, path string, form url.Values, asJSON bool) error {
	var st storage.Story
	if err := p.storyCall(ctx, config, http.MethodPost, path, form, &st); err != nil {
		return err
	}
	if asJSON {
		return printJSON(p.stdout, st)
	}
	fmt.Fprintf(p.stdout, "story %s: %s in %s\n", st.ID, plural(len(st.Outlets), "outlet"), plural(st.Count, "item"))
	return nil
}
