package feed

import (
	"bytes"
	"fmt"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/mmcdole/gofeed"
	"github.com/mmcdole/gofeed/atom"
	"github.com/mmcdole/gofeed/rss"
)

// maxField bounds one text field of an entry, in bytes.
const maxField = 1 << 20

// Parse reads a feed document. base is the address it came from, for relative
// links; contentType is what the server called it. It never panics, bounds
// depth, size and number of entries, and repairs what it can; Warnings say
// what. Its errors wrap ErrNotFeed, ErrBound or ErrBroken. It is safe for
// concurrent use.
func Parse(body []byte, contentType, base string) (*Feed, error) {
	return ParseChanged(body, contentType, base, nil)
}

// ParseChanged is Parse for a feed that was read before, at a small part of its
// cost. last is the Record of the last reading. Entries whose bytes are those of
// that reading are counted in Known and left out of Entries; all that is said of
// the others is what Parse says, save that dates are judged by fewer of them. A
// record of another feed, or none, makes it Parse.
func ParseChanged(body []byte, contentType, base string, last []byte) (f *Feed, err error) {
	// The guard leaves nothing known to panic on. What is not known costs one
	// feed, not the process.
	defer func() {
		if r := recover(); r != nil {
			f, err = nil, fmt.Errorf("%w: the parser failed on it: %v at %s", ErrBroken, r, panicSite())
		}
	}()
	if len(body) > maxDocument {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrBound, maxDocument)
	}
	doc := decode(body, contentType)
	if len(doc) > 2*maxDocument {
		return nil, fmt.Errorf("%w: more than %d bytes as UTF-8", ErrBound, 2*maxDocument)
	}
	origin := originOf(base)
	k := identify(doc)
	switch k.format {
	case "":
		return nil, fmt.Errorf("%w: %s", ErrNotFeed, k.describe())
	case "json":
		return parseJSON(doc[k.root:], origin, readRecord(last))
	}
	return parseXML(doc, k, origin, readRecord(last))
}

// originOf gives the address that relative ones are relative to; nil for none.
// Its user and query may be secrets, and would come back in links: they go. Only
// a reference that is empty but for a fragment would have needed the query.
func originOf(base string) *url.URL {
	u, err := url.Parse(base)
	if err != nil || !u.IsAbs() || u.Scheme == "file" {
		return nil // What a file links to is not beside it.
	}
	u.User, u.RawQuery, u.ForceQuery, u.Fragment, u.RawFragment = nil, "", false, "", ""
	return u
}

func parseXML(doc []byte, k kind, origin *url.URL, last *record) (*Feed, error) {
	m, err := mend(doc, k, origin, last)
	if err != nil {
		return nil, err
	}
	p := gofeed.NewParser()
	p.KeepOriginalFeed = true // for what the universal feed leaves out: isPermaLink, ttl, rel
	p.RSSTranslator = &gofeed.DefaultRSSTranslator{DisableContentImageScan: true}
	g, err := p.Parse(bytes.NewReader(m.xml))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	if seen := len(m.items); seen != len(g.Items) {
		m.items = make([]entryMark, len(g.Items)) // Which mark is whose cannot be told.
		m.cut = true
		m.warn("%d of %d entries were understood", len(g.Items), seen)
	}
	t := newTranslation(k.format, firstURL(m.base, origin), last)
	t.known = m.known
	t.out.Warnings, t.out.Cut, t.out.More = m.warnings, m.cut, m.more
	switch original := g.OriginalFeed().(type) {
	case *rss.Feed:
		t.rss(g, original, m.items)
	case *atom.Feed:
		t.atom(g, original, m.items)
	}
	return t.finish(), nil
}

// panicSite names the line that panicked, for the error's reader.
func panicSite() string {
	lines := strings.Split(string(debug.Stack()), "\n")
	for i, l := range lines {
		if strings.HasPrefix(l, "panic(") && i+3 < len(lines) {
			return strings.TrimSpace(lines[i+3])
		}
	}
	return "an unknown place"
}

// firstURL gives the xml:base if there is one, else the document's address.
func firstURL(base string, origin *url.URL) *url.URL {
	if u, err := url.Parse(base); base != "" && err == nil {
		return u
	}
	return origin
}

// translation turns one parsed document into a Feed.
type translation struct {
	now    time.Time
	base   *url.URL // what relative addresses are relative to; nil if unknown
	drafts []draft
	last   *record // of the last reading; nil if there was none
	known  []sum   // of the entries that it knows
	date   int64   // that all entries had, see record
	out    *Feed
}

// draft is an entry before its dates are judged and its keys are given.
type draft struct {
	Entry
	base      *url.URL
	guid      string // ID as it stands in the feed: what its key is made of
	plain     bool   // Content is plain text (JSON Feed's content_text)
	published string // as they stand in the feed
	updated   string
	dated     time.Time // Published before it was judged, for the title's key
	id        identity
	sum       sum
}

func newTranslation(format string, base *url.URL, last *record) *translation {
	return &translation{now: time.Now(), base: base, last: last, out: &Feed{Format: format}}
}

