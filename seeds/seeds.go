package seeds

import (
	"bytes"
	"cmp"
	"embed"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/feedwatch/feedwatch/rules/strictyaml"
)

// PackName is what errors and warnings call the built-in pack.
const PackName = "seeds/openai-microsoft.yaml"

//go:embed openai-microsoft.yaml
var pack []byte

//go:embed feeds.opml
var opml []byte

//go:embed briefs/*.yaml
var briefs embed.FS

// Pack is the source of the built-in rule pack, for rules.Parse.
func Pack() []byte { return bytes.Clone(pack) }

// OPML is the list of feeds to start with, in OPML 2.0 (opml.org). Beside the
// attributes of that format an outline has tier (1 best to 3) and may have
// optIn="true": not to be polled unless somebody asks for it.
func OPML() []byte { return bytes.Clone(opml) }

// Brief is a short news text of our own, with the rules it must set off.
type Brief struct {
	Title     string
	Outlet    string // made up
	Link      string // under a reserved name (RFC 2606): it leads nowhere
	Text      string // paragraphs, with an empty line between them
	Published time.Time
	Triggers  []string // rules of the built-in pack; empty: none may fire
}

// briefFile is how a brief is written down.
type briefFile struct {
	Title     string   `yaml:"title"`
	Outlet    string   `yaml:"outlet"`
	Published string   `yaml:"published"`
	Link      string   `yaml:"link"`
	Triggers  []string `yaml:"triggers"`
	Text      string   `yaml:"text"`
}

// Briefs gives the briefs in order of publication. As they are part of the
// binary, an error is a mistake in this package.
func Briefs() ([]Brief, error) {
	files, err := briefs.ReadDir("briefs")
	if err != nil {
		return nil, fmt.Errorf("listing the briefs: %w", err)
	}
	var all []Brief
	for _, f := range files {
		b, err := readBrief(path.Join("briefs", f.Name()))
		if err != nil {
			return nil, err
		}
		all = append(all, b)
	}
	slices.SortFunc(all, func(a, b Brief) int {
		return cmp.Or(a.Published.Compare(b.Published), cmp.Compare(a.Title, b.Title))
	})
	return all, nil
}

func readBrief(name string) (Brief, error) {
	src, err := briefs.ReadFile(name)
	if err != nil {
		return Brief{}, fmt.Errorf("reading a brief: %w", err)
	}
	file, err := strictyaml.Parse("seeds/"+name, src)
	if err != nil {
		return Brief{}, err
	}
	var b briefFile
	if err := file.Decode(&b); err != nil {
		return Brief{}, err
	}
	published, err := time.Parse(time.RFC3339, b.Published)
	if err != nil {
		return Brief{}, file.Errorf(file.Pos("published"), "write it as 2025-06-17T06:40:00Z (RFC 3339)",
			"%q is not a time", b.Published)
	}
	return Brief{
		Title: b.Title, Outlet: b.Outlet, Link: b.Link, Text: strings.TrimSpace(b.Text),
		Published: published, Triggers: b.Triggers,
	}, nil
}
