package watcher

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/feedwatch/feedwatch/rules"
	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/watcher/egress"
	"github.com/feedwatch/feedwatch/watcher/feed"
)

// sliceItems bounds the items in one commit; a larger listing goes in slices.
const sliceItems = 500

// Report tells what one poll did.
type Report struct {
	Feed    string // name
	URL     string
	Status  int  // HTTP status of the answer; 0: none came
	Same    bool // the feed has not changed
	Entries int  // in the document
	New     int  // items stored
	Matched int  // of those, satisfying a rule
	Told    int  // of those, not kept in silence
	Changed int  // items known before that say something else now
	Alerts  int  // put into the outbox
	Silent  string
	// LeftAlone, where not zero, says that the feed was not asked, and until
	// when it wants that.
	LeftAlone time.Time
	Next      time.Time
	Took      time.Duration
	Err       error // why the feed could not be read
}

// poll is one poll under way: the claim it works under and what it finds.
type poll struct {
	w        *Watcher
	set      *settings
	cfg      Feed
	claim    storage.Feed // as claimed
	next     storage.Feed // as it will be committed
	notes    notes        // of it, as they will be
	asked    string       // the address
	host     string       // which that counts against
	now      time.Time
	backfill int
	fetch    storage.Fetch // the answer, as alerts show it
	report   Report
}

// begin makes ready to poll a claimed feed. What is left of another poll is gone.
func (p *poll) begin(w *Watcher, set *settings, claim storage.Feed, backfill int) {
	*p = poll{w: w, set: set, cfg: set.feed(claim.URL), claim: claim, next: claim, backfill: backfill}
	p.notes.read(claim.Rhythm)
	p.asked = p.cfg.address(claim)
	p.host = hostOf(p.asked)
	p.report = Report{Feed: p.cfg.Name, URL: claim.URL}
}

// run reads the feed and commits what it says. The error is one of the store;
// what is wrong with the feed itself is in the report and committed as the feed's
// state.
func (p *poll) run(ctx context.Context) (Report, error) {
	started := time.Now()
	doc, resp, err := p.read(ctx)
	p.now = time.Now().Round(0) // By the clock on the wall, which goes on while the machine sleeps.
	if ctx.Err() != nil {       // Stopped, not failed: the feed is as due as it was.
		p.handBack(context.WithoutCancel(ctx), p.claim.Next)
		return p.report, ctx.Err()
	}
	p.next.LastPoll, p.next.Took = p.now, time.Since(started)
	p.notes.rhythm.watched(p.now)
	switch {
	case err != nil:
		err = p.failed(ctx, err)
	case resp.Unchanged:
		err = p.unchanged(ctx, resp)
	default:
		err = p.listed(ctx, resp, doc)
	}
	switch {
	case err == nil:
		p.examine()
	case errors.Is(err, storage.ErrFull):
		p.handBack(ctx, p.now.Add(p.set.Poll.minIntervalOf(p.cfg)))
	}
	p.report.Next, p.report.Took = p.next.Next, time.Since(started)
	return p.report, err
}

// handBack ends the claim of a poll that came to nothing, because it was stopped
// or the store had no room, so that the feed is read again before the lease ends.
func (p *poll) handBack(ctx context.Context, next time.Time) {
	f := p.claim
	f.Next = next
	_, _ = p.w.store.Commit(ctx, storage.Poll{Feed: f}) // Otherwise the lease ends it.
}

// read fetches the feed and parses what of it is not known.
func (p *poll) read(ctx context.Context) (*feed.Feed, *feed.Response, error) {
	v := p.claim.Validators
	resp, err := p.w.fetcher(p.set, p.cfg).Fetch(ctx, feed.Request{
		URL: p.asked, Header: p.cfg.Header,
		ValidatorsURL: v.URL, ETag: v.ETag, LastModified: v.LastModified, BodyHash: v.BodyHash,
	})
	if err != nil || resp.Unchanged {
		return nil, resp, err
	}
	doc, err := feed.ParseChanged(resp.Body, resp.ContentType, resp.URL, p.lastReading(time.Now()))
	return doc, resp, err
}