// head sets what all formats have. link and self may be relative.
func (t *translation) head(g *gofeed.Feed, self, hub string) {
	t.out.TitleHTML = absoluteHTML(clipField(g.Title), t.base)
	t.out.Title = titleText(t.out.TitleHTML)
	t.out.Language = strings.TrimSpace(g.Language)
	t.out.Link = resolve(t.base, g.Link)
	t.out.Self = resolve(t.base, self)
	t.out.Hub = resolve(t.base, hub)
	// A feed that came from nowhere, such as a file, still says where it lives.
	for _, known := range []string{t.out.Self, t.out.Link} {
		if u, err := url.Parse(known); t.base == nil && known != "" && err == nil {
			t.base = u
		}
	}
}

// draft begins an entry with what gofeed found.
func (t *translation) draft(it *gofeed.Item, mark entryMark) draft {
	d := draft{base: firstURL(mark.base, t.base), published: it.Published, updated: it.Updated, sum: mark.sum}
	d.guid = strings.TrimSpace(it.GUID)
	d.ID = d.guid
	d.TitleHTML = t.field(it.Title, d.base, mark, "title")
	d.Title = titleText(d.TitleHTML)
	d.Link = resolve(firstURL(mark.bases["link"], d.base), it.Link)
	d.Summary = t.field(it.Description, d.base, mark, "summary", "description")
	d.Content = t.field(it.Content, d.base, mark, "content", "encoded")
	d.Author = authors(it.Authors)
	d.Categories = categories(it.Categories)
	if it.PublishedParsed != nil {
		d.Published = mendZone(*it.PublishedParsed, it.Published)
	}
	if it.UpdatedParsed != nil {
		d.Updated = mendZone(*it.UpdatedParsed, it.Updated)
	}
	return d
}

// field bounds an HTML field and makes its addresses absolute. names are the
// elements it may have come from.
func (t *translation) field(html string, base *url.URL, mark entryMark, names ...string) string {
	for _, n := range names {
		base = firstURL(mark.bases[n], base)
	}
	return absoluteHTML(clipField(mark.putBack(html)), base)
}

func clipField(s string) string {
	if len(s) <= maxField {
		return s
	}
	return strings.ToValidUTF8(s[:maxField], "")
}

// finish judges the dates, writes the plain text, gives each entry its keys, and
// leaves a record of it all.
func (t *translation) finish() *Feed {
	t.judgeDates()
	for i := range t.drafts {
		d := &t.drafts[i]
		d.Text = entryText(d)
		d.Digest = digest(d.Title, d.Text)
		d.id = identityOf(d)
	}
	t.out.Known, t.out.Record = len(t.known), t.record()
	entries, folded := identifyEntries(t.drafts, t.neighbours())
	if folded > 0 {
		t.out.Warnings = append(t.out.Warnings, fmt.Sprintf("%d entries are listed twice", folded))
	}
	if len(entries)+len(t.known) == 0 {
		t.out.Cut = true // An empty feed is an accident more often than an end.
		t.out.Warnings = append(t.out.Warnings, "it lists no entries")
	}
	t.out.Entries = entries
	return t.out
}

// record is what the next reading will be told: the entries known already, which
// are listed still, and those that were read.
func (t *translation) record() []byte {
	r := newRecord(t.out.Hints, t.date)
	for _, s := range t.known {
		r = addEntry(r, s, t.last.entries[s])
	}
	for i := range t.drafts {
		r = addEntry(r, t.drafts[i].sum, t.drafts[i].id.short())
	}
	return r
}

// neighbours are the identities of the entries that were not read, by which those
// that were are told apart.
func (t *translation) neighbours() []shortIdentity {
	out := make([]shortIdentity, len(t.known))
	for i, s := range t.known {
		out[i] = t.last.entries[s]
	}
	return out
}

// maxAuthors bounds the authors of one entry.
const maxAuthors = 64

// authors joins the names; an address stands in where there is no name.
func authors(people []*gofeed.Person) string {
	var names []string
	for _, p := range people[:min(len(people), maxAuthors)] {
		if p == nil {
			continue
		}
		name := withoutAddress(titleText(p.Name))
		if name == "" {
			name = withoutAddress(titleText(p.Email))
		}
		names = appendNew(names, name)
	}
	return strings.Join(names, ", ")
}

// withoutAddress gives the name of "Name <name@example.com>".
func withoutAddress(s string) string {
	name, address, ok := strings.Cut(strings.TrimSpace(s), "<")
	if name = strings.TrimSpace(name); !ok || name == "" || !strings.HasSuffix(address, ">") || !strings.Contains(address, "@") {
		return s
	}
	return name
}

const maxCategories = 64

func categories(in []string) []string {
	var out []string
	for _, c := range in[:min(len(in), 4*maxCategories)] {
		if out = appendNew(out, titleText(c)); len(out) == maxCategories {
			break
		}
	}
	return out
}

// appendNew appends s unless it is empty or there already.
func appendNew(list []string, s string) []string {
	if s == "" {
		return list
	}
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}
