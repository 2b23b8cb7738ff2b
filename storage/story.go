package storage

import (
	"slices"
	"time"
)

// Story is the items, from any outlet, that tell one event, as far as the store
// knows them. A story begins with its first item and takes its ID from it.
type Story struct {
	ID string `json:"id"`
	// Revision tells one write of the story from all others and is the store's
	// own: what Story and Stories gave goes back with Commit, which refuses a
	// story that was written in between with ErrConflict. 0: the story is not
	// stored yet.
	Revision uint64    `json:"-"`
	Title    string    `json:"title"`         // of its first item
	First    time.Time `json:"first"`         // when its first item was seen
	Last     time.Time `json:"last"`          // when its newest item was seen
	Tier     int       `json:"tier"`          // the best among its outlets
	Count    int       `json:"count"`         // its items
	Outlets  []Outlet  `json:"outlets"`       // by the time of each one's first item
	Members  []Member  `json:"members"`       // its items in order of arrival; of many the first and the newest, KeepMembers at most
	Hits     []Hit     `json:"hits"`          // the rules that its items matched, each once, with the item that matched first
	Told     []Told    `json:"told"`          // the receivers that heard of it
	Pinned   bool      `json:"pinned"`        // a person merged or split it: grouping by likeness leaves its members where they are
	Was      []string  `json:"was,omitempty"` // IDs of stories merged into it, those merged into them included: the store sees to that
}

// KeepMembers is how many members a story's record keeps: of a longer story the
// first half of them and the newest. The items themselves are all kept. An engine
// drops the others when it writes the story.
const KeepMembers = 200

// TrimMembers gives those of a story's members that are kept. The slice is left as
// it is.
func TrimMembers(members []Member) []Member {
	if len(members) <= KeepMembers {
		return members
	}
	const half = KeepMembers / 2
	return slices.Concat(members[:half], members[len(members)-half:])
}

// Outlet is one source of a story.
type Outlet struct {
	Name  string    `json:"name"` // the feed's name
	Tier  int       `json:"tier"`
	At    time.Time `json:"at"` // when its first item of the story was seen
	Item  string    `json:"item"`
	Title string    `json:"title"`
	Link  string    `json:"link,omitempty"`
}

// Member is an item of a story, and why it is thought to tell it.
type Member struct {
	Item   string    `json:"item"`
	Outlet string    `json:"outlet"`
	At     time.Time `json:"at"`
	Why    string    `json:"why,omitempty"` // "" for the first
}

// Hit is a rule that a story's item matched.
type Hit struct {
	Match
	Item string   `json:"item"`           // the item that matched first
	Tags []string `json:"tags,omitempty"` // of its feed: routes go by them
}

// Told is what a receiver knows of a story.
type Told struct {
	Receiver string   `json:"receiver"`
	Delivery string   `json:"delivery"` // of the first report: follow-ups hang on it
	Rules    []string `json:"rules"`    // that it was told of
	Outlets  int      `json:"outlets"`  // how many the story had when it was told last
	Items    int      `json:"items"`    // likewise
}

// Outlet gives the story's outlet of that name, or nil.
func (s *Story) Outlet(name string) *Outlet {
	for i := range s.Outlets {
		if s.Outlets[i].Name == name {
			return &s.Outlets[i]
		}
	}
	return nil
}

// ToldTo gives what the receiver knows of the story, or nil.
func (s *Story) ToldTo(receiver string) *Told {
	for i := range s.Told {
		if s.Told[i].Receiver == receiver {
			return &s.Told[i]
		}
	}
	return nil
}

// StoryQuery narrows Store.Stories. The zero value asks for all.
type StoryQuery struct {
	Since time.Time // whose newest item was seen at or after
	Rule  string    // that an item of it matched
	Limit int       // 0: no limit
}

// Arrangement is a person's word on what belongs together: stories as they shall
// be, and items that change theirs. All or nothing.
type Arrangement struct {
	Stories []Story           // written as Commit would, revisions checked
	Removed []Story           // removed, revisions checked: their items have gone elsewhere
	Moved   map[string]string // item ID → ID of a story that is stored by then; an item that has been pruned is passed over
	Alerts  []Alert           // what receivers are to hear because of it
}

// Revision is an earlier state of an item whose title or text its feed changed.
type Revision struct {
	Until time.Time `json:"until"` // when the change was seen
	Title string    `json:"title"`
	Text  string    `json:"text"`
}

// KeepRevisions is how many revisions of an item are kept: the first, which is
// what was told, and the newest.
const KeepRevisions = 10

// Revise gives an item the content of a change and keeps what it had as a
// Revision, of which those stay that KeepRevisions tells. A change that says what
// the item says already adds none.
func (i *Item) Revise(c Change) {
	i.Updated = c.Updated
	if c.Title == i.Title && c.Text == i.Text {
		return
	}
	past := append(slices.Clip(i.Revisions), Revision{Until: c.At, Title: i.Title, Text: i.Text})
	if n := len(past) - KeepRevisions; n > 0 {
		past = slices.Delete(past, 1, 1+n)
	}
	i.Title, i.Text, i.Revisions = c.Title, c.Text, past
}

// Change is new content of a known item. The store keeps what was there as a
// Revision, see Item.Revise.
type Change struct {
	Item    string // ID
	Digest  uint64 // of the new content
	Keys    []Key  // of the entry, for which Seen shall give the new digest
	Title   string
	Text    string
	Updated time.Time
	At      time.Time // when it was seen
	Alerts  []Alert   // that the change causes
}

// Known is what Store.Seen tells of a key.
type Known struct {
	Item   string // ID of the item known under it; "" where there is none
	Digest uint64 // of the content it was last seen with; 0 where none was noted
}
