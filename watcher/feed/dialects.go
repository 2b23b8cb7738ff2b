package feed

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/mmcdole/gofeed"
	"github.com/mmcdole/gofeed/atom"
	ext "github.com/mmcdole/gofeed/extensions"
	"github.com/mmcdole/gofeed/rss"
)

// rss translates RSS 0.9x, 1.0 (RDF) and 2.0.
func (t *translation) rss(g *gofeed.Feed, original *rss.Feed, marks []entryMark) {
	self, hub := "", ""
	for _, name := range []string{"atom", "atom10", "atom03"} {
		for _, l := range g.Extensions[name]["link"] {
			self, hub = pushLinks(self, hub, l.Attrs["rel"], l.Attrs["href"])
		}
	}
	t.head(g, self, hub)
	t.out.Wait = max(ttl(original.TTL), syndication(g.Extensions["sy"]))
	t.skips(original.SkipHours, original.SkipDays)
	t.out.Cloud = cloud(original.Cloud)
	for i, it := range g.Items {
		t.drafts = append(t.drafts, t.rssItem(it, original.Items[i], marks[i]))
	}
}

func (t *translation) rssItem(it *gofeed.Item, original *rss.Item, mark entryMark) draft {
	d := t.draft(it, mark)
	atomOf := func(name string) string { return value(it.Extensions["atom"][name]) }
	if d.ID == "" {
		d.ID = firstOf(strings.TrimSpace(mark.about), strings.TrimSpace(it.Custom["id"]), atomOf("id"))
	}
	if d.Title == "" {
		d.TitleHTML = atomOf("title")
		d.Title = titleText(d.TitleHTML)
	}
	if d.Link == "" {
		d.Link = resolve(d.base, it.Custom["url"])
	}
	if d.Published.IsZero() {
		d.Published, d.published = firstDate(it.Custom["published"], it.Custom["issued"], it.Custom["created"], d.published)
	}
	if d.Updated.IsZero() {
		d.Updated, d.updated = firstDate(it.Custom["updated"], it.Custom["modified"], d.updated)
	}
	if dc := it.DublinCoreExt; original.Author == "" && dc != nil && len(dc.Creator) > 1 {
		var names []string
		for _, c := range dc.Creator[:min(len(dc.Creator), maxAuthors)] {
			names = appendNew(names, titleText(c))
		}
		d.Author = strings.Join(names, ", ")
	}
	if d.Author == "" {
		d.Author = withoutAddress(titleText(original.Author))
	}
	if d.Content == "" {
		d.Content = t.field(firstOf(it.Custom["body"], it.Custom["fullitem"]), d.base, mark, "body")
	}
	if tags := it.Custom["tags"]; tags != "" {
		d.Categories = categories(append(strings.Split(tags, ","), it.Categories...))
	}
	d.Link = t.rssLink(d, it, original)
	t.extensions(&d, it.Extensions, mark)
	return d
}

// rssLink finds an address where <link> has none: in an embedded atom:link, in
// a guid that is a permalink, in rdf:about. FeedBurner's origLink goes first,
// since its <link> is a detour.
func (t *translation) rssLink(d draft, it *gofeed.Item, original *rss.Item) string {
	if orig := value(it.Extensions["feedburner"]["origLink"]); orig != "" {
		if abs := resolve(d.base, orig); abs != "" {
			return abs
		}
	}
	if d.Link != "" {
		return unwrap(d.Link)
	}
	for _, l := range it.Extensions["atom"]["link"] {
		if rel := l.Attrs["rel"]; rel == "" || rel == "alternate" {
			if abs := resolve(d.base, l.Attrs["href"]); abs != "" {
				return abs
			}
		}
	}
	if original.GUID != nil && strings.EqualFold(strings.TrimSpace(original.GUID.IsPermalink), "false") {
		return ""
	}
	return webLink(d.ID)
}

// atom translates Atom 0.3 and 1.0.
func (t *translation) atom(g *gofeed.Feed, original *atom.Feed, marks []entryMark) {
	self, hub := "", ""
	for _, l := range original.Links {
		self, hub = pushLinks(self, hub, l.Rel, l.Href)
	}
	t.head(g, self, hub)
	t.out.Wait = syndication(g.Extensions["sy"])
	inherited := authors(g.Authors)
	for i, it := range g.Items {
		d := t.draft(it, marks[i])
		if d.Author == "" {
			d.Author = inherited // RFC 4287, section 4.2.1
		}
		if strings.HasPrefix(d.ID, "/") {
			// RFC 4287, section 4.2.6, wants an IRI. What it was named by stays its key.
			d.ID = firstOf(resolve(d.base, d.ID), d.ID)
		}
		d.Categories = atomCategories(original.Entries[i].Categories)
		if d.Link == "" && len(it.Links) > 0 {
			d.Link = resolve(d.base, it.Links[0])
		}
		if d.Link == "" {
			d.Link = webLink(d.ID)
		}
		if orig := resolve(d.base, value(it.Extensions["feedburner"]["origLink"])); orig != "" {
			d.Link = orig
		}
		d.Link = unwrap(d.Link)
		t.extensions(&d, it.Extensions, marks[i])
		t.drafts = append(t.drafts, d)
	}
}

// atomCategories gives the terms, which are what a feed means, and then the
// labels, which are what its readers see.
func atomCategories(in []*atom.Category) []string {
	var terms, labels []string
	for _, c := range in[:min(len(in), maxCategories)] {
		terms = append(terms, c.Term)
		labels = append(labels, c.Label)
	}
	return categories(append(terms, labels...))
}

