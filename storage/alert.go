package storage

import "time"

// Kind says what an alert is about.
type Kind string

// The kinds of alert.
const (
	First    Kind = "first"     // the first report of a story
	FollowUp Kind = "follow-up" // a further item, or a further rule, of a story already told
	Notice   Kind = "notice"    // about feedwatch itself
	Changed  Kind = "change"    // an item that was told says something else now
	Brief    Kind = "brief"     // what happened in a span of time, on a schedule
	Test     Kind = "test"      // sent by hand to see whether a receiver works
)

// Alert is what one receiver should hear.
type Alert struct {
	ID       string    `json:"id"` // DeliveryID(Once), and nothing else; goes out as webhook-id
	Once     string    `json:"-"`  // what must be said only once, see OnceStory and OnceItem
	Receiver string    `json:"receiver,omitempty"`
	Kind     Kind      `json:"kind"`
	Severity string    `json:"severity"` // the highest among its matches: low, normal or high
	Story    string    `json:"story"`    // ID
	Item     Item      `json:"item"`     // as it was when matched; Text is cut to an excerpt
	Matches  []Match   `json:"matches"`
	Created  time.Time `json:"created"` // when it is due for the first time, too
	Fetch    Fetch     `json:"fetch"`

	// Parent is the delivery that told the story first, which a follow-up or a
	// change hangs on; "" for all others.
	Parent  string    `json:"parent,omitempty"`
	Outlets []Outlet  `json:"outlets,omitempty"` // a follow-up's: those since the receiver was told last; else all that tell the story by now
	Count   int       `json:"count,omitempty"`   // items of the story by now
	Before  *Revision `json:"before,omitempty"`  // a change's: what was told
	Notice  *Memo     `json:"notice,omitempty"`  // of kind Notice
	Brief   *Bulletin `json:"brief,omitempty"`   // of kind Brief
}

// Memo is the content of a notice: what feedwatch says about itself.
type Memo struct {
	Topic string   `json:"topic"`           // "feed-stale", "feed-gone", "feed-blocked", "feed-moved", "feed-failing", "feed-recovered", "spike", "silence"
	About string   `json:"about"`           // name of the feed or rule
	Title string   `json:"title"`           // one line, plain text
	Text  string   `json:"text"`            // why, and what to do; plain text, paragraphs
	Items []Outlet `json:"items,omitempty"` // examples, with their links
}

// Bulletin is the content of a brief.
type Bulletin struct {
	Since   time.Time      `json:"since"`
	Until   time.Time      `json:"until"`
	Zone    string         `json:"zone"` // IANA name: times are shown in it
	Rules   []BulletinRule `json:"rules"`
	Feeds   []BulletinFeed `json:"ailing_feeds"` // feeds that could not be relied on
	Healthy int            `json:"healthy_feeds"`
	Items   int            `json:"items"` // seen in that time
}

// BulletinRule is one rule's part of a brief.
type BulletinRule struct {
	Rule     string          `json:"rule"`
	Severity string          `json:"severity"`
	Stories  []BulletinStory `json:"stories"` // the most told first
}

// BulletinStory is a story as a brief tells it.
type BulletinStory struct {
	ID      string    `json:"id"`
	Title   string    `json:"title"`
	Link    string    `json:"link,omitempty"`
	First   time.Time `json:"first"`
	Outlets []Outlet  `json:"outlets"`
	Count   int       `json:"count"`
}

// BulletinFeed is a feed that a brief could not rely on.
type BulletinFeed struct {
	Name  string    `json:"name"`
	State string    `json:"state"` // what ails it, in a few words
	Since time.Time `json:"since,omitzero"`
}

// Fetch is the request that brought an item: the evidence of where and when.
type Fetch struct {
	URL    string    `json:"url"` // the address that answered, after redirects, without secrets
	At     time.Time `json:"at"`
	Status int       `json:"http_status"`
}

// Match is a rule that an item satisfied.
type Match struct {
	Rule     string `json:"rule"`
	Revision string `json:"revision"` // hash of the rule's text at that time
	Severity string `json:"severity"`
	Spans    []Span `json:"spans"`
}

// Span is a place in an item's text that made a rule match.
type Span struct {
	Field string `json:"field"` // "title", "body", ...
	Start int    `json:"start"` // bytes into the field's text
	End   int    `json:"end"`
	Text  string `json:"text"` // what stands there
}
