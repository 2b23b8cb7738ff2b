package feed

import (
	"bytes"
	"fmt"
	"strings"
)

// prologue is how far into a document its root element is looked for. PHP
// warnings, licences in comments and style sheets come first in some feeds.
const prologue = 64 << 10

// kind is what a document turned out to be.
type kind struct {
	format string // rss, atom, rdf, json; "" for none of them
	subset []byte // the doctype that came before the root element, if any
	bare   bool   // RSS without its outermost element, or CDF
	root   int    // where the root element begins
	found  string // the first thing that was met instead, for the message
}

// identify finds the root element of a feed behind whatever junk stands before it.
func identify(doc []byte) kind {
	k := kind{}
	trimmed := bytes.TrimLeft(doc, " \t\r\n\x00\ufeff")
	if len(trimmed) > 0 && trimmed[0] == '{' {
		return kind{format: "json", root: len(doc) - len(trimmed)}
	}
	for at := 0; at < min(len(doc), prologue); at++ {
		open := bytes.IndexByte(doc[at:], '<')
		if open < 0 {
			break
		}
		at += open
		if end := skipMarkup(doc[at:]); end > 0 {
			if hasPrefixFold(doc[at:], "<!doctype") {
				k.subset = doc[at : at+end]
			}
			if k.found == "" && hasPrefixFold(doc[at:], "<!doctype html") {
				k.found = "html"
			}
			at += end - 1
			continue
		}
		name := tagName(doc[at+1:])
		if format := rootFormat(name); format != "" {
			k.format, k.root, k.bare = format, at, strings.EqualFold(name, "channel")
			return k
		}
		if lower := strings.ToLower(name); k.found == "" && name != "" {
			k.found = lower
		}
		if isPage(name) && k.found != "opml" {
			k.found = "html"
			return k
		}
	}
	return k
}

// rootFormat knows the root elements of feeds by local name, in any case. A
// channel without its <rss> is read as what it lacks; CDF, which RSS began as
// (W3C note of March 1997), looks like that, too.
func rootFormat(name string) string {
	switch strings.ToLower(localName(name)) {
	case "rss", "channel":
		return "rss"
	case "rdf":
		return "rdf"
	case "feed":
		return "atom"
	}
	return ""
}

// isPage says whether a tag shows that the document is a page for people.
func isPage(name string) bool {
	switch strings.ToLower(name) {
	case "html", "head", "body":
		return true
	}
	return false
}

// skipMarkup gives the length of a comment, processing instruction or doctype
// at the start of b, 0 if it is something else.
func skipMarkup(b []byte) int {
	b = b[:min(len(b), prologue)]
	end := ""
	switch {
	case bytes.HasPrefix(b, []byte("<!--")):
		end = "-->"
	case bytes.HasPrefix(b, []byte("<?")):
		end = "?>"
	case hasPrefixFold(b, "<!doctype"):
		end = ">"
		if open := bytes.IndexByte(b, '['); open >= 0 && open < bytes.IndexByte(b, '>') {
			end = "]>"
		}
	default:
		return 0
	}
	if i := bytes.Index(b[2:], []byte(end)); i >= 0 {
		return 2 + i + len(end)
	}
	return 0
}

// describe says what a document is that is no feed, and what to do.
func (k kind) describe() string {
	switch k.found {
	case "":
		return "it is neither XML nor JSON"
	case "html":
		return "it is an HTML page; the address of its feed often stands in its source, in a link of type application/rss+xml or application/atom+xml"
	case "opml":
		return "it is an OPML list of feeds; each xmlUrl in it is a feed of its own"
	case "urlset", "sitemapindex":
		return "it is a sitemap"
	}
	return fmt.Sprintf("its root element is <%s>", clip(k.found, 40))
}

// looksLikeHTML says whether a body is a page for people. A feed that is
// served as text/html is a feed.
func looksLikeHTML(contentType string, body []byte) bool {
	k := identify(decode(body[:min(len(body), prologue)], contentType))
	return k.format == "" && (k.found == "html" || k.found != "" && strings.Contains(strings.ToLower(contentType), "text/html"))
}

func isBlank(body []byte) bool {
	return len(bytes.Trim(body, " \t\r\n\x00\xef\xbb\xbf\xfe\xff")) == 0
}

// tagName reads an element's name at the start of b, "" if there is none. It
// takes ASCII names only: a "<" before other letters is text far more often.
func tagName[T string | []byte](b T) string {
	n, colons := 0, 0
	for n < len(b) && isNameByte(b[n], n == 0) {
		if b[n] == ':' {
			colons++
		}
		n++
	}
	if n == 0 || n > maxName || colons > 1 {
		return ""
	}
	return string(b[:n])
}

const maxName = 200

func isNameByte(c byte, first bool) bool {
	switch {
	case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '_':
		return true
	case c >= '0' && c <= '9', c == '-', c == '.', c == ':':
		return !first
	}
	return false
}

func localName(name string) string {
	if _, local, ok := strings.Cut(name, ":"); ok {
		return local
	}
	return name
}

func hasPrefixFold(b []byte, prefix string) bool {
	return len(b) >= len(prefix) && strings.EqualFold(string(b[:len(prefix)]), prefix)
}
