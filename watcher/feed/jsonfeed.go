package feed

import (
	"bytes"
	"crypto/sha256"
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
	sums []sum // of the items, in their order
	lost int   // items left out
}

func parseJSON(doc []byte, origin *url.URL, last *record) (*Feed, error) {
	t := newTranslation("json", origin, last)
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
		t.drafts = append(t.drafts, t.jsonItem(it, head.Items[i], head.sums[i], inherited))
	}
	return t.finish(), nil
}

func (t *translation) jsonItem(it *gofeed.Item, original *jsonfeed.Item, s sum, inherited string) draft {
	d := t.draft(it, entryMark{sum: s})
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
	if err != nil && len(head.Items)+len(t.known) == 0 {
		return nil, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	if err != nil {
		t.out.Cut = true
		t.out.Warnings = append(t.out.Warnings, "the document is damaged after its last whole item")
	}
	if head.lost > 0 {
		t.out.Cut = true
		t.out.Warnings = append(t.out.Warnings, fmt.Sprintf("%d items could not be read", head.lost))
	}
	if t.out.More {
		t.out.Warnings = append(t.out.Warnings, fmt.Sprintf("only the first %d entries were read", maxEntries))
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
		switch {
		case string(raw) == "null":
		case len(head.Items)+len(t.known) == maxEntries:
			t.out.More = true
		default:
			t.readItem(raw, head)
		}
	}
	_, err := dec.Token()
	return err
}

// readItem reads an item that is not known.
func (t *translation) readItem(raw json.RawMessage, head *jsonHead) {
	s := jsonSum(raw, t.base)
	if t.last != nil {
		if _, ok := t.last.entries[s]; ok {
			t.known = append(t.known, s)
			return
		}
	}
	item := &jsonfeed.Item{}
	if raw[0] != '{' || json.Unmarshal(raw, item) != nil {
		head.lost++
		return
	}
	item.Authors = slices.DeleteFunc(item.Authors, isNil)
	head.Items, head.sums = append(head.Items, item), append(head.sums, s)
}

// jsonSum is the sum of an item's bytes and of the address it came from.
func jsonSum(raw json.RawMessage, base *url.URL) sum {
	h := sha256.New()
	if base != nil {
		h.Write([]byte(base.String()))
	}
	h.Write([]byte{0})
	h.Write(raw)
	return sum(h.Sum(nil)[:len(sum{})])
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
