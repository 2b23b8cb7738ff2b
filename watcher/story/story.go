package story

import (
	"cmp"
	"fmt"
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
	weights features
}

// member is a text in its story.
type member struct {
	*profile
	link    string
	heading uint64 // of the headline, 0 if that can't tell an event
	group   *group // nil once it is forgotten
}

// group is a story.
type group struct {
	id          string
	members     []*member
	first, last int64 // Unix seconds of the earliest and the latest text
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
	return &Grouper{
		config: c, texts: map[string]*member{}, stories: map[string]*group{},
		links: map[string]*member{}, titles: map[uint64]*member{}, index: newIndex(), weights: weights,
	}
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
// none of that id. Texts that come later follow it.
func (g *Grouper) Move(id, story string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.move(id, story)
}

func (g *Grouper) move(id, story string) {
	m, ok := g.texts[id]
	if !ok || m.group.id == story {
		return
	}
	from, to := m.group, g.open(story)
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
	r := reading{rarity: g.config.Rarity, name: g.config.Name, counts: &g.index}
	p := r.profile(t)
	return &member{profile: p, link: t.Link, heading: heading(t, p)}
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

// inWindow tells whether a text may still join a story.
func (g *Grouper) inWindow(m *member, s *group) bool {
	window := int64(g.config.Window / time.Second)
	return m.at >= s.first-window && m.at <= s.last+window
}

// find gives the story that a text belongs to, or nil.
func (g *Grouper) find(m *member) (*group, Placement) {
	if o := g.links[m.link]; o != nil && g.inWindow(m, o.group) {
		return o.group, Placement{o.group.id, o.id, "same link"}
	}
	if o := g.titles[m.heading]; o != nil && g.inWindow(m, o.group) && !blocked(m.profile, o.profile) {
		return o.group, Placement{o.group.id, o.id, "same title"}
	}
	var best *group
	var near *member
	var most, likeness float64
	seen := map[*group]bool{}
	for _, o := range g.index.candidates(m) {
		s := o.group
		if seen[s] || !g.inWindow(m, s) {
			continue
		}
		seen[s] = true
		top, nearest, mean := g.likeness(m, s, o)
		if top < nearestLeast || mean < meanLeast {
			continue
		}
		if sum := top + mean; best == nil || sum > most || sum == most && s.id < best.id {
			best, near, most, likeness = s, nearest, sum, top
		}
	}
	if best == nil {
		return nil, Placement{}
	}
	return best, Placement{best.id, near.id, fmt.Sprintf("near %.2f", likeness)}
}

// Thresholds of likeness, as log odds, chosen on stories left out of training: the
// nearest text must be very likely to tell the same event, all of them likely.
const (
	nearestLeast = 2
	meanLeast    = 1
	farthest     = -6 // one text that has nothing in common decides nothing alone
)

// compared is how many texts of a story a new one is compared with: the first, and
// the latest.
const compared = 12

// likeness compares a text with a story, candidate being its member that shares
// most rare words. It gives the greatest log odds, whose they are, and their mean.
func (g *Grouper) likeness(m *member, s *group, candidate *member) (top float64, nearest *member, mean float64) {
	top, sum, n := math.Inf(-1), 0.0, 0
	look := func(o *member) {
		l := max(g.weights.of(compare(m.profile, o.profile)), farthest)
		sum, n = sum+l, n+1
		if l > top {
			top, nearest = l, o
		}
	}
	look(candidate)
	for i, o := range s.members {
		if o != candidate && (i == 0 || i > len(s.members)-compared) {
			look(o)
		}
	}
	return top, nearest, sum / float64(n)
}
