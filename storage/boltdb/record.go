package boltdb

import (
	"time"

	"github.com/feedwatch/feedwatch/storage"
)

// The order of fields in the methods named code is the format on disk: a field
// that is added, removed or moved needs a new version byte. Fields that version
// 1 does not have are read and written from their version on.

// counts are what Stats would otherwise have to count.
type counts struct{ items, identities, watched int64 }

func (r *counts) code(c *coder) {
	number(c, &r.items)
	number(c, &r.identities)
	number(c, &r.watched)
}

// feedRecord is a feed and what the engine calls it.
type feedRecord struct {
	storage.Feed
	num    uint32 // stands for the URL in the tables seen and note
	listed int64  // day of the last commit that marked identities as listed
}

// planRecord is the front of a feed's record: all that its place in the schedule
// hangs on.
type planRecord struct {
	num     uint32
	listed  int64
	epoch   uint64
	watched bool
	next    time.Time
}

func (r *planRecord) code(c *coder) {
	number(c, &r.num)
	if c.version < 3 {
		c.time(new(time.Time)) // the end of a lease, which is over since Open
	}
	number(c, &r.listed)
	c.uint(&r.epoch)
	c.bool(&r.watched)
	c.time(&r.next)
}

func (r *feedRecord) code(c *coder) {
	p := planRecord{r.num, r.listed, r.Epoch, r.Watched, r.Next}
	p.code(c)
	r.num, r.listed, r.Epoch, r.Watched, r.Next = p.num, p.listed, p.epoch, p.watched, p.next
	text(c, &r.Validators.URL)
	text(c, &r.Validators.ETag)
	text(c, &r.Validators.LastModified)
	text(c, &r.Validators.BodyHash)
	text(c, &r.Title)
	c.time(&r.Baseline)
	c.time(&r.LastPoll)
	c.time(&r.LastGood)
	c.time(&r.LastListed)
	c.time(&r.LastNew)
	c.time(&r.Newest)
	number(c, &r.Entries)
	c.uint(&r.Items)
	number(c, &r.Failures)
	number(c, &r.Gone)
	text(c, &r.LastError)
	number(c, &r.Status)
	c.time(&r.NotBefore)
	c.time(&r.HostRest)
	c.bool(&r.Cut)
	if c.version >= 3 {
		text(c, &r.Ailment)
		c.time(&r.AilsSince)
		text(c, &r.Moved)
		number(c, &r.Bytes)
		number(c, &r.Took)
	}
}

// take takes over what a poll says of the feed, but for what the store decides.
func (r *feedRecord) take(f *storage.Feed) {
	watched, items := r.Watched, r.Items
	r.Feed = *f
	r.Watched, r.Items = watched, items
}

// noteRecord is what the watcher keeps with a feed and the store can't read: its
// Rhythm or its Entry. They are large and change seldom, so a poll that brings
// nothing new does not write them again, and Open does not read them.
type noteRecord struct{ text []byte }

func (r *noteRecord) code(c *coder) { c.blob(&r.text) }

// seenRecord is an identity: whose it is, when its feed last listed it, and the
// digest of what it said.
type seenRecord struct {
	item   string
	day    int64
	digest uint64
}

func (r *seenRecord) code(c *coder) {
	text(c, &r.item)
	number(c, &r.day)
	if c.version >= 3 {
		c.hash(&r.digest)
	}
}

type itemRecord struct{ storage.Item }

func (r *itemRecord) code(c *coder) { codeItem(c, &r.Item) }

func codeItem(c *coder, v *storage.Item) {
	text(c, &v.ID)
	c.time(&v.Seen)
	text(c, &v.Feed)
	text(c, &v.FeedName)
	number(c, &v.Tier)
	c.texts(&v.Tags)
	text(c, &v.Language)
	text(c, &v.Link)
	text(c, &v.Title)
	prose(c, &v.Text)
	text(c, &v.Author)
	c.texts(&v.Categories)
	c.time(&v.Published)
	c.time(&v.Updated)
	text(c, &v.Story)
	text(c, &v.Silent)
	if c.version >= 3 {
		list(c, &v.Revisions, codeRevision)
	}
}

func codeRevision(c *coder, v *storage.Revision) {
	c.time(&v.Until)
	text(c, &v.Title)
	prose(c, &v.Text)
}

// deliveryRecord is the part of a delivery that changes, and what finds its
// alert and its place in the indexes.
type deliveryRecord struct {
	receiver string
	created  time.Time
	state    storage.State
	due      time.Time
	attempts []storage.Attempt
	ref      string // what the receiver calls the message
}

func (r *deliveryRecord) code(c *coder) {
	text(c, &r.receiver)
	c.time(&r.created)
	text(c, &r.state)
	c.time(&r.due)
	list(c, &r.attempts, codeAttempt)
	if c.version >= 3 {
		text(c, &r.ref)
	}
}

func codeAttempt(c *coder, v *storage.Attempt) {
	number(c, &v.N)
	c.time(&v.Started)
	c.time(&v.Ended)
	text(c, &v.Verdict)
	number(c, &v.Status)
	text(c, &v.Detail)
	c.time(&v.RetryAt)
}

// waits says whether the delivery has a place in the indexes due and open.
func (r *deliveryRecord) waits() bool {
	return r.state == storage.Pending || r.state == storage.Sending
}

// newest is the attempt last counted, which a delivery that is Sending has.
func (r *deliveryRecord) newest() *storage.Attempt { return &r.attempts[len(r.attempts)-1] }

type receiverRecord struct {
	notBefore time.Time // its pace or its pause
	pending   int64
	sending   int64
	delivered int64
	dead      int64
	lastError string // of the attempt settled last; "" after a success
	backlog   bool   // whether some of pending may wait for a further attempt since a failure
}

func (r *receiverRecord) code(c *coder) {
	c.time(&r.notBefore)
	number(c, &r.pending)
	number(c, &r.sending)
	number(c, &r.delivered)
	number(c, &r.dead)
	if c.version >= 2 {
		text(c, &r.lastError)
		c.bool(&r.backlog)
	}
}

// count is where deliveries in a state are counted.
func (r *receiverRecord) count(s storage.State) *int64 {
	switch s {
	case storage.Pending:
		return &r.pending
	case storage.Sending:
		return &r.sending
	case storage.Delivered:
		return &r.delivered
	}
	return &r.dead
}
