package story

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"time"
)

// Thresholds of likeness, as log odds, chosen on stories left out of training. One
// text alone must very likely tell the same event; of several one must, all of them
// must more likely than not, and both together the more so the more they are: the
// nearest of many texts is nearer by chance alone.
const (
	aloneLeast   = 2.0
	nearestLeast = 1.5
	meanLeast    = 0
	bothLeast    = 0.5  // of nearest and mean together
	manySlope    = 2.25 // and for each unit of the logarithm of how many they are of
	farthest     = -6   // one text that has nothing in common decides nothing alone
)

// Two stories that a text may join are one if half of the pairs of their texts are
// that likely to be. A mean would let one odd text keep them apart.
const joinLeast = 0.5

// compared is how many texts of a story a new one is compared with: the first, and
// the latest.
const compared = 12

// inWindow tells whether a text may still join a story.
func (g *Grouper) inWindow(m *member, s *group) bool {
	window := int64(g.config.Window / time.Second)
	return m.at >= s.first-window && m.at <= s.last+window
}

// match is a story that a text may join.
type match struct {
	story     *group
	nearest   *member
	top, mean float64 // log odds
	of        int     // texts that these are of
}

// find gives the story that a text belongs to, or nil.
func (g *Grouper) find(m *member) (*group, Placement) {
	if o := g.links[m.link]; o != nil && g.inWindow(m, o.group) {
		return o.group, Placement{Story: o.group.id, Near: o.id, Why: "same link"}
	}
	if o := g.titles[m.heading]; o != nil && g.inWindow(m, o.group) && !blocked(&m.profile, &o.profile) {
		return o.group, Placement{Story: o.group.id, Near: o.id, Why: "same title"}
	}
	found := g.matches(m)
	if len(found) == 0 || !found[0].suffices() {
		return nil, Placement{}
	}
	to := found[0].story
	p := Placement{Near: found[0].nearest.id, Why: "near " + strconv.FormatFloat(found[0].top, 'f', 2, 64)}
	for _, f := range found[1:] {
		if from := f.story; g.sameStory(from, to) {
			if cmp.Or(cmp.Compare(from.first, to.first), cmp.Compare(from.id, to.id)) < 0 {
				from, to = to, from
			}
			g.join(from, to)
			p.Joins = append(p.Joins, from.id)
		}
	}
	p.Story = to.id
	return to, p
}

// matches gives the stories that a text may join or show to be one, those that it
// may join first, and of these the likeliest.
func (g *Grouper) matches(m *member) (found []match) {
	for _, o := range g.index.candidates(m) {
		s := o.group
		if s.search == g.index.search || !g.inWindow(m, s) {
			continue
		}
		s.search = g.index.search
		if f := g.likeness(m, s, o); f.top >= nearestLeast {
			found = append(found, f)
		}
	}
	slices.SortFunc(found, func(a, b match) int {
		if a, b := a.suffices(), b.suffices(); a != b {
			return cmp.Compare(truth(b), truth(a))
		}
		return cmp.Or(cmp.Compare(b.top+b.mean, a.top+a.mean), cmp.Compare(a.story.id, b.story.id))
	})
	return found
}

// suffices tells whether a text is like enough to a story. Of what a person put
// together the nearest decides: the rest may be quite unlike it.
func (f *match) suffices() bool {
	if len(f.story.members) == 1 || f.story.byHand {
		return f.top >= aloneLeast
	}
	return f.top >= nearestLeast && f.mean >= meanLeast && f.top+f.mean >= bothLeast+manySlope*math.Log(float64(f.of))
}

// likeness compares a text with a story, candidate being its member that shares
// most rare words.
func (g *Grouper) likeness(m *member, s *group, candidate *member) match {
	f := match{story: s, top: math.Inf(-1)}
	sum := 0.0
	look := func(o *member) {
		l := g.odds(m, o)
		sum += l
		f.of++
		if l > f.top {
			f.top, f.nearest = l, o
		}
	}
	look(candidate)
	for i, o := range s.members {
		if o != candidate && (i == 0 || i > len(s.members)-compared) {
			look(o)
		}
	}
	f.mean = sum / float64(f.of)
	return f
}

// odds gives the log odds of two texts being one story.
func (g *Grouper) odds(a, b *member) float64 {
	if blocked(&a.profile, &b.profile) {
		return farthest
	}
	var f features
	if compare(&a.profile, &b.profile, &f) {
		return farthest
	}
	return max(g.weights.of(&f), articles(&a.profile, &b.profile, &f), farthest)
}

// sameStory tells whether the latest texts of two stories resemble each other, by
// the median.
func (g *Grouper) sameStory(a, b *group) bool {
	if a.byHand || b.byHand {
		return false
	}
	var room [compared * compared]float64
	odds := room[:0]
	for _, x := range latest(a.members) {
		for _, y := range latest(b.members) {
			odds = append(odds, g.odds(x, y))
		}
	}
	slices.Sort(odds)
	return odds[(len(odds)-1)/2] >= joinLeast
}

func latest(list []*member) []*member { return list[max(0, len(list)-compared):] }

// join moves all texts of a story into another.
func (g *Grouper) join(from, to *group) {
	for _, m := range from.members {
		m.group = to
	}
	to.members = append(to.members, from.members...)
	to.first, to.last = min(to.first, from.first), max(to.last, from.last)
	delete(g.stories, from.id)
}
