package feed

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxBoilerplate is the longest line, in bytes, that is taken for boilerplate.
const maxBoilerplate = 400

// patterns are regular expressions by the first word of the line they match,
// so that a line of an article costs one look into a map. Each covers the
// whole line: a sentence that only begins or ends like boilerplate stays.
type patterns map[string]*regexp.Regexp

// numbers stands for a first word that begins with a digit.
const numbers = "#"

// moreLinks only lead to the rest of the article.
var moreLinks = compile(map[string]string{
	"continue":    `continue reading(?:\s.{1,120})?`,
	"keep":        `keep reading`,
	"read":        `read(?: on| more| full| it| the)*(?: of)?(?: (?:this|the|full|entire|whole|original|complete|rest of the))*(?: (?:article|story|post|piece|report))?(?: (?:at|on|here|in) .{1,60})?`,
	"full":        `full (?:article|story)`,
	"click":       `click here (?:for the full (?:article|story)|to read more)`,
	"see":         `see the full (?:article|story)`,
	"more":        `more`,
	"weiterlesen": `weiterlesen`,
	"mehr":        `mehr lesen`,
	"lire":        `lire la suite(?: de .{1,80})?`,
	"leer":        `leer más`,
	"seguir":      `seguir leyendo`,
	"leggi":       `leggi tutto`,
	"lees":        `lees verder`,
	"leia":        `leia mais`,
})

// furniture stands around an article and says nothing of it.
var furniture = compile(map[string]string{
	// The tail that WordPress writes, in the languages it is met in.
	"the": `the (?:post .+ (?:appeared first|first appeared) on|article .+ was first published on) [^,]{1,60}`,
	"der": `der (?:beitrag|artikel) .+ erschien zuerst auf [^,]{1,60}`,
	"l":   `l['’](?:article|articolo) .+ (?:est apparu en premier sur|proviene da|è apparso per primo su) [^,]{1,60}`,
	"la":  `la entrada .+ (?:se publicó primero en|aparece primero en) [^,]{1,60}`,
	"o":   `o post .+ apareceu primeiro em [^,]{1,60}`,
	"het": `het bericht .+ verscheen eerst op [^,]{1,60}`,
	// Comments.
	numbers:    `\d[\d,.]* comments?`,
	"no":       `no comments?(?: yet)?`,
	"all":      `all comments?`,
	"comment":  `comments?(?: ?\(\d+\)| off)?:?`,
	"comments": `comments?(?: ?\(\d+\)| off| url: ?\S*|: ?\d*)?:?`,
	"article":  `article url: ?\S*`,
	"points":   `points: ?\d*`,
	"view":     discussion, "post": discussion, "show": discussion, "add": discussion,
	"leave": discussion, "see": discussion, "read": discussion,
	// Sharing and advertisement.
	"share":         `share (?:this|on|via)\b.{0,60}`,
	"follow":        `follow us on .{1,60}`,
	"like":          `like us on .{1,60}`,
	"find":          `find us on .{1,60}`,
	"advertisement": `advertisement`,
	"advertise":     `advertise with us`,
	"sponsored":     `sponsored(?: content| by .{1,60})?`,
	"related":       `related(?: articles| stories| posts| reading| coverage)?:?`,
	"you":           `you may also like:?`,
	"recommended":   `recommended(?: for you| reading)?:?`,
	"most":          `most (?:read|popular):?`,
	"trending":      `trending(?: now)?:?`,
	"ready":         `ready to get started\?`,
	// Newsletters.
	"subscribe": plea + `|subscribe(?: now| today| here| for free| for updates)?`,
	"sign":      plea + `|sign (?:up|in)(?: now| today| here| for free)?`,
	"register":  plea + `|register(?: now| today| here| for free)?`,
	"please":    plea,
	"log":       `log in`,
	"get":       `get (?:our media kit|.*(?:\bnewsletters? (?:delivered|sent)|\b(?:in|to) your inbox|newsletter read by).*)`,
	"receive":   `receive .*\b(?:in|to) your inbox.*`,
	"by":        `by (?:signing|subscribing|submitting|clicking|registering).*\byou (?:agree|consent|accept)\b.*`,
	"thank":     `thank you for (?:signing up|subscribing).{0,60}`,
	"thanks":    `thanks for (?:signing up|subscribing).{0,60}`,
	// How to cite.
	"cite": `cite this (?:article|page|section):?`,
	"mla":  citation, "apa": citation, "chicago": citation, "harvard": citation, "vancouver": citation, "bibtex": citation,
})

const (
	discussion = `(?:view|post|show|read|see|add|leave)(?: all| the| a| your)?(?: \d+)? ?(?:comments?|reply|discussion)(?: (?:in|on|at|via) .{1,40})?`
	plea       = `(?:please )?(?:sign up|subscribe|register)\b.*\b(?:newsletters?|inbox|email alerts|mailing list|email updates)\b.*`
	citation   = `(?:mla|apa|chicago|harvard|vancouver|bibtex)(?: style| citation)?:.*`
)

func compile(sources map[string]string) patterns {
	compiled := make(patterns, len(sources))
	for word, source := range sources {
		compiled[word] = regexp.MustCompile(`(?i)^[\s«‹←#\[(]*(?:` + source + `)[\s.!…»›→>\])]*$`)
	}
	return compiled
}

// match says whether the line is one of the patterns.
func (p patterns) match(line string) bool {
	if len(line) > maxBoilerplate {
		return false
	}
	re := p[firstWord(line)]
	return re != nil && re.MatchString(line)
}

// firstWord gives the first word in lower case.
func firstWord(line string) string {
	start := strings.IndexFunc(line, isWordRune)
	if start < 0 {
		return ""
	}
	if c, _ := utf8.DecodeRuneInString(line[start:]); unicode.IsDigit(c) {
		return numbers
	}
	end := start
	for i, c := range line[start:] {
		if !isWordRune(c) {
			break
		}
		if end = start + i + utf8.RuneLen(c); end-start > 20 {
			return ""
		}
	}
	return strings.ToLower(line[start:end])
}

func isWordRune(c rune) bool { return unicode.IsLetter(c) || unicode.IsDigit(c) }

// dropBoilerplate takes out the lines that are boilerplate.
func dropBoilerplate(text string) string {
	var kept []byte // nil as long as all lines are
	at := 0
	for line := range strings.SplitSeq(text, "\n") {
		start := at
		at += len(line) + 1
		switch {
		case moreLinks.match(line) || furniture.match(line):
			if kept == nil {
				kept = make([]byte, 0, len(text))
				kept = append(kept, text[:max(start-1, 0)]...)
			}
		case kept != nil:
			if len(kept) > 0 {
				kept = append(kept, '\n')
			}
			kept = append(kept, line...)
		}
	}
	if kept == nil {
		return text
	}
	return string(kept)
}
