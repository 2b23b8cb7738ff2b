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
	Self      string // the address it calls its own, which is what a hub knows it by
	Cloud     string // where its rssCloud takes registrations, where it names one
	Hints
	Entries  []Entry
	Known    int      // entries that are listed as they were last time, which ParseChanged leaves out of Entries
	Record   []byte   // for the next ParseChanged; at most 64 KB
	Warnings []string // what was repaired or left out
	Cut      bool     // entries were lost on the way, or may have been: absence proves nothing, and the next request must ask for the whole
	More     bool     // it lists more than the 5,000 entries that are read; what is missing is the same each time
}

// Hints are what a feed asks of those who poll it.
type Hints struct {
	Wait      time.Duration  // the least time between polls (ttl, sy:update*), at most 24 h; 0: nothing said
	SkipHours []int          // hours, GMT, in which not to be polled, each once, ascending, 0 to 23; never all of them
	SkipDays  []time.Weekday // days, GMT, on which not to be polled, each once; never all of them
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
	Digest     uint64 // of what a reader sees of title and text: another one means that the entry was corrected
	Author     string
	Categories []string
	Published  time.Time // zero where none is given or to be believed
	Updated    time.Time
}