// lastReading is the record of the last reading, or nil where the whole is to be
// read: once a day, for identities live by when they were last listed, and a
// reading of what changed does not say what else is listed.
func (p *poll) lastReading(now time.Time) []byte {
	const day = 24 * time.Hour
	if !p.claim.LastListed.Truncate(day).Equal(now.Truncate(day)) {
		return nil
	}
	return p.claim.Entry
}

// failed commits that the feed could not be read, and when to try again.
func (p *poll) failed(ctx context.Context, cause error) error {
	p.next.Failures++
	p.notes.well = time.Time{}
	p.next.LastError = egress.Redact(cause, secrets(p.cfg.Header)...)
	p.next.Status = 0
	s, ok := errors.AsType[*feed.StatusError](cause)
	if ok {
		p.next.Status = s.Status
		p.answered(s)
	}
	p.lost(s)
	p.report.Status, p.report.Err = p.next.Status, cause
	return p.commit(ctx, storage.Poll{})
}

// answered draws the consequences of an answer that is no feed: a pause that the
// host asked for or deserves, and the end of polling a feed that is gone.
func (p *poll) answered(s *feed.StatusError) {
	wait := s.RetryAfter
	switch s.Status {
	case 401, 403, 451:
		wait = latest(wait, p.now.Add(refusedPause))
	case 429:
		if wait.IsZero() {
			wait = p.now.Add(refusedPause)
		}
	}
	p.next.NotBefore = latest(p.next.NotBefore, wait)
	if !s.RetryAfter.IsZero() {
		p.next.HostRest = s.RetryAfter
		p.w.hosts.pause(p.host, s.RetryAfter)
	}
	if s.Status == 410 {
		p.next.Gone++
	} else {
		p.next.Gone = 0
	}
}

// unchanged commits a poll that found the feed as it was.
func (p *poll) unchanged(ctx context.Context, resp *feed.Response) error {
	p.succeeded(resp, feed.RecallHints(p.claim.Entry).Wait)
	if p.claim.Cut {
		p.askWhole()
	}
	p.report.Same = true
	return p.commit(ctx, storage.Poll{Idle: true})
}

// idle tells whether a poll that ended well learnt nothing but that the feed is as
// it was. What it would cost to forget that is one more conditional request.
func (p *poll) idle() bool {
	was, is := &p.claim, &p.next
	return was.Failures == 0 && was.Gone == 0 && was.LastError == "" &&
		is.Status == was.Status && is.Validators == was.Validators && is.Moved == was.Moved &&
		bytes.Equal(is.Rhythm, was.Rhythm)
}

// succeeded takes over the answer's validators and clears the marks of failure.
func (p *poll) succeeded(resp *feed.Response, wait time.Duration) {
	f := &p.next
	f.Validators = storage.Validators{
		URL: resp.URL, ETag: resp.ETag, LastModified: resp.LastModified, BodyHash: resp.BodyHash,
	}
	f.Failures, f.Gone, f.LastError, f.Status = 0, 0, "", resp.Status
	f.LastGood = p.now
	f.NotBefore = time.Time{}
	if !p.set.Poll.Fixed {
		f.NotBefore = latest(resp.Fresh, p.now.Add(wait))
	}
	if f.Ailment != "" && p.notes.well.IsZero() {
		p.notes.well = p.now
	}
	if resp.Capped && p.claim.NotBefore.Sub(p.claim.LastPoll) < longestFresh {
		p.w.log.Info("the server asks for more than a day without polls; it gets a day", "feed", p.cfg.Name)
	}
	p.report.Status = resp.Status
	p.redirected(resp)
}

// askWhole makes the next request unconditional. A listing that was cut on the
// way may carry the validators of the whole one, and a server that says "not
// modified" to them would hide what was cut off. Its hash still tells whether it
// is the same.
func (p *poll) askWhole() {
	p.next.Validators.ETag, p.next.Validators.LastModified = "", ""
}

