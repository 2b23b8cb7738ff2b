package watcher

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/feedwatch/feedwatch/rules"
	"github.com/feedwatch/feedwatch/storage"
)

// corrections are what receivers hear of a known item that says something else
// now: those of the rules that ask for changes and match what it says, or matched
// what it said, for a retraction is a change as well. Where a receiver was told of
// the story, the alert hangs on that.
func (p *poll) corrections(ctx context.Context, item storage.Item, c storage.Change) ([]storage.Alert, error) {
	before := storage.Revision{Until: c.At, Title: item.Title, Text: item.Text}
	past := p.askingForChanges(&item)
	item.Revise(c)
	matches := p.askingForChanges(&item)
	for _, m := range past {
		if !matched(matches, m.Rule) {
			m.Spans = nil // They stand in the text that is gone.
			matches = append(matches, m)
		}
	}
	if len(matches) == 0 || p.tooOld(item.Published) != "" {
		return nil, nil
	}
	st, err := p.w.stories.find(ctx, item.Story)
	if errors.Is(err, storage.ErrUnknown) {
		st, err = founding(&item), nil
	}
	if err != nil {
		return nil, err
	}
	t := telling{set: p.set, story: &st, item: item, matches: matches, fetch: p.fetch}
	due := p.set.byReceiver(&st, hitsOf(item, matches))
	var alerts []storage.Alert
	for _, name := range p.set.receivers {
		if len(due[name]) == 0 {
			continue
		}
		a, was := t.whole(name, storage.OnceChange(name, item.ID, c.At), storage.Changed, due[name]), before
		was.Text, a.Item.Text = aroundChange(before.Text, item.Text, a.Matches)
		a.Created, a.Before = c.At, &was
		if told := st.ToldTo(name); told != nil {
			a.Parent = told.Delivery
		}
		alerts = append(alerts, *a)
	}
	return alerts, nil
}

// askingForChanges are the item's matches of rules that ask for changes.
func (p *poll) askingForChanges(item *storage.Item) []rules.Match {
	var out []rules.Match
	for _, m := range p.set.Rules.Match(ruleDoc(item, p.cfg.Name)) {
		if m.Rule.OnChange {
			out = append(out, m)
		}
	}
	return out
}

func matched(matches []rules.Match, rule *rules.Rule) bool {
	return slices.ContainsFunc(matches, func(m rules.Match) bool { return m.Rule == rule })
}

// aroundChange cuts two texts, as they were and as they are, to excerpts that show
// where they begin to differ, and moves the body spans of the matches along.
func aroundChange(before, after string, matches []storage.Match) (string, string) {
	same := 0
	for same < min(len(before), len(after)) && before[same] == after[same] {
		same++
	}
	start := 0
	if same > excerptBytes/4 {
		start = strings.LastIndexAny(before[:same-excerptBytes/8], " \n") + 1
	}
	cut := func(s string) string {
		s = s[start:]
		if len(s) <= excerptBytes {
			return s
		}
		return strings.ToValidUTF8(s[:excerptBytes], "")
	}
	before, after = cut(before), cut(after)
	for _, m := range matches {
		for i := range m.Spans {
			s := &m.Spans[i]
			if s.Field != "body" {
				continue
			}
			if s.Start < start || s.End > start+len(after) {
				s.Start, s.End = 0, 0
				continue
			}
			s.Start, s.End = s.Start-start, s.End-start
		}
	}
	return before, after
}