// extensions fills what is still empty from Dublin Core terms and Media RSS.
func (t *translation) extensions(d *draft, x ext.Extensions, mark entryMark) {
	terms := x["dcterms"]
	if d.Published.IsZero() {
		d.Published, d.published = firstDate(value(terms["issued"]), value(terms["created"]), d.published)
	}
	if d.Updated.IsZero() {
		d.Updated, d.updated = firstDate(value(terms["modified"]), d.updated)
	}
	media, itunes := x["media"], x["itunes"]
	if group := media["group"]; len(group) > 0 {
		media = group[0].Children
	}
	if d.Title == "" {
		d.TitleHTML = firstOf(value(media["title"]), value(itunes["title"]))
		d.Title = titleText(d.TitleHTML)
	}
	if d.Summary == "" && d.Content == "" {
		d.Summary = clipField(mark.putBack(firstOf(value(media["description"]), value(itunes["subtitle"]))))
	}
	if terms := extensionTerms(media["category"], itunes); len(terms) > 0 {
		d.Categories = categories(append(d.Categories, terms...))
	}
}

// extensionTerms are the categories that Media RSS and podcasts give.
func extensionTerms(media []ext.Extension, itunes map[string][]ext.Extension) (terms []string) {
	for _, c := range media[:min(len(media), maxCategories)] {
		terms = append(terms, firstOf(c.Attrs["label"], c.Value))
	}
	for _, c := range itunes["category"][:min(len(itunes["category"]), maxCategories)] {
		terms = append(terms, c.Attrs["text"])
	}
	if words := value(itunes["keywords"]); words != "" {
		terms = append(terms, strings.SplitN(words, ",", maxCategories)...)
	}
	return terms
}

func value(list []ext.Extension) string {
	if len(list) == 0 {
		return ""
	}
	return strings.TrimSpace(list[0].Value)
}

// webLink gives an id that is a web address, else "".
func webLink(id string) string {
	if strings.HasPrefix(id, "http://") || strings.HasPrefix(id, "https://") {
		return resolve(nil, id)
	}
	return ""
}

// pushLinks takes the first self and the first hub; a hub over https goes first.
func pushLinks(self, hub, rel, href string) (string, string) {
	switch strings.ToLower(strings.TrimSpace(rel)) {
	case "self":
		if self == "" {
			self = href
		}
	case "hub":
		if hub == "" || strings.HasPrefix(href, "https:") && !strings.HasPrefix(hub, "https:") {
			hub = href
		}
	}
	return self, hub
}

// cloud gives the address that an rssCloud takes registrations at (rsscloud.org),
// "" for one that cannot be asked over HTTP.
func cloud(c *rss.Cloud) string {
	if c == nil || c.Domain == "" || c.Protocol != "http-post" {
		return ""
	}
	u := url.URL{Scheme: "http", Host: c.Domain, Path: "/" + strings.TrimPrefix(c.Path, "/")}
	switch c.Port {
	case "", "80":
	case "443":
		u.Scheme = "https"
	default:
		u.Host += ":" + c.Port
	}
	return resolve(nil, u.String())
}

// maxWait caps what a feed may ask for: some declare a year.
const maxWait = 24 * time.Hour

// ttl reads RSS 2.0's minutes. Anything else says nothing.
func ttl(s string) time.Duration {
	seconds, ok := deltaSeconds(s)
	if !ok {
		return 0
	}
	return min(min(seconds, maxWait)*60, maxWait)
}

// syndication reads the RSS 1.0 syndication module: how often in a period. Its
// base date is not honoured, since it only shifts the phase.
func syndication(sy map[string][]ext.Extension) time.Duration {
	periods := map[string]time.Duration{
		"hourly": time.Hour, "daily": 24 * time.Hour, "weekly": 7 * 24 * time.Hour,
		"monthly": 30 * 24 * time.Hour, "yearly": 365 * 24 * time.Hour,
	}
	period := periods[strings.ToLower(value(sy["updatePeriod"]))]
	n, err := strconv.Atoi(value(sy["updateFrequency"]))
	if err != nil || n < 1 {
		n = 1
	}
	return min(period/time.Duration(n), maxWait)
}

// skips reads skipHours and skipDays. Hours are 0 to 23, and 24 is 0, as some
// write it. A list of all of them would forbid every poll and is ignored.
func (t *translation) skips(hours, days []string) {
	var hour [24]bool
	for _, h := range hours {
		if n, err := strconv.Atoi(strings.TrimSpace(h)); err == nil && n >= 0 && n <= 24 {
			hour[n%24] = true
		}
	}
	for h, skip := range hour {
		if skip {
			t.out.SkipHours = append(t.out.SkipHours, h)
		}
	}
	for day := time.Sunday; day <= time.Saturday; day++ {
		for _, d := range days {
			if strings.EqualFold(strings.TrimSpace(d), day.String()) {
				t.out.SkipDays = append(t.out.SkipDays, day)
				break
			}
		}
	}
	if len(t.out.SkipHours) == 24 || len(t.out.SkipDays) == 7 {
		t.out.SkipHours, t.out.SkipDays = nil, nil
		t.out.Warnings = append(t.out.Warnings, "it asks never to be polled (skipHours or skipDays), which was ignored")
	}
}
