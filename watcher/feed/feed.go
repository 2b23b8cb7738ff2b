package feed

import "time"

// Key is one identity of an entry within its feed.
type Key [16]byte

// Feed is a feed document.
type Feed struct {
	Title     string // plain text
	TitleHTML string // the title as it stands in the feed, links made absolute
	Link      string
	Format    string // rss, atom, rdf, json
	Language  string
	Hub       string // WebSub hub, where it names one
	Self      string
	Entries   []Entry
	Warnings  []string       // what was repaired or left out
	Wait      time.Duration  // the least time between polls it asks for (ttl, sy:update*), at most 24 h; 0: nothing said
	SkipHours []int          // hours, GMT, in which it asks not to be polled, each once, 0 to 23
	SkipDays  []time.Weekday // days, GMT, on which it asks not to be polled
	Cut       bool           // entries were left out or lost: absence proves nothing
}

// Entry is one entry of a feed document.
type Entry struct {
	Keys       []Key // its identities, the strongest first; never empty
	ID         string
	Link       string // absolute, past known redirectors, or ""
	Title      string // plain text
	TitleHTML  string // the title as it stands in the feed, links made absolute
	Summary    string // as it stands in the feed, links made absolute
	Content    string // as it stands in the feed, links made absolute
	Text       string // plain text of summary and content: what rules read
	Author     string
	Categories []string
	Published  time.Time // zero where none is given or to be believed
	Updated    time.Time
}
