package storage

import (
	"context"
	"errors"
	"iter"
	"time"
)

// Errors that engines return, possibly wrapped. All else is a failure of the
// engine itself (a full disk, a damaged record) and says so in its text.
var (
	// ErrStale: the feed or the delivery was claimed again since the claim
	// this call belongs to. The caller drops its work; nothing was written.
	ErrStale = errors.New("claimed by another since")
	// ErrUnknown: there is no such feed, item or delivery.
	ErrUnknown = errors.New("not in the store")
	// ErrConflict: a story was written, or an item of it became known, since
	// the caller looked. Nothing was written; the caller looks again (Seen,
	// Story) and decides anew.
	ErrConflict = errors.New("the story was written by another since")
	// ErrBusy: the feed is being polled at this moment.
	ErrBusy = errors.New("being polled at this moment")
	// ErrInUse: another process has the store open.
	ErrInUse = errors.New("another process has the store open")
	// ErrDamaged: a record or the file fails its check.
	ErrDamaged = errors.New("damaged")
	// ErrNewer: the store was written by a newer version of the program.
	ErrNewer = errors.New("written by a newer version")
	// ErrFull: there is no room left on the disk, or the quota is reached.
	// Nothing was written; reading goes on, and writing when there is room.
	ErrFull = errors.New("no room left")
	// ErrFailed: writing failed in a way that leaves open what the disk holds.
	// Every later write fails with it: end the process and open the store anew.
	ErrFailed = errors.New("writing failed for good, restart to go on")
)

// Store is what an engine offers. All methods may be called concurrently. Times
// come from the caller so that one clock rules; an engine never reads a clock.
// They are kept to the nanosecond and come back in UTC; an empty slice comes
// back as nil.
type Store interface {
	// Watch makes the feeds that Due hands out exactly these. A feed that is
	// new becomes due at its First; one that was known keeps all it has, its
	// next poll included; one that is missing keeps its state and its
	// identities but is no longer due. One transaction.
	Watch(ctx context.Context, feeds []Watched) error

	// Due claims up to n watched feeds whose time has come, the longest due
	// first: each gets a new epoch and is not handed out again before
	// now+lease. An engine that knows that it serves one process may forget
	// a claim with it. Next in the answer says when the earliest feed that this call
	// did not hand out falls due, at the end of its lease where another call
	// did; zero means that there is none.
	Due(ctx context.Context, now time.Time, lease time.Duration, n int) (Due, error)

	// Take claims one watched feed, due or not, as Due would. ErrUnknown where
	// it is not watched, ErrBusy where a lease on it runs.
	Take(ctx context.Context, url string, now time.Time, lease time.Duration) (Feed, error)

	// Seen tells, for each key, the item known under it in this feed, and the
	// digest of what it said. The answer is as long as keys.
	Seen(ctx context.Context, url string, keys []Key) ([]Known, error)

	// Commit writes the outcome of a poll: all of it or nothing, and ends the
	// claim unless the poll is Partial. ErrStale where Poll.Feed.Epoch is not
	// the epoch of the newest claim, ErrUnknown where the feed is not in the
	// store, ErrConflict where one of its stories was written since it was
	// read or counts an item that is known by now. What the store itself
	// decides of a feed (Watched, Items) is not taken from the poll.
	Commit(ctx context.Context, p Poll) (Receipt, error)

	// Enqueue puts alerts that no poll caused into the outbox, under their
	// once-keys as Commit does: notices and briefs.
	Enqueue(ctx context.Context, alerts []Alert) (Receipt, error)

	// Arrange writes a person's word on stories, and the alerts that follow
	// from it, under their once-keys: all of it or nothing. ErrConflict where
	// one of them was written since it was read, ErrUnknown where an item is to
	// move to a story that is not there.
	Arrange(ctx context.Context, a Arrangement) (Receipt, error)

	// Claim hands out a receiver's deliveries that are due, the longest due
	// first. Each attempt is counted, and the delivery's due time moved to
	// now+lease, before Claim returns. An attempt whose lease has passed is
	// marked Interrupted and its delivery handed out again.
	Claim(ctx context.Context, r ClaimRequest) (Claimed, error)

	// Settle writes down how an attempt ended. ErrStale where the attempt is
	// not the delivery's newest, or was settled before; ErrUnknown where there
	// is no such delivery.
	//
	// A receiver that says yes is there again: with the first Done after a
	// Retry or a Waited its other pending deliveries that wait for a further
	// attempt are due at once, at that attempt's end, their attempts kept. An
	// engine may do so for 200 of them, the soonest due first, and leave the
	// rest to the next Done. A pause and the pace hold as ever.
	Settle(ctx context.Context, o Outcome) error

	// Replay makes dead deliveries due again at now, their attempts kept, and
	// says how many. The receiver and the IDs narrow the choice; both empty
	// means all.
	Replay(ctx context.Context, receiver string, ids []string, now time.Time) (int, error)

	// Feeds yields every feed in the store, watched or not, by URL.
	Feeds(ctx context.Context) iter.Seq2[Feed, error]

	// Items yields stored items with their revisions, newest first. A sequence ends with its first
	// error.
	Items(ctx context.Context, q ItemQuery) iter.Seq2[Item, error]

	// Item gives one item with its revisions. ErrUnknown where there is none.
	Item(ctx context.Context, id string) (Item, error)

	// Story gives one story, also by the ID of one that was merged into it.
	// ErrUnknown where there is none.
	Story(ctx context.Context, id string) (Story, error)

	// Stories yields stories, those with the newest item first.
	Stories(ctx context.Context, q StoryQuery) iter.Seq2[Story, error]

	// Deliveries yields the outbox and what left it, newest first.
	Deliveries(ctx context.Context, q DeliveryQuery) iter.Seq2[Delivery, error]

	// Prune forgets what retention allows, in several short transactions so
	// that polls and deliveries go on between them. It may be called again
	// after an error or a cancelled context.
	Prune(ctx context.Context, r Retention) (Pruned, error)

	// Stats counts what is there. It costs about the same however full the
	// store is.
	Stats(ctx context.Context) (Stats, error)

	// Close waits for calls under way and releases the store. A call that
	// follows it fails, but for a second Close, which does nothing.
	Close() error
}

