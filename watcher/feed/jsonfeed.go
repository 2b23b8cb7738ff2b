package feed

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/mmcdole/gofeed"
	jsonfeed "github.com/mmcdole/gofeed/json"
)

// jsonFeedVersion begins every JSON Feed's version (jsonfeed.org, version 1.1).
// Without it any JSON object, an API's error say, would be a feed of no entries.
const jsonFeedVersion = "https://jsonfeed.org/version/"

// jsonHead is what gofeed does not read of a JSON Feed, and how it is read
// piece by piece: one bad item loses itself, not the feed.
type jsonHead struct {
	jsonfeed.Feed
	hubs []struct{ Type, URL string }
	lost int // items left out
}

func parseJSON(doc []byte, origin *url.URL) (*Feed, error) {
	t := newTranslation("json", origin)
	head, err := t.readJSON(doc)
	if err != nil {
		return nil, err
	}
	if !strings.HasPrefix(head.Version, jsonFeedVersion) {
		return nil, fmt.Errorf("%w: it is JSON, but its version is not %s…", ErrNotFeed, jsonFeedVersion)
	}
	g, err := (&gofeed.DefaultJSONTranslator{}).Translate(&head.Feed)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	hub := ""
	for _, h := range head.hubs {
		_, hub = pushLinks("", hub, "hub", h.URL)
	}
	t.head(g, head.FeedURL, hub)
	inherited := authors(g.Authors)
	for i, it := range g.Items {
		t.drafts = append(t.drafts, t.jsonItem(it, head.Items[i], inherited))
	}
	return t.finish(), nil
}

func (t *translation) jsonItem(it *gofeed.Item, original *jsonfeed.Item, inherited string) draft {
	d := t.draft(it, entryMark{})
	d.plain = original.ContentHTML == ""
	if d.Author == "" {
		d.Author = inherited
	}
	if d.Link == "" {
		d.Link = resolve(d.base, original.ExternalURL)
	}
	if d.Link == "" {
		d.Link = webLink(d.ID)
	}
	return d
}

// readJSON reads the members of the feed object one by one. Where the document
// ends early, what was whole is kept.
func (t *translation) readJSON(doc []byte) (*jsonHead, error) {
	dec := json.NewDecoder(bytes.NewReader(doc))
	head, seen := &jsonHead{}, map[string]json.RawMessage{}
	_, err := dec.Token() // the "{" that identify saw
	for err == nil && dec.More() {
		var name json.Token
		if name, err = dec.Token(); err != nil {
			break
		}
		if name == "items" {
			err = t.readItems(dec, head)
			continue
		}
		var raw json.RawMessage
		if err = dec.Decode(&raw); err == nil {
			seen[fmt.Sprint(name)] = raw
		}
	}
	if err != nil && len(head.Items) == 0 {
		return nil, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	if err != nil {
		t.out.Cut = true
		t.out.Warnings = append(t.out.Warnings, "the document is damaged after its last whole item")
	}
	if head.lost > 0 {
		t.out.Cut = true
		t.out.Warnings = append(t.out.Warnings, fmt.Sprintf("%d items could not be read, or were more than %d", head.lost, maxEntries))
	}
	head.take(seen)
	return head, nil
}

func (t *translation) readItems(dec *json.Decoder, head *jsonHead) error {
	if start, err := dec.Token(); err != nil || start != json.Delim('[') {
		return errors.Join(errors.New("its items are no list"), err)
	}
	for dec.More() {
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return err
		}
		item := &jsonfeed.Item{}
		switch {
		case string(raw) == "null":
		case len(head.Items) < maxEntries && raw[0] == '{' && json.Unmarshal(raw, item) == nil:
			item.Authors = slices.DeleteFunc(item.Authors, isNil)
			head.Items = append(head.Items, item)
		default:
			head.lost++
		}
	}
	_, err := dec.Token()
	return err
}

func isNil(a *jsonfeed.Author) bool { return a == nil }

// take sets the members that are of the right type; the others say nothing.
func (h *jsonHead) take(members map[string]json.RawMessage) {
	for name, into := range map[string]any{
		"version": &h.Version, "title": &h.Title, "home_page_url": &h.HomePageURL, "feed_url": &h.FeedURL,
		"description": &h.Description, "language": &h.Language, "author": &h.Author, "authors": &h.Authors, "hubs": &h.hubs,
	} {
		if raw, ok := members[name]; ok {
			// A member of another type says nothing.
			_ = json.Unmarshal(raw, into)
		}
	}
	h.Authors = slices.DeleteFunc(h.Authors, isNil)
}
