package feed

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// The bounds of an OPML document.
const (
	maxOPML        = 16 << 20
	maxOutlines    = 50_000
	maxOutlineTags = 64                 // of one feed
	maxFolders     = maxOutlineTags + 1 // the feed itself counts as one
)

// Outline is one feed of an OPML list.
type Outline struct {
	Title    string
	URL      string
	Language string
	Tier     int      // 1 best to 3; 0: not said
	Tags     []string // folders from the outside in, then categories, each once
	OptIn    bool     // not to be polled unless somebody asks for it
}

// ParseOPML reads a list of feeds (opml.org, version 2.0). Folders become tags.
// Beside the usual attributes it knows two of feedwatch's own, tier="1" and
// optIn="true". A feed that is listed twice is given once, with the tags of
// both. A list that declares entities is refused: none needs them, and they are
// how a small document becomes a large one. Its errors wrap ErrNotFeed, ErrBound
// or ErrBroken.
func ParseOPML(r io.Reader) ([]Outline, error) {
	doc, err := io.ReadAll(&limited{r: r, left: maxOPML})
	if errors.Is(err, errTooLarge) {
		return nil, fmt.Errorf("%w: the list is larger than %d bytes", ErrBound, maxOPML)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the list: %w", err)
	}
	doc = decode(doc, "")
	if k := identify(doc); k.found != "opml" {
		return nil, fmt.Errorf("%w list: the root element is not <opml>", ErrNotFeed)
	}
	dec := xml.NewDecoder(strings.NewReader(string(doc)))
	dec.Strict = false
	dec.Entity = xml.HTMLEntity
	dec.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil } // It is UTF-8 by now.
	p := &opmlParser{index: map[string]int{}}
	if err := p.run(dec); err != nil {
		return nil, err
	}
	return p.out, nil
}

// opmlParser walks the outlines. folders holds a name for each open outline,
// "" for one that is a feed itself.
type opmlParser struct {
	folders  []string
	depth    int
	outlines int
	index    map[string]int // URL -> place in out
	out      []Outline
}

func (p *opmlParser) run(dec *xml.Decoder) error {
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			line, column := dec.InputPos()
			return fmt.Errorf("%w: line %d, column %d: %w", ErrBroken, line, column, err)
		}
		switch t := token.(type) {
		case xml.Directive:
			if bytes.Contains(t, []byte("<!ENTITY")) {
				return fmt.Errorf("%w list: it declares entities", ErrNotFeed)
			}
		case xml.StartElement:
			if err := p.start(t); err != nil {
				line, _ := dec.InputPos()
				return fmt.Errorf("line %d: %w", line, err)
			}
		case xml.EndElement:
			p.depth--
			if strings.EqualFold(t.Name.Local, "outline") {
				p.folders = p.folders[:len(p.folders)-1]
			}
		}
	}
}

func (p *opmlParser) start(t xml.StartElement) error {
	if p.depth++; p.depth > 2*maxFolders {
		return fmt.Errorf("%w: the list is nested more than %d deep", ErrBound, 2*maxFolders)
	}
	if !strings.EqualFold(t.Name.Local, "outline") {
		return nil
	}
	if p.outlines++; p.outlines > maxOutlines {
		return fmt.Errorf("%w: more than %d outlines", ErrBound, maxOutlines)
	}
	if len(p.folders) == maxFolders {
		return fmt.Errorf("%w: folders are nested more than %d deep", ErrBound, maxFolders)
	}
	get := attributes(t)
	name := titleText(firstOf(get["text"], get["title"]))
	address := strings.TrimSpace(get["xmlurl"])
	if address == "" {
		p.folders = append(p.folders, name)
		return nil
	}
	p.folders = append(p.folders, "")
	return p.add(name, address, get)
}

func (p *opmlParser) add(name, address string, get map[string]string) error {
	o := Outline{Title: name, URL: address, Language: get["language"]}
	i, known := p.index[address]
	if known {
		o.Tags = p.out[i].Tags
	}
	for _, f := range p.folders {
		o.Tags = appendNew(o.Tags, f)
	}
	for c := range strings.SplitSeq(get["category"], ",") {
		o.Tags = appendNew(o.Tags, strings.Trim(c, "/ \t\r\n"))
		if len(o.Tags) > maxOutlineTags {
			return fmt.Errorf("%w: %q has more than %d tags", ErrBound, clip(name, 60), maxOutlineTags)
		}
	}
	switch tier := get["tier"]; tier {
	case "":
	case "1", "2", "3":
		o.Tier = int(tier[0] - '0')
	default:
		return fmt.Errorf("%w list: the tier of %q is %q; it must be 1, 2 or 3", ErrNotFeed, clip(name, 60), clip(tier, 20))
	}
	o.OptIn = strings.EqualFold(get["optin"], "true")
	if known {
		p.out[i].Tags = o.Tags
		return nil
	}
	p.index[address] = len(p.out)
	p.out = append(p.out, o)
	return nil
}

// attributes gives the attributes by name in lower case; the first of a name counts.
func attributes(t xml.StartElement) map[string]string {
	get := make(map[string]string, len(t.Attr))
	for _, a := range slices.Backward(t.Attr) {
		get[strings.ToLower(a.Name.Local)] = strings.TrimSpace(a.Value)
	}
	return get
}

func firstOf(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}