// Key is one identity of an entry within its feed: a hash that watcher/feed
// makes of a guid, a link or a title and day.
type Key [16]byte

// Watched names a feed to poll.
type Watched struct {
	URL   string    // as configured, byte for byte: it is the feed's key
	First time.Time // when a feed never seen before falls due
	// Replan, where not zero, is when a feed that was seen before falls due,
	// in place of what was stored: schedules change. A lease on it stands.
	Replan time.Time
}

// Due is the answer of Store.Due.
type Due struct {
	Feeds []Feed
	Next  time.Time // see Store.Due
}

// Feed is what is remembered of one feed between two polls.
type Feed struct {
	URL     string    // as configured: the key
	Epoch   uint64    // grows with each claim: the fence against two pollers. Feeds gives that of the last commit at least
	Watched bool      // whether the present configuration names it
	Next    time.Time // when the next poll is due, a lease aside

	Validators Validators
	Title      string    // what the feed calls itself
	Baseline   time.Time // when its first listing was taken in silence; zero: not yet
	LastPoll   time.Time // when a poll last ended, well or badly
	LastGood   time.Time // when a poll last ended well, unchanged ones included
	LastListed time.Time // when the feed last gave a full listing (not a 304)
	LastNew    time.Time // when it last brought an item never seen before
	Newest     time.Time // the newest date among its entries
	Entries    int       // how many entries its last listing had
	Cut        bool      // whether that listing was incomplete
	Items      uint64    // how many items it has brought in all

	Failures  int           // failures in a row; 0 after a success
	Gone      int           // "410 Gone" answers in a row
	LastError string        // of the last failure, without secrets; "" after a success
	Status    int           // HTTP status of the last answer; 0: there was none
	Ailment   string        // what ails the feed and was told in a notice (see watcher); "" where nothing does
	AilsSince time.Time     // since when; zero where nothing does
	Moved     string        // where its server says that it has moved for good; ""
	Bytes     int64         // of the last body, as it came over the wire
	Took      time.Duration // by the last request
	Rhythm    []byte        // the watcher's own record of when the feed brings news; opaque to the store, at most 1 KB
	Entry     []byte        // watcher/feed's own record of the last listing; opaque to the store, at most 64 KB
	NotBefore time.Time     // no poll of this feed before this, as its server asked or its answer deserves
	HostRest  time.Time     // the server asked for no request to its whole host before this
}

// Validators are what a conditional request sends back, and the hash that tells
// an unchanged body where a server has none.
type Validators struct {
	URL          string // the URL that gave them; they are sent to no other
	ETag         string // byte for byte as received
	LastModified string // byte for byte as received
	BodyHash     string // of the last body that was parsed and committed
}

// Item is an entry seen for the first time.
type Item struct {
	ID         string     `json:"id"`                 // sorts by the time first seen; see NewItemID
	Seen       time.Time  `json:"seen,omitzero"`      // when it was first seen
	Feed       string     `json:"-"`                  // URL of the feed, its key; it may hold a secret
	FeedName   string     `json:"feed_name"`          // the name the configuration gives the feed
	Tier       int        `json:"tier"`               // of the feed when the item came: 1 best .. 3
	Tags       []string   `json:"tags,omitempty"`     // of the feed when the item came
	Language   string     `json:"language,omitempty"` // BCP 47, or "" where unknown
	Link       string     `json:"link,omitempty"`     // absolute, or ""
	Title      string     `json:"title"`              // plain text
	Text       string     `json:"text"`               // plain text of summary and content, as rules read it
	Author     string     `json:"author,omitempty"`
	Categories []string   `json:"categories,omitempty"`
	Published  time.Time  `json:"published,omitzero"` // zero where the feed gives none, or none to be believed
	Updated    time.Time  `json:"updated,omitzero"`
	Story      string     `json:"story"`               // ID of the story the item tells
	Revisions  []Revision `json:"revisions,omitempty"` // what its feed said before, oldest first
	Silent     string     `json:"silent,omitempty"`    // why no alert was made though rules may match: "" | "baseline" | "renamed" | "returned" | "old"
}

