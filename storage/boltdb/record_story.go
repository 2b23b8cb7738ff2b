package boltdb

import "github.com/feedwatch/feedwatch/storage"

// storyRecord is a story; its ID is its key.
type storyRecord struct{ storage.Story }

func (r *storyRecord) code(c *coder) {
	c.uint(&r.Revision)
	text(c, &r.Title)
	c.time(&r.First)
	c.time(&r.Last)
	number(c, &r.Tier)
	number(c, &r.Count)
	list(c, &r.Outlets, codeOutlet)
	list(c, &r.Members, codeMember)
	list(c, &r.Hits, codeHit)
	list(c, &r.Told, codeTold)
	c.bool(&r.Pinned)
	c.texts(&r.Was)
}

func codeOutlet(c *coder, v *storage.Outlet) {
	text(c, &v.Name)
	number(c, &v.Tier)
	c.time(&v.At)
	text(c, &v.Item)
	text(c, &v.Title)
	text(c, &v.Link)
}

func codeMember(c *coder, v *storage.Member) {
	text(c, &v.Item)
	text(c, &v.Outlet)
	c.time(&v.At)
	text(c, &v.Why)
}

func codeHit(c *coder, v *storage.Hit) {
	codeMatch(c, &v.Match)
	text(c, &v.Item)
	c.texts(&v.Tags)
}

func codeTold(c *coder, v *storage.Told) {
	text(c, &v.Receiver)
	text(c, &v.Delivery)
	c.texts(&v.Rules)
	number(c, &v.Outlets)
	number(c, &v.Items)
}

// wasRecord is the story into which one was merged.
type wasRecord struct{ story string }

func (r *wasRecord) code(c *coder) { text(c, &r.story) }
