package storagetest

import (
	"maps"
	"slices"

	"github.com/feedwatch/feedwatch/storage"
)

// fresh gives the items of a poll that are not known yet.
func (m *model) fresh(p storage.Poll) (items []storage.NewItem) {
	known := maps.Clone(m.known)
	for _, n := range p.Items {
		if slices.ContainsFunc(n.Keys, func(k storage.Key) bool { return known[modelKey{p.Feed.URL, k}] != storage.Known{} }) {
			continue
		}
		items = append(items, n)
		for _, k := range n.Keys {
			known[modelKey{p.Feed.URL, k}] = storage.Known{Item: n.Item.ID}
		}
	}
	return items
}

// miscounts says whether a story of a poll counts an item that is not fresh.
func (m *model) miscounts(p storage.Poll, fresh []storage.NewItem) bool {
	counted := func(items []storage.NewItem) (n int) {
		for _, i := range items {
			if slices.ContainsFunc(p.Stories, func(s storage.Story) bool { return s.ID == i.Item.Story }) {
				n++
			}
		}
		return n
	}
	return counted(p.Items) != counted(fresh)
}

// agrees says whether the stories have the revisions of those that are stored. A
// revision is the engine's choice: the walk takes it over when a story is written.
func (m *model) agrees(stories ...storage.Story) bool {
	return !slices.ContainsFunc(stories, func(s storage.Story) bool { return m.stories[s.ID].Revision != s.Revision })
}

// arrange says what an arrangement must answer and does it.
func (m *model) arrange(a storage.Arrangement) (receipt storage.Receipt, err error) {
	if !m.agrees(a.Stories...) || !m.agrees(a.Removed...) {
		return receipt, storage.ErrConflict
	}
	stories := slices.Clone(a.Stories)
	for i, s := range stories {
		for _, id := range s.Was {
			for _, older := range m.stories[id].Was {
				if !slices.Contains(stories[i].Was, older) {
					stories[i].Was = append(slices.Clone(stories[i].Was), older)
				}
			}
		}
	}
	for _, s := range a.Removed {
		delete(m.stories, s.ID)
	}
	for _, s := range stories {
		m.stories[s.ID] = s
	}
	for id, story := range a.Moved {
		if i, stored := m.items[id]; stored {
			i.Story = story
			m.items[id] = i
		}
	}
	m.enqueue(a.Alerts, &receipt)
	return receipt, nil
}

func (m *model) change(feed string, c storage.Change, receipt *storage.Receipt) {
	for _, k := range c.Keys {
		if known, is := m.known[modelKey{feed, k}]; is {
			known.Digest = c.Digest
			m.known[modelKey{feed, k}] = known
		}
	}
	if i, stored := m.items[c.Item]; stored {
		i.Revise(c)
		m.items[c.Item] = i
		m.enqueue(c.Alerts, receipt)
	}
}
