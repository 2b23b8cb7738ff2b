package story

import (
	"cmp"
	"math"
	"slices"
	"sync"
	"time"
)

// Text is what a feed says of one item.
type Text struct {
	ID       string
	At       time.Time // when it was published, or first seen
	Outlet   string    // who published it: a host, or a feed's name
	Link     string    // canonical: equal links are the same article
	Title    string    // plain text
	Lead     string    // plain text: the summary, or how the article begins
	Language string    // ISO 639-1; empty where it is not known
}

// Config says how texts are grouped. The zero value works, but Rarity makes it
// work well.
type Config struct {
	// Rarity gives ln(total/count) of a folded word in English at large. The counts
	// of the window itself come on top.
	Rarity func(word string) float64
	// Name tells of a folded word that it is no common word of English, which in a
	// Headline Like This One is what sets names apart.
	Name     func(word string) bool
	Window   time.Duration // silence after which a story is closed; 72 hours by default
	MaxTexts int           // held at most; the longest silent stories go first; 1,000,000 by default
}

// Placement says where a text was put.
type Placement struct {
	Story string // the id of the story's first text
	Near  string // the text that it resembled; empty if it founded the story
	Why   string // how: "same link", "same title", "near 2.41"; empty if it founded the story
	// Joins are the ids of stories that this text shows to be Story too, which is the
	// oldest of them. Their texts are Story's now, and so is what comes later.
	Joins []string
}

// Grouper groups texts into stories. Its methods may be called concurrently.
type Grouper struct {
	mu      sync.Mutex
	config  Config
	texts   map[string]*member
	stories map[string]*group
	links   map[string]*member
	titles  map[uint64]*member
	index   index
	reading reading
	weights *table
}

// member is a text in its story.
type member struct {
	profile
	link  string
	group *group // nil once it is forgotten

	search uint32  // the last one that met it
	shared float32 // what that found in common
}

// group is a story.
type group struct {
	id          string
	members     []*member
	first, last int64 // Unix seconds of the earliest and the latest text
	byHand      bool  // a person has moved texts here or away

	search uint32 // the last one that met it
}

// New gives a Grouper that holds no texts.
func New(c Config) *Grouper {
	if c.Window <= 0 {
		c.Window = 72 * time.Hour
	}
	if c.MaxTexts <= 0 {
		c.MaxTexts = 1_000_000
	}
	if c.Rarity == nil {
		c.Rarity = func(string) float64 { return unknownRarity }
	}
	g := &Grouper{
		config: c, texts: map[string]*member{}, stories: map[string]*group{},
		links: map[string]*member{}, titles: map[uint64]*member{}, index: newIndex(), weights: &weights,
	}
	g.reading.rarity, g.reading.name, g.reading.counts = c.Rarity, c.Name, &g.index
	return g
}

// unknownRarity is that of any word where nothing is known of English.
const unknownRarity = 9

// Place puts a text into the story that it belongs to, or founds one with its id,
// and remembers it. A text that is already held stays where it is.
func (g *Grouper) Place(t Text) Placement {
	g.mu.Lock()
	defer g.mu.Unlock()
	if m, ok := g.texts[t.ID]; ok {
		return Placement{Story: m.group.id}
	}
	m := g.read(&t)
	to, p := g.find(m)
	if to == nil {
		to, p = g.open(t.ID), Placement{Story: t.ID}
	}
	g.put(m, to)
	g.bound()
	return p
}

// Add remembers a text of a story that is known: from the store, or because a
// person said so, whose word outranks likeness.
func (g *Grouper) Add(t Text, story string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if _, ok := g.texts[t.ID]; ok {
		g.move(t.ID, story)
		return
	}
	g.put(g.read(&t), g.open(story))
	g.bound()
}

// Move puts a text that is held into another story, which it founds if there is
// none of that id. Texts that come later follow it. Neither story is ever joined to
// another by likeness again: a person's word stands. Moving a text to where it is
// says that of its story.
func (g *Grouper) Move(id, story string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.move(id, story)
}

func (g *Grouper) move(id, story string) {
	m, ok := g.texts[id]
	if !ok {
		return
	}
	from, to := m.group, g.open(story)
	from.byHand, to.byHand = true, true
	if from == to {
		return
	}
	from.members = slices.DeleteFunc(from.members, func(o *member) bool { return o == m })
	if len(from.members) == 0 {
		delete(g.stories, from.id)
	}
	from.span()
	m.group, to.members = to, append(to.members, m)
	to.span()
}

// Remove forgets a text.
func (g *Grouper) Remove(id string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	m, ok := g.texts[id]
	if !ok {
		return
	}
	from := m.group
	from.members = slices.DeleteFunc(from.members, func(o *member) bool { return o == m })
	from.span()
	if len(from.members) == 0 {
		delete(g.stories, from.id)
	}
	g.drop(m)
}

// Forget closes the stories that have had no text since a time: nothing joins them
// any more, and a text that resembles them founds a story.
func (g *Grouper) Forget(before time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, s := range g.stories {
		if s.last < before.Unix() {
			g.close(s)
		}
	}
}

// Len gives the number of texts held.
func (g *Grouper) Len() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.texts)
}

func (g *Grouper) read(t *Text) *member {
	return &member{profile: g.reading.profile(t), link: t.Link}
}

func (g *Grouper) open(id string) *group {
	s, ok := g.stories[id]
	if !ok {
		s = &group{id: id, first: math.MaxInt64, last: math.MinInt64}
		g.stories[id] = s
	}
	return s
}

func (g *Grouper) put(m *member, s *group) {
	m.group, s.members = s, append(s.members, m)
	s.first, s.last = min(s.first, m.at), max(s.last, m.at)
	g.texts[m.id] = m
	if m.link != "" {
		g.links[m.link] = m
	}
	if m.heading != 0 {
		g.titles[m.heading] = m
	}
	g.index.add(m)
}

func (s *group) span() {
	s.first, s.last = math.MaxInt64, math.MinInt64
	for _, m := range s.members {
		s.first, s.last = min(s.first, m.at), max(s.last, m.at)
	}
}

func (g *Grouper) close(s *group) {
	delete(g.stories, s.id)
	for _, m := range s.members {
		g.drop(m)
	}
}

func (g *Grouper) drop(m *member) {
	m.group = nil
	delete(g.texts, m.id)
	if g.links[m.link] == m {
		delete(g.links, m.link)
	}
	if g.titles[m.heading] == m {
		delete(g.titles, m.heading)
	}
	g.index.remove(m)
}

// bound keeps to MaxTexts. It waits until a sixteenth too many is there, so that
// the stories need not be sorted for each text.
func (g *Grouper) bound() {
	if len(g.texts) <= g.config.MaxTexts+g.config.MaxTexts/16 {
		return
	}
	oldest := make([]*group, 0, len(g.stories))
	for _, s := range g.stories {
		oldest = append(oldest, s)
	}
	slices.SortFunc(oldest, func(a, b *group) int {
		return cmp.Or(cmp.Compare(a.last, b.last), cmp.Compare(a.id, b.id))
	})
	for _, s := range oldest {
		if len(g.texts) <= g.config.MaxTexts {
			return
		}
		g.close(s)
	}
}
