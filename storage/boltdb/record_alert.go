package boltdb

import "github.com/feedwatch/feedwatch/storage"

type alertRecord struct{ storage.Alert }

func (r *alertRecord) code(c *coder) {
	text(c, &r.ID)
	text(c, &r.Once)
	text(c, &r.Receiver)
	text(c, &r.Kind)
	text(c, &r.Severity)
	text(c, &r.Story)
	codeItem(c, &r.Item)
	list(c, &r.Matches, codeMatch)
	c.time(&r.Created)
	text(c, &r.Fetch.URL)
	c.time(&r.Fetch.At)
	number(c, &r.Fetch.Status)
	if c.version >= 3 {
		text(c, &r.Parent)
		list(c, &r.Outlets, codeOutlet)
		number(c, &r.Count)
		optional(c, &r.Before, codeRevision)
		optional(c, &r.Notice, codeMemo)
		optional(c, &r.Brief, codeBulletin)
	}
}

func codeMatch(c *coder, v *storage.Match) {
	text(c, &v.Rule)
	text(c, &v.Revision)
	text(c, &v.Severity)
	list(c, &v.Spans, codeSpan)
}

func codeSpan(c *coder, v *storage.Span) {
	text(c, &v.Field)
	number(c, &v.Start)
	number(c, &v.End)
	text(c, &v.Text)
}

func codeMemo(c *coder, v *storage.Memo) {
	text(c, &v.Topic)
	text(c, &v.About)
	text(c, &v.Title)
	text(c, &v.Text)
	list(c, &v.Items, codeOutlet)
}

func codeBulletin(c *coder, v *storage.Bulletin) {
	c.time(&v.Since)
	c.time(&v.Until)
	text(c, &v.Zone)
	list(c, &v.Rules, codeBulletinRule)
	list(c, &v.Feeds, codeBulletinFeed)
	number(c, &v.Healthy)
	number(c, &v.Items)
}

func codeBulletinRule(c *coder, v *storage.BulletinRule) {
	text(c, &v.Rule)
	text(c, &v.Severity)
	list(c, &v.Stories, codeBulletinStory)
}

func codeBulletinStory(c *coder, v *storage.BulletinStory) {
	text(c, &v.ID)
	text(c, &v.Title)
	text(c, &v.Link)
	c.time(&v.First)
	list(c, &v.Outlets, codeOutlet)
	number(c, &v.Count)
}

func codeBulletinFeed(c *coder, v *storage.BulletinFeed) {
	text(c, &v.Name)
	text(c, &v.State)
	c.time(&v.Since)
}