// listed commits a listing: what is new in it, and the alerts that causes.
func (p *poll) listed(ctx context.Context, resp *feed.Response, doc *feed.Feed) error {
	s, err := p.sift(ctx, doc)
	if err != nil {
		return err
	}
	p.fetch = storage.Fetch{URL: egress.RedactURL(resp.URL), At: p.now, Status: resp.Status}
	changes, err := p.changes(ctx, doc, s.corrected)
	if err != nil {
		return err
	}
	p.succeeded(resp, doc.Wait)
	p.report.Entries = len(doc.Entries) + doc.Known
	p.report.Silent = p.silence(doc, s.fresh)
	arrivals := p.arrivals(doc, s.fresh)
	p.remember(resp, doc, len(arrivals))
	// The last slice moves the validators: were the process to die before it,
	// the rest of the listing would be read again.
	for len(arrivals) > sliceItems {
		if err := p.commitArrivals(ctx, storage.Poll{Partial: true}, arrivals[:sliceItems]); err != nil {
			return err
		}
		arrivals = arrivals[sliceItems:]
	}
	return p.commitArrivals(ctx, storage.Poll{Aliases: s.aliases, Listed: s.listed, Changes: changes}, arrivals)
}

// arrivals turns fresh entries into items, matches them, and keeps those matches
// for which there is no reason to be silent.
func (p *poll) arrivals(doc *feed.Feed, fresh []feed.Entry) []arrival {
	arrivals := make([]arrival, 0, len(fresh))
	hits := make([]hit, 0, 8)
	for i, e := range fresh {
		// A microsecond apart, so that the outbox keeps their order.
		item := p.item(doc, e, p.now.Add(time.Duration(i)*time.Microsecond))
		matches := p.set.Rules.Match(ruleDoc(&item, p.cfg.Name))
		if len(matches) > 0 {
			hits = append(hits, hit{index: i, published: e.Published, matches: matches})
		}
		n := storage.NewItem{Item: item, Keys: storeKeys(e.Keys), Digest: e.Digest}
		arrivals = append(arrivals, arrival{item: n})
	}
	p.report.Matched = len(hits)
	for _, h := range p.told(hits) {
		a := &arrivals[h.index]
		if reason := p.tooOld(a.item.Item.Published); reason != "" && p.report.Silent == "" {
			a.item.Item.Silent = reason
			continue
		}
		a.item.Item.Silent = ""
		p.report.Told++
		a.matches = h.matches
	}
	return arrivals
}

// item is what is stored of an entry.
func (p *poll) item(doc *feed.Feed, e feed.Entry, seen time.Time) storage.Item {
	id := storage.NewItemID(seen, p.claim.URL, storage.Key(e.Keys[0]))
	language := cmp.Or(p.cfg.Language, doc.Language)
	if language == "" && p.set.Rules.AsksLanguage() {
		language = rules.DetectLanguage(e.Title + "\n" + e.Text)
	}
	return storage.Item{
		ID: id, Seen: seen, Story: id, // Until it is placed.
		Feed: p.claim.URL, FeedName: p.cfg.Name, Tier: p.cfg.Tier, Tags: p.cfg.Tags, Language: language,
		Link: e.Link, Title: e.Title, Text: e.Text, Author: e.Author, Categories: e.Categories,
		Published: e.Published, Updated: e.Updated,
		Silent: p.report.Silent,
	}
}

// ruleDoc is an item as rules see it.
func ruleDoc(item *storage.Item, feedName string) *rules.Doc {
	return &rules.Doc{
		Feed: feedName, URL: item.Link, Title: item.Title, Body: item.Text, Author: item.Author,
		Language: item.Language, Categories: item.Categories, Tags: item.Tags, Tier: item.Tier,
		Published: item.Published,
	}
}

// commit writes what the poll found, with the feed's state and next poll.
func (p *poll) commit(ctx context.Context, c storage.Poll) error {
	p.next.Rhythm = p.notes.stored()
	p.next.Next = p.w.set.Load().plan(p.cfg, p.next) // A reload may have changed the schedule meanwhile.
	c.Feed, c.Idle = p.next, c.Idle && p.idle()
	receipt, err := p.w.store.Commit(ctx, c)
	if err != nil {
		return err
	}
	p.report.New += receipt.Items
	p.report.Alerts += receipt.Alerts
	p.w.out.Wake(receipt.Receivers...)
	return nil
}
