package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// newFeed is a feed to be written into a configuration; what is zero is left out.
type newFeed struct {
	URL, Name          string
	Tier               int
	Tags               []string
	Language, Schedule string
	Disabled           bool
}

// pairs are the keys and values to write.
func (n newFeed) pairs() []string {
	list := []string{"url: " + yamlText(n.URL)}
	add := func(key, value string) {
		if value != "" {
			list = append(list, key+": "+yamlText(value))
		}
	}
	add("name", n.Name)
	if n.Tier != 0 {
		list = append(list, "tier: "+strconv.Itoa(n.Tier))
	}
	if len(n.Tags) > 0 {
		tags := make([]string, len(n.Tags))
		for i, t := range n.Tags {
			tags[i] = yamlText(t)
		}
		list = append(list, "tags: ["+strings.Join(tags, ", ")+"]")
	}
	add("language", n.Language)
	add("schedule", n.Schedule)
	if n.Disabled {
		list = append(list, "disabled: true")
	}
	return list
}

var (
	plainURL  = regexp.MustCompile(`^https?://[A-Za-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9._~/%=&?+-]*)?$`)
	plainWord = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9._-]*( [A-Za-z0-9][A-Za-z0-9._-]*)*$`)
	// otherwise are words that YAML, 1.1 or 1.2, does not take for text.
	otherwise = regexp.MustCompile(`(?i)^(y|n|yes|no|on|off|true|false|null|nan|inf)$`)
)

// yamlText writes a text so that it is read back as that text wherever it stands.
func yamlText(s string) string {
	switch {
	case plainURL.MatchString(s), plainWord.MatchString(s) && !otherwise.MatchString(s):
		return s
	case strings.ContainsFunc(s, needsEscape):
		return escapedYAML(s)
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}

func needsEscape(r rune) bool { return !strconv.IsPrint(r) } // A space is printed.

// escapedYAML writes a text in double quotes (YAML 1.2, section 5.7).
func escapedYAML(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteRune('\\')
			b.WriteRune(r)
		case needsEscape(r):
			fmt.Fprintf(&b, "\\U%08x", r)
		default:
			b.WriteRune(r)
		}
	}
	return `"` + b.String() + `"`
}

// feedsText is a configuration's text with what an edit of its feeds must know.
type feedsText struct {
	lines []string          // each with its end, but perhaps the last
	key   *token.Token      // "feeds"; nil where there is none
	list  *ast.SequenceNode // nil where the key has no list
	end   int               // the line, from 1, where what follows the list begins
}

// findFeeds looks for the list of feeds in a text.
func findFeeds(text string) (*feedsText, error) {
	f := &feedsText{lines: strings.SplitAfter(text, "\n")}
	if f.lines[len(f.lines)-1] == "" {
		f.lines = f.lines[:len(f.lines)-1]
	}
	f.end = len(f.lines) + 1
	for i, line := range f.lines {
		if line = strings.TrimRight(line, " \n"); line == "..." {
			f.end = i + 1
			break
		}
	}
	file, err := parser.ParseBytes([]byte(text), 0)
	if err != nil {
		return nil, errLayout // It was read before, so this parser differs.
	}
	var root *ast.MappingNode
	for _, doc := range file.Docs {
		switch body := doc.Body.(type) {
		case nil, *ast.NullNode, *ast.CommentGroupNode:
		case *ast.MappingNode:
			root = body
		case *ast.MappingValueNode:
			root = ast.Mapping(body.Start, false, body)
		default:
			return nil, errLayout
		}
	}
	if root == nil {
		return f, nil
	}
	if root.IsFlowStyle {
		return nil, errLayout
	}
	return f, f.locate(root)
}

// locate finds the key and what it holds.
func (f *feedsText) locate(root *ast.MappingNode) error {
	for i, pair := range root.Values {
		key := pair.Key.GetToken()
		if key.Value != "feeds" {
			continue
		}
		f.key = key
		if i+1 < len(root.Values) {
			f.end = root.Values[i+1].Key.GetToken().Position.Line
		}
		switch list := pair.Value.(type) {
		case *ast.SequenceNode:
			f.list = list
		case *ast.NullNode:
		default:
			return errLayout
		}
	}
	return nil
}

// with is the text with further feeds at the end of the list.
func (f *feedsText) with(feeds []newFeed) string {
	switch {
	case f.key == nil:
		line := f.lastContent(1, f.end)
		if line == 0 {
			line = f.end - 1
		}
		return f.insert(line, "feeds:\n"+blockItems(feeds, "  ", false))
	case f.list == nil:
		return f.insert(f.key.Position.Line, blockItems(feeds, "  ", false))
	case f.list.IsFlowStyle && len(f.list.Values) > 0:
		return f.afterFlow(feeds)
	case f.list.IsFlowStyle:
		return f.emptyFlow(feeds)
	}
	last := f.list.Entries[len(f.list.Entries)-1]
	line := f.lines[last.Start.Position.Line-1]
	indent := line[:len(line)-len(strings.TrimLeft(line, " "))]
	flow, ok := last.Value.(*ast.MappingNode)
	return f.insert(f.itemEnd(len(f.list.Entries)-1), blockItems(feeds, indent, !ok || !flow.IsFlowStyle))
}

// blockItems writes feeds as items of a list, one a line, or one key a line.
func blockItems(feeds []newFeed, indent string, lines bool) string {
	var b strings.Builder
	for _, n := range feeds {
		if lines {
			b.WriteString(indent + "- " + strings.Join(n.pairs(), "\n"+indent+"  ") + "\n")
		} else {
			b.WriteString(indent + "- {" + strings.Join(n.pairs(), ", ") + "}\n")
		}
	}
	return b.String()
}

// insert puts text behind a line; 0 is the start.
func (f *feedsText) insert(line int, text string) string {
	before := strings.Join(f.lines[:line], "")
	if before != "" && !strings.HasSuffix(before, "\n") {
		before += "\n"
	}
	return before + text + strings.Join(f.lines[line:], "")
}

// itemEnd is the last line of item i of a list of lines. Comments and empty lines
// behind it are not its own.
func (f *feedsText) itemEnd(i int) int {
	next := f.end
	if i+1 < len(f.list.Entries) {
		next = f.list.Entries[i+1].Start.Position.Line
	}
	return f.lastContent(f.list.Entries[i].Start.Position.Line, next)
}

// lastContent is the last line from first on, and before next, that is neither
// empty nor a comment; first-1 where there is none.
func (f *feedsText) lastContent(first, next int) int {
	for n := next - 1; n >= first; n-- {
		if line := strings.TrimSpace(f.lines[n-1]); line != "" && line[0] != '#' {
			return n
		}
	}
	return first - 1
}

// offset is the byte in the text at which a token begins.
func (f *feedsText) offset(t *token.Token) int {
	n := 0
	for _, line := range f.lines[:t.Position.Line-1] {
		n += len(line)
	}
	column := 1
	for i := range f.lines[t.Position.Line-1] { // by characters
		if column == t.Position.Column {
			return n + i
		}
		column++
	}
	return n
}

// afterFlow adds to [a list in brackets].
func (f *feedsText) afterFlow(feeds []newFeed) string {
	var b strings.Builder
	for _, n := range feeds {
		b.WriteString(", {" + strings.Join(n.pairs(), ", ") + "}")
	}
	text := strings.Join(f.lines, "")
	last, ok := f.list.Values[len(f.list.Values)-1].(*ast.MappingNode)
	if !ok || last.End == nil {
		return "" // No text that passes for an edit.
	}
	at := f.offset(last.End) + len("}")
	return text[:at] + b.String() + text[at:]
}

// emptyFlow replaces [].
func (f *feedsText) emptyFlow(feeds []newFeed) string {
	if f.list.Start.Position.Line != f.list.End.Position.Line {
		return ""
	}
	start, end := f.offset(f.list.Start), f.offset(f.list.End)+len("]")
	text := strings.Join(f.lines, "")
	line := f.list.Start.Position.Line
	f.lines = strings.SplitAfter(strings.TrimRight(text[:start], " ")+text[end:], "\n")
	return f.insert(line, blockItems(feeds, "  ", false))
}

// without is the text without item i.
func (f *feedsText) without(i int) string {
	if f.list.IsFlowStyle {
		return f.withoutFlow(i)
	}
	start, end := f.list.Entries[i].Start.Position.Line, f.itemEnd(i)
	kept := append(f.lines[:start-1:start-1], f.lines[end:]...)
	if len(f.list.Entries) == 1 { // A key without a value would be an error.
		line := kept[f.key.Position.Line-1]
		kept[f.key.Position.Line-1] = strings.Replace(line, ":", ": []", 1)
	}
	return strings.Join(kept, "")
}

// withoutFlow takes an item and one comma out of [a list in brackets].
func (f *feedsText) withoutFlow(i int) string {
	item, ok := f.list.Values[i].(*ast.MappingNode)
	if !ok || item.Start == nil || item.End == nil {
		return ""
	}
	text := strings.Join(f.lines, "")
	start, end := f.offset(item.Start), f.offset(item.End)+len("}")
	before, after := text[:start], text[end:]
	if rest, ok := strings.CutPrefix(strings.TrimLeft(after, " \n"), ","); ok {
		return before + strings.TrimLeft(rest, " \n")
	}
	return strings.TrimSuffix(strings.TrimRight(before, " \n"), ",") + after
}
