package watcher

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/feedwatch/feedwatch/rules"
	"github.com/feedwatch/feedwatch/storage"
)

// arrival is a new item on its way from matching to the commit.
type arrival struct {
	item    storage.NewItem
	matches []rules.Match // that are to be told; none of a silent item
	why     string        // it joins its story; "" for the first
	stored  bool          // whether the store has its story, even if that bears its ID
}

// rearrangements bounds how often a poll decides anew because a person has
// changed its stories meanwhile.
const rearrangements = 10

// commitArrivals decides who hears of the items, and commits them with their
// stories and alerts.
func (p *poll) commitArrivals(ctx context.Context, c storage.Poll, arrivals []arrival) error {
	if len(arrivals) == 0 {
		return p.commit(ctx, c)
	}
	hold, err := p.w.stories.place(ctx, arrivals, p.now)
	if err != nil {
		return err
	}
	defer hold.release()
	if err := p.commitPlaced(ctx, c, arrivals); err != nil {
		p.w.stories.withdraw(arrivals)
		return err
	}
	return nil
}

func (p *poll) commitPlaced(ctx context.Context, c storage.Poll, arrivals []arrival) error {
	for range rearrangements {
		var err error
		if c.Items, c.Stories, err = p.tellAll(ctx, arrivals); err != nil {
			return err
		}
		if err = p.commit(ctx, c); !errors.Is(err, storage.ErrConflict) {
			return err
		}
	}
	return fmt.Errorf("the stories of %d new items change faster than they can be written: %w", len(arrivals), storage.ErrConflict)
}

// tellAll makes the alerts of the arrivals, in order, and the stories as they
// are with them. It leaves the arrivals as they are, so that it can be done anew.
func (p *poll) tellAll(ctx context.Context, arrivals []arrival) ([]storage.NewItem, []storage.Story, error) {
	items := make([]storage.NewItem, len(arrivals))
	open := make(map[string]*storage.Story) // those merged into another lead to that
	var order []*storage.Story
	recall := func(id string) (storage.Item, error) {
		if i := slices.IndexFunc(arrivals, func(a arrival) bool { return a.item.Item.ID == id }); i >= 0 {
			return arrivals[i].item.Item, nil
		}
		return p.w.store.Item(ctx, id)
	}
	for i, a := range arrivals {
		items[i] = a.item
		item := &items[i].Item
		st := open[item.Story]
		if st == nil {
			read, err := p.w.stories.read(ctx, &a)
			if err != nil {
				return nil, nil, err
			}
			if st = open[read.ID]; st == nil {
				st = &read
				open[read.ID], order = st, append(order, st)
			}
			open[item.Story] = st
		}
		*st = joined(*st, item, a.why)
		item.Story = st.ID // A story that was merged into another has its ID.
		// A silent item is not told, but may be what a held alert waited for.
		t := telling{set: p.set, story: st, item: *item, matches: a.matches, fetch: p.fetch, recall: recall}
		var err error
		if items[i].Alerts, err = t.alerts(); err != nil {
			return nil, nil, err
		}
	}
	var stories []storage.Story
	for _, st := range order {
		if !quiet(st) {
			stories = append(stories, *st)
		}
	}
	return items, stories, nil
}
