package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/feedwatch/feedwatch/watcher/feed"
)

// feedsParseCommand reads feed documents from files, without the network.
type feedsParseCommand struct {
	URL    string   `name:"url" help:"The address the documents came from, for relative links." placeholder:"URL"`
	Header []string `help:"A header the server sent with them, such as 'Content-Type: text/xml; charset=gbk'. May be given several times." placeholder:"'K: V'" sep:"none"`
	JSON   bool     `name:"json" help:"Print JSON Lines, one for each file."`
	Files  []string `arg:"" name:"file" help:"Feed documents; - is standard input."`
}

// Validate refuses a header that is none; kong calls it.
func (c *feedsParseCommand) Validate() error {
	_, err := c.headers()
	return err
}

// Help implements kong.HelpProvider.
func (feedsParseCommand) Help() string {
	return `Nothing is fetched. With --json, title, summary and content are as they stand in
the feed, addresses made absolute; text is the plain text that rules read. The exit
code is 1 where a document can't be read; the others are shown all the same.

  feedwatch feeds parse feed.xml
  curl -s https://example.com/feed | feedwatch feeds parse --url https://example.com/feed --json -`
}

// parsedFeed is a document as --json shows it. The keys are a contract.
type parsedFeed struct {
	File     string        `json:"file"`
	Title    string        `json:"title"`
	Link     string        `json:"link"`
	Format   string        `json:"format"`
	Warnings []string      `json:"warnings"`
	Entries  []parsedEntry `json:"entries"`
}

type parsedEntry struct {
	ID         string     `json:"id"`
	Link       string     `json:"link"`
	Title      string     `json:"title"`
	Summary    string     `json:"summary"`
	Content    string     `json:"content"`
	Text       string     `json:"text"`
	Author     string     `json:"author"`
	Published  *time.Time `json:"published"` // null where there is none to be believed
	Updated    *time.Time `json:"updated"`
	Categories []string   `json:"categories"`
}

// unparsedFeed is a document that could not be read.
type unparsedFeed struct {
	File  string `json:"file"`
	Error string `json:"error"`
}

// Run implements the verb.
func (c *feedsParseCommand) Run(p *program) error {
	header, err := c.headers()
	if err != nil {
		return &exitError{exitUsage, err}
	}
	base := documentBase(c.URL, header.Get("Content-Location"))
	failed := 0
	for _, file := range c.Files {
		f, err := p.parseFeed(file, header.Get("Content-Type"), base)
		if err != nil {
			failed++
		}
		if err := c.show(p, file, f, err); err != nil {
			return err
		}
	}
	if failed > 0 {
		return fmt.Errorf("%s could not be read", plural(failed, "document"))
	}
	return nil
}

// headers are the given header fields.
func (c *feedsParseCommand) headers() (http.Header, error) {
	h := http.Header{}
	for _, field := range c.Header {
		name, value, ok := strings.Cut(field, ":")
		if name = strings.TrimSpace(name); !ok || name == "" {
			return nil, fmt.Errorf("--header %q: write it as 'Name: value'", field)
		}
		h.Add(name, strings.TrimSpace(value))
	}
	return h, nil
}

// documentBase is what links are relative to: where the document came from, or
// where it says it is (RFC 9110, section 8.7).
func documentBase(from, location string) string {
	if location == "" {
		return from
	}
	base, err := url.Parse(from)
	if err != nil {
		return from
	}
	u, err := base.Parse(location)
	if err != nil {
		return from
	}
	return u.String()
}

// parseFeed reads one document.
func (p *program) parseFeed(file, contentType, base string) (*feed.Feed, error) {
	in := io.NopCloser(p.stdin)
	if file != stdinName {
		f, err := os.Open(file)
		if err != nil {
			return nil, err
		}
		in = f
	}
	body, err := io.ReadAll(io.LimitReader(in, maxDocument+1))
	if err == nil && len(body) > maxDocument {
		err = errTooLong
	}
	if err = errors.Join(err, in.Close()); err != nil {
		return nil, err
	}
	return feed.Parse(body, contentType, base)
}

func (c *feedsParseCommand) show(p *program, file string, f *feed.Feed, err error) error {
	switch {
	case err != nil && c.JSON:
		return printJSONLine(p.stdout, unparsedFeed{File: file, Error: err.Error()})
	case err != nil:
		_, err = fmt.Fprintf(p.stderr, "%s: %v\n", file, err)
		return err
	case c.JSON:
		return printJSONLine(p.stdout, parsed(file, f))
	}
	return printFeed(p.stdout, file, f)
}

// parsed gives the lists as lists, be they empty, so that scripts need not ask.
func parsed(file string, f *feed.Feed) parsedFeed {
	out := parsedFeed{
		File: file, Title: f.TitleHTML, Link: f.Link, Format: f.Format,
		Warnings: append([]string{}, f.Warnings...), Entries: []parsedEntry{},
	}
	for _, e := range f.Entries {
		out.Entries = append(out.Entries, parsedEntry{
			ID: e.ID, Link: e.Link, Title: e.TitleHTML, Summary: e.Summary, Content: e.Content, Text: e.Text, Author: e.Author,
			Published: given(e.Published), Updated: given(e.Updated), Categories: append([]string{}, e.Categories...),
		})
	}
	return out
}

// given is nil for a time that is not.
func given(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// printFeed shows a document to people.
func printFeed(w io.Writer, file string, f *feed.Feed) error {
	fmt.Fprintf(w, "%s: %s, %s: %s\n", onOneLine(file, 200), f.Format, entriesOf(len(f.Entries)), onOneLine(f.Title, 100))
	for _, warning := range f.Warnings {
		fmt.Fprintf(w, "  warning: %s\n", onOneLine(warning, 200))
	}
	rows := [][]string{{"  PUBLISHED", "WORDS", "TITLE", "LINK"}}
	for _, e := range f.Entries {
		rows = append(rows, []string{"  " + day(e.Published), fmt.Sprint(len(strings.Fields(e.Text))), onOneLine(e.Title, 80), onOneLine(e.Link, 120)})
	}
	return table(w, rows...)
}

// day is a date for tables.
func day(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format("2006-01-02")
}

// entriesOf is "1 entry", "2 entries".
func entriesOf(n int) string {
	if n == 1 {
		return "1 entry"
	}
	return fmt.Sprintf("%d entries", n)
}
