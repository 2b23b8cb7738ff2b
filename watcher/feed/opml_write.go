package feed

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"html"
	"io"
	"strconv"
	"strings"
)

// WriteOPML writes a list of feeds (opml.org, version 2.0) that ParseOPML reads
// back as it was. Tags are categories, which most readers know; one that a list
// with commas can't hold, and those before it, are folders.
//
// Addresses are written as they are, with the secrets that may stand in them.
func WriteOPML(w io.Writer, title string, list []Outline) error {
	b := bufio.NewWriter(w) // It keeps the first error until Flush.
	fmt.Fprintf(b, "%s<opml version=\"2.0\">\n  <head>%s</head>\n  <body>\n", xml.Header, "<title>"+escaped(title)+"</title>")
	for _, o := range list {
		folders := inFolders(o.Tags)
		for _, name := range o.Tags[:folders] {
			fmt.Fprint(b, "    <outline"+attribute("text", asMarkup(name))+">\n")
		}
		writeOutline(b, o, o.Tags[folders:])
		fmt.Fprint(b, strings.Repeat("    </outline>\n", folders))
	}
	fmt.Fprint(b, "  </body>\n</opml>\n")
	return b.Flush()
}

// writeOutline writes one feed.
func writeOutline(b *bufio.Writer, o Outline, categories []string) {
	fmt.Fprint(b, "    <outline type=\"rss\""+attribute("text", asMarkup(o.Title))+attribute("xmlUrl", o.URL))
	if o.Language != "" {
		fmt.Fprint(b, attribute("language", o.Language))
	}
	if len(categories) > 0 {
		fmt.Fprint(b, attribute("category", strings.Join(categories, ",")))
	}
	if o.Tier != 0 {
		fmt.Fprint(b, attribute("tier", strconv.Itoa(o.Tier)))
	}
	if o.OptIn {
		fmt.Fprint(b, attribute("optIn", "true"))
	}
	fmt.Fprint(b, "/>\n")
}

// inFolders says how many tags, from the first, have to be folders.
func inFolders(tags []string) int {
	for n := len(tags); n > 0; n-- {
		if tag := tags[n-1]; strings.Contains(tag, ",") || strings.Trim(tag, "/ \t\r\n") != tag {
			return n
		}
	}
	return 0
}

// asMarkup writes a name so that ParseOPML, which takes names for HTML as many
// lists have them, makes the same name of it.
func asMarkup(name string) string {
	if titleText(name) == name {
		return name
	}
	return html.EscapeString(name)
}

func attribute(name, value string) string { return " " + name + `="` + escaped(value) + `"` }

// escaped is a text for an attribute or an element; what XML can't hold becomes
// U+FFFD.
func escaped(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // A Builder takes all.
	return b.String()
}