// Poll is what one poll writes.
type Poll struct {
	// Feed is the feed's new state. Its Epoch must be the claim's.
	Feed Feed
	// Partial marks a slice of a large poll that is not its last: items and
	// alerts are written, the feed's state and its claim stay as they are.
	Partial bool
	// Idle marks a poll that found nothing: it has no more than a feed's state, of
	// which only times differ from those that were claimed. An engine may keep it
	// back for up to a second, so as to write many at once: Commit returns before
	// it is on the disk. All calls see it at once, but a process that is killed
	// within that time has the feed as it was claimed, and polls it again.
	Idle bool
	// Listed are all identities in the feed's document, known and new, when
	// it was read whole; they are marked as listed at Feed.LastListed. Empty
	// where the document did not change.
	Listed []Key
	// Aliases are further identities of items that are known already.
	Aliases []Alias
	// Items are the new items. One whose keys are known by now is dropped
	// with its alerts.
	Items []NewItem
	// Changes are known items whose content changed. One whose item is not in
	// the store any more is dropped with its alerts, its digest noted all the
	// same.
	Changes []Change
	// Stories are those that the new items found or join, as they stand with
	// them. Where an item that names one of these is dropped, because it is
	// known by now or shares a key with one before it in this poll, the story
	// would count what isn't there: that is an ErrConflict.
	Stories []Story
}

// Alias is a further identity of a known item: the entry changed its guid, say.
type Alias struct {
	Key    Key
	Item   string // ID
	Digest uint64 // of the entry's content; see Known
}

// NewItem is an item with the identities it will be known under and the alerts
// it causes.
type NewItem struct {
	Item   Item
	Keys   []Key  // at least one
	Digest uint64 // of its content; see Known
	Alerts []Alert
}

// Receipt tells what a Commit wrote.
type Receipt struct {
	Items     int      // new items
	Alerts    int      // new deliveries
	Receivers []string // whose outbox grew
}

// ClaimRequest asks for deliveries of one receiver.
type ClaimRequest struct {
	Receiver string
	Now      time.Time
	Lease    time.Duration
	Limit    int           // at most so many; 0 means 1
	Pace     time.Duration // the least time between two of its deliveries; with a pace at most one is handed out
}

// Claimed is the answer of Store.Claim.
type Claimed struct {
	Deliveries []Delivery
	Next       time.Time // when asking again is worth while, what this call handed out aside; zero: nothing else waits
}

// Outcome settles an attempt.
type Outcome struct {
	ID      string // of the delivery
	Attempt Attempt
	Ref     string // what the receiver calls the message; kept in Delivery.Ref
	// Pause, where not zero, keeps the receiver from getting anything before
	// this time: its own Retry-After, which outlives the process.
	Pause time.Time
}

// ItemQuery narrows Store.Items. The zero value asks for all.
type ItemQuery struct {
	Since time.Time // first seen at or after
	Until time.Time // first seen before; zero: no limit
	Feed  string    // URL
	Limit int       // 0: no limit
}

// DeliveryQuery narrows Store.Deliveries. The zero value asks for all.
type DeliveryQuery struct {
	Receiver string
	State    State
	Limit    int // 0: no limit
}

// Retention says what may be forgotten. Where a field is zero, nothing of its
// kind is.
type Retention struct {
	Now time.Time
	// Items: bodies and records of items first seen before this are removed.
	Items time.Time
	// Identities: a key is removed when it was last listed so long before its
	// feed's last full listing (the last Commit with Listed keys), never while
	// the latest listing has it. Counted in days. A feed that is not watched
	// and was not polled for so long is removed with all its keys.
	Identities time.Duration
	// Deliveries: delivered and dead ones created before this are removed
	// with their once-keys.
	Deliveries time.Time
}

// Pruned counts what Prune removed. Stories go with their last item.
type Pruned struct{ Items, Identities, Deliveries, Feeds, Stories int }

// Stats are the counts of a store.
type Stats struct {
	Feeds      int // watched
	Items      uint64
	Identities uint64
	Outbox     map[string]OutboxStats // receiver → its counts, for every receiver that ever had a delivery
	Size       int64                  // bytes on disk
	Free       int64                  // bytes of those that will be used again
	Schema     int
}

// OutboxStats are the counts of one receiver.
type OutboxStats struct {
	Pending   int
	Sending   int
	Delivered uint64
	Dead      int
	Oldest    time.Time // creation of the oldest delivery that is pending or sending; zero: none
	NotBefore time.Time // its pace or its pause
	Next      time.Time // when the earliest pending delivery is due, NotBefore aside; zero: none
	LastError string    // Detail of the attempt settled last, where that failed; "" after a success. One that Waited changes nothing
}
